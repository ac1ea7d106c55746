"""What a person is answered when their command worked."""

from __future__ import annotations

from typing import assert_never

from bot.cards import Line, Mention
from bot.commands import (
    AboutIncident,
    AboutRoles,
    Acknowledge,
    AnswerCover,
    AnswerFactor,
    AnswerMove,
    ApproveCover,
    ChangeRole,
    CheckReadiness,
    Command,
    ConfirmIvr,
    ConfirmMoved,
    ConfirmOnDuty,
    ConfirmRestored,
    DeclareLevel,
    DeclineCover,
    RecordUndelivered,
    ReleaseCover,
    ReportRoleRow,
    ReportSync,
    ReportWorkplace,
    SettleRole,
    StandDown,
    TakeFile,
    WriteRole,
)
from bot.roles import people_in
from bot.wording.basics import Reader, View, level_name, names, receipt_number
from bot.wording.catalogue import Tongue
from bot.wording.matrix import people_or_nobody, row_name


def answered(command: Command, view: View, reader: Reader, *, changed: bool, receipt: int | None) -> Line:
    """One or two sentences; `view` is the state afterwards. Not `changed`: it was recorded before."""
    t = reader.tongue
    number = t.say("Receipt {receipt}.", receipt=receipt_number(receipt)) if receipt is not None else ()
    if not changed:
        return _joined(t.say("This is already recorded; nothing has changed."), number)
    match command:
        case ReportWorkplace() | AnswerMove() | ConfirmMoved() | ConfirmRestored():
            line = _about_workplace(command, view, t)
            return _joined(line, number, _for(command.by, command.person, t))
        case RecordUndelivered() | CheckReadiness() | ReportSync():
            return t.say("Recorded.")
        case ChangeRole() | WriteRole() | SettleRole() | ReportRoleRow() | TakeFile():
            return _about_role(command, view, t)
        case _:
            return _about_incident(command, view, t)


def _joined(*lines: Line) -> Line:
    joined: Line = ()
    for line in filter(None, lines):
        joined += (" ", *line) if joined else line
    return joined


def _for(by: str, person: str, t: Tongue) -> Line:
    return () if by == person else t.say("Recorded for {person}.", person=Mention(person))


def _about_workplace(
    command: ReportWorkplace | AnswerMove | ConfirmMoved | ConfirmRestored, view: View, t: Tongue
) -> Line:
    match command:
        case ReportWorkplace():
            known = view.state.workplaces.get(command.person)
            if command.by == command.person and known and known.can_move is None and not known.out:
                time = t.duration(view.rules.plan.timings.move)
                return t.say(
                    "Recorded: workplace unusable. Can you move to a secure, private place within {time}?", time=time
                )
            return t.say("Recorded: workplace unusable.")
        case AnswerMove(can_move=True):
            return t.say("Recorded: can move. Press “I have moved” once you work again.")
        case AnswerMove():
            return t.say("Recorded: cannot move. Cover is being sought.")
        case ConfirmMoved():
            return t.say("Recorded: works again, from another place. Thank you.")
        case ConfirmRestored():
            return t.say("Recorded: works again. Thank you.")
        case _:
            assert_never(command)


def _about_role(command: AboutRoles, view: View, t: Tongue) -> Line:
    match command:
        case ChangeRole() | WriteRole() | SettleRole():
            key = (command.role, command.project)
            people = people_or_nobody(t, people_in(view.rules.company, key))
            return t.say("{row} now: {people}.", row=row_name(t, view.rules, key), people=people)
        case ReportRoleRow() | TakeFile():
            return t.say("Recorded.")
        case _:
            assert_never(command)


def _about_incident(command: AboutIncident, view: View, t: Tongue) -> Line:
    project = view.project(command.project)
    match command:
        case AnswerCover(yes=True):
            return t.say(
                "Thank you: your offer for {project} is recorded. You are told when it is decided.", project=project
            )
        case AnswerCover():
            return t.say("Recorded: you are not covering {project}.", project=project)
        case ConfirmOnDuty():
            return t.say("Recorded: you are on duty for {project}. Thank you.", project=project)
        case ApproveCover(people=people):
            return _people(t, "approve", project, people)
        case DeclineCover(people=people):
            return _people(t, "decline", project, people)
        case ReleaseCover(people=people):
            return _people(t, "release", project, people)
        case DeclareLevel():
            level = level_name(t, view.rules, command.level)
            return t.say("{project} is now at {level}.", project=project, level=level)
        case Acknowledge():
            return t.say("Acknowledged: {project} is yours now.", project=project)
        case ConfirmIvr():
            return t.say("Recorded: IVR routing for {project} is on.", project=project)
        case AnswerFactor():
            return t.say("Your answer for {project} is recorded.", project=project)
        case StandDown():
            return t.say("{project}: the incident is closed, all cover is released.", project=project)
        case _:
            assert_never(command)


def _people(t: Tongue, what: str, project: str, people: tuple[str, ...] | None) -> Line:
    who = (" ", *names(t, people), ".") if people else ()
    match what:
        case "approve":
            line = t.say("Cover for {project} is approved; those approved are told.", project=project)
        case "decline":
            line = t.say("Offers for {project} are declined; those who offered are told.", project=project)
        case _:
            line = t.say("Cover for {project} is released; those released are told.", project=project)
    return (*line, *who)
