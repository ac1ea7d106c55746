"""Commands about a person's workplace: PLAN §2 "Agents"."""

from __future__ import annotations

from typing import Literal

from bot import events as ev
from bot.commands import AnswerMove, ConfirmMoved, ConfirmRestored, ReportWorkplace
from bot.cover import Rulebook
from bot.ladder import acted
from bot.situation import Workplace
from bot.turn import Rejected, Turn


def report(turn: Turn, command: ReportWorkplace, note: str | None) -> None:
    """First report of a disruption, or what a later one adds to it."""
    on_behalf(turn, command.by, command.person)
    known = turn.state.workplaces.get(command.person)
    _demand_open(known, command.person, command.receipt)
    if known is None:
        _first_report(turn, command, note)
    elif command.cause and command.cause != known.cause:
        turn.add(ev.ReportAmended(turn.now, command.person, command.by, command.cause))
    if command.can_move is not None:
        _answer(turn, command.by, command.person, can_move=command.can_move)
    _acted(turn, command.by, command.person)


def answer_move(turn: Turn, command: AnswerMove) -> None:
    """Yes: moving until the time to move is over. No: out at once."""
    on_behalf(turn, command.by, command.person)
    _demand_open(_reported(turn, command.person), command.person, command.receipt)
    _answer(turn, command.by, command.person, can_move=command.can_move)
    _acted(turn, command.by, command.person)


def clear(turn: Turn, command: ConfirmMoved | ConfirmRestored) -> None:
    """Moved or restored: works again."""
    on_behalf(turn, command.by, command.person)
    known = _reported(turn, command.person)
    _demand_open(known, command.person, command.receipt)
    _acted(turn, command.by, command.person)
    how: Literal["moved", "restored"] = "moved" if isinstance(command, ConfirmMoved) else "restored"
    turn.add(ev.WorkplaceCleared(turn.now, command.person, command.by, known.receipt, how))


def on_behalf(turn: Turn, by: str, person: str) -> None:
    """For oneself always; for another only with a role that may, in one of that agent's projects."""
    company, known = turn.rules.company, turn.state.workplaces.get(person)
    allowed = turn.rules.plan.permissions["report_for"]
    if by in company.people and person not in company.people and not reported_for(turn.rules, by):
        raise Rejected("reports_for_nobody", roles=sorted(allowed))
    for one in (by, person):
        if one not in company.people:
            raise Rejected("unknown_person", person=one)
    if by == person:
        return
    projects = {*company.agent_of(person), *(known.projects if known else ())} & company.projects.keys()
    if not any(company.roles_in(by, project) & allowed for project in projects):
        raise Rejected("not_for_them", person=person, roles=sorted(allowed))


def reported_for(rules: Rulebook, by: str) -> tuple[str, ...]:
    """The agents for whom `on_behalf` lets them report, each once; not they themselves."""
    company, allowed = rules.company, rules.plan.permissions["report_for"]
    theirs = (project for project in company.projects if company.roles_in(by, project) & allowed)
    agents = (agent for project in theirs for agent in company.active_agents(project))
    return tuple(dict.fromkeys(agent for agent in agents if agent != by))


def _demand_open(known: Workplace | None, person: str, receipt: int | None) -> None:
    """Refuse a press on the card of an earlier report."""
    if receipt is not None and (known is None or known.receipt != receipt):
        raise Rejected("old_report", person=person, receipt=receipt)


def _reported(turn: Turn, person: str) -> Workplace:
    if (known := turn.state.workplaces.get(person)) is None:
        raise Rejected("not_reported", person=person)
    return known


def _first_report(turn: Turn, command: ReportWorkplace, note: str | None) -> None:
    plan, person, now = turn.rules.plan, command.person, turn.now
    projects = turn.rules.company.agent_of(person)
    for project in projects:
        if turn.state.incident(project) is None:
            count = turn.state.numbers.get(now.year, 0) + 1
            turn.add(ev.IncidentOpened(now, project, f"{now.year}-{count:04d}", plan.version, plan.digest))
    turn.add(
        ev.WorkplaceReported(
            now,
            person,
            command.by,
            turn.state.receipts + 1,
            projects,
            command.cause,
            now + plan.timings.move_answer,
            now + plan.timings.move,
            note,
        )
    )
    _drop_own_cover(turn, person)


def _drop_own_cover(turn: Turn, person: str) -> None:
    """Who cannot work cannot cover: open questions and offers are void, an approved seat is open again."""
    for project in sorted(turn.state.pending.get(person, ())):
        number = turn.incident(project).number
        turn.add(ev.CoverWithdrawn(turn.now, project, number, (person,), "own_workplace"))
    if covered := turn.state.engaged.get(person):
        turn.add(ev.CoverLost(turn.now, covered, turn.incident(covered).number, person))


def _answer(turn: Turn, by: str, person: str, *, can_move: bool) -> None:
    known = _reported(turn, person)
    if known.can_move is not can_move:
        turn.add(ev.MoveAnswered(turn.now, person, by, can_move))
    if can_move and known.out and turn.now < known.move_due:
        turn.add(ev.PersonMoving(turn.now, person, by))
    elif not can_move and not known.out:
        turn.add(ev.PersonOut(turn.now, person, by, "cannot_move"))


def _acted(turn: Turn, by: str, person: str) -> None:
    for project in turn.rules.company.agent_of(person):
        if project in turn.state.incidents:
            acted(turn, by, project)
