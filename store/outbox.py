"""The outbox on a database: what waits, who has claimed it, how it ended."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import assert_never

from bot.ports import Dead, Delivery, Depth, Later, MessageRef, Notice, Quota, Sent, Urgency
from store.chain import canonical
from store.delivery import CARD_INTERVAL, Claim, DeadLetter
from store.engine import Engine, Row, Transaction, one
from store.instants import instant, maybe_instant, storable, utc

_NOTICE = "o.number, o.key, o.person, o.kind, o.urgency, o.at, o.project, o.incident, o.card, o.data"
_NOTICE_WIDTH = 10
_DUE_NOTICES = f"""
    SELECT {_NOTICE}, o.attempt, o.ambiguous, o.leased_until
    FROM outbox o LEFT JOIN card c ON c.person = o.person AND c.card = o.card
    WHERE o.state = 'waiting' AND o.urgency BETWEEN ? AND ? AND o.due <= ?
      AND (o.leased_until IS NULL OR o.leased_until <= ?)
      AND (c.leased_until IS NULL OR c.leased_until <= ?)
    ORDER BY o.urgency, o.due, o.number LIMIT ? FOR UPDATE OF o SKIP LOCKED
"""  # noqa: S608 - the columns are ours
_LEASE_NOTICE = "UPDATE outbox SET leased_until = ?, attempt = ?, ambiguous = ? WHERE number = ?"
_FREE_CARD = """
    SELECT wanted, platform, ref FROM card
    WHERE person = ? AND card = ? AND (leased_until IS NULL OR leased_until <= ?) FOR UPDATE SKIP LOCKED
"""
_DUE_CARDS = f"""
    SELECT {_NOTICE}, c.attempt, c.wanted, c.platform, c.ref FROM card c JOIN outbox o ON o.number = c.notice
    WHERE c.shown < c.wanted AND NOT c.dead AND c.due <= ? AND (c.leased_until IS NULL OR c.leased_until <= ?)
    ORDER BY c.due, o.number LIMIT ? FOR UPDATE OF c SKIP LOCKED
"""  # noqa: S608 - the columns are ours
_LEASE_CARD = "UPDATE card SET leased_until = ?, due = ?, holder = ? WHERE person = ? AND card = ?"
_TRY_CARD = "UPDATE card SET attempt = ? WHERE person = ? AND card = ?"

_SENT = "UPDATE outbox SET state = 'sent', leased_until = NULL, platform = ?, ref = ? WHERE number = ?"
_LATER = """
    UPDATE outbox SET due = ?, why = ?, ambiguous = (ambiguous OR ?), leased_until = NULL
    WHERE number = ? AND attempt = ? AND state = 'waiting'
"""
_DEAD = """
    UPDATE outbox SET state = 'dead', why = ?, leased_until = NULL
    WHERE number = ? AND attempt = ? AND state = 'waiting'
"""
_PLACE = """
    UPDATE card SET notice = ?, platform = ?, ref = ?, shown = ?, attempt = 0, dead = FALSE, why = NULL
    WHERE person = ? AND card = ? AND (notice IS NULL OR notice <= ?)
"""
_RELEASE = "UPDATE card SET leased_until = NULL, holder = NULL WHERE person = ? AND card = ? AND holder = ?"
_CARD_SENT = """
    UPDATE card SET shown = ?, platform = ?, ref = ?, attempt = 0, why = NULL
    WHERE person = ? AND card = ? AND holder = ?
"""
_CARD_LATER = "UPDATE card SET due = ?, why = ? WHERE person = ? AND card = ? AND holder = ?"
_CARD_DEAD = "UPDATE card SET dead = TRUE, why = ? WHERE person = ? AND card = ? AND holder = ?"

_WAITING = "SELECT count(*) FROM outbox WHERE state = 'waiting'"
_OLDEST = "SELECT min(due) FROM outbox WHERE state = 'waiting' AND due <= ?"
_DIRTY = "SELECT count(*) FROM card WHERE shown < wanted AND notice IS NOT NULL AND NOT dead"
_DEAD_NOTICES = "SELECT count(*) FROM outbox WHERE state = 'dead'"
_DEAD_CARDS = "SELECT count(*) FROM card WHERE dead"
_DEAD_LETTERS = f"""
    SELECT {_NOTICE}, o.why, o.attempt, FALSE FROM outbox o WHERE o.state = 'dead'
    UNION ALL
    SELECT {_NOTICE}, c.why, c.attempt, TRUE FROM card c JOIN outbox o ON o.number = c.notice WHERE c.dead
    ORDER BY 1 DESC LIMIT ?
