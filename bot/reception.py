"""The reception: what every platform does with a sentence or a press of somebody it has verified.

A platform listens, renders and sends; what is meant, whether it is allowed and what is said at once is the same
everywhere. A reply is ready only after the commit.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Protocol

from bot.cards import Card, Line, Press
from bot.commands import Command, ReportWorkplace
from bot.cover import Rulebook
from bot.desk import Outcome
from bot.events import LevelRecommended
from bot.naming import agent_meant
from bot.phrases import Intent, command_for, understand
from bot.ports import Journal, Sync, no_sync
from bot.presses import command_of
from bot.records import from_record
from bot.situation import Situation
from bot.turn import Rejected
from bot.wording import Reader, View, answered, history, menu, refusal, roles, status
from bot.wording.on_behalf import REPORT_FOR
from bot.workplaces import reported_for

LATEST = 300  # journal entries looked through for somebody who asks for the log


class FrontDesk(Protocol):
    """What the reception needs of `bot.desk.Desk`."""

    rules: Rulebook

    @property
    def state(self) -> Situation:
        """All that is open."""

    @property
    def basis(self) -> Mapping[str, LevelRecommended]:
        """The latest numbers behind each project's level."""

    @property
    def seq(self) -> int:
        """The journal's last entry in `state`."""

    def now(self) -> datetime:
        """The desk's time."""

    async def handle(self, command: Command, key: str | None = None) -> Outcome:
        """Decide and commit."""


@dataclass(frozen=True, slots=True)
class Reply:
    """What is said at once: a line, or a card somebody asked for. `rejected`: the rules said no."""

    said: Line | Card
    rejected: Rejected | None = None
    outcome: Outcome | None = None


class Reception:
    """Stateless but for what it is given; `sync`: how far records elsewhere are.

    Raises `StoreError` when nothing could be recorded.
    """

    def __init__(self, desk: FrontDesk, journal: Journal, sync: Sync = no_sync) -> None:
        self.desk = desk
        self._journal = journal
        self._sync = sync

    def view(self) -> View:
        """What cards are made from, now."""
        desk = self.desk
        return View(desk.state, desk.rules, desk.now(), basis=desk.basis, sync=self._sync())

    def reader(self, person: str, locale: str | None = None) -> Reader:
        """The person as a reader: the company file's language, else the platform's, else English."""
        company = self.desk.rules.company
        known = company.people.get(person)
        zone = company.zone_of(person) if known else "UTC"
        return Reader(person, (known.locale if known else None) or locale or "en", zone)

    async def say(self, reader: Reader, text: str, key: str | None = None) -> Reply:
        """Somebody typed this. `key`: the platform's id of the message."""
        return await self.meant(reader, understand(text), text, key)

    async def meant(self, reader: Reader, intent: Intent, text: str = "", key: str | None = None) -> Reply:
        """Somebody asked for this."""
        try:
            command = command_for(intent, reader.person, self.desk.state, text)
        except Rejected as rejected:
            return self._refused(rejected, reader)
        if command is not None:
            return await self.ask(reader, command, key)
        if intent.kind == "status":
            return Reply(status(self.view(), reader))
        if intent.kind == "roles":
            return Reply(roles(self.view(), reader))
        if intent.kind == "log":
            return Reply(await self._log(reader))
        return Reply(menu(self.view(), reader, clear=intent.clear and intent.kind in ("menu", "help")))

    async def press(self, reader: Reader, press: Press) -> Reply:
        """Somebody pressed a button or sent a form."""
        try:
            command = self._whole(command_of(press), press)
        except Rejected as rejected:
            return self._refused(rejected, reader)
        return await self.ask(reader, command, press.key)

    def _whole(self, command: Command, press: Press) -> Command:
        """With the id of whoever was named in words, not chosen. Raises `Rejected`.

        Who reports for nobody means nobody: the rules refuse that, and it is logged as every refusal of theirs.
        """
        if press.verb != REPORT_FOR or press.fields.get("person") or not isinstance(command, ReportWorkplace):
            return command
        rules = self.desk.rules
        among = reported_for(rules, press.by)
        return replace(command, person=agent_meant(rules.company, among, command.person) if among else "")

    async def ask(self, reader: Reader, command: Command, key: str | None = None) -> Reply:
        """Have it decided and committed."""
        outcome = await self.desk.handle(command, key)
        if outcome.refused:
            return self._refused(outcome.refused, reader, outcome)
        line = answered(command, self.view(), reader, changed=outcome.changed, receipt=outcome.receipt)
        return Reply(line, outcome=outcome)

    def _refused(self, rejected: Rejected, reader: Reader, outcome: Outcome | None = None) -> Reply:
        return Reply(refusal(rejected, self.view(), reader), rejected, outcome)

    async def _log(self, reader: Reader) -> Card:
        entries = await self._journal.read(max(0, self.desk.seq - LATEST))
        return history(map(from_record, entries), self.view(), reader)
