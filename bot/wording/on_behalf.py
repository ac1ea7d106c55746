"""Reporting for somebody else: the button of those who may, its form, and people found by a few letters. PLAN §2."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from functools import lru_cache

from bot.cards import Button, Choice, Form, Option
from bot.company import Person
from bot.cover import Rulebook
from bot.naming import plain_name
from bot.wording.basics import Reader, View, person_name, project_name
from bot.wording.workplace import report_fields
from bot.workplaces import reported_for

REPORT_FOR = "report_for"  # the button's verb, and the name under which its people are searched
MOST_LISTED = 1_000  # people in a list: what a chat takes of a form, and more than anybody looks through
MOST_FOUND = 15  # what a search in Teams shows
_LONGEST_SOUGHT = 100


def report_for_button(view: View, reader: Reader) -> Button | None:
    """For somebody with a role that may report for others; None for everybody else."""
    people = reported_for(view.rules, reader.person)
    if not people:
        return None
    t, time = reader.tongue, reader.tongue.duration(view.rules.plan.timings.move)
    listed = _options(view.rules, _by_name(view.rules, people)) if len(people) <= MOST_LISTED else ()
    who = Choice("person", t.text("Whose workplace is unusable?"), listed, search=REPORT_FOR)
    fields = (who, *report_fields(t, t.text("Can they move within {time}?", time=time)))
    title = t.text("Report for somebody else")
    form = Form(title, fields, t.text("Report"), t.say("Whatever you leave out can be told later."))
    return Button(REPORT_FOR, title, form=form)


def people_found(search: str, text: str, view: View, person: str, most: int = MOST_FOUND) -> tuple[Option, ...]:
    """Whom this person may choose and whose name, id or e-mail has words that begin like those typed; by name."""
    if search != REPORT_FOR:
        return ()
    sought = plain_name(text[:_LONGEST_SOUGHT]).split()
    people = (one for one in reported_for(view.rules, person) if _fits(view.rules.company.people[one], sought))
    return _options(view.rules, _by_name(view.rules, people)[:most])


def _fits(person: Person, sought: Sequence[str]) -> bool:
    words = _words(person.name, person.id, person.email)
    return all(f" {one}" in words or f"-{one}" in words for one in sought)


@lru_cache(maxsize=2**15)  # every letter somebody types looks at all their people
def _words(*parts: str | None) -> str:
    """With a blank before each."""
    return f" {plain_name(' '.join(filter(None, parts)))}"


def _by_name(rules: Rulebook, people: Iterable[str]) -> list[str]:
    return sorted(people, key=lambda one: (_words(person_name(rules, one)), one))


def _options(rules: Rulebook, people: Sequence[str]) -> tuple[Option, ...]:
    """With the project beside the name, and the id where both are somebody else's too."""
    labels = {one: f"{person_name(rules, one)}, {project_name(rules, _home(rules, one))}" for one in people}
    amounts = Counter(labels.values())
    return tuple(Option(one, said if amounts[said] == 1 else f"{said} ({one})") for one, said in labels.items())


def _home(rules: Rulebook, person: str) -> str:
    return rules.company.agent_of(person)[0]
