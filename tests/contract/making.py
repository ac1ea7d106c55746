"""Examples for the contract tests."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from bot.ports import Batch, Delivery, Draft, MessageRef, Notice, Quota, Refresh, Sent, Urgency
from store import Store

NOW = datetime(2026, 3, 2, 9, 0, 0, 123456, tzinfo=UTC)
SECOND = timedelta(seconds=1)
LEASE = timedelta(seconds=30)
CARD = "incident:2026-0042"
DESK = MessageRef("desk", {"id": "m1"})


def draft(text: str = "anna") -> Draft:
    """A journal entry to be."""
    return Draft(NOW, "WorkplaceReported", {"person": text, "n": 1, "can_move": None})


def notice(
    key: str, urgency: Urgency = Urgency.NOTICE, *, at: datetime = NOW, to: str = "nora", card: str | None = None
) -> Notice:
    """A notice to be queued."""
    return Notice(key, to, "reported", urgency, at, "acme-de", "2026-0042", card, {"seats": 4})


async def queue(store: Store, *notices: Notice, refreshes: tuple[Refresh, ...] = ()) -> None:
    """Append a batch that queues these."""
    entries = await store.journal.read()
    await store.journal.append(Batch(len(entries), [draft()], notices, refreshes))


async def refresh(store: Store, to: str = "nora", card: str = CARD) -> None:
    """Append a batch that makes this copy dirty."""
    await queue(store, refreshes=(Refresh(to, card),))


async def claim(store: Store, now: datetime = NOW, limit: int = 10, quota: Quota | None = None) -> list[Delivery]:
    """Claim with the usual lease."""
    return list(await store.outbox.claim(now, LEASE, limit, quota))


async def claim_one(store: Store, now: datetime = NOW) -> Delivery:
    """Claim the only piece of work there is."""
    (delivery,) = await claim(store, now)
    return delivery


async def send_card(store: Store, key: str = "k", message: MessageRef = DESK) -> None:
    """Queue a card for nora and have it sent."""
    await queue(store, notice(key, card=CARD))
    await store.outbox.settle(await claim_one(store), Sent(message))


def keys(deliveries: list[Delivery]) -> list[str]:
    """The keys of the notices, in the order claimed."""
    return [delivery.notice.key for delivery in deliveries]
