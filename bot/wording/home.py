"""What a person finds when they ask: what needs them now, what they can do, and the open incidents they may see."""

from __future__ import annotations

from collections.abc import Iterator

from bot.cards import Block, Button, Card, Facts, Instant, Line, Text
from bot.cover import Rulebook
from bot.situation import CoverStatus, Incident
from bot.wording.basics import Reader, View, level_name, receipt_number, tally
from bot.wording.catalogue import Tongue
from bot.wording.incident import needed, state_lead
from bot.wording.on_behalf import report_for_button
from bot.wording.sync import sync_line
from bot.wording.workplace import report_form

MOST_SHOWN = 20  # incidents in one message


def may_see(person: str, project: str, rules: Rulebook) -> bool:
    """Whether they may look at the project's incidents: CMT, IT and ERT at all, others at their own projects'."""
    company = rules.company
    if project not in company.projects:
        return False
    if company.roles_in(person, project):  # a role of the project, or one of the company's, which sees all
        return True
    return project in company.agent_of(person) or project in company.backup_of(person)


def visible(view: View, person: str) -> tuple[Incident, ...]:
    """The open incidents the person may see, by the projects' priority; those that they cover, too."""
    projects = view.rules.company.projects
    found = [
        incident
        for incident in view.state.incidents.values()
        if incident.project in projects and (may_see(person, incident.project, view.rules) or person in incident.covers)
    ]
    return tuple(sorted(found, key=lambda one: (projects[one.project].priority, one.project)))


def menu(view: View, reader: Reader, *, clear: bool = True) -> Card:
    """What can I do here: the report first, then what needs this person, then what to write.

    Not `clear`: whoever wrote something hears first that it was not understood.
    """
    t, mine = reader.tongue, view.state.workplaces.get(reader.person)
    waiting = [*_own(view, reader), *_decisions(view, reader)][:MOST_SHOWN]
    needs = t.say("This needs you now:") if waiting else t.say("Nothing needs you now.")
    lead = needs if clear else t.say("That was not understood, and nothing was recorded. This is what you can do:")
    buttons: list[Button] = []
    if mine is None:
        time = t.duration(view.rules.plan.timings.move)
        label = t.text("My workplace is unusable")
        buttons.append(Button("report", label, {}, "primary", report_form(t, time)))
        buttons += _cover_buttons(view, reader)
    else:
        args = {"person": reader.person, "receipt": str(mine.receipt)}
        buttons.append(Button("moved", t.text("I have moved"), args, "primary"))
        buttons.append(Button("restored", t.text("I can work again"), args))
    if for_others := report_for_button(view, reader):
        buttons.append(for_others)
    blocks: list[Block] = [Text(line) for line in ((needs,) if waiting and not clear else ()) + tuple(waiting)]
    if steering := _steering(view, reader):
        blocks.append(Facts(steering))
    blocks.append(Text(_phrases(t), subtle=True))
    return Card("menu", lead, lead, "attention" if waiting else "calm", tuple(blocks), tuple(buttons))


def _own(view: View, reader: Reader) -> Iterator[Line]:
    t = reader.tongue
    if mine := view.state.workplaces.get(reader.person):
        number = receipt_number(mine.receipt)
        if mine.can_move is None and mine.answer_due:
            due = Instant(mine.answer_due, "countdown")
            yield t.say("Your report {receipt}: can you move? Please answer by {due}.", receipt=number, due=due)
        else:
            yield t.say("Your report {receipt} is open. Tell us when you can work again.", receipt=number)
    for incident in visible(view, reader.person):
        cover = incident.covers.get(reader.person)
        project = view.project(incident.project)
        if cover and cover.status is CoverStatus.ASKED and cover.due:
            due = Instant(cover.due, "countdown")
            yield t.say("Can you cover {project}? Please answer by {due}.", project=project, due=due)
        elif cover and cover.status is CoverStatus.APPROVED and cover.due:
            due = Instant(cover.due, "countdown")
            yield t.say("Please be on duty for {project} by {due}.", project=project, due=due)


def _decisions(view: View, reader: Reader) -> Iterator[Line]:
    """What incidents want of somebody with a role in them."""
    for incident in visible(view, reader.person):
        if line := needed(incident, view, reader):
            yield line


def _cover_buttons(view: View, reader: Reader) -> Iterator[Button]:
    """For the first question or approval that is open: one person, one seat."""
    t = reader.tongue
    for incident in visible(view, reader.person):
        cover = incident.covers.get(reader.person)
        args = {"project": incident.project, "incident": incident.number}
        if cover and cover.status is CoverStatus.ASKED:
            yield Button("cover_yes", t.text("Accept cover"), args)
            yield Button("cover_no", t.text("Decline"), args)
            return
        if cover and cover.status is CoverStatus.APPROVED:
            yield Button("on_duty", t.text("I am on duty"), args)
            return


def _steering(view: View, reader: Reader) -> tuple[tuple[str, Line], ...]:
    """The other open incidents of somebody with a role: how they stand."""
    found = [one for one in visible(view, reader.person) if view.roles(reader.person, one.project)]
    quiet = [one for one in found if not needed(one, view, reader)]
    return tuple((one.number, state_lead(one, view, reader)) for one in quiet[:MOST_SHOWN])


def _phrases(t: Tongue) -> Line:
    return t.say(
        "You can also write: “my workplace is unusable”, “no power, cannot move”, “I have moved”, “I can work again”,"
        " “I am on duty”, “yes”, “no”, “status”, “roles”, “log”, “menu”."
    )


def status(view: View, reader: Reader) -> Card:
    """The open incidents that this person may see, a few lines each."""
    t, found = reader.tongue, visible(view, reader.person)
    records: tuple[Block, ...] = (Text(sync_line(view.sync, t), subtle=True),) if view.sync else ()
    if not found:
        lead = t.say("No open incident that concerns you.")
        return Card("status", lead, lead, blocks=records)
    lead = t.count("{n} open incident.", "{n} open incidents.", len(found))
    rows = tuple((view.project(one.project), _brief(one, view, t)) for one in found[:MOST_SHOWN])
    blocks: list[Block] = [Facts(rows)]
    if len(found) > MOST_SHOWN:
        blocks.append(Text(t.count("and {n} more", "and {n} more", len(found) - MOST_SHOWN)))
    return Card("status", lead, lead, "attention", (*blocks, *records))


def _brief(incident: Incident, view: View, t: Tongue) -> Line:
    """`2026-0042: Level 2 (…); 4 out, 1 moving; on duty 2 of 4; recovery time until 10:30`."""
    line: Line = (incident.number, ": ")
    if incident.declared:
        line += (level_name(t, view.rules, incident.declared), "; ")
    line += tally(t, incident)
    if incident.seats:
        line += ("; ", *t.say("on duty {n} of {seats}", n=incident.on_duty, seats=incident.seats))
    if incident.rto and incident.rto.state == "running":
        line += ("; ", *t.say("recovery time until {due}", due=Instant(incident.rto.due, "countdown")))
    elif incident.rto and incident.rto.state == "breached":
        line += ("; ", *t.say("recovery time missed"))
    return line
