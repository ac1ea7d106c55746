"""May they change the roles matrix, and what happens then? One function per command. PLAN §6.

A change from SharePoint was let in by the list's own permissions, so nobody's role is asked for it; what it says is
checked like any other. A bad value never comes into force (docs/decisions/080-roles-as-events.md).
"""

from __future__ import annotations

from bot import events as ev
from bot.commands import ChangeRole, ReportRoleRow, SettleRole, WriteRole
from bot.cover import Rulebook
from bot.handover import hand_over
from bot.naming import people_named
from bot.records import instant
from bot.roles import COMPANY_ROWS, basis, checked, filed_in, has_row, people_in, still_there
from bot.situation import RoleKey
from bot.turn import Rejected, Turn


def may_change(rules: Rulebook, person: str, project: str | None) -> bool:
    """Whether the plan lets the person change a role of the project; None: of the whole company."""
    company = rules.company
    held = company.company_roles(person)
    if project is not None and project in company.projects:
        held = company.roles_in(person, project)
    return bool(held & rules.plan.permissions["roles"])


def guardians(rules: Rulebook) -> tuple[str, ...]:
    """Who may change any role: the holders of those company-wide roles that the plan names for it."""
    people = dict.fromkeys(person for role in COMPANY_ROWS for person in people_in(rules.company, (role, None)))
    return tuple(person for person in people if may_change(rules, person, None))


def write_role(turn: Turn, command: WriteRole) -> None:
    """A chat's form: names, ids or e-mails become people."""
    _require(turn, command.by, command.project)
    key = (command.role, command.project)
    if has_row(turn.rules.company, key):
        _require_seen(turn, key, command.basis)
    people = people_named(turn.rules.company, command.named)
    change_role(turn, ChangeRole(command.by, command.role, command.project, people))


def change_role(turn: Turn, command: ChangeRole) -> None:
    """Other people in a row; nothing when they are there already. From another basis in SharePoint: a conflict."""
    key = (command.role, command.project)
    if command.source == "chat":
        _require(turn, command.by or "", command.project)
    if fault := checked(command.role, command.project, command.people, turn.rules.company):
        raise Rejected("bad_role", why=fault.code, people=fault.people, field="people")
    now = people_in(turn.rules.company, key)
    if command.people != now and command.seen not in (None, now):
        if command.source == "chat":
            raise _meanwhile(turn, key, now)
        _conflict(turn, command, now)
    elif command.people != now:
        put_role(turn, key, command.people, command.by, command.source)
    if command.row and command.row in turn.state.role_faults:
        turn.add(ev.RoleRowMended(turn.now, command.row))


def put_role(turn: Turn, key: RoleKey, people: tuple[str, ...], by: str | None, source: ev.RoleSource) -> None:
    """These people hold the role from now on, and all open incidents go on with them."""
    before, (role, project) = turn.rules, key
    filed, now = filed_in(before.filed, key), people_in(before.company, key)
    event = ev.RoleChanged(turn.now, role, project, people, by, source, now, filed)
    turn.add(event)
    hand_over(turn, event, before)


def settle_role(turn: Turn, command: SettleRole) -> None:
    """One of the two values of a conflict, by somebody who may change the row."""
    _require(turn, command.by, command.project)
    key = (command.role, command.project)
    conflict = turn.state.role_conflicts.get(key)
    if conflict is None or instant(conflict.at) != command.since:
        raise Rejected("conflict_over")
    if conflict.settled:
        by, at = conflict.settled
        raise Rejected("conflict_over", by=by, at=at)
    if not command.take:
        now = people_in(turn.rules.company, key)
        turn.add(ev.RoleKept(turn.now, command.role, command.project, now, command.by))
        return
    if fault := checked(command.role, command.project, conflict.theirs, turn.rules.company):
        raise Rejected("bad_role", why=fault.code, people=fault.people)
    put_role(turn, key, conflict.theirs, command.by, "chat")


def report_role_row(turn: Turn, command: ReportRoleRow, note: str | None) -> None:
    """A bad row: what was in force stays. The same fault of the same edit is told once."""
    known = turn.state.role_faults.get(command.row)
    found = (command.role, command.project, command.why, command.people, command.version)
    if known and (known.role, known.project, known.why, known.people, known.version) == found:
        return
    turn.add(
        ev.RoleRowRefused(
            turn.now,
            command.row,
            command.role,
            command.project,
            command.why,
            command.people,
            command.by,
            command.version,
            note,
        )
    )


def take_file(turn: Turn) -> None:
    """Where the company file has a row otherwise than when it was changed, the file is the newer one.

    And where somebody of a changed row has left the company file, the others stay; nobody left: the file's own.
    """
    for key, held in sorted(turn.state.roles.items(), key=lambda item: (item[0][1] or "", item[0][0])):
        company = turn.rules.filed
        if not has_row(company, key):
            continue
        filed, people = filed_in(company, key), still_there(company, held.people)
        if filed != held.filed or (held.people and not people):
            people = still_there(company, filed)
        if filed != held.filed or people != held.people:
            _take_row(turn, key, people, held.people)


def _take_row(turn: Turn, key: RoleKey, people: tuple[str, ...], instead_of: tuple[str, ...]) -> None:
    before, (role, project) = turn.rules, key
    event = ev.RoleChanged(turn.now, role, project, people, None, "file", instead_of, filed_in(before.filed, key))
    turn.add(event)
    hand_over(turn, event, before)


def _require(turn: Turn, by: str, project: str | None) -> None:
    if not may_change(turn.rules, by, project):
        raise Rejected("not_allowed_roles", roles=sorted(turn.rules.plan.permissions["roles"]))


def _require_seen(turn: Turn, key: RoleKey, seen: str | None) -> None:
    """What the form showed is still in force."""
    now = people_in(turn.rules.company, key)
    if seen is not None and seen != basis(now):
        raise _meanwhile(turn, key, now)


def _meanwhile(turn: Turn, key: RoleKey, now: tuple[str, ...]) -> Rejected:
    held = turn.state.roles.get(key)
    by, at = (held.by, held.at) if held else (None, None)
    return Rejected("role_meanwhile", people=now, by=by, at=at, field="people")


def _conflict(turn: Turn, command: ChangeRole, now: tuple[str, ...]) -> None:
    """Both values are asked about once; a decision to keep ours stands until the row is edited from what it says."""
    known = turn.state.role_conflicts.get((command.role, command.project))
    if known is None or (known.ours, known.theirs) != (now, command.people):
        turn.add(ev.RolesConflicted(turn.now, command.role, command.project, now, command.people, command.by))
