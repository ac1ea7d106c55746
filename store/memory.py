"""The in-memory twin: the same behaviour, gone with the process. For tests, simulations and practice."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from itertools import count
from typing import assert_never

from bot.ports import (
    Account,
    Batch,
    Conflict,
    Dead,
    Delivery,
    Depth,
    Draft,
    Entry,
    Json,
    Later,
    Letter,
    MessageRef,
    Note,
    Notice,
    Quota,
    Sent,
    Urgency,
)
from store.chain import ORIGIN, Head, canonical, link
from store.delivery import CARD_INTERVAL, Claim, DeadLetter
from store.directory import somebody_elses as another_persons
from store.engine import Violation
from store.instants import storable, to_text, utc
from store.journal import check
from store.positions import somebody_elses


@dataclass(slots=True)
class _Queued:
    """A notice and how far it got."""

    number: int
    notice: Notice
    due: datetime
    state: str = "waiting"
    leased_until: datetime | None = None
    attempt: int = 0
    ambiguous: bool = False
    why: str = ""


@dataclass(slots=True)
class _Copy:
    """One person's copy of a live card; dirty while `shown` < `wanted`."""

    due: datetime
    made_by: _Queued | None = None
    place: MessageRef | None = None
    wanted: int = 0
    shown: int = 0
    leased_until: datetime | None = None
    holder: str | None = None
    attempt: int = 0
    dead: bool = False
    why: str = ""

    @property
    def is_dirty(self) -> bool:
        """Does it show something old that can be changed?"""
        return self.shown < self.wanted and self.made_by is not None and not self.dead


class MemoryOutbox:
    """`Outbox` in memory. A person's copy of a card is touched at most once per `card_interval`."""

    def __init__(self, card_interval: timedelta = CARD_INTERVAL) -> None:
        self._interval = card_interval
        self._numbers = count(1)
        self._queued: dict[str, _Queued] = {}
        self._copies: dict[tuple[str, str], _Copy] = {}

    def put(self, batch: Batch) -> None:
        """What an append queues."""
        for notice in batch.notices:
            if notice.key not in self._queued:
                self._queued[notice.key] = _Queued(next(self._numbers), notice, notice.at)
            if notice.card is not None:
                self._copies.setdefault((notice.to, notice.card), _Copy(notice.at))
        for refresh in set(batch.refreshes):
            if copy := self._copies.get((refresh.to, refresh.card)):
                copy.wanted += 1

    def clear(self) -> None:
        """Forget everything but the numbers already given."""
        self._queued.clear()
        self._copies.clear()

    async def claim(
        self, now: datetime, lease: timedelta, limit: int, quota: Quota | None = None
    ) -> Sequence[Delivery]:
        """Due work: notices by urgency, due time and age, then cards to change; claimed for `lease`."""
        now, quota = utc(now), quota or Quota(limit, limit)
        claimed, can_wait = list[Delivery](), 0
        waiting = [q for q in self._queued.values() if q.state == "waiting" and q.due <= now and _free(q, now)]
        for queued in sorted(waiting, key=lambda q: (q.notice.urgency, q.due, q.number)):
            copy, waits = self._copy(queued.notice), queued.notice.urgency >= Urgency.NOTICE
            if len(claimed) == limit or (waits and can_wait == quota.notices):
                break
            if copy is None or _free(copy, now):
                claimed.append(self._claim_notice(queued, copy, now, lease))
                can_wait += waits
        dirty = [c for c in self._copies.values() if c.is_dirty and c.due <= now and _free(c, now)]
        changing = sorted(dirty, key=_card_order)[: min(limit - len(claimed), quota.refreshes)]
        return claimed + [self._claim_refresh(copy, now, lease) for copy in changing]

    async def settle(self, delivery: Delivery, result: Sent | Later | Dead) -> None:
        """Record how it ended. What another worker has claimed since is left alone, but `Sent` always counts."""
        if isinstance(result, Later):
            utc(result.at)
        copy = self._copy(delivery.notice)
        held = copy is not None and copy.holder == delivery.id
        if not delivery.is_refresh:
            self._settle_notice(delivery, copy, result)
        elif copy is not None and held:
            _settle_refresh(copy, Claim.parse(delivery.id).wanted, result)
        if copy is not None and held:
            copy.leased_until = copy.holder = None

    async def depth(self, now: datetime) -> Depth:
        """How much waits; `oldest` is the due time of the notice that is late by most, if any is due by `now`."""
        now = utc(now)
        waiting = [q.due for q in self._queued.values() if q.state == "waiting"]
        dirty = sum(copy.is_dirty for copy in self._copies.values())
        oldest = min((due for due in waiting if due <= now), default=None)
        return Depth(len(waiting), dirty, oldest, len(await self.dead(len(self._queued) * 2)))

    async def dead(self, limit: int = 100) -> Sequence[DeadLetter]:
        """What was given up, newest first."""
        dead = [(q, q.why, q.attempt, False) for q in self._queued.values() if q.state == "dead"]
        dead += [(c.made_by, c.why, c.attempt, True) for c in self._copies.values() if c.dead and c.made_by]
        dead.sort(key=lambda found: -found[0].number)
        return [DeadLetter(q.notice, why, attempts, is_refresh=r) for q, why, attempts, r in dead[:limit]]

    def _copy(self, notice: Notice) -> _Copy | None:
        return None if notice.card is None else self._copies.get((notice.to, notice.card))

    def _claim_notice(self, queued: _Queued, copy: _Copy | None, now: datetime, lease: timedelta) -> Delivery:
        queued.ambiguous = queued.ambiguous or queued.leased_until is not None
        queued.attempt += 1
        queued.leased_until = now + lease
        claim = Claim(queued.number, queued.attempt, copy.wanted if copy else 0)
        if copy is not None:
            copy.leased_until, copy.due, copy.holder = now + lease, now + self._interval, str(claim)
        place = copy.place if copy else None
        return Delivery(str(claim), queued.notice, queued.attempt, message=place, ambiguous=queued.ambiguous)

    def _claim_refresh(self, copy: _Copy, now: datetime, lease: timedelta) -> Delivery:
        assert copy.made_by is not None  # noqa: S101 - `is_dirty` says so
        copy.attempt += 1
        claim = Claim(copy.made_by.number, copy.attempt, copy.wanted, is_refresh=True)
        copy.leased_until, copy.due, copy.holder = now + lease, now + self._interval, str(claim)
        return Delivery(str(claim), copy.made_by.notice, copy.attempt, message=copy.place, is_refresh=True)

    def _settle_notice(self, delivery: Delivery, copy: _Copy | None, result: Sent | Later | Dead) -> None:
        claim = Claim.parse(delivery.id)
        queued = self._queued.get(delivery.notice.key)
        if queued is None or queued.number != claim.number:
            return
        mine = queued.state == "waiting" and queued.attempt == claim.attempt
        match result:
            case Sent(message):
                queued.state, queued.leased_until = "sent", None
                if copy is not None and (copy.made_by is None or copy.made_by.number <= queued.number):
                    copy.made_by, copy.place, copy.shown = queued, message, claim.wanted
                    copy.attempt, copy.dead = 0, False
            case Later(at, why, ambiguous):
                if mine:
                    queued.due, queued.why, queued.leased_until = utc(at), storable(why), None
                    queued.ambiguous = queued.ambiguous or ambiguous
            case Dead(why):
                if mine:
                    queued.state, queued.why, queued.leased_until = "dead", storable(why), None
            case _:
                assert_never(result)


