"""What happened. Past tense, frozen, complete: an event carries the decision, so folding needs no plan and no clock.

`at` is the instant it counts from (aware UTC). `by` is the person who caused it, None when the clock did.
Ids and numbers only: people's words are notes beside the journal, named by `note`.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

Scope = Literal["several", "most"]
LadderKind = Literal["report", "offers"]
RoleSource = Literal["chat", "sharepoint", "file"]


@dataclass(frozen=True, slots=True)
class Event:
    """The base: when."""

    at: datetime


@dataclass(frozen=True, slots=True)
class AboutPerson(Event):
    """Something about a person's workplace."""

    person: str
    by: str | None


@dataclass(frozen=True, slots=True)
class AboutIncident(Event):
    """Something about one project's open incident."""

    project: str
    incident: str


# --- workplaces (PLAN §2 "Agents") ------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class WorkplaceReported(AboutPerson):
    """Reported unusable; moving until `answer_due` (no answer yet) or `move_due`. `projects`: those they work for."""

    receipt: int
    projects: tuple[str, ...]
    cause: str | None
    answer_due: datetime
    move_due: datetime
    note: str | None = None


@dataclass(frozen=True, slots=True)
class ReportAmended(AboutPerson):
    """A later report of the same disruption gave the cause."""

    cause: str


@dataclass(frozen=True, slots=True)
class MoveAnswered(AboutPerson):
    """Said whether they can move in time."""

    can_move: bool


@dataclass(frozen=True, slots=True)
class PersonMoving(AboutPerson):
    """Counts as moving (again)."""


@dataclass(frozen=True, slots=True)
class PersonOut(AboutPerson):
    """Counts as out: a seat in each of their projects."""

    why: Literal["cannot_move", "no_answer", "not_moved_in_time"]


@dataclass(frozen=True, slots=True)
class WorkplaceCleared(AboutPerson):
    """Works again: from elsewhere (`moved`) or at the workplace (`restored`). `receipt`: of the report it ends."""

    receipt: int
    how: Literal["moved", "restored"]


# --- the incident -----------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class IncidentOpened(AboutIncident):
    """First report of a project's disruption. `plan` and `plan_digest` pin the rules in force."""

    plan: str
    plan_digest: str


@dataclass(frozen=True, slots=True)
class LevelRecommended(AboutIncident):
    """The recommended level changed; None: nobody is out. The numbers are what it was computed from."""

    level: int | None
    seats: int
    native: int
    non_native: int
    english: int
    unfilled: int
    plan: str


@dataclass(frozen=True, slots=True)
class LevelDeclared(AboutIncident):
    """The declared level is now `level`: by itself (`by` None) or by a person."""

    level: int
    by: str | None
    note: str | None = None


@dataclass(frozen=True, slots=True)
class LowerLevelProposed(AboutIncident):
    """The recommended level is below the declared one: somebody may lower it."""

    level: int


@dataclass(frozen=True, slots=True)
class StandDownProposed(AboutIncident):
    """Nobody is out or moving: the incident can be closed."""


@dataclass(frozen=True, slots=True)
class CrisisLeadContacted(AboutIncident):
    """Levels 3 and 4: the crisis roles were contacted."""

    level: int
    people: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class RoomOpened(AboutIncident):
    """Those who steer the incident have a channel for it; `name` as the plan has it."""

    name: str


@dataclass(frozen=True, slots=True)
class ScopeReached(Event):
    """Several agents across several projects, or most of all agents, are out; `incidents` are those involved.

    `fresh`: it begins now, with an incident not told of before.
    """

    scope: Scope
    projects: tuple[str, ...]
    incidents: tuple[str, ...]
    out: int
    agents: int
    fresh: bool = True


@dataclass(frozen=True, slots=True)
class ScopeLeft(Event):
    """The disruption no longer has this scope."""

    scope: Scope


@dataclass(frozen=True, slots=True)
class IvrConfirmed(AboutIncident):
    """Somebody confirmed that IVR routing to voicemail is on."""

    by: str