"""  # noqa: S608 - the columns are ours


class SqlOutbox:
    """`Outbox` on SQLite or PostgreSQL. A person's copy of a card is touched at most once per `card_interval`."""

    def __init__(self, engine: Engine, card_interval: timedelta = CARD_INTERVAL) -> None:
        self._engine = engine
        self._interval = card_interval

    async def claim(
        self, now: datetime, lease: timedelta, limit: int, quota: Quota | None = None
    ) -> Sequence[Delivery]:
        """Due work: notices by urgency, due time and age, then cards to change; claimed for `lease`."""
        now, wanted = utc(now), quota or Quota(limit, limit)
        return await self._engine.write(lambda tx: self._claim(tx, now, now + lease, limit, wanted))

    async def settle(self, delivery: Delivery, result: Sent | Later | Dead) -> None:
        """Record how it ended. What another worker has claimed since is left alone, but `Sent` always counts."""
        settle = _settle_refresh if delivery.is_refresh else _settle_notice
        if isinstance(result, Later):
            utc(result.at)
        await self._engine.write(lambda tx: settle(tx, delivery, result))

    async def depth(self, now: datetime) -> Depth:
        """How much waits; `oldest` is the due time of the notice that is late by most, if any is due by `now`."""
        now = utc(now)
        return await self._engine.read(lambda tx: _depth(tx, now))

    async def dead(self, limit: int = 100) -> Sequence[DeadLetter]:
        """What was given up, newest first."""
        rows = await self._engine.read(lambda tx: tx.rows(_DEAD_LETTERS, limit))
        return [DeadLetter(_notice(row), row[-3], row[-2], is_refresh=bool(row[-1])) for row in rows]

    def _claim(self, tx: Transaction, now: datetime, until: datetime, limit: int, quota: Quota) -> list[Delivery]:
        claimed = self._claim_notices(tx, now, until, (Urgency.DECISION, Urgency.COVER), limit)
        left = min(limit - len(claimed), quota.notices)
        claimed += self._claim_notices(tx, now, until, (Urgency.NOTICE, Urgency.REFRESH), left)
        return claimed + self._claim_refreshes(tx, now, until, min(limit - len(claimed), quota.refreshes))

    def _claim_notices(
        self, tx: Transaction, now: datetime, until: datetime, urgency: tuple[Urgency, Urgency], limit: int
    ) -> list[Delivery]:
        claimed: list[Delivery] = []
        leases: list[Row] = []
        for row in tx.rows(_DUE_NOTICES, *map(int, urgency), now, now, now, limit) if limit else ():
            notice = _notice(row)
            number, (attempt, ambiguous, leased_until) = row[0], row[_NOTICE_WIDTH:]
            wanted, place = 0, None
            if notice.card is not None:
                free = one(tx.rows(_FREE_CARD, notice.to, notice.card, now))
                if free is None:
                    continue  # somebody else is busy with this card
                wanted, platform, ref = free
                place = MessageRef(platform, json.loads(ref)) if platform else None
            claim = Claim(number, attempt + 1, wanted)
            if notice.card is not None:
                tx.run(_LEASE_CARD, until, now + self._interval, str(claim), notice.to, notice.card)
            # A lease that ended unsettled: whoever held it may have sent it.
            unsure = bool(ambiguous) or leased_until is not None
            leases.append((until, attempt + 1, unsure, number))
            claimed.append(Delivery(str(claim), notice, attempt + 1, message=place, ambiguous=unsure))
        tx.many(_LEASE_NOTICE, leases)
        return claimed

    def _claim_refreshes(self, tx: Transaction, now: datetime, until: datetime, limit: int) -> list[Delivery]:
        claimed: list[Delivery] = []
        for row in tx.rows(_DUE_CARDS, now, now, limit) if limit else ():
            notice = _notice(row)
            attempt, wanted, platform, ref = row[_NOTICE_WIDTH:]
            claim = Claim(row[0], attempt + 1, wanted, is_refresh=True)
            tx.run(_LEASE_CARD, until, now + self._interval, str(claim), notice.to, notice.card)
            tx.run(_TRY_CARD, attempt + 1, notice.to, notice.card)
            place = MessageRef(platform, json.loads(ref))
            claimed.append(Delivery(str(claim), notice, attempt + 1, message=place, is_refresh=True))
        return claimed


def _settle_notice(tx: Transaction, delivery: Delivery, result: Sent | Later | Dead) -> None:
    claim, notice = Claim.parse(delivery.id), delivery.notice
    match result:
        case Sent(message):
            place = (message.platform, canonical(message.ref))
            known = tx.run(_SENT, *place, claim.number)  # not after a reset
            if known and notice.card is not None:
                tx.run(_PLACE, claim.number, *place, claim.wanted, notice.to, notice.card, claim.number)
        case Later(at, why, ambiguous):
            tx.run(_LATER, utc(at), storable(why), ambiguous, claim.number, claim.attempt)
        case Dead(why):
            tx.run(_DEAD, storable(why), claim.number, claim.attempt)
        case _:
            assert_never(result)
    if notice.card is not None:
        tx.run(_RELEASE, notice.to, notice.card, delivery.id)


def _settle_refresh(tx: Transaction, delivery: Delivery, result: Sent | Later | Dead) -> None:
    mine = (delivery.notice.to, delivery.notice.card, delivery.id)
    match result:
        case Sent(message):
            wanted = Claim.parse(delivery.id).wanted
            tx.run(_CARD_SENT, wanted, message.platform, canonical(message.ref), *mine)
        case Later(at, why):
            tx.run(_CARD_LATER, utc(at), storable(why), *mine)
        case Dead(why):
            tx.run(_CARD_DEAD, storable(why), *mine)
        case _:
            assert_never(result)
    tx.run(_RELEASE, *mine)


def _depth(tx: Transaction, now: datetime) -> Depth:
    (waiting,), (dirty,), (oldest,) = tx.rows(_WAITING)[0], tx.rows(_DIRTY)[0], tx.rows(_OLDEST, now)[0]
    (notices,), (cards,) = tx.rows(_DEAD_NOTICES)[0], tx.rows(_DEAD_CARDS)[0]
    return Depth(waiting, dirty, maybe_instant(oldest), notices + cards)


def _notice(row: Row) -> Notice:
    _, key, person, kind, urgency, at, project, incident, card, data = row[:_NOTICE_WIDTH]
    return Notice(key, person, kind, Urgency(urgency), instant(at), project, incident, card, json.loads(data))
