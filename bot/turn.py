"""One decision in progress: the events so far, and the state they lead to."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from bot.company import Project, Role
from bot.cover import Rulebook
from bot.events import Event, LevelRecommended
from bot.fold import evolve
from bot.situation import Incident, Situation


class Rejected(Exception):
    """The rules refuse the command. `code` names the reason for `bot.wording`, `data` its ids and numbers."""

    def __init__(self, code: str, **data: Any) -> None:  # noqa: ANN401 - ids, numbers and instants for the wording
        super().__init__(code)
        self.code = code
        self.data = data


@dataclass(slots=True)
class Turn:
    """`state` is always what `events` make of the state it began with, and `rules` are those in force then."""

    state: Situation
    now: datetime
    _rules: Rulebook
    events: list[Event] = field(default_factory=list)
    basis: dict[str, LevelRecommended] = field(default_factory=dict)  # by project, as last assessed; not recorded

    def __post_init__(self) -> None:
        if self.now.utcoffset() is None:
            msg = f"naive datetime {self.now!r}: every instant here is aware UTC"
            raise ValueError(msg)
        self.now = self.now.astimezone(UTC)

    @property
    def rules(self) -> Rulebook:
        """The rules, with the roles matrix that is in force in `state`."""
        self._rules = self._rules.in_force(self.state.roles)
        return self._rules

    def add(self, *events: Event) -> None:
        """These happened."""
        for event in events:
            self.state = evolve(self.state, event)
            self.events.append(event)

    def project(self, name: str) -> Project:
        """The company's project. Raises `Rejected`."""
        if (project := self.rules.company.projects.get(name)) is None:
            raise Rejected("unknown_project", project=name)
        return project

    def incident(self, project: str) -> Incident:
        """The project's open incident, which must be there."""
        return self.state.incidents[project]

    def require(self, by: str, project: str, allowed: Iterable[Role]) -> None:
        """Somebody with one of these roles in the matrix may go on. Raises `Rejected`."""
        allowed = frozenset(allowed)
        if not self.rules.company.roles_in(by, project) & allowed:
            raise Rejected("not_allowed", project=project, roles=sorted(allowed))
