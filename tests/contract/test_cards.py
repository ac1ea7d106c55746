"""What every outbox does with live cards: one copy per reader, changed in place, nothing lost, never too often."""

from __future__ import annotations

import asyncio
from dataclasses import replace

from bot.ports import Batch, Dead, Later, MessageRef, Refresh, Sent
from store import Store, open_store
from tests.contract.making import (
    CARD,
    DESK,
    LEASE,
    NOW,
    SECOND,
    claim,
    claim_one,
    draft,
    keys,
    notice,
    queue,
    refresh,
    send_card,
)

SOON = NOW + SECOND
ELSEWHERE = MessageRef("desk", {"id": "m2"})


async def test_many_refreshes_are_one_delivery(store: Store) -> None:
    """A hundred changes of a card that is there are one update of its message, and then it is clean."""
    await send_card(store)
    for _ in range(100):
        await refresh(store)
    assert (await store.outbox.depth(SOON)).refreshes == 1

    delivery = await claim_one(store, SOON)
    await store.outbox.settle(delivery, Sent(DESK))

    assert (delivery.is_refresh, delivery.message, delivery.attempt) == (True, DESK, 1)
    assert delivery.notice == notice("k", card=CARD)
    assert await claim(store, SOON + LEASE) == []
    assert (await store.outbox.depth(SOON)).refreshes == 0


async def test_a_card_that_waits_needs_no_refresh(store: Store) -> None:
    """A change before the card was claimed is shown by the card itself: no update follows."""
    await queue(store, notice("k", card=CARD), refreshes=(Refresh("nora", CARD),))
    await refresh(store)

    delivery = await claim_one(store)
    assert not delivery.is_refresh
    await store.outbox.settle(delivery, Sent(DESK))

    assert await claim(store, NOW + LEASE) == []


async def test_a_change_while_the_card_goes_out_is_not_lost(store: Store) -> None:
    """A change after the notice was claimed is shown by an update as soon as the message is there."""
    await queue(store, notice("k", card=CARD))
    delivery = await claim_one(store)
    await refresh(store)
    assert await claim(store, SOON) == []

    await store.outbox.settle(delivery, Sent(DESK))

    assert (await claim_one(store, SOON)).is_refresh


async def test_a_change_while_it_is_updated_is_not_lost(store: Store) -> None:
    """A change during an update leads to one more update, after the first is settled."""
    await send_card(store)
    await refresh(store)
    first = await claim_one(store, SOON)
    await refresh(store)
    assert await claim(store, SOON + SECOND) == []

    await store.outbox.settle(first, Sent(ELSEWHERE))
    second = await claim_one(store, SOON + SECOND)
    await store.outbox.settle(second, Sent(DESK))

    assert (second.is_refresh, second.message, second.attempt) == (True, ELSEWHERE, 1)
    assert await claim(store, SOON + LEASE) == []


async def test_a_card_is_changed_once_a_second(store: Store) -> None:
    """A copy that was just sent or changed rests for a second before the next change."""
    await send_card(store)
    await refresh(store)
    assert await claim(store, NOW + 0.9 * SECOND) == []
    await store.outbox.settle(await claim_one(store, SOON), Sent(DESK))
    await refresh(store)

    assert await claim(store, SOON + 0.9 * SECOND) == []
    assert len(await claim(store, SOON + SECOND)) == 1


async def test_the_rest_between_changes_can_be_chosen(url: str) -> None:
    """A store opened with another interval keeps that one."""
    store = await open_store(url, card_interval=5 * SECOND)
    await send_card(store)
    await refresh(store)

    assert await claim(store, NOW + 4 * SECOND) == []
    assert len(await claim(store, NOW + 5 * SECOND)) == 1
    await store.close()


async def test_an_update_that_failed_comes_back(store: Store) -> None:
    """An update to be tried later is due at its time, on its next attempt."""
    await send_card(store)
    await refresh(store)
    await store.outbox.settle(await claim_one(store, SOON), Later(SOON + 9 * SECOND, "rate limited"))

    assert await claim(store, SOON + 8 * SECOND) == []
    again = await claim_one(store, SOON + 9 * SECOND)
    assert (again.is_refresh, again.attempt) == (True, 2)


async def test_an_update_whose_worker_died_comes_back(store: Store) -> None:
    """An update nobody settled is free when its lease ends, and its late worker no longer counts."""
    await send_card(store)
    await refresh(store)
    slow = await claim_one(store, SOON)
    assert await claim(store, SOON + LEASE - SECOND) == []
    again = await claim_one(store, SOON + LEASE)

    await store.outbox.settle(slow, Dead("slow"))
    assert await claim(store, SOON + LEASE + SECOND) == []
    await store.outbox.settle(again, Sent(DESK))

    assert again.attempt == 2
    assert await claim(store, SOON + 3 * LEASE) == []
    assert await store.outbox.dead() == []


async def test_notices_go_before_updates(store: Store) -> None:
    """Notices are claimed first, updates with what is left of the limit."""
    await send_card(store)
    await refresh(store)
    await queue(store, notice("new"))

    first, second = await claim(store, SOON, limit=2)

    assert (first.notice.key, second.is_refresh) == ("new", True)


