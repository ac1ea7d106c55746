"""The roles matrix in words: its rows, what is wrong with one, and a line for every change. PLAN §6."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from bot import events as ev
from bot import roles as rows
from bot.cards import Line, Mention
from bot.cover import Rulebook
from bot.situation import RoleKey
from bot.wording.basics import names, project_name
from bot.wording.catalogue import Tongue, mark

_ROWS: Mapping[str, str] = {
    "cmt_lead": mark("CMT lead"),
    "it_manager": mark("IT manager"),
    "ert_lead": mark("ERT lead"),
    "ert": mark("ERT"),
    "account_manager": mark("Account Manager"),
    "supervisor": mark("Supervisors"),
}
_FAULTS: Mapping[str, str] = {
    rows.UNKNOWN_ROLE: mark("the matrix has no such role"),
    rows.UNKNOWN_PROJECT: mark("the company file has no such project"),
    rows.NO_PROJECT: mark("this role needs a project"),
    rows.UNKNOWN_PERSON: mark("not in the company file: {people}"),
    rows.INACTIVE: mark("inactive in the company file: {people}"),
    rows.TWICE: mark("named twice: {people}"),
    rows.NOBODY: mark("nobody is named, and this role cannot be empty"),
    rows.TOO_MANY: mark("too many people are named"),
    rows.AMBIGUOUS: mark("several people are called so: write an id or an e-mail"),
    rows.ROW_TWICE: mark("another row of the list has this role already"),
    rows.UNREADABLE: mark("it cannot be read"),
}
_HOW: Mapping[tuple[ev.RoleSource, bool], str] = {
    ("chat", True): mark("changed by {by}"),
    ("sharepoint", True): mark("changed in SharePoint by {by}"),
    ("sharepoint", False): mark("changed in SharePoint"),
    ("file", False): mark("as the company file says now"),
}


def row_name(t: Tongue, rules: Rulebook, key: tuple[str | None, str | None]) -> str:
    """`CMT lead`, `Account Manager, ACME Germany`; what is unknown by its id."""
    role, project = key
    name = t.text(_ROWS[role]) if role and role in _ROWS else role or "?"
    return f"{name}, {project_name(rules, project)}" if project else name


def people_or_nobody(t: Tongue, people: Sequence[str]) -> Line:
    """Names with commas, the holder first."""
    return names(t, people) if people else t.say("nobody")


def fault_line(t: Tongue, why: str, people: Sequence[str]) -> Line:
    """What is wrong with a row, inside a sentence."""
    text = _FAULTS.get(why, _FAULTS[rows.UNREADABLE])
    if why == rows.UNKNOWN_PERSON and not people:
        return t.say("somebody is named who is not in the company file")
    return t.say(text, people=people_or_nobody(t, people))


def how_line(t: Tongue, source: ev.RoleSource, by: str | None) -> Line:
    """Where a row was changed, and by whom."""
    text = _HOW.get((source, bool(by))) or _HOW["sharepoint", False]
    return t.say(text, by=Mention(by or ""))


def matrix_line(event: ev.Event, rules: Rulebook, t: Tongue) -> Line:
    """For the log: an event of the roles matrix."""
    match event:
        case ev.RoleChanged():
            return _changed(event, rules, t)
        case ev.RolesConflicted():
            return t.say(
                "{row}: {ours} in force, but {theirs} in SharePoint ({how}): to be decided",
                row=_row(event, rules, t),
                ours=people_or_nobody(t, event.ours),
                theirs=people_or_nobody(t, event.theirs),
                how=how_line(t, "sharepoint", event.by),
            )
        case ev.RoleKept():
            people = people_or_nobody(t, event.people)
            return t.say(
                "{row}: kept by {by}: {people}", row=_row(event, rules, t), by=Mention(event.by), people=people
            )
        case ev.RoleRowRefused():
            row, how = place(t, rules, event), how_line(t, "sharepoint", event.by)
            why = fault_line(t, event.why, event.people)
            return t.say("{row}: not taken: {why} ({how})", row=row, why=why, how=how)
        case ev.RoleRowMended():
            return t.say("row {row} of the roles list in SharePoint can be taken again", row=event.row)
        case _:
            raise NotImplementedError(f"no log line for {type(event).__name__}; add one here")


def place(t: Tongue, rules: Rulebook, event: ev.RoleRowRefused) -> str:
    """The role of a bad row as far as it is known, else the row's number in the list."""
    key: tuple[str | None, str | None] = (event.role, event.project)
    return row_name(t, rules, key) if event.role else t.text("row {row}", row=event.row)


def _row(event: ev.AboutRole, rules: Rulebook, t: Tongue) -> str:
    key: RoleKey = (event.role, event.project)
    return row_name(t, rules, key)


def _changed(event: ev.RoleChanged, rules: Rulebook, t: Tongue) -> Line:
    row, people, how = _row(event, rules, t), people_or_nobody(t, event.people), how_line(t, event.source, event.by)
    if event.people == event.instead_of:
        return t.say("{row}: {people} ({how})", row=row, people=people, how=how)
    before = people_or_nobody(t, event.instead_of)
    return t.say("{row}: {people} instead of {before} ({how})", row=row, people=people, before=before, how=how)
