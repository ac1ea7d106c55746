"""May they, and what happens then? One function per command; `Rejected` says why not. PLAN §2."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import assert_never

from bot import events as ev
from bot.assess import assess, surplus
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
from bot.company import Role
from bot.cover import Eligibility, Rulebook, pool_regardless
from bot.deadlines import Agenda, fire
from bot.ladder import acknowledge, acted, wait
from bot.readiness import check_readiness
from bot.role_changes import change_role, report_role_row, settle_role, take_file, write_role
from bot.situation import COVERED, OPEN, CoverStatus, Incident, Situation
from bot.turn import Rejected, Turn
from bot.workplaces import answer_move, clear, report

MAX_ROUNDS = 1000  # of deadlines that fall due at once; a plan whose clocks never come to rest is a bug


def decide(
    state: Situation, command: Command, now: datetime, rules: Rulebook, note: str | None = None
) -> tuple[ev.Event, ...]:
    """The events a command leads to, without what follows from them (`settle`).

    `now` is aware UTC; `note` names the command's words where they are kept. No event: nothing new.
    Raises `Rejected` when the rules refuse it.
    """
    turn = Turn(state, now, rules)
    apply(turn, command, note)
    return tuple(turn.events)


def settle(turn: Turn, agenda: Agenda) -> None:
    """Fire what is due, then draw all consequences, until nothing is due any more."""
    noted = 0
    assess(turn)
    for _ in range(MAX_ROUNDS):
        agenda.note(turn.events[noted:], turn.state)
        noted = len(turn.events)
        due = agenda.take(turn.state, turn.now)
        if not due:
            return
        fire(turn, due)
        assess(turn)
    msg = "deadlines keep falling due at the same instant: check the plan's timings"
    raise RuntimeError(msg)


def apply(turn: Turn, command: Command, note: str | None = None) -> None:
    """Add the command's events to the turn. Raises `Rejected`, in which case the turn is to be dropped."""
    match command:
        case ReportWorkplace():
            report(turn, command, note)
        case AnswerMove():
            answer_move(turn, command)
        case ConfirmMoved() | ConfirmRestored():
            clear(turn, command)
        case RecordUndelivered():
            turn.add(ev.NoticeUndelivered(turn.now, command.person, command.kind, command.project, command.incident))
        case CheckReadiness():
            check_readiness(turn, command)
        case ChangeRole() | WriteRole() | SettleRole() | ReportRoleRow() | TakeFile():
            _apply_to_roles(turn, command, note)
        case ReportSync():
            _report_sync(turn, command)
        case _:
            _apply_to_incident(turn, command, note)


def _report_sync(turn: Turn, command: ReportSync) -> None:
    """The same trouble is told once, by whichever process writes to SharePoint."""
    if command.trouble == turn.state.sync_trouble:
        return
    turn.add(ev.SyncStopped(turn.now, command.trouble) if command.trouble else ev.SyncWentOn(turn.now))


def _apply_to_roles(turn: Turn, command: AboutRoles, note: str | None) -> None:
    match command:
        case ChangeRole():
            change_role(turn, command)
        case WriteRole():
            write_role(turn, command)
        case SettleRole():
            settle_role(turn, command)
        case ReportRoleRow():
            report_role_row(turn, command, note)
        case TakeFile():
            take_file(turn)
        case _:
            assert_never(command)


def _apply_to_incident(turn: Turn, command: AboutIncident, note: str | None) -> None:
    turn.project(command.project)
    if command.by not in turn.rules.company.people:
        raise Rejected("unknown_person", person=command.by)
    incident = turn.state.incident(command.project)
    if incident is None:
        raise Rejected("no_incident", project=command.project)
    if command.incident and command.incident != incident.number:
        raise Rejected("stale", project=command.project, incident=command.incident)
    match command:
        case AnswerCover():
            _offer(turn, command, incident) if command.yes else _refuse(turn, command, incident)
        case ConfirmOnDuty():
            _on_duty(turn, command, incident)
        case ApproveCover():
            _approve(turn, command, incident)
        case DeclineCover():
            _decline(turn, command, incident)
        case ReleaseCover():
            _release(turn, command, incident)
        case DeclareLevel():
            _declare(turn, command, incident, note)
        case Acknowledge():
            acknowledge(turn, command.by, command.project)
            return
        case ConfirmIvr():
            _confirm_ivr(turn, command, incident)
        case AnswerFactor():
            _answer_factor(turn, command, incident)
        case StandDown():
            _stand_down(turn, command, incident)
            return
        case _:
            assert_never(command)
    acted(turn, command.by, command.project)


