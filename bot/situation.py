"""The state: all that is open now, as a fold of the journal. No rules, no plan, no clock.

Everything is frozen and never changed in place, so that a tentative state can be thrown away. Maps that grow with the
people out are persistent (an update shares what it does not change); small ones are dicts, copied.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from types import MappingProxyType
from typing import Any, Literal, TypeVar

from rpds import HashTrieMap

from bot import events as ev

T = TypeVar("T")


def altered(value: T, **changes: Any) -> T:  # noqa: ANN401 - whatever the fields are
    """`dataclasses.replace` for frozen dataclasses without slots, ten times as fast: the fold does little else.

    Raises `TypeError` for a field that is not there.
    """
    fields = value.__dict__ | changes
    if len(fields) != len(value.__dict__):
        msg = f"{type(value).__name__} has no {', '.join(sorted(changes.keys() - value.__dict__.keys()))}"
        raise TypeError(msg)
    copy = object.__new__(type(value))
    object.__setattr__(copy, "__dict__", fields)
    return copy


@dataclass(frozen=True)
class Workplace:
    """A person's disrupted workplace. `since`: when they began to count as out."""

    person: str
    receipt: int
    reported_at: datetime
    projects: tuple[str, ...]
    cause: str | None
    answer_due: datetime | None
    move_due: datetime
    can_move: bool | None = None
    out: bool = False


class CoverStatus(StrEnum):
    """Where a person stands as cover for one incident."""

    ASKED = "asked"
    OFFERED = "offered"
    APPROVED = "approved"
    ON_DUTY = "on_duty"
    DECLINED = "declined"
    TIMED_OUT = "timed_out"
    LAPSED = "lapsed"


OPEN = frozenset({CoverStatus.ASKED, CoverStatus.OFFERED})
COVERED = frozenset({CoverStatus.APPROVED, CoverStatus.ON_DUTY})


@dataclass(frozen=True, slots=True)
class Cover:
    """`due`: of a question, when silence counts; of an offer, when the ladder starts; of an approval, when to begin."""

    status: CoverStatus
    pool: int
    since: datetime
    due: datetime | None = None


@dataclass(frozen=True, slots=True)
class LadderState:
    """How far a ladder has come: `person` was contacted last. `due` None: exhausted. An ended ladder is not kept."""

    step: int
    due: datetime | None
    person: str = ""
    round: int = 1


@dataclass(frozen=True)
class Rto:
    """One run of the RTO clock."""

    start: datetime
    due: datetime
    state: Literal["running", "met", "breached"]
    warnings: tuple[tuple[int, datetime], ...]  # still to come


@dataclass(frozen=True)
class Incident:
    """One project's disruption, from first report to stand-down."""

    number: str
    project: str
    opened_at: datetime
    plan: str
    out: HashTrieMap[str, datetime] = field(default_factory=HashTrieMap)
    moving: HashTrieMap[str, datetime] = field(default_factory=HashTrieMap)
    covers: Mapping[str, Cover] = field(default_factory=dict)
    recommended: int | None = None
    declared: int | None = None
    declared_by: str | None = None
    note: str | None = None
    assessed: ev.LevelRecommended | None = None
    lower_proposed: int | None = None
    stand_down_proposed: bool = False
    surplus_proposed: frozenset[str] = frozenset()
    rto: Rto | None = None
    released: frozenset[str] = frozenset()  # their cover was no longer needed; asked again after all others
    reopened_at: datetime | None = (
        None  # first seat that lost or never had somebody on duty, since the clock last stopped
    )
    decided_by: str | None = None
    decided_at: datetime | None = None
    ladders: Mapping[str, LadderState] = field(default_factory=dict)
    contacted: frozenset[str] = frozenset()
    acknowledged_by: str | None = None
    acknowledged_at: datetime | None = None
    crisis_level: int = 0
    room: str | None = None
    ivr_by: str | None = None
    factors_level: int | None = None
    factors: Mapping[str, bool | None] = field(default_factory=dict)
    scopes: frozenset[str] = frozenset()
    worst_out: int = 0
    worst_level: int = 0
    closed_at: datetime | None = None
    closed_by: str | None = None

    @property
    def seats(self) -> int:
        """Seats to be covered: the agents who are out."""
        return len(self.out)

    def having(self, *statuses: CoverStatus) -> tuple[str, ...]:
        """The people with one of these cover statuses."""
        return tuple(person for person, cover in self.covers.items() if cover.status in statuses)

    @property
    def covered(self) -> tuple[str, ...]:
        """Approved for the project, on duty or not."""
        return self.having(*COVERED)

    @property
    def open_seats(self) -> int:
        """Seats nobody is approved for."""
        return max(0, self.seats - len(self.covered))

    @property
    def on_duty(self) -> int:
        """How many are on duty."""
        return len(self.having(CoverStatus.ON_DUTY))


RoleKey = tuple[str, str | None]  # a row of the roles matrix: role, project


@dataclass(frozen=True, slots=True)
class RoleHeld:
    """A row of the roles matrix that was changed, and the change. `filed`: what the company file said then."""

    people: tuple[str, ...]
    filed: tuple[str, ...]
    at: datetime
    by: str | None
    source: ev.RoleSource


@dataclass(frozen=True, slots=True)
class RoleConflict:
    """Two values for one row: `ours` in force, `theirs` in SharePoint since `at`. `settled`: who decided, and when."""

    ours: tuple[str, ...]
    theirs: tuple[str, ...]
    by: str | None
    at: datetime
    settled: tuple[str | None, datetime] | None = None


NO_ROLES: Mapping[RoleKey, RoleHeld] = MappingProxyType({})  # the same object as long as none was changed


@dataclass(frozen=True)
class Situation:
    """What is open: disrupted workplaces by person, incidents by project; and how the roles matrix was changed."""

    workplaces: HashTrieMap[str, Workplace] = field(default_factory=HashTrieMap)
    cleared: HashTrieMap[str, ev.WorkplaceCleared] = field(default_factory=HashTrieMap)  # each person's last
    incidents: Mapping[str, Incident] = field(default_factory=dict)
    closed: Mapping[str, Incident] = field(default_factory=dict)  # each project's last incident that was stood down
    engaged: HashTrieMap[str, str] = field(default_factory=HashTrieMap)  # approved or on duty: person → project
    pending: HashTrieMap[str, frozenset[str]] = field(
        default_factory=HashTrieMap
    )  # open question or offer: person → projects
    out_agents: int = 0
    scopes: frozenset[ev.Scope] = frozenset()  # that the disruption has now
    receipts: int = 0
    numbers: Mapping[int, int] = field(default_factory=dict)  # year → incidents so far
    roles: Mapping[RoleKey, RoleHeld] = field(
        default_factory=lambda: NO_ROLES
    )  # rows that are no longer, or not only, as the company file has them
    role_conflicts: Mapping[RoleKey, RoleConflict] = field(default_factory=dict)  # each row's last
    role_faults: Mapping[str, ev.RoleRowRefused] = field(default_factory=dict)  # SharePoint's rows that are bad now
    sync_trouble: str | None = None  # why SharePoint is not kept up to date, when a person is needed

    def incident(self, project: str) -> Incident | None:
        """The project's open incident."""
        return self.incidents.get(project)

    def numbered(self, project: str, number: str) -> Incident | None:
        """The incident with that number: the open one, or the last that was closed."""
        for incident in (self.incidents.get(project), self.closed.get(project)):
            if incident and incident.number == number:
                return incident
        return None
