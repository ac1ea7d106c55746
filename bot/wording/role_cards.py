"""What people are told when roles change: those it is about, and those who decide on what cannot be taken as it is."""

from __future__ import annotations

from bot.cards import Block, Button, Card, Facts, Instant, Line, Mention, Text
from bot.ports import Notice
from bot.records import instant
from bot.role_changes import may_change
from bot.roles import has_row, people_in
from bot.situation import RoleConflict, RoleKey
from bot.wording.basics import Reader, View, person_name, role_name, said
from bot.wording.catalogue import Tongue
from bot.wording.matrix import fault_line, how_line, people_or_nobody, place, row_name

_LONGEST_NAME = 20  # on a button


def role_told(notice: Notice, view: View, reader: Reader) -> Card:
    """Somebody got a role, or has lost it."""
    t, data = reader.tongue, notice.data
    part, project = role_name(t, str(data["part"])), data["project"]
    how = how_line(t, data["source"], data["by"])
    if notice.kind == "role_given":
        text = t.say(
            "You get what needs this role from now on. Write “status” to see what is open, “roles” for all roles."
        )
        lead = (
            t.say("{project}: you are now {role}.", project=view.project(project), role=part)
            if project
            else t.say("You are now {role}.", role=part)
        )
    else:
        text = t.say(
            "Buttons for this role on older cards no longer work for you. Write “roles” to see who has it now."
        )
        lead = (
            t.say("{project}: you are no longer {role}.", project=view.project(project), role=part)
            if project
            else t.say("You are no longer {role}.", role=part)
        )
    rows: tuple[tuple[str, Line], ...] = ((t.text("Change"), (*how, " · ", Instant(notice.at, "datetime"))),)
    return Card(notice.kind, lead, lead, "attention", (Facts(rows), Text(text)))


def role_conflict(notice: Notice, view: View, reader: Reader) -> Card:
    """Two values for one row: both, and a button for each; afterwards what was decided."""
    t, key = reader.tongue, _key(notice)
    found, row = view.state.role_conflicts.get(key), row_name(t, view.rules, key)
    if found is None or found.settled or not has_row(view.rules.company, key):
        return _decided(notice, view, t, key, found)
    lead = t.say("{row}: changed in two places at once. Which counts?", row=row)
    theirs: Line = people_or_nobody(t, found.theirs)
    if found.by:
        theirs = (*theirs, " ", *t.say("({how}, {at})", how=how_line(t, "sharepoint", found.by), at=Instant(found.at)))
    rows: tuple[tuple[str, Line], ...] = (
        (t.text("In force"), people_or_nobody(t, found.ours)),
        ("SharePoint", theirs),
    )
    text = t.say("Until somebody decides, what is in force counts.")
    buttons = _choice(view, reader, key, found) if may_change(view.rules, reader.person, key[1]) else ()
    return Card(notice.kind, lead, lead, "attention", (Facts(rows), Text(text)), buttons, notice.card)


def _choice(view: View, reader: Reader, key: RoleKey, found: RoleConflict) -> tuple[Button, ...]:
    t = reader.tongue
    args = {"role": key[0], "since": instant(found.at)} | ({"project": key[1]} if key[1] else {})
    keep, take = t.text("Keep what is in force"), t.text("Take SharePoint’s")
    if found.ours[:1] != found.theirs[:1]:  # the holders say which is which
        if found.ours:
            keep = t.text("Keep {name}", name=_short(view, found.ours[0]))
        if found.theirs:
            take = t.text("Take {name}", name=_short(view, found.theirs[0]))
    return (Button("role_keep", keep, args), Button("role_take", take, args))


def _short(view: View, person: str) -> str:
    name = person_name(view.rules, person)
    return name if len(name) <= _LONGEST_NAME else name[: _LONGEST_NAME - 1] + "…"


def _decided(notice: Notice, view: View, t: Tongue, key: RoleKey, found: RoleConflict | None) -> Card:
    row = row_name(t, view.rules, key)
    people = people_or_nobody(t, people_in(view.rules.company, key) if has_row(view.rules.company, key) else ())
    lead = t.say("{row}: decided: {people}.", row=row, people=people)
    blocks: tuple[Block, ...] = ()
    if found and found.settled and found.settled[0]:
        by, at = Mention(found.settled[0]), Instant(found.settled[1], "datetime")
        blocks = (Facts(((t.text("Decided by"), (by, " · ", at)),)),)
    return Card(notice.kind, lead, lead, "done", blocks, (), notice.card)


def role_row_refused(notice: Notice, view: View, reader: Reader) -> Card:
    """Which row of SharePoint's list is bad, why, what counts meanwhile, what to do; afterwards that it is mended."""
    t, row_id = reader.tongue, str(notice.data["row"])
    found = view.state.role_faults.get(row_id)
    if found is None:
        lead = t.say("The row of the roles list in SharePoint is right again.")
        return Card(notice.kind, lead, lead, "done", (), (), notice.card)
    row = place(t, view.rules, found)
    lead = t.say("{row}: this row of the roles list in SharePoint cannot be taken.", row=row)
    rows: list[tuple[str, Line]] = [(t.text("Row"), (found.row,))]
    rows.append((t.text("What is wrong"), fault_line(t, found.why, found.people)))
    if words := view.notes.get(found.note or ""):
        rows.append((t.text("It says"), (said(words),)))
    if found.by:
        rows.append((t.text("Changed by"), (Mention(found.by),)))
    key = (found.role or "", found.project)
    if has_row(view.rules.company, key):
        rows.append((t.text("In force"), people_or_nobody(t, people_in(view.rules.company, key))))
    text = t.say("Nothing has changed: what is in force counts. Please correct the row in SharePoint.")
    return Card(notice.kind, lead, lead, "attention", (Facts(tuple(rows)), Text(text)), (), notice.card)


def _key(notice: Notice) -> RoleKey:
    return (str(notice.data["role"]), notice.data["project"])
