"""Reporting for somebody else: the button of those who may, its form, and whom they can choose in it. PLAN §2."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from bot.cards import Button, Choice, Form, Option
from bot.cover import Rulebook
from bot.naming import known_name
from bot.wording.basics import Reader, View, person_name, project_name
from bot.wording.workplace import report_fields
from bot.workplaces import reported_for

REPORT_FOR = "report_for"  # the button's verb
MOST_LISTED = 1_000  # people in a list: what a chat takes of a form, and more than anybody looks through


def report_for_button(view: View, reader: Reader) -> Button | None:
    """For somebody with a role that may report for others; None for everybody else."""
    people = reported_for(view.rules, reader.person)
    if not people:
        return None
    t, time = reader.tongue, reader.tongue.duration(view.rules.plan.timings.move)
    listed = people_options(view.rules, people, reader.person) if len(people) <= MOST_LISTED else ()
    who = Choice("person", t.text("Whose workplace is unusable?"), listed, hint=t.text("Name or e-mail"))
    fields = (who if listed else who.as_input(), *report_fields(t, t.text("Can they move within {time}?", time=time)))
    title = t.text("Report for somebody else")
    form = Form(title, fields, t.text("Report"), t.say("Whatever you leave out can be told later."))
    return Button(REPORT_FOR, title, form=form)


def people_options(rules: Rulebook, people: Iterable[str], by: str) -> tuple[Option, ...]:
    """By name, with the id where the name is somebody else's too, and the project for which `by` reports for them.

    The project comes last: a platform may cut what is long.
    """
    named = {one: person_name(rules, one) for one in people}
    amounts = Counter(map(known_name, named.values()))
    listed = sorted(named, key=lambda one: (known_name(named[one]), one))
    told = {one: named[one] if amounts[known_name(named[one])] == 1 else f"{named[one]} ({one})" for one in listed}
    return tuple(Option(one, f"{name}, {_project(rules, one, by)}") for one, name in told.items())


def _project(rules: Rulebook, person: str, by: str) -> str:
    projects, allowed = rules.company.agent_of(person), rules.plan.permissions["report_for"]
    theirs = (one for one in projects if rules.company.roles_in(by, one) & allowed)
    return project_name(rules, next(theirs, projects[0]))
