"""What the tests of the roles matrix share: a simulated desk, and who is who on it."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from bot import events as ev
from bot.commands import (
    AnswerCover,
    ChangeRole,
    Command,
    ReportWorkplace,
)
from bot.cover import Rulebook
from bot.ports import Notice
from bot.react import Reaction, react
from bot.roles import people_in
from bot.simulation import Simulation
from bot.turn import Rejected, Turn
from tests.unit.wording_play import START, rules

MANAGER = ("account_manager", "acme-de")
AT_FILE = ("nora", "olga")
PEOPLE = ("anna", "carl", "emil", "sam", "nora", "olga", "zita", "ivan", "erik")
BY_ZITA = ChangeRole("zita", *MANAGER, ("sam", "olga"))
OUT = (ReportWorkplace("anna", "anna", can_move=False), ReportWorkplace("bea", "bea", can_move=False))
OFFERS = (*OUT, AnswerCover("carl", "acme-de", yes=True), AnswerCover("dora", "acme-de", yes=True))


class Desk(Simulation):
    """A simulation that keeps its events and the reaction to the last of them."""

    def __init__(self, book: Rulebook | None = None, *commands: Command) -> None:
        super().__init__(book or rules(), START)
        self.events: list[ev.Event] = []
        self.last: Sequence[ev.Event] = ()
        self.does(*commands)

    def _finish(self, turn: Turn) -> None:
        super()._finish(turn)
        self.last = tuple(turn.events)
        self.events += turn.events

    def does(self, *commands: Command) -> Desk:
        """One after another, each with all that follows from it."""
        for command in commands:
            self.do(command)
        return self

    def reaction(self) -> Reaction:
        """Who is told what of the last command."""
        return react(self.last, self.state, self.rules, 1)

    def told(self, kind: str) -> dict[str, Notice]:
        """By person, what the last command sent of this kind; also what came along with something more pressing."""
        found = [one for one in self.reaction().notices if kind in (one.kind, *one.data.get("also", ()))]
        return {one.to: one for one in found}

    def row(self, role: str = "account_manager", project: str | None = "acme-de") -> tuple[str, ...]:
        """Who is in the row now."""
        return people_in(self.rules.company, (role, project))


def refused(desk: Simulation, command: Command) -> str:
    """The code with which the rules refuse it; nothing has changed then."""
    before = desk.state
    with pytest.raises(Rejected) as raised:
        desk.do(command)
    assert desk.state is before
    return raised.value.code