@dataclass(frozen=True, slots=True)
class FactorsAsked(AboutIncident):
    """The critical success factors of `level` were put to the Account Manager."""

    level: int
    factors: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class FactorAnswered(AboutIncident):
    """A critical success factor holds, or does not."""

    by: str
    factor: str
    holds: bool


@dataclass(frozen=True, slots=True)
class StoodDown(AboutIncident):
    """The incident is over; `released` are those whose cover ended with it."""

    by: str
    released: tuple[str, ...]


# --- cover (PLAN §2 "Asking", "Approving") ----------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class CoverAsked(AboutIncident):
    """A wave: these people of `pool` were asked; silence counts from `due`."""

    pool: int
    people: tuple[str, ...]
    due: datetime


@dataclass(frozen=True, slots=True)
class CoverOffered(AboutIncident):
    """A yes. `decide_by`: from then on the ladder runs if nobody has decided."""

    person: str
    pool: int
    decide_by: datetime


@dataclass(frozen=True, slots=True)
class CoverRefused(AboutIncident):
    """A no from the person: to the question, of their offer, or giving an approved seat back (`gave_back`)."""

    person: str
    gave_back: bool


@dataclass(frozen=True, slots=True)
class CoverTimedOut(AboutIncident):
    """Asked, and silent for the whole time."""

    people: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class CoverWithdrawn(AboutIncident):
    """Open questions and offers taken back; these people may be asked again."""

    people: tuple[str, ...]
    why: Literal["filled", "own_workplace", "elsewhere", "no_longer_able"]


@dataclass(frozen=True, slots=True)
class CoverApproved(AboutIncident):
    """These people of `pool` cover a seat each, and are to be on duty by `due`."""

    by: str
    pool: int
    people: tuple[str, ...]
    due: datetime


@dataclass(frozen=True, slots=True)
class CoverDeclined(AboutIncident):
    """The offers of these people were not taken."""

    by: str
    people: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class CoverOnDuty(AboutIncident):
    """On duty; `pool` as approved."""

    person: str
    pool: int


@dataclass(frozen=True, slots=True)
class CoverLapsed(AboutIncident):
    """Approved, but not on duty in time."""

    people: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class CoverLost(AboutIncident):
    """Covered, and reported their own workplace: the seat is open again."""

    person: str


@dataclass(frozen=True, slots=True)
class CoverReleased(AboutIncident):
    """No longer needed."""

    by: str
    people: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class SurplusProposed(AboutIncident):
    """More cover than seats: these people can be released."""

    people: tuple[str, ...]


# --- clocks -----------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class RtoStarted(AboutIncident):
    """A run of the recovery time objective's clock: from `at` to `due`, with its `warnings` (percent, instant)."""

    due: datetime
    warnings: tuple[tuple[int, datetime], ...]


@dataclass(frozen=True, slots=True)
class RtoMoved(AboutIncident):
    """The level changed, and with it the due time."""

    due: datetime
    warnings: tuple[tuple[int, datetime], ...]


@dataclass(frozen=True, slots=True)
class RtoWarned(AboutIncident):
    """This share of the time is gone."""

    percent: int


@dataclass(frozen=True, slots=True)
class RtoMet(AboutIncident):
    """Restored in time."""


@dataclass(frozen=True, slots=True)
class RtoBreached(AboutIncident):
    """Not restored by the due time."""


@dataclass(frozen=True, slots=True)
class LadderContacted(AboutIncident):
    """Somebody was asked to acknowledge; the next is contacted at `due`. `step` counts from 0 over all rounds."""

    ladder: LadderKind
    step: int
    round: int
    role: str
    person: str
    due: datetime


@dataclass(frozen=True, slots=True)
class LadderExhausted(AboutIncident):
    """All rounds are over and nobody has acknowledged: an alarm."""

    ladder: LadderKind


