"""What every mailbox does."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from bot.ports import Letter
from store import Store
from tests.contract.making import NOW, SECOND

FIRST = Letter("m1", "nora", NOW, 1, {"heading": "Level 2", "buttons": []})


async def test_letters_come_oldest_first(store: Store) -> None:
    """A person's letters come by their instant, letters of one instant as they were put, nobody else's among them."""
    later, same, others = (
        replace(FIRST, id="m0", at=NOW + SECOND),
        replace(FIRST, id="m3"),
        replace(FIRST, id="m4", person="sam"),
    )
    for letter in (later, FIRST, same, others):
        await store.mailbox.put(letter)

    letters = await store.mailbox.letters("nora")
    assert list(letters) == [FIRST, same, later]
    assert letters[0].at.tzinfo is UTC


async def test_a_letter_is_replaced_in_its_place(store: Store) -> None:
    """Putting a letter with a known id changes that letter where it is."""
    second = replace(FIRST, id="m2")
    for letter in (FIRST, second):
        await store.mailbox.put(letter)

    changed = replace(FIRST, changed=2, body={"heading": "Level 3"})
    await store.mailbox.put(changed)

    assert list(await store.mailbox.letters("nora")) == [changed, second]


async def test_a_naive_letter_is_refused(store: Store) -> None:
    """An instant without an offset is refused."""
    with pytest.raises(ValueError, match="naive"):
        await store.mailbox.put(replace(FIRST, at=datetime(2026, 3, 2)))  # noqa: DTZ001 - that is the point