async def test_a_newer_notice_takes_the_card_over(store: Store) -> None:
    """The message sent last for a card becomes its place; the old message is left alone."""
    await send_card(store, "first")
    await queue(store, notice("second", card=CARD))
    await store.outbox.settle(await claim_one(store, SOON), Sent(ELSEWHERE))
    await refresh(store)

    delivery = await claim_one(store, SOON + SECOND)

    assert (delivery.notice.key, delivery.message) == ("second", ELSEWHERE)


async def test_a_newer_notice_says_where_the_older_copy_is(store: Store) -> None:
    """Whoever posts a card again learns where its older copy is, so that its buttons can be taken away."""
    await send_card(store)
    await queue(store, notice("newer", card=CARD))

    delivery = await claim_one(store, SOON)

    assert (delivery.notice.key, delivery.is_refresh, delivery.message) == ("newer", False, DESK)


async def test_an_older_notice_does_not_take_the_card_back(store: Store) -> None:
    """A notice that was held up and goes out after a newer one does not become the card's place."""
    await queue(store, notice("old", card=CARD), notice("new", card=CARD))
    old = await claim_one(store)
    await store.outbox.settle(old, Later(NOW + 5 * SECOND, "rate limited"))
    await store.outbox.settle(await claim_one(store), Sent(DESK))
    await store.outbox.settle(await claim_one(store, NOW + 5 * SECOND), Sent(ELSEWHERE))
    await refresh(store)

    delivery = await claim_one(store, NOW + 9 * SECOND)

    assert (delivery.notice.key, delivery.message) == ("new", DESK)


async def test_each_reader_has_a_copy(store: Store) -> None:
    """A change for one reader does not touch another's copy of the same card."""
    await queue(store, notice("a", to="nora", card=CARD), notice("b", to="sam", card=CARD))
    for delivery in await claim(store):
        await store.outbox.settle(delivery, Sent(replace(DESK, ref={"to": delivery.notice.to})))
    await refresh(store, to="sam")

    delivery = await claim_one(store, SOON)

    assert (delivery.notice.to, delivery.message) == ("sam", replace(DESK, ref={"to": "sam"}))


async def test_a_card_nobody_has_is_not_refreshed(store: Store) -> None:
    """A change of a card that was never sent to a person is nothing."""
    await refresh(store, to="stranger")

    assert await claim(store, SOON) == []
    assert (await store.outbox.depth(SOON)).refreshes == 0


async def test_a_message_that_is_gone_is_left_alone(store: Store) -> None:
    """A card whose update was given up is a dead letter and is not tried again until a new notice makes it anew."""
    await send_card(store)
    await refresh(store)
    await store.outbox.settle(await claim_one(store, SOON), Dead("message deleted"))
    await refresh(store)

    (dead,) = await store.outbox.dead()
    assert (dead.notice.key, dead.why, dead.attempts, dead.is_refresh) == ("k", "message deleted", 1, True)
    assert (await store.outbox.depth(SOON)).dead == 1
    assert await claim(store, SOON + LEASE) == []

    await queue(store, notice("anew", card=CARD))
    await store.outbox.settle(await claim_one(store, SOON + SECOND), Sent(ELSEWHERE))
    await refresh(store)
    assert (await claim_one(store, SOON + LEASE)).message == ELSEWHERE
    assert await store.outbox.dead() == []


async def test_a_given_up_notice_frees_its_card(store: Store) -> None:
    """When a notice of a card is given up, the next notice of that card can go."""
    await queue(store, notice("bad", card=CARD), notice("good", card=CARD))
    await store.outbox.settle(await claim_one(store), Dead("cannot be worded"))

    assert keys(await claim(store)) == ["good"]


async def test_updates_are_claimed_once(store: Store, other: Store) -> None:
    """Workers that claim at the same time never update the same copy, and together they update all."""
    people = [f"p{n}" for n in range(30)]
    await queue(store, *(notice(p, to=p, card=CARD) for p in people))
    for delivery in await claim(store, limit=30):
        await store.outbox.settle(delivery, Sent(DESK))
    await queue(store, refreshes=tuple(Refresh(p, CARD) for p in people))

    rounds = await asyncio.gather(*(claim((store, other)[n % 2], SOON, 4) for n in range(10)))
    while more := await claim(store, SOON):
        rounds.append(more)

    assert sorted(d.notice.to for deliveries in rounds for d in deliveries) == sorted(people)


async def test_no_update_is_lost_under_load(store: Store, other: Store) -> None:
    """While reports come in and two workers deliver, the last thing shown is never older than the last change."""
    await send_card(store)
    shown = changes = 0

    async def change() -> None:
        nonlocal changes
        for _ in range(40):
            seq = await store.journal.append(Batch(1 + changes, [draft()], refreshes=[Refresh("nora", CARD)]))
            changes = seq - 1

    async def deliver(worker: Store, rounds: range) -> None:
        nonlocal shown
        for n in rounds:
            for delivery in await claim(worker, NOW + n * SECOND):
                shown = changes
                await worker.outbox.settle(delivery, Sent(DESK))

    await asyncio.gather(change(), deliver(store, range(1, 30)), deliver(other, range(1, 30)))
    await deliver(store, range(40, 42))

    assert shown == changes == 40
    assert (await store.outbox.depth(NOW)).refreshes == 0
