"""Reporting for somebody else: the button of those who may, its form, and whom they can choose in it. PLAN §2."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from bot.cards import Button, Choice, Form, Option
from bot.cover import Rulebook
from bot.naming import plain_name
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
    listed = people_options(view.rules, people) if len(people) <= MOST_LISTED else ()
    who = Choice("person", t.text("Whose workplace is unusable?"), listed, hint=t.text("Name or e-mail"))
    fields = (who if listed else who.as_input(), *report_fields(t, t.text("Can they move within {time}?", time=time)))
    title = t.text("Report for somebody else")
    form = Form(title, fields, t.text("Report"), t.say("Whatever you leave out can be told later."))
    return Button(REPORT_FOR, title, form=form)


def people_options(rules: Rulebook, people: Iterable[str]) -> tuple[Option, ...]:
    """By name, with the project beside it, and the id where both are somebody else's too."""
    listed = sorted(people, key=lambda one: (plain_name(person_name(rules, one)), one))
    labels = {one: f"{person_name(rules, one)}, {project_name(rules, _home(rules, one))}" for one in listed}
    amounts = Counter(labels.values())
    return tuple(Option(one, said if amounts[said] == 1 else f"{said} ({one})") for one, said in labels.items())


def _home(rules: Rulebook, person: str) -> str:
    return rules.company.agent_of(person)[0]
