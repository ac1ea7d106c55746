"""The way back: a button pressed, or a form sent, becomes a command. Pure; whether it is allowed is `decide`'s to say.

Who asks is always `Press.by`, which the platform has verified. `args` name what the card was about (project, incident,
person, factor, level) and are checked by the rules like anything else that comes from outside.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType

from bot.cards import LONGEST_NAME, NAMED, Press
from bot.commands import (
    Acknowledge,
    AnswerCover,
    AnswerFactor,
    AnswerMove,
    ApproveCover,
    Cause,
    Command,
    ConfirmIvr,
    ConfirmMoved,
    ConfirmOnDuty,
    ConfirmRestored,
    DeclareLevel,
    DeclineCover,
    ReleaseCover,
    ReportWorkplace,
    SettleRole,
    StandDown,
    WriteRole,
)
from bot.turn import Rejected

LONGEST_WORDS = 500  # of what somebody may type into a form or a message
LONGEST_NAMES = 2000  # of the people of a role
_LONGEST_ID = 100
_MOST_PEOPLE = 1000


class BadPress(Rejected):
    """The press cannot be read: `unknown_verb`, `missing` or `wrong` (with `field`), `too_long` (with `longest`)."""


def command_of(press: Press) -> Command:
    """The command that a press asks for. Raises `BadPress`."""
    if (build := VERBS.get(press.verb)) is None:
        raise BadPress("unknown_verb")
    return build(press)


def words_of(text: str) -> str | None:
    """What somebody typed, without blanks around it; None for nothing. Raises `BadPress` when it is too long."""
    if len(text) > LONGEST_WORDS:
        raise BadPress("too_long", longest=LONGEST_WORDS)
    return text.strip() or None


def _id(press: Press, name: str) -> str:
    value = press.args.get(name)
    if not value:
        raise BadPress("missing", field=name)
    if len(value) > _LONGEST_ID:
        raise BadPress("wrong", field=name)
    return value


def _receipt(press: Press) -> int | None:
    """Of the report whose card was pressed."""
    value = press.args.get("receipt", "")
    if value and not (value.isascii() and value.isdigit() and len(value) <= _LONGEST_ID):
        raise BadPress("wrong", field="receipt")
    return int(value) if value else None


def _incident(press: Press) -> str:
    return _id(press, "incident")


def _person(press: Press) -> str:
    return _id(press, "person") if "person" in press.args else press.by


def _field(press: Press, name: str) -> str | None:
    """One value of a form: a choice comes as text or as a sequence of one."""
    value = press.fields.get(name)
    if value is None or isinstance(value, str):
        return value or None
    if len(value) > 1:
        raise BadPress("wrong", field=name)
    return value[0] if value else None


def _words(press: Press, name: str) -> str | None:
    return words_of(_field(press, name) or "")


def _cause(press: Press) -> Cause | None:
    value = _field(press, "cause")
    try:
        return Cause(value) if value else None
    except ValueError:
        raise BadPress("wrong", field="cause") from None


def _can_move(press: Press) -> bool | None:
    value = _field(press, "can_move")
    if value not in (None, "yes", "no"):
        raise BadPress("wrong", field="can_move")
    return None if value is None else value == "yes"


def _people(press: Press) -> tuple[str, ...]:
    """The people ticked in the form, or the one the button is about: never nobody, which would mean everybody."""
    if "people" not in press.fields:
        return (_id(press, "person"),)
    chosen = press.fields["people"]
    people = (chosen,) if isinstance(chosen, str) else tuple(chosen)
    if not people or not all(people):
        raise BadPress("missing", field="people")
    if len(people) > _MOST_PEOPLE or any(len(one) > _LONGEST_ID for one in people):
        raise BadPress("wrong", field="people")
    return tuple(dict.fromkeys(people))


def _level(value: str | None) -> int:
    if not value:
        raise BadPress("missing", field="level")
    if not (value.isascii() and value.isdigit() and len(value) <= 2):  # noqa: PLR2004 - more digits is no level
        raise BadPress("wrong", field="level")
    return int(value)


def _report(press: Press) -> Command:
    return ReportWorkplace(press.by, _person(press), _cause(press), _can_move(press), _words(press, "words"))


def _report_for(press: Press) -> Command:
    """For the one chosen or named in the form: who that is, and whether they may, is for the rules to say."""
    chosen, named = _field(press, "person"), _field(press, "person" + NAMED)
    if (person := chosen or named) is None:
        raise BadPress("missing", field="person")
    if chosen and len(chosen) > _LONGEST_ID:
        raise BadPress("wrong", field="person")
    if len(person) > LONGEST_NAME:
        raise BadPress("too_long", longest=LONGEST_NAME, field="person")
    return ReportWorkplace(press.by, person, _cause(press), _can_move(press), _words(press, "words"))


def _give_cause(press: Press) -> Command:
    if (cause := _cause(press)) is None:
        raise BadPress("missing", field="cause")
    return ReportWorkplace(press.by, _person(press), cause, receipt=_receipt(press))


def _declare(press: Press) -> Command:
    level = _level(_field(press, "level"))
    return DeclareLevel(press.by, _id(press, "project"), level, _words(press, "reason"), _incident(press))


def _use_level(press: Press) -> Command:
    return DeclareLevel(press.by, _id(press, "project"), _level(press.args.get("level")), None, _incident(press))


def _factor(press: Press, *, holds: bool) -> Command:
    return AnswerFactor(press.by, _id(press, "project"), _id(press, "factor"), holds, _incident(press))


def _change_role(press: Press) -> Command:
    """The row is one value: role, project or nothing, and the mark of what the form showed."""
    chosen = (_field(press, "row") or "").split("/")
    if len(chosen) != 3 or not chosen[0]:  # noqa: PLR2004 - its parts
        raise BadPress("missing", field="row")
    named = _field(press, "people") or ""
    if len(named) > LONGEST_NAMES:
        raise BadPress("too_long", longest=LONGEST_NAMES, field="people")
    role, project, basis = chosen
    return WriteRole(press.by, role, project or None, named, basis or None)


def _settle_role(press: Press, *, take: bool) -> Command:
    project = _id(press, "project") if press.args.get("project") else None
    return SettleRole(press.by, _id(press, "role"), project, take, _id(press, "since"))


VERBS: Mapping[str, Callable[[Press], Command]] = MappingProxyType(
    {
        "report": _report,
        "report_for": _report_for,
        "cause": _give_cause,
        "move_yes": lambda press: AnswerMove(press.by, _person(press), can_move=True, receipt=_receipt(press)),
        "move_no": lambda press: AnswerMove(press.by, _person(press), can_move=False, receipt=_receipt(press)),
        "moved": lambda press: ConfirmMoved(press.by, _person(press), _receipt(press)),
        "restored": lambda press: ConfirmRestored(press.by, _person(press), _receipt(press)),
        "cover_yes": lambda press: AnswerCover(press.by, _id(press, "project"), True, _incident(press)),
        "cover_no": lambda press: AnswerCover(press.by, _id(press, "project"), False, _incident(press)),
        "on_duty": lambda press: ConfirmOnDuty(press.by, _id(press, "project"), _incident(press)),
        "approve": lambda press: ApproveCover(press.by, _id(press, "project"), None, _incident(press)),
        "approve_some": lambda press: ApproveCover(press.by, _id(press, "project"), _people(press), _incident(press)),
        "decline_some": lambda press: DeclineCover(press.by, _id(press, "project"), _people(press), _incident(press)),
        "release_some": lambda press: ReleaseCover(press.by, _id(press, "project"), _people(press), _incident(press)),
        "declare": _declare,
        "use_level": _use_level,
        "acknowledge": lambda press: Acknowledge(press.by, _id(press, "project"), _incident(press)),
        "ivr_on": lambda press: ConfirmIvr(press.by, _id(press, "project"), _incident(press)),
        "factor_yes": lambda press: _factor(press, holds=True),
        "factor_no": lambda press: _factor(press, holds=False),
        "stand_down": lambda press: StandDown(press.by, _id(press, "project"), _incident(press)),
        "change_role": _change_role,
        "role_keep": lambda press: _settle_role(press, take=False),
        "role_take": lambda press: _settle_role(press, take=True),
    }
)
