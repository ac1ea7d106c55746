"""What every outbox does with notices."""

from __future__ import annotations

import asyncio
from datetime import datetime

import pytest

from bot.ports import Dead, Depth, Later, Quota, Refresh, Sent, Urgency
from store import Store, open_store
from tests.contract.making import CARD, DESK, LEASE, NOW, SECOND, claim, claim_one, keys, notice, queue, send_card


async def test_a_notice_comes_out_as_it_went_in(store: Store) -> None:
    """A claimed notice is whole, on its first attempt, and nobody may have it yet."""
    await queue(store, notice("k", card="incident:1"))

    delivery = await claim_one(store)

    assert delivery.notice == notice("k", card="incident:1")
    assert (delivery.attempt, delivery.message, delivery.is_refresh, delivery.ambiguous) == (1, None, False, False)


async def test_most_urgent_first_then_due_then_age(store: Store) -> None:
    """Claims come by urgency, then due time, then age, as many as asked for."""
    await queue(
        store,
        notice("old receipt", at=NOW - 9 * SECOND),
        notice("receipt"),
        notice("question", Urgency.COVER),
        notice("second decision", Urgency.DECISION),
        notice("third decision", Urgency.DECISION),
        notice("first decision", Urgency.DECISION, at=NOW - SECOND),
    )

    assert keys(await claim(store, limit=4)) == ["first decision", "second decision", "third decision", "question"]
    assert keys(await claim(store)) == ["old receipt", "receipt"]


async def test_what_can_wait_comes_by_its_quota(store: Store) -> None:
    """Of receipts and changes no more than wanted is claimed; the rest is there for whoever asks next."""
    await send_card(store)
    await queue(
        store,
        *(notice(f"receipt {n}") for n in range(3)),
        notice("question", Urgency.COVER),
        notice("decision", Urgency.DECISION),
        refreshes=(Refresh("nora", CARD),),
    )

    assert keys(await claim(store, quota=Quota(0, 0))) == ["decision", "question"]
    assert keys(await claim(store, quota=Quota(2, 0))) == ["receipt 0", "receipt 1"]
    (change,) = await claim(store, NOW + SECOND, quota=Quota(0, 1))
    assert change.is_refresh
    assert keys(await claim(store, quota=Quota(9, 9))) == ["receipt 2"]


async def test_what_is_not_due_waits(store: Store) -> None:
    """A notice for later is not claimed before its time."""
    await queue(store, notice("k", at=NOW + SECOND))

    assert await claim(store) == []
    assert keys(await claim(store, NOW + SECOND)) == ["k"]


async def test_the_same_key_is_queued_once(store: Store) -> None:
    """A key that was ever queued is ignored, waiting or sent, and the rest of its batch is written."""
    await queue(store, notice("k"))
    await queue(store, notice("k"), notice("new"))
    for delivery in await claim(store):
        await store.outbox.settle(delivery, Sent(DESK))
    await queue(store, notice("k"))

    assert await claim(store) == []
    assert len(await store.journal.read()) == 3


async def test_a_claim_is_nobody_elses(store: Store, other: Store) -> None:
    """Workers that claim at the same time never get the same notice, and together they get all."""
    await queue(store, *(notice(f"k{n}") for n in range(60)))

    rounds = await asyncio.gather(*(claim((store, other)[n % 2], limit=7) for n in range(12)))
    while more := await claim(store):
        rounds.append(more)

    claimed = [key for deliveries in rounds for key in keys(deliveries)]
    assert sorted(claimed) == sorted(f"k{n}" for n in range(60))


async def test_one_claim_per_card_and_reader(store: Store, other: Store) -> None:
    """Two notices of one card to one person are not on their way at once; another person's copy is free."""
    await queue(
        store, notice("a", card="incident:1"), notice("b", card="incident:1"), notice("c", to="sam", card="incident:1")
    )

    first, second = await asyncio.gather(claim(store), claim(other))
    claimed = first + second
    assert sorted(keys(claimed)) in (["a", "c"], ["b", "c"])

    for delivery in claimed:
        await store.outbox.settle(delivery, Sent(DESK))
    assert len(await claim(store)) == 1


async def test_a_busy_card_holds_up_nobody_else(store: Store) -> None:
    """A notice whose card is on its way already does not take the place of others that can go."""
    await queue(store, *(notice(f"k{n}", Urgency.DECISION, card="incident:1") for n in range(3)), notice("free"))
    await claim(store, limit=1)

    assert keys(await claim(store, limit=1)) == ["free"]


async def test_sent_is_done(store: Store) -> None:
    """What was sent is not claimed again, not even after its lease."""
    await queue(store, notice("k"))
    await store.outbox.settle(await claim_one(store), Sent(DESK))

    assert await claim(store, NOW + 2 * LEASE) == []


