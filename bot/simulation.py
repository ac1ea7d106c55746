"""The rules on a simulated clock, without store or platform: what `backline simulate` and exercises run on."""

from __future__ import annotations

from datetime import datetime

from bot.commands import Command
from bot.cover import Rulebook
from bot.deadlines import Agenda, fire
from bot.decide import apply, settle
from bot.ports import Notice
from bot.react import react
from bot.situation import Situation
from bot.turn import Turn


class Simulation:
    """`now` only moves on; deadlines fire at their due times, each instant's before whatever else happens then."""

    def __init__(self, rules: Rulebook, start: datetime) -> None:
        self.rules = rules
        self.now = start
        self.state = Situation()
        self.notices: list[Notice] = []
        self._agenda = Agenda(self.state)
        self._seq = 0

    def advance(self, to: datetime) -> None:
        """Let time pass until `to`, inclusive."""
        while (due := self._agenda.next_due(self.state)) is not None and due <= to:
            self.now = max(self.now, due)
            turn = Turn(self.state, self.now, self.rules)
            fire(turn, self._agenda.take(self.state, self.now))
            self._finish(turn)
        self.now = max(self.now, to)

    def do(self, command: Command) -> None:
        """Somebody asks for something now. Raises `Rejected`, and then nothing has changed."""
        turn = Turn(self.state, self.now, self.rules)
        apply(turn, command)
        self._finish(turn)

    def _finish(self, turn: Turn) -> None:
        settle(turn, self._agenda)
        reaction = react(turn.events, turn.state, turn.rules, self._seq + 1)
        self._seq += len(turn.events)
        self.state, self.rules = turn.state, turn.rules
        self.notices += reaction.notices
