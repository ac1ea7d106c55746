"""The desk: commands in, decided one after another, committed together, answered after their own commit.

The state in memory is the journal's fold. A batch is decided on a tentative state; when somebody else has appended
meanwhile (`Conflict`), the newer entries are read and the batch is decided again. What follows from the facts
(`settle`) is part of the batch, unless it was drawn just now: it takes a twentieth of the time at most, and is done
once a second at least, so that a report stays as cheap as the first one when thousands are out.
"""

from __future__ import annotations

import asyncio
import contextlib
import gc
from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol

from bot.commands import Command, ReportWorkplace, TakeFile
from bot.cover import Rulebook
from bot.deadlines import Agenda, fire
from bot.decide import apply, settle
from bot.events import Event, LevelRecommended
from bot.fold import evolve
from bot.ports import Batch, Clock, Conflict, Draft, Journal, Json, Note, StoreError, Urgency
from bot.react import react
from bot.records import from_record, to_record
from bot.situation import Situation
from bot.turn import Rejected, Turn

TOGETHER = 128  # commands in one commit at most
REMEMBERED = 10_000  # answers kept in memory; older ones are asked of the journal
SHARE = 19  # after a settling, this many times its length passes before the next
AT_LEAST_EVERY = 0.8  # seconds
ATTEMPTS = 20  # at a batch, when others keep appending


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a command. `receipt`: of the person's open report. `repeated`: this key was answered before.

    `failed`: it could not be decided, which whoever asked has been told as an error.
    """

    changed: bool = False
    receipt: int | None = None
    refused: Rejected | None = None
    repeated: bool = False
    failed: bool = False

    def as_json(self) -> Json:
        """What the journal keeps by the command's key."""
        return {"changed": self.changed, "receipt": self.receipt}


class Watch(Protocol):
    """Who looks on, for the logs and the metrics."""

    def committed(self, events: Sequence[Event], state: Situation) -> None:
        """These are in the journal."""

    def refused(self, command: Command, rejected: Rejected) -> None:
        """The rules said no."""

    def settled(self, seconds: float) -> None:
        """Drawing the consequences took this long."""

    def failed(self, what: str, error: Exception) -> None:
        """Something broke that should not; the desk goes on."""


@dataclass(slots=True)
class _Asked:
    """A command on its way; None is the clock's tick."""

    command: Command | None
    key: str | None
    done: asyncio.Future[Outcome]


@dataclass(slots=True)
class _Decided:
    turn: Turn
    answers: list[tuple[_Asked, Outcome]] = field(default_factory=list)
    notes: list[Note] = field(default_factory=list)