class MemoryJournal:
    """`Journal` in memory."""

    def __init__(self, outbox: MemoryOutbox) -> None:
        self._outbox = outbox
        self._entries: list[Entry] = []
        self._answers: dict[str, str] = {}
        self._notes: dict[str, str] = {}

    async def append(self, batch: Batch) -> int:
        """Write all of `batch` or nothing; the new last seq. Raises `Conflict`, `StoreError`."""
        head = Head(self._entries[-1].seq, self._entries[-1].hash) if self._entries else ORIGIN
        entries: list[Entry] = []
        answers = {key: canonical(answer) for key, answer in batch.answers.items()}
        notices = [_stored(notice) for notice in batch.notices]
        drafts = [replace(draft, at=utc(draft.at)) for draft in batch.entries]
        check(batch.expected, head.seq)
        for draft in drafts:
            entries.append(_entry(head, draft))
            head = Head(entries[-1].seq, entries[-1].hash)
        if taken := answers.keys() & self._answers.keys():
            raise Conflict(f"somebody else used the idempotency keys {sorted(taken)}")
        notes = _new_notes(batch.notes, self._notes)
        self._entries += entries
        self._answers |= answers
        self._notes |= notes
        self._outbox.put(replace(batch, notices=notices))
        return head.seq

    async def read(self, after: int = 0, limit: int = 10_000) -> Sequence[Entry]:
        """Entries with seq > `after`, in order, at most `limit`."""
        return self._entries[after : after + limit]

    async def last(self) -> Entry | None:
        """The newest entry; None in an empty journal."""
        return self._entries[-1] if self._entries else None

    async def answer(self, key: str) -> Json | None:
        """What the command with this idempotency key was answered, if it was ever committed."""
        found = self._answers.get(key)
        return None if found is None else json.loads(found)

    async def notes(self, ids: Sequence[str]) -> Mapping[str, str]:
        """The texts of these notes; an erased or unknown one is left out."""
        return {note: self._notes[note] for note in ids if note in self._notes}

    def clear(self) -> None:
        """Forget everything."""
        self._entries.clear()
        self._answers.clear()
        self._notes.clear()