@dataclass(frozen=True, slots=True)
class LadderEnded(AboutIncident):
    """The ladder ended because there is nothing left to acknowledge."""

    ladder: LadderKind


@dataclass(frozen=True, slots=True)
class Acknowledged(AboutIncident):
    """Somebody who was contacted is on it."""

    by: str


# --- delivery ---------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class NoticeUndelivered(Event):
    """A notice of this kind could not be brought to the person, on no platform."""

    person: str
    kind: str
    project: str | None
    incident: str | None


# --- calendar work ----------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class ReadinessLacking(Event):
    """If the project lost all its agents now, it would be this level. The numbers as in `LevelRecommended`."""

    project: str
    level: int
    seats: int
    native: int
    non_native: int
    english: int
    unfilled: int
    plan: str


# --- the roles matrix (PLAN §6) ---------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class AboutRole(Event):
    """Something about one row of the roles matrix; `project` None: a role of the whole company."""

    role: str
    project: str | None


@dataclass(frozen=True, slots=True)
class RoleChanged(AboutRole):
    """From now on `people` hold the role, the holder first, then the deputies in order; `instead_of` did before.

    `filed`: what the company file says then. `by` None: the file itself, or somebody who is nobody of the company.
    """

    people: tuple[str, ...]
    by: str | None
    source: RoleSource
    instead_of: tuple[str, ...]
    filed: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class RolesConflicted(AboutRole):
    """SharePoint has `theirs` for what meanwhile became `ours`, which stays in force until somebody decides."""

    ours: tuple[str, ...]
    theirs: tuple[str, ...]
    by: str | None


@dataclass(frozen=True, slots=True)
class RoleKept(AboutRole):
    """Of two values somebody chose `people`, the one in force."""

    people: tuple[str, ...]
    by: str


@dataclass(frozen=True, slots=True)
class RoleRowRefused(Event):
    """A row of the list in SharePoint cannot be taken; what was in force stays.

    `why` is a code of `bot.roles.FAULTS`, `people` whom it is about, `note` what stands there unreadably; `version`
    tells one edit of the row from the next.
    """

    row: str
    role: str | None
    project: str | None
    why: str
    people: tuple[str, ...]
    by: str | None
    version: str | None
    note: str | None = None


@dataclass(frozen=True, slots=True)
class RoleRowMended(Event):
    """The row can be taken again."""

    row: str


# --- the records elsewhere --------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class SyncStopped(Event):
    """SharePoint is no longer kept up to date, and a person is needed: `trouble` of `bot.wording.sync.TROUBLES`."""

    trouble: str


@dataclass(frozen=True, slots=True)
class SyncWentOn(Event):
    """SharePoint is kept up to date again."""


EVENTS: tuple[type[Event], ...] = (
    WorkplaceReported,
    ReportAmended,
    MoveAnswered,
    PersonMoving,
    PersonOut,
    WorkplaceCleared,
    IncidentOpened,
    LevelRecommended,
    LevelDeclared,
    LowerLevelProposed,
    StandDownProposed,
    CrisisLeadContacted,
    RoomOpened,
    ScopeReached,
    ScopeLeft,
    IvrConfirmed,
    FactorsAsked,
    FactorAnswered,
    StoodDown,
    CoverAsked,
    CoverOffered,
    CoverRefused,
    CoverTimedOut,
    CoverWithdrawn,
    CoverApproved,
    CoverDeclined,
    CoverOnDuty,
    CoverLapsed,
    CoverLost,
    CoverReleased,
    SurplusProposed,
    RtoStarted,
    RtoMoved,
    RtoWarned,
    RtoMet,
    RtoBreached,
    LadderContacted,
    LadderExhausted,
    LadderEnded,
    Acknowledged,
    NoticeUndelivered,
    ReadinessLacking,
    RoleChanged,
    RolesConflicted,
    RoleKept,
    RoleRowRefused,
    RoleRowMended,
    SyncStopped,
    SyncWentOn,
)