class Desk:
    """One per process. `stopwatch` gives seconds that only grow.

    `on_commit` is called when there may be mail, with the urgency of the most urgent piece.
    `rules` are always those in force in `state`: the files', with the changes of the roles matrix.
    """

    def __init__(
        self,
        *,
        journal: Journal,
        clock: Clock,
        rules: Rulebook,
        watch: Watch,
        stopwatch: Callable[[], float],
        on_commit: Callable[[Urgency], None] = lambda _urgency: None,
        shared: bool = False,
    ) -> None:
        self.rules = rules
        self.clock = clock
        self._journal = journal
        self._watch = watch
        self._stopwatch = stopwatch
        self._on_commit = on_commit
        self._shared = shared  # other processes write to the same journal
        self._state = Situation()
        self._basis: Mapping[str, LevelRecommended] = {}
        self._seq = 0
        self._agenda = Agenda(self._state)
        self._inbox: asyncio.Queue[_Asked] = asyncio.Queue()
        self._answers: OrderedDict[str, Json] = OrderedDict()
        self._settle_from = 0.0  # stopwatch: earliest next settling
        self._owed = False
        self._worker: asyncio.Task[None] | None = None

    @property
    def state(self) -> Situation:
        """All that is open, as committed."""
        return self._state

    @property
    def basis(self) -> Mapping[str, LevelRecommended]:
        """The numbers behind each project's level, as of the last settling."""
        return self._basis

    @property
    def seq(self) -> int:
        """The journal's last entry in `state`."""
        return self._seq

    def now(self) -> datetime:
        """The time the desk goes by."""
        return self.clock.now()

    async def start(self) -> None:
        """Read the journal, begin to work, and fire what fell due while nobody did.

        Raises `StoreError`, also for a company file that lacks people or projects of something still open.
        """
        await self._read_all()
        if lacking := _lacking(self._state, self.rules):
            msg = f"the company file lacks {', '.join(lacking)}: still open here. Put them back until all is stood down"
            raise StoreError(msg, permanent=True)
        self._agenda = Agenda(self._state)
        self._owed = True
        self._worker = asyncio.create_task(self._work(), name="desk")
        await self._ask(TakeFile() if self._state.roles else None, None)

    async def _read_all(self) -> None:
        """All that this makes is kept: looking it through for garbage meanwhile would take a quarter longer."""
        gc.disable()
        try:
            await self._catch_up()
        finally:
            gc.freeze()
            gc.enable()

    async def close(self) -> None:
        """Finish what was handed in, then stop."""
        if self._worker is None:
            return
        try:
            await self.tick()
        finally:
            self._worker.cancel()
            await asyncio.gather(self._worker, return_exceptions=True)
            self._worker = None
            while not self._inbox.empty():
                self._fail([self._inbox.get_nowait()], StoreError("the desk is closed; try again when it is running"))

    @property
    def alive(self) -> bool:
        """Whether commands are being worked on."""
        return self._worker is not None and not self._worker.done()

    async def handle(self, command: Command, key: str | None = None) -> Outcome:
        """Decide and commit; returns only after the commit. The same `key` again has no second effect.

        Raises `StoreError` when it could not be recorded: then nothing has happened.
        """
        return await self._ask(command, key)

    async def tick(self) -> None:
        """Fire what is due by the clock's now. Raises `StoreError`."""
        await self._ask(None, None)

    async def look_around(self) -> None:
        """Read what other processes have written, before something of theirs is shown. Raises `StoreError`."""
        if self._shared:
            await self.tick()

    async def _ask(self, command: Command | None, key: str | None) -> Outcome:
        if not self.alive:
            msg = "the desk is closed; try again when it is running"
            raise StoreError(msg)
        done: asyncio.Future[Outcome] = asyncio.get_running_loop().create_future()
        self._inbox.put_nowait(_Asked(command, key, done))
        return await done  # whoever stops waiting has it done all the same

    async def _work(self) -> None:
        while True:
            batch = [await self._inbox.get()]
            while len(batch) < TOGETHER and not self._inbox.empty():
                batch.append(self._inbox.get_nowait())
            try:
                await self._run(batch)
            except StoreError as error:
                self._fail(batch, error)
            except Exception as error:  # noqa: BLE001 - the outermost loop: report and go on
                self._trouble("batch", error)
                self._fail(batch, StoreError(f"it was not recorded: {type(error).__name__}"))

    def _fail(self, batch: list[_Asked], error: StoreError) -> None:
        self._agenda = Agenda(self._state)
        self._owed = True
        for asked in batch:
            self._fail_one(asked, error)

    @staticmethod
    def _fail_one(asked: _Asked, error: StoreError) -> None:
        if not asked.done.done():
            asked.done.set_exception(error)
            asked.done.exception()  # seen: whoever asked may be gone

    async def _run(self, batch: list[_Asked]) -> None:
        if self._shared or any(asked.command is None for asked in batch):
            await self._catch_up()
        for _ in range(ATTEMPTS):
            batch = [asked for asked in batch if not self._answered_before(asked)]
            decided = self._decide(batch)
            await self._recheck(decided)
            try:
                urgency = await self._commit(decided)
            except Conflict:
                await self._look_again(batch)
                continue
            for asked, outcome in decided.answers:
                if not asked.done.done():
                    asked.done.set_result(outcome)
            if urgency is not None:
                self._on_commit(urgency)
            self._report(decided)
            return
        msg = "others kept writing at the same time; try again"
        raise StoreError(msg)

    # --- deciding -----------------------------------------------------------------------------------------

    def _decide(self, batch: list[_Asked]) -> _Decided:
        turn = Turn(self._state, self.clock.now(), self.rules)
        decided = _Decided(turn)
        self._fire(turn)
        seen: dict[str, Outcome] = {}
        for asked in batch:
            if asked.key and asked.key in seen:
                decided.answers.append((asked, seen[asked.key]))
                continue
            outcome = self._apply(decided, asked)
            decided.answers.append((asked, outcome))
            if asked.key:
                seen[asked.key] = outcome
        self._agenda.note(turn.events, turn.state)
        self._settle(turn, facts=bool(turn.events))
        return decided

    def _fire(self, turn: Turn) -> None:
        """What is due comes before any command. A deadline that cannot be fired must not keep reports out."""
        state = turn.state
        try:
            if due := self._agenda.take(turn.state, turn.now):
                fire(turn, due)
        except Exception as error:  # noqa: BLE001 - see above; the tick tries again
            turn.state = state
            turn.events.clear()
            self._agenda = Agenda(state)
            self._trouble("deadlines", error)

    def _apply(self, decided: _Decided, asked: _Asked) -> Outcome:
        turn, command = decided.turn, asked.command
        if command is None:
            return Outcome()
        state, count = turn.state, len(turn.events)
        words = (getattr(command, "words", None) or "").strip()
        note = f"n{self._seq + count + 1}" if words else None
        try:
            apply(turn, command, note)
        except Rejected as rejected:
            turn.state = state
            del turn.events[count:]
            return Outcome(refused=rejected)
        except Exception as error:  # noqa: BLE001 - one that cannot be decided must not take the others with it
            turn.state = state
            del turn.events[count:]
            self._trouble(f"deciding {type(command).__name__}", error)
            self._fail_one(asked, StoreError(f"it was not recorded: {type(error).__name__}"))
            return Outcome(failed=True)
        changed = len(turn.events) > count
        if note and any(getattr(event, "note", None) == note for event in turn.events[count:]):
            decided.notes.append(Note(note, getattr(command, "by", None) or "", turn.now, words))
        receipt = None
        if isinstance(command, ReportWorkplace):
            receipt = turn.state.workplaces[command.person].receipt
        return Outcome(changed, receipt)

    def _settle(self, turn: Turn, *, facts: bool) -> None:
        """Draw the consequences, or owe them when they were dear and drawn just now."""
        if not facts and not self._owed:
            return
        begun = self._stopwatch()
        if begun < self._settle_from:
            self._owe(self._settle_from - begun)
            return
        state, count = turn.state, len(turn.events)
        try:
            settle(turn, self._agenda)
        except Exception as error:  # noqa: BLE001 - the facts are recorded all the same
            turn.state = state
            del turn.events[count:]
            self._agenda = Agenda(state)
            self._owed = True
            self._trouble("settle", error)
            return
        self._owed = False
        taken = self._stopwatch() - begun
        self._settle_from = begun + taken + min(AT_LEAST_EVERY, taken * SHARE)
        self._watch.settled(taken)

    def _owe(self, seconds: float) -> None:
        if not self._owed:
            self._owed = True
            asyncio.get_running_loop().call_later(seconds, self._nudge)

    def _nudge(self) -> None:
        if self.alive:
            done: asyncio.Future[Outcome] = asyncio.get_running_loop().create_future()
            self._inbox.put_nowait(_Asked(None, None, done))

    # --- committing ---------------------------------------------------------------------------------------

    async def _commit(self, decided: _Decided) -> Urgency | None:
        """The urgency of the most urgent mail in it; None when there was nothing to write."""
        turn = decided.turn
        answers = {
            asked.key: outcome.as_json()
            for asked, outcome in decided.answers
            if asked.key and not outcome.refused and not outcome.failed
        }
        if not turn.events and not answers:
            return None
        reaction = react(turn.events, turn.state, turn.rules, self._seq + 1)
        drafts: list[Draft] = [to_record(event) for event in turn.events]
        batch = Batch(self._seq, drafts, reaction.notices, reaction.refreshes, decided.notes, answers)
        self._seq = await self._journal.append(batch)
        self._state, self.rules = turn.state, turn.rules
        self._basis = turn.basis or self._basis
        self._remember(answers)
        return min((notice.urgency for notice in reaction.notices), default=Urgency.REFRESH)

    def _report(self, decided: _Decided) -> None:
        """Tell whoever looks on, after everybody has been answered: a log that cannot be written changes nothing."""
        try:
            if decided.turn.events:
                self._watch.committed(decided.turn.events, self._state)
            for asked, outcome in decided.answers:
                if asked.command and outcome.refused:
                    self._watch.refused(asked.command, outcome.refused)
        except Exception as error:  # noqa: BLE001 - see above
            self._trouble("watching", error)

    def _trouble(self, what: str, error: Exception) -> None:
        with contextlib.suppress(Exception):
            self._watch.failed(what, error)

    def _remember(self, answers: dict[str, Json]) -> None:
        self._answers.update(answers)
        while len(self._answers) > REMEMBERED:
            self._answers.popitem(last=False)

    def _answered_before(self, asked: _Asked) -> bool:
        """Answer a key that is known in memory."""
        known = self._answers.get(asked.key) if asked.key else None
        if known is None:
            return False
        if not asked.done.done():
            asked.done.set_result(_outcome(known))
        return True

    async def _recheck(self, decided: _Decided) -> None:
        """A refused command may be an old one again, which succeeded long ago."""
        refused = [(at, asked) for at, (asked, outcome) in enumerate(decided.answers) if outcome.refused and asked.key]
        answers = await asyncio.gather(*(self._journal.answer(asked.key) for _, asked in refused if asked.key))
        for (at, asked), known in zip(refused, answers, strict=True):
            if known:
                decided.answers[at] = (asked, _outcome(known))

    async def _look_again(self, batch: list[_Asked]) -> None:
        """After a conflict: what is newer, and which keys were used."""
        await self._catch_up()
        self._agenda = Agenda(self._state)
        self._owed = True
        for asked in batch:
            if asked.key and (known := await self._journal.answer(asked.key)):
                self._remember({asked.key: known})

    async def _catch_up(self) -> None:
        while entries := await self._journal.read(self._seq):
            events = [from_record(entry) for entry in entries]
            state = self._state
            for event in events:
                state = evolve(state, event)
            self._state, self._seq = state, entries[-1].seq
            self.rules = self.rules.in_force(state.roles)
            self._agenda.note(events, state)


def _lacking(state: Situation, rules: Rulebook) -> list[str]:
    """Projects with an open incident, people with an open report or cover, who have left the company file."""
    company = rules.company
    people = {*state.workplaces, *state.engaged, *state.pending}
    return [*sorted(state.incidents.keys() - company.projects.keys()), *sorted(people - company.people.keys())]


def _outcome(known: Json) -> Outcome:
    data: dict[str, Any] = dict(known)
    return Outcome(data.get("changed", False), data.get("receipt"), repeated=True)
