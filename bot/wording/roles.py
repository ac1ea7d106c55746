"""The roles matrix as a card: who holds which role, and, for those who may, a form to change one. PLAN §6."""

from __future__ import annotations

from collections.abc import Iterator

from bot.cards import Block, Button, Card, Choice, Facts, Form, Input, Instant, Line, Mention, Option, Text, Tone
from bot.ports import Notice
from bot.presses import LONGEST_NAMES
from bot.role_changes import may_change
from bot.roles import COMPANY_ROWS, RoleRow, basis, matrix_rows, people_in
from bot.situation import RoleKey
from bot.wording.basics import Reader, View, names, person_name
from bot.wording.catalogue import Tongue
from bot.wording.home import may_see
from bot.wording.matrix import how_line, people_or_nobody, row_name

MOST_PROJECTS = 20  # in one message


def roles(view: View, reader: Reader) -> Card:
    """The matrix in force: the company's roles, and those of the projects that this person has to do with."""
    lead = reader.tongue.say("Who holds which role.")
    return _card("roles", lead, view, reader, None)


def matrix_changed(notice: Notice, view: View, reader: Reader) -> Card:
    """The same for those who watch over the matrix, when somebody else has changed it."""
    t, data = reader.tongue, notice.data
    key: RoleKey = (str(data["role"]), data["project"])
    people = people_or_nobody(t, people_in(view.rules.company, key)) if _there(view, key) else t.say("nobody")
    how = how_line(t, data["source"], data["by"])
    row = row_name(t, view.rules, key)
    lead = t.say("The roles matrix was changed: {row}: {people} ({how}).", row=row, people=people, how=how)
    return _card(notice.kind, lead, view, reader, notice.card)


def _there(view: View, key: RoleKey) -> bool:
    return key[1] is None or key[1] in view.rules.company.projects


def _card(kind: str, lead: Line, view: View, reader: Reader, card: str | None) -> Card:
    t = reader.tongue
    rows = {(row.role, row.project): row for row in matrix_rows(view.rules)}
    blocks: list[Block] = [Facts(tuple(_company(view, t, rows)))]
    projects = _projects(view, reader)
    if projects:
        blocks.append(Facts(tuple(_project(view, t, rows, project) for project in projects[:MOST_PROJECTS])))
    if (left := len(projects) - MOST_PROJECTS) > 0:
        blocks.append(Text(t.count("and {n} more project", "and {n} more projects", left)))
    form = _form(view, reader)
    buttons = (Button("change_role", t.text("Change a role"), form=form),) if form else ()
    tone: Tone = "attention" if kind == "matrix_changed" else "calm"
    return Card(kind, lead, lead, tone, tuple(blocks), buttons, card)


def _company(view: View, t: Tongue, rows: dict[RoleKey, RoleRow]) -> Iterator[tuple[str, Line]]:
    for role in COMPANY_ROWS:
        row = rows[role, None]
        line = names(t, row.people) if role == "ert" and row.people else _held(t, row.people)
        yield row_name(t, view.rules, (role, None)), (*line, *_changed(view, t, (role, None)))


def _project(view: View, t: Tongue, rows: dict[RoleKey, RoleRow], project: str) -> tuple[str, Line]:
    """The project's name, and `Account Manager: Nora; deputies: Olga; supervisors: Sam`."""
    line: Line = (row_name(t, view.rules, ("account_manager", None)), ": ")
    line += _held(t, rows["account_manager", project].people) + _changed(view, t, ("account_manager", project))
    if people := rows["supervisor", project].people:
        line += ("; ", *t.say("supervisors: {people}", people=names(t, people)))
    return view.project(project), line + _changed(view, t, ("supervisor", project))


def _held(t: Tongue, people: tuple[str, ...]) -> Line:
    """The holder, then the deputies in order."""
    if len(people) < 2:  # noqa: PLR2004 - the holder alone
        return people_or_nobody(t, people)
    return (Mention(people[0]), "; ", *t.say("deputies: {people}", people=names(t, people[1:])))


def _changed(view: View, t: Tongue, key: RoleKey) -> Line:
    """Who changed it, and when."""
    if (held := view.state.roles.get(key)) is None:
        return ()
    how, at = how_line(t, held.source, held.by), Instant(held.at, "datetime")
    return (" ", *t.say("({how}, {at})", how=how, at=at))


def _projects(view: View, reader: Reader) -> list[str]:
    """Those the person may see, by priority."""
    projects = view.rules.company.projects
    found = [name for name in projects if may_see(reader.person, name, view.rules)]
    return sorted(found, key=lambda name: (projects[name].priority, name))


def _form(view: View, reader: Reader) -> Form | None:
    """Which row, and who; None for somebody who may change none."""
    t = reader.tongue
    rows = [row for row in matrix_rows(view.rules) if may_change(view.rules, reader.person, row.project)]
    if not rows:
        return None
    options = tuple(_option(view, t, row) for row in rows)
    hint = t.text(
        "The holder first, then the deputies in order. Names, ids or e-mails, with commas between; empty: nobody."
    )
    fields = (
        Choice("row", t.text("Role"), options),
        Input("people", t.text("People"), required=False, longest=LONGEST_NAMES, hint=hint),
    )
    intro = t.say("Whoever is not named loses the role at once, and open incidents go on with the new people.")
    return Form(t.text("Change a role"), fields, t.text("Change"), intro)


def _option(view: View, t: Tongue, row: RoleRow) -> Option:
    """The value names the row and marks what it shows, so that nobody overwrites what they have not seen."""
    people = ", ".join(person_name(view.rules, person) for person in row.people) or t.text("nobody")
    value = f"{row.role}/{row.project or ''}/{basis(row.people)}"
    label = t.text("{row}: {people}", row=row_name(t, view.rules, (row.role, row.project)), people=people)
    return Option(value, label)