@dataclass(slots=True)
class MemoryDirectory:
    """`Directory` in memory; the account linked last is at the end."""

    _accounts: dict[tuple[str, str, str], Account] = field(default_factory=dict)

    async def link(self, account: Account) -> None:
        """Remember (or update `locale`, `ref` of) an account. Raises a permanent `StoreError` if it is another's."""
        key = (account.platform, account.tenant, account.user)
        known = self._accounts.get(key)
        if known is not None and known.person != account.person:
            raise another_persons(account)
        self._accounts.pop(key, None)
        self._accounts[key] = replace(account, ref=json.loads(canonical(account.ref)))

    async def accounts(self, person: str) -> Sequence[Account]:
        """The person's accounts, the one linked or used last first."""
        return [account for account in reversed(self._accounts.values()) if account.person == person]

    async def everybody(self, platform: str) -> Sequence[Account]:
        """All accounts on a platform, the one linked or used last first."""
        return [account for account in reversed(self._accounts.values()) if account.platform == platform]

    async def who(self, platform: str, tenant: str, user: str) -> str | None:
        """The person behind an account."""
        known = self._accounts.get((platform, tenant, user))
        return None if known is None else known.person

    def clear(self) -> None:
        """Forget everything."""
        self._accounts.clear()


@dataclass(slots=True)
class MemoryMailbox:
    """`Mailbox` in memory."""

    _letters: dict[str, Letter] = field(default_factory=dict)

    async def put(self, letter: Letter) -> None:
        """Add it, or replace the one with this id."""
        self._letters[letter.id] = replace(letter, at=utc(letter.at), body=json.loads(canonical(letter.body)))

    async def letters(self, person: str) -> Sequence[Letter]:
        """A person's letters, oldest first; letters of one instant as they came."""
        return sorted((x for x in self._letters.values() if x.person == person), key=lambda x: x.at)

    def clear(self) -> None:
        """Forget everything."""
        self._letters.clear()


@dataclass(slots=True)
class _Position:
    place: str = "{}"
    holder: str | None = None
    leased_until: datetime | None = None


@dataclass(slots=True)
class MemoryPositions:
    """`Positions` in memory."""

    _positions: dict[str, _Position] = field(default_factory=dict)

    async def claim(self, reader: str, holder: str, now: datetime, lease: timedelta) -> Json | None:
        """The reader's place, claimed for `holder` until `now + lease`; None: another holder has it."""
        now, found = utc(now), self._positions.setdefault(reader, _Position())
        if found.holder not in (None, holder) and found.leased_until is not None and found.leased_until > now:
            return None
        found.holder, found.leased_until = holder, now + lease
        return await self.place(reader)

    async def keep(self, reader: str, holder: str, place: Json) -> None:
        """Remember the place its holder has reached. Raises `Conflict` when another holder has claimed it since."""
        text, found = canonical(place), self._positions.get(reader)
        if found is None or found.holder != holder:
            raise somebody_elses(reader)
        found.place = text

    async def release(self, reader: str, holder: str) -> None:
        """Let the next holder claim it at once."""
        found = self._positions.get(reader)
        if found is not None and found.holder == holder:
            found.holder = found.leased_until = None

    async def place(self, reader: str) -> Json:
        """The place; empty before the first `keep`."""
        found = self._positions.get(reader)
        place: Json = json.loads(found.place) if found else {}
        return place

    def clear(self) -> None:
        """Forget everything."""
        self._positions.clear()


def _free(claimable: _Queued | _Copy, now: datetime) -> bool:
    return claimable.leased_until is None or claimable.leased_until <= now


def _card_order(copy: _Copy) -> tuple[datetime, int]:
    return copy.due, copy.made_by.number if copy.made_by else 0


def _settle_refresh(copy: _Copy, wanted: int, result: Sent | Later | Dead) -> None:
    match result:
        case Sent(message):
            copy.shown, copy.place, copy.attempt = wanted, message, 0
        case Later(at, _):
            copy.due = utc(at)
        case Dead(why):
            copy.dead, copy.why = True, storable(why)
        case _:
            assert_never(result)


def _stored(notice: Notice) -> Notice:
    return replace(notice, at=utc(notice.at), data=json.loads(canonical(notice.data)))


def _entry(head: Head, draft: Draft) -> Entry:
    data = canonical(draft.data)
    seq = head.seq + 1
    return Entry(seq, draft.at, draft.type, json.loads(data), link(head.hash, seq, to_text(draft.at), draft.type, data))


def _new_notes(notes: Sequence[Note], known: Mapping[str, str]) -> dict[str, str]:
    new: dict[str, str] = {}
    for note in notes:
        utc(note.at)
        if note.id in known or note.id in new:
            raise Violation(f"there is a note {note.id} already")
        new[note.id] = storable(note.text)
    return new
