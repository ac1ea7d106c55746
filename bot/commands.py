"""What a person or the clock asks. Imperative; nothing here has happened yet.

`by` is always a person id, already verified by the platform that brought the command. `project` says which incident is
meant. `incident` is the number on the card that was pressed: when that incident is over, the press is refused as stale
instead of hitting the next one; `receipt` is the same for a report. People's own words travel in `words` and end up
beside the journal as a note, never in an event.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


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
Command = AboutWorkplace | AboutIncident | RecordUndelivered | CheckReadiness
