"""What all positions do."""

from __future__ import annotations

import pytest

from bot.ports import Conflict
from store import Store
from tests.contract.making import LEASE, NOW

PLACE = {"log": 12, "lists": {"log": "an id"}, "since": None}


async def test_a_reader_begins_nowhere(store: Store) -> None:
    """Nobody has read yet: the place is empty, before the first claim and after it."""
    assert await store.positions.place("sharepoint") == {}
    assert await store.positions.claim("sharepoint", "one", NOW, LEASE) == {}


async def test_a_place_is_kept(store: Store, other: Store) -> None:
    """What a holder keeps is there for whoever looks, and for the next holder; readers have a place each."""
    await store.positions.claim("sharepoint", "one", NOW, LEASE)
    await store.positions.keep("sharepoint", "one", PLACE)

    assert await other.positions.place("sharepoint") == PLACE
    assert await other.positions.place("anchor") == {}
    assert await other.positions.claim("anchor", "two", NOW, LEASE) == {}
    assert await other.positions.claim("sharepoint", "two", NOW + LEASE, LEASE) == PLACE


async def test_one_holder_at_a_time(store: Store, other: Store) -> None:
    """Until the lease ends nobody else gets the place; its holder claims it on."""
    assert await store.positions.claim("sharepoint", "one", NOW, LEASE) is not None
    assert await other.positions.claim("sharepoint", "two", NOW + LEASE / 2, LEASE) is None
    assert await store.positions.claim("sharepoint", "one", NOW + LEASE / 2, LEASE) is not None
    assert await other.positions.claim("sharepoint", "two", NOW + LEASE, LEASE) is None
    assert await other.positions.claim("sharepoint", "two", NOW + LEASE * 2, LEASE) is not None


async def test_whoever_has_lost_the_place_cannot_move_it(store: Store, other: Store) -> None:
    """A holder that slept past its lease keeps nothing any more, and what the next one kept stays."""
    await store.positions.claim("sharepoint", "one", NOW, LEASE)
    await other.positions.claim("sharepoint", "two", NOW + LEASE, LEASE)
    await other.positions.keep("sharepoint", "two", PLACE)

    with pytest.raises(Conflict, match="another process"):
        await store.positions.keep("sharepoint", "one", {"log": 3})
    await store.positions.release("sharepoint", "one")

    assert await store.positions.claim("sharepoint", "one", NOW + LEASE, LEASE) is None
    assert await store.positions.place("sharepoint") == PLACE


async def test_nobody_keeps_without_a_claim(store: Store) -> None:
    """A place is kept by its holder only."""
    with pytest.raises(Conflict):
        await store.positions.keep("sharepoint", "one", PLACE)


async def test_a_released_place_is_free_at_once(store: Store, other: Store) -> None:
    """A process that ends lets the next one go on without waiting for the lease."""
    await store.positions.claim("sharepoint", "one", NOW, LEASE)
    await store.positions.keep("sharepoint", "one", PLACE)
    await store.positions.release("sharepoint", "one")

    assert await other.positions.claim("sharepoint", "two", NOW, LEASE) == PLACE


async def test_a_reset_forgets_places(store: Store) -> None:
    """After a reset a reader begins again."""
    await store.positions.claim("sharepoint", "one", NOW, LEASE)
    await store.positions.keep("sharepoint", "one", PLACE)
    await store.reset()

    assert await store.positions.place("sharepoint") == {}
    assert await store.positions.claim("sharepoint", "two", NOW, LEASE) == {}