# --- by the cover -----------------------------------------------------------------------------------------


def _status(incident: Incident, person: str) -> CoverStatus | None:
    return cover.status if (cover := incident.covers.get(person)) else None


def _offer(turn: Turn, command: AnswerCover, incident: Incident) -> None:
    """A yes is an offer while a seat is open: late, after a no, or from a pool member never asked, too."""
    if _status(incident, command.by) is CoverStatus.OFFERED:
        return
    pool = pool_regardless(turn.state, turn.rules, command.by, command.project)
    if pool is None:
        raise Rejected("cannot_cover", project=command.project)
    if not incident.open_seats:
        raise Rejected("no_open_seat", project=command.project)
    decide_by = turn.now + wait(turn.rules, command.project, turn.now)
    turn.add(ev.CoverOffered(turn.now, command.project, incident.number, command.by, pool, decide_by))


def _refuse(turn: Turn, command: AnswerCover, incident: Incident) -> None:
    """A no withdraws before approval, and gives the seat back after it."""
    status = _status(incident, command.by)
    if status is None:
        raise Rejected("not_asked", project=command.project)
    if status is not CoverStatus.DECLINED:
        gave_back = status in COVERED
        turn.add(ev.CoverRefused(turn.now, command.project, incident.number, command.by, gave_back))


def _on_duty(turn: Turn, command: ConfirmOnDuty, incident: Incident) -> None:
    """On duty as approved; too late still counts while a seat is open."""
    cover = incident.covers.get(command.by)
    if cover and cover.status is CoverStatus.ON_DUTY:
        return
    if cover is None or cover.status not in (CoverStatus.APPROVED, CoverStatus.LAPSED):
        raise Rejected("not_approved", project=command.project)
    if cover.status is CoverStatus.LAPSED:
        if not incident.open_seats:
            raise Rejected("no_open_seat", project=command.project)
        if pool_regardless(turn.state, turn.rules, command.by, command.project) is None:
            raise Rejected("cannot_cover", project=command.project)
        _withdraw_elsewhere(turn, (command.by,), command.project)
    turn.add(ev.CoverOnDuty(turn.now, command.project, incident.number, command.by, cover.pool))


def _withdraw_elsewhere(turn: Turn, people: Iterable[str], project: str) -> None:
    """Who covers here no longer offers elsewhere: one person, one seat."""
    for person in people:
        for other in sorted(turn.state.pending.get(person, frozenset()) - {project}):
            number = turn.incident(other).number
            turn.add(ev.CoverWithdrawn(turn.now, other, number, (person,), "elsewhere"))


# --- by those who decide ----------------------------------------------------------------------------------


def _require_approver(turn: Turn, by: str, incident: Incident) -> None:
    plan = turn.rules.plan
    level = plan.levels.get(incident.declared or 0)
    extra: frozenset[Role] = level.approve if level else frozenset()
    turn.require(by, incident.project, plan.permissions["approve"] | extra)


def _offers(incident: Incident) -> tuple[str, ...]:
    return incident.having(CoverStatus.OFFERED)


def _nothing_offered(incident: Incident) -> Rejected:
    return Rejected("nothing_offered", project=incident.project, by=incident.decided_by, at=incident.decided_at)


