"""The directory on a database: which platform accounts are whose."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence

from bot.ports import Account, StoreError
from store.chain import canonical
from store.engine import Engine, Row, one

_LINK = """
    INSERT INTO account (platform, tenant, account, person, locale, ref, turn)
    VALUES (?, ?, ?, ?, ?, ?, (SELECT coalesce(max(turn), 0) + 1 FROM account))
    ON CONFLICT (platform, tenant, account)
    DO UPDATE SET locale = excluded.locale, ref = excluded.ref, turn = excluded.turn
    WHERE account.person = excluded.person
"""
_ACCOUNTS = """
    SELECT person, platform, tenant, account, locale, ref FROM account
    WHERE person = ? ORDER BY turn DESC, platform, tenant, account
"""
_EVERYBODY = """
    SELECT person, platform, tenant, account, locale, ref FROM account
    ORDER BY turn DESC, platform, tenant, account
"""
_WHO = "SELECT person FROM account WHERE platform = ? AND tenant = ? AND account = ?"


class SqlDirectory:
    """`Directory` on SQLite or PostgreSQL. Remembers whose accounts are whose where nobody else can change them."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._known: dict[str, Sequence[Account]] = {}
        self._changes = 0

    async def link(self, account: Account) -> None:
        """Remember (or update `locale`, `ref` of) an account. Raises a permanent `StoreError` if it is another's."""
        key = (account.platform, account.tenant, account.user)
        row = (*key, account.person, account.locale, canonical(account.ref))
        try:
            if await self._engine.write(lambda tx: tx.run(_LINK, *row)) == 0:
                raise somebody_elses(account)
        finally:
            self._changes += 1
            self._known.pop(account.person, None)

    def forget(self) -> None:
        """Nothing that is remembered is so any more."""
        self._changes += 1
        self._known.clear()

    async def accounts(self, person: str) -> Sequence[Account]:
        """The person's accounts, the one linked or used last first."""
        if (known := self._known.get(person)) is None:
            changes = self._changes
            known = await self._engine.read(lambda tx: [_account(row) for row in tx.rows(_ACCOUNTS, person)])
            self._remember({person: known}, changes)
        return known

    async def everybody(self, platform: str) -> Sequence[Account]:
        """All accounts on a platform, the one linked or used last first."""
        changes = self._changes
        found = await self._engine.read(lambda tx: [_account(row) for row in tx.rows(_EVERYBODY)])
        people: dict[str, list[Account]] = {}
        for account in found:
            people.setdefault(account.person, []).append(account)
        self._remember(people, changes)
        return [account for account in found if account.platform == platform]

    def _remember(self, people: Mapping[str, Sequence[Account]], changes: int) -> None:
        """Unless somebody was linked since there had been so many `changes`."""
        if self._engine.alone and changes == self._changes:
            self._known.update(people)

    async def who(self, platform: str, tenant: str, user: str) -> str | None:
        """The person behind an account."""
        row = await self._engine.read(lambda tx: one(tx.rows(_WHO, platform, tenant, user)))
        return None if row is None else str(row[0])


def _account(row: Row) -> Account:
    person, platform, tenant, user, locale, ref = row
    return Account(person, platform, tenant, user, locale, json.loads(ref))


def somebody_elses(account: Account) -> StoreError:
    """The error for an account that is already linked to another person."""
    message = f"the {account.platform} account {account.user} belongs to somebody else, not to {account.person}"
    return StoreError(message, permanent=True)
