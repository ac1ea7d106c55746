"""What every directory does."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.ports import Account, StoreError
from store import Store

SLACK = Account("nora", "slack", "T1", "U1", "hu", {"channel": "D1"})
TEAMS = Account("nora", "teams", "tenant", "oid", None, {"conversation": {"id": "19:x"}})


async def test_an_account_leads_to_its_person_and_back(store: Store) -> None:
    """A linked account is found from both sides, with all that sending needs."""
    await store.directory.link(SLACK)

    assert await store.directory.who("slack", "T1", "U1") == "nora"
    assert list(await store.directory.accounts("nora")) == [SLACK]


async def test_strangers_are_nobody(store: Store) -> None:
    """An unknown account has no person, and the same user id in another workspace is another account."""
    await store.directory.link(SLACK)

    assert await store.directory.who("slack", "T2", "U1") is None
    assert await store.directory.who("teams", "T1", "U1") is None
    assert list(await store.directory.accounts("anna")) == []


async def test_the_account_used_last_comes_first(store: Store) -> None:
    """Linking again moves an account to the front and renews its locale and ref."""
    await store.directory.link(SLACK)
    await store.directory.link(TEAMS)
    assert list(await store.directory.accounts("nora")) == [TEAMS, SLACK]

    renewed = replace(SLACK, locale="en", ref={"channel": "D2"})
    await store.directory.link(renewed)

    assert list(await store.directory.accounts("nora")) == [renewed, TEAMS]


async def test_everybody_on_a_platform(store: Store) -> None:
    """All accounts of one platform come at once, the one used last first, and none of another platform."""
    anna = Account("anna", "slack", "T1", "U2")
    for account in (SLACK, TEAMS, anna):
        await store.directory.link(account)

    assert list(await store.directory.everybody("slack")) == [anna, SLACK]


async def test_an_account_belongs_to_one_person(store: Store) -> None:
    """Nobody can take over an account that is another's, not even with fresh details."""
    await store.directory.link(SLACK)

    with pytest.raises(StoreError, match="belongs to somebody else") as caught:
        await store.directory.link(replace(SLACK, person="eve", ref={}))

    assert caught.value.permanent
    assert await store.directory.who("slack", "T1", "U1") == "nora"
    assert list(await store.directory.accounts("nora")) == [SLACK]