def _approve(turn: Turn, command: ApproveCover, incident: Incident) -> None:
    """All or nothing: the people named, or the best offers up to the open seats; never one's own."""
    _require_approver(turn, command.by, incident)
    eligible = Eligibility(turn.state, turn.rules)
    offers = [(pool, one) for one in _offers(incident) if (pool := eligible.pool_of(one, command.project))]
    offers.sort(key=eligible.ranking(command.project))
    if command.people is None:
        chosen = [offer for offer in offers if offer[1] != command.by][: incident.open_seats]
        if not chosen and any(one == command.by for _, one in offers):
            raise Rejected("own_cover", project=command.project)
    else:
        if command.by in command.people:
            raise Rejected("own_cover", project=command.project)
        _require_offered(incident, command.people, [one for _, one in offers])
        chosen = [offer for offer in offers if offer[1] in command.people]
    if not chosen:
        raise _nothing_offered(incident)
    due = turn.now + turn.rules.plan.timings.on_duty
    by_pool: dict[int, list[str]] = {}
    for pool, person in chosen:
        by_pool.setdefault(pool, []).append(person)
    for number, people in by_pool.items():
        _withdraw_elsewhere(turn, people, command.project)
        turn.add(ev.CoverApproved(turn.now, command.project, incident.number, command.by, number, tuple(people), due))


def _require_offered(incident: Incident, people: tuple[str, ...], able: Iterable[str]) -> None:
    offered, able = set(_offers(incident)), set(able)
    if missing := sorted(set(people) - offered):
        raise Rejected("not_offered", project=incident.project, people=missing)
    if unable := sorted(set(people) - able):
        raise Rejected("no_longer_able", project=incident.project, people=unable)


def _decline(turn: Turn, command: DeclineCover, incident: Incident) -> None:
    """As if these people had said no."""
    _require_approver(turn, command.by, incident)
    people = tuple(sorted(_offers(incident) if command.people is None else set(command.people)))
    _require_offered(incident, people, people)
    if not people:
        raise _nothing_offered(incident)
    turn.add(ev.CoverDeclined(turn.now, command.project, incident.number, command.by, people))


def _release(turn: Turn, command: ReleaseCover, incident: Incident) -> None:
    """Cover that is no longer needed; without names the surplus."""
    turn.require(command.by, command.project, turn.rules.plan.permissions["release"])
    people = surplus(incident) if command.people is None else tuple(dict.fromkeys(command.people))
    if not people:
        raise Rejected("no_surplus", project=command.project)
    if missing := sorted(set(people) - set(incident.covered)):
        raise Rejected("not_covering", project=command.project, people=missing)
    turn.add(ev.CoverReleased(turn.now, command.project, incident.number, command.by, people))


def _declare(turn: Turn, command: DeclareLevel, incident: Incident, note: str | None) -> None:
    """Another level, with a reason; accepting the recommended one needs none."""
    turn.require(command.by, command.project, turn.rules.plan.permissions["declare"])
    if command.level not in turn.rules.plan.levels:
        raise Rejected("unknown_level", level=command.level, levels=sorted(turn.rules.plan.levels))
    if command.level != incident.recommended and not (command.words or "").strip():
        raise Rejected("reason_needed", level=command.level)
    if command.level != incident.declared:
        turn.add(ev.LevelDeclared(turn.now, command.project, incident.number, command.level, command.by, note))


def _confirm_ivr(turn: Turn, command: ConfirmIvr, incident: Incident) -> None:
    turn.require(command.by, command.project, turn.rules.plan.permissions["ivr"])
    if incident.ivr_by is None:
        turn.add(ev.IvrConfirmed(turn.now, command.project, incident.number, command.by))


def _answer_factor(turn: Turn, command: AnswerFactor, incident: Incident) -> None:
    turn.require(command.by, command.project, turn.rules.plan.permissions["factor"])
    if command.factor not in incident.factors:
        raise Rejected("factor_not_asked", factor=command.factor)
    if incident.factors[command.factor] is not command.holds:
        turn.add(
            ev.FactorAnswered(turn.now, command.project, incident.number, command.by, command.factor, command.holds)
        )


def _stand_down(turn: Turn, command: StandDown, incident: Incident) -> None:
    """Only when nobody is out or moving; ends all cover."""
    turn.require(command.by, command.project, turn.rules.plan.permissions["stand_down"])
    if incident.seats or incident.moving:
        raise Rejected("still_out", project=command.project, out=incident.seats, moving=len(incident.moving))
    if waiting := tuple(sorted(incident.having(*OPEN))):
        turn.add(ev.CoverWithdrawn(turn.now, command.project, incident.number, waiting, "filled"))
    released = tuple(sorted(incident.covered))
    turn.add(ev.StoodDown(turn.now, command.project, incident.number, command.by, released))