async def test_a_dead_worker_loses_its_claim(store: Store) -> None:
    """A claim nobody settled is free when its lease ends, counts as an attempt, and may have arrived."""
    await queue(store, notice("k"))
    await claim_one(store)

    assert await claim(store, NOW + LEASE - SECOND) == []
    again = await claim_one(store, NOW + LEASE)
    assert (again.attempt, again.ambiguous) == (2, True)


async def test_later_waits_and_counts(store: Store) -> None:
    """What could not be sent comes back at its time with the next attempt."""
    await queue(store, notice("k"))
    await store.outbox.settle(await claim_one(store), Later(NOW + 5 * SECOND, "rate limited"))

    assert await claim(store, NOW + 4 * SECOND) == []
    again = await claim_one(store, NOW + 5 * SECOND)
    assert (again.attempt, again.ambiguous) == (2, False)


async def test_ambiguous_stays_ambiguous(store: Store) -> None:
    """Once the platform may have it, every later attempt is told so."""
    await queue(store, notice("k"))
    await store.outbox.settle(await claim_one(store), Later(NOW, "connection lost", ambiguous=True))
    second = await claim_one(store)
    await store.outbox.settle(second, Later(NOW, "rate limited"))

    assert second.ambiguous
    assert (await claim_one(store)).ambiguous


@pytest.mark.parametrize("late", [Later(NOW, "slow"), Dead("slow")], ids=["later", "dead"])
async def test_who_lost_the_claim_cannot_give_it_up(store: Store, late: Later | Dead) -> None:
    """A worker whose lease ended does not disturb the one that has the claim now."""
    await queue(store, notice("k", card="incident:1"), notice("after", card="incident:1"))
    (slow,) = await claim(store)
    now = NOW + LEASE
    (holder,) = await claim(store, now)

    await store.outbox.settle(slow, late)

    assert await claim(store, now + SECOND) == []
    assert await store.outbox.dead() == []
    await store.outbox.settle(holder, Sent(DESK))
    assert keys(await claim(store, now + SECOND)) == ["after"]


async def test_sent_counts_even_when_late(store: Store) -> None:
    """A message that went out is not sent again because its worker was slow to say so."""
    await queue(store, notice("k"))
    slow = await claim_one(store)
    holder = await claim_one(store, NOW + LEASE)

    await store.outbox.settle(slow, Sent(DESK))
    await store.outbox.settle(holder, Later(NOW + LEASE, "rate limited"))

    assert await claim(store, NOW + 3 * LEASE) == []


async def test_dead_letters_stay_for_operators(store: Store) -> None:
    """What was given up is never claimed again, is listed newest first with its reason, and counts."""
    await queue(store, notice("a"), notice("b"), notice("c"))
    for delivery in await claim(store):
        await store.outbox.settle(delivery, Sent(DESK) if delivery.notice.key == "c" else Dead("no such user\x00"))

    dead = await store.outbox.dead()

    assert [(d.notice, d.why, d.attempts, d.is_refresh) for d in dead] == [
        (notice("b"), "no such user\ufffd", 1, False),
        (notice("a"), "no such user\ufffd", 1, False),
    ]
    assert len(await store.outbox.dead(1)) == 1
    assert await claim(store, NOW + 2 * LEASE) == []
    assert await store.outbox.depth(NOW) == Depth(0, 0, None, 2)


async def test_depth_tells_what_waits(store: Store) -> None:
    """Undelivered notices are counted, claimed or not; the oldest is the one that is late by most."""
    assert await store.outbox.depth(NOW) == Depth(0, 0, None, 0)
    await queue(store, notice("a", at=NOW - 5 * SECOND), notice("b", at=NOW - 3 * SECOND), notice("c", at=NOW + SECOND))
    (delivery,) = await claim(store, limit=1)

    assert await store.outbox.depth(NOW) == Depth(3, 0, NOW - 5 * SECOND, 0)
    await store.outbox.settle(delivery, Later(NOW + 9 * SECOND, "rate limited"))
    assert await store.outbox.depth(NOW) == Depth(3, 0, NOW - 3 * SECOND, 0)


async def test_naive_instants_are_refused(store: Store) -> None:
    """An instant without an offset is refused at every door."""
    naive = datetime(2026, 3, 2)  # noqa: DTZ001 - that is the point
    await queue(store, notice("k"))
    delivery = await claim_one(store)

    with pytest.raises(ValueError, match="naive"):
        await claim(store, naive)
    with pytest.raises(ValueError, match="naive"):
        await store.outbox.settle(delivery, Later(naive, "later"))
    with pytest.raises(ValueError, match="naive"):
        await store.outbox.depth(naive)


async def test_a_claim_survives_closing(durable_url: str) -> None:
    """After a restart a lease still holds until it ends."""
    store = await open_store(durable_url)
    await queue(store, notice("k"))
    await claim_one(store)
    await store.close()

    store = await open_store(durable_url)

    assert await claim(store) == []
    assert (await claim_one(store, NOW + LEASE)).attempt == 2
    await store.close()
