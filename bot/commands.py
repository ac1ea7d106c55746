"""What a person or the clock asks. Imperative; nothing here has happened yet.

`by` is always a person id, already verified by the platform that brought the command. `project` says which incident is
meant. `incident` is the number on the card that was pressed: when that incident is over, the press is refused as stale
instead of hitting the next one; `receipt` is the same for a report. People's own words travel in `words` and end up
beside the journal as a note, never in an event.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Literal


class Cause(StrEnum):
    """Why a workplace is unusable (PLAN §1)."""

    FIRE = "fire"
    POWER = "power"
    INTERNET = "internet"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class ReportWorkplace:
    """`person`'s workplace is unusable. `can_move`: to a secure, private place in time; None: not said."""

    by: str
    person: str
    cause: Cause | None = None
    can_move: bool | None = None
    words: str | None = None
    receipt: int | None = None


@dataclass(frozen=True, slots=True)
class AnswerMove:
    """Can `person` move in time?"""

    by: str
    person: str
    can_move: bool
    receipt: int | None = None


@dataclass(frozen=True, slots=True)
class ConfirmMoved:
    """`person` works again, from another place."""

    by: str
    person: str
    receipt: int | None = None


@dataclass(frozen=True, slots=True)
class ConfirmRestored:
    """`person`'s own workplace is usable again."""

    by: str
    person: str
    receipt: int | None = None


@dataclass(frozen=True, slots=True)
class AnswerCover:
    """Can I be on duty for `project`? `yes` offers; no withdraws, or gives the seat back."""

    by: str
    project: str
    yes: bool
    incident: str | None = None


@dataclass(frozen=True, slots=True)
class ConfirmOnDuty:
    """I am on duty for `project`."""

    by: str
    project: str
    incident: str | None = None


@dataclass(frozen=True, slots=True)
class ApproveCover:
    """These people cover; None: the offers by pool and ranking up to the open seats."""

    by: str
    project: str
    people: tuple[str, ...] | None = None
    incident: str | None = None


@dataclass(frozen=True, slots=True)
class DeclineCover:
    """These offers are not wanted; None: none of them."""

    by: str
    project: str
    people: tuple[str, ...] | None = None
    incident: str | None = None


@dataclass(frozen=True, slots=True)
class ReleaseCover:
    """These people are no longer needed; None: the surplus, worst pool first."""

    by: str
    project: str
    people: tuple[str, ...] | None = None
    incident: str | None = None


@dataclass(frozen=True, slots=True)
class DeclareLevel:
    """The project's level is `level`. `words`: the reason, needed unless it is the proposed level."""

    by: str
    project: str
    level: int
    words: str | None = None
    incident: str | None = None


@dataclass(frozen=True, slots=True)
class Acknowledge:
    """I have seen it and I am on it."""

    by: str
    project: str
    incident: str | None = None


@dataclass(frozen=True, slots=True)
class ConfirmIvr:
    """IVR routing to voicemail is on for `project`."""

    by: str
    project: str
    incident: str | None = None


@dataclass(frozen=True, slots=True)
class AnswerFactor:
    """Is this critical success factor of the level true?"""

    by: str
    project: str
    factor: str
    holds: bool
    incident: str | None = None


@dataclass(frozen=True, slots=True)
class StandDown:
    """The incident is over."""

    by: str
    project: str
    incident: str | None = None


@dataclass(frozen=True, slots=True)
class RecordUndelivered:
    """From the courier: a notice was given up. Somebody who can help is told, unless it was that very notice."""

    person: str
    kind: str
    project: str | None = None
    incident: str | None = None


@dataclass(frozen=True, slots=True)
class CheckReadiness:
    """From the calendar: which level would it be if the project lost all its agents now?"""

    project: str


@dataclass(frozen=True, slots=True)
class ChangeRole:
    """Of `role` (for `project`) these are the people: the holder first, then the deputies in order.

    `seen`: what the editor saw as the value in force; another one in force now is a conflict. `by` None: from
    SharePoint, by somebody who is nobody of the company. `row`: the list's own id of the row.
    """

    by: str | None
    role: str
    project: str | None
    people: tuple[str, ...]
    seen: tuple[str, ...] | None = None
    source: Literal["chat", "sharepoint"] = "chat"
    row: str | None = None


@dataclass(frozen=True, slots=True)
class WriteRole:
    """`ChangeRole` in a chat's form: `named` is what was typed, `basis` the value it showed (`bot.roles.basis`)."""

    by: str
    role: str
    project: str | None
    named: str
    basis: str | None = None


@dataclass(frozen=True, slots=True)
class SettleRole:
    """Of the two values of a conflict take SharePoint's, or keep ours. `since`: when it began, as on the card."""

    by: str
    role: str
    project: str | None
    take: bool
    since: str


@dataclass(frozen=True, slots=True)
class ReportRoleRow:
    """From SharePoint: this row cannot be taken, for `why` of `bot.roles.FAULTS`; `words`: what stands there."""

    role: str | None
    project: str | None
    row: str
    why: str
    people: tuple[str, ...] = ()
    by: str | None = None
    version: str | None = None
    words: str | None = None


@dataclass(frozen=True, slots=True)
class TakeFile:
    """From the desk at its start: the company file may say something new of a role that was changed."""


@dataclass(frozen=True, slots=True)
class ReportSync:
    """From the records' sync: a person is needed, for `trouble` of `bot.wording.sync.TROUBLES`; None: it goes on."""

    trouble: str | None


AboutIncident = (
    AnswerCover
    | ConfirmOnDuty
    | ApproveCover
    | DeclineCover
    | ReleaseCover
    | DeclareLevel
    | Acknowledge
    | ConfirmIvr
    | AnswerFactor
    | StandDown
)
AboutWorkplace = ReportWorkplace | AnswerMove | ConfirmMoved | ConfirmRestored
AboutRoles = ChangeRole | WriteRole | SettleRole | ReportRoleRow | TakeFile
Command = AboutWorkplace | AboutIncident | AboutRoles | RecordUndelivered | CheckReadiness | ReportSync
