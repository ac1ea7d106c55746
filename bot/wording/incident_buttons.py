"""What this reader may do about an incident now: the roles matrix and the state say so. PLAN §2, §6.

The rules check again at the press; a button that is offered here is not refused for the role.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

from bot.cards import Button, Choice, Form, Input, Option
from bot.ladder import was_contacted
from bot.presses import LONGEST_WORDS
from bot.situation import CoverStatus, Incident
from bot.wording.basics import Reader, View, level_value, options
from bot.wording.catalogue import Tongue


def buttons(found: Incident, view: View, reader: Reader, first: str | None = None) -> tuple[Button, ...]:
    """Most needed first: what goes with the card's first line (`first`, a verb), then by urgency; one is primary."""
    if found.closed_at or found.project not in view.rules.company.projects:
        return ()
    offered = sorted(_offered(found, view, reader), key=lambda button: button.verb != first)
    if any(button.verb == "approve" for button in offered):  # what brings somebody to the phones comes before all
        offered.sort(key=lambda button: button.verb != "approve")
    leading = next((button for button in offered if button.style == "primary"), None)
    return tuple(one if one is leading or one.style != "primary" else replace(one, style="normal") for one in offered)


def offers_for(found: Incident, view: View, person: str) -> tuple[str, ...]:
    """The offers this person may decide on: nobody decides on their own cover."""
    if not view.may_approve(person, found):
        return ()
    return tuple(one for one in found.having(CoverStatus.OFFERED) if one != person)


def to_acknowledge(found: Incident, view: View, person: str) -> bool:
    """Whether a ladder runs and this person was contacted."""
    return bool(found.ladders) and was_contacted(view.rules, found, person)


def _offered(found: Incident, view: View, reader: Reader) -> Iterator[Button]:
    t, person = reader.tongue, reader.person
    args = {"project": found.project, "incident": found.number}
    yield from _decide(found, view, reader, args)
    if to_acknowledge(found, view, person):
        yield Button("acknowledge", t.text("Acknowledge"), args, "primary")
    if not found.seats and not found.moving and view.may(person, found.project, "stand_down"):
        yield Button("stand_down", t.text("Stand down"), args, "primary")
    yield from _ivr(found, view, reader, args)
    if found.surplus_proposed and view.may(person, found.project, "release"):
        form = _people_form(
            t, view, t.text("Release cover"), sorted(found.surplus_proposed), t.text("Release"), ticked=True
        )
        yield Button("release_some", t.text("Release cover"), args, "primary", form)
    if view.may(person, found.project, "declare"):
        yield from _lower(found, t, args)
    if found.seats and view.may(person, found.project, "factor"):
        yield from _factors(found, t, args)
    if view.may(person, found.project, "declare"):
        yield _declare(found, view, t, args)


def _decide(found: Incident, view: View, reader: Reader, args: dict[str, str]) -> Iterator[Button]:
    t, offers = reader.tongue, offers_for(found, view, reader.person)
    if not offers:
        return
    if found.open_seats:
        yield Button("approve", t.text("Approve cover"), args, "primary")
    if len(offers) > 1:
        if found.open_seats:
            form = _people_form(t, view, t.text("Choose people"), offers, t.text("Approve"))
            yield Button("approve_some", t.text("Choose people"), args, form=form)
        form = _people_form(t, view, t.text("Decline offers"), offers, t.text("Decline offers"))
        yield Button("decline_some", t.text("Decline offers"), args, form=form)
    else:
        yield Button("decline_some", t.text("Decline offer"), {**args, "person": offers[0]})


def _ivr(found: Incident, view: View, reader: Reader, args: dict[str, str]) -> Iterator[Button]:
    level = view.rules.plan.levels.get(found.declared or 0)
    if level and level.ivr and found.ivr_by is None and view.may(reader.person, found.project, "ivr"):
        yield Button("ivr_on", reader.tongue.text("IVR routing is on"), args, "primary")


def _factors(found: Incident, t: Tongue, args: dict[str, str]) -> Iterator[Button]:
    for place, (factor, holds) in enumerate(found.factors.items(), start=1):
        if holds is None:
            named = {**args, "factor": factor}
            yield Button("factor_yes", t.text("Check {n}: yes", n=place), named)
            yield Button("factor_no", t.text("Check {n}: no", n=place), named)


def _lower(found: Incident, t: Tongue, args: dict[str, str]) -> Iterator[Button]:
    lower = found.lower_proposed
    if lower and lower == found.recommended:
        yield Button("use_level", t.text("Use level {level}", level=lower), {**args, "level": str(lower)}, "primary")


def _declare(found: Incident, view: View, t: Tongue, args: dict[str, str]) -> Button:
    levels = tuple(
        Option(str(number), level_value(t, view.rules, number))
        for number in view.rules.plan.levels
        if number != found.declared
    )
    fields = (
        Choice("level", t.text("Level"), levels),
        Input("reason", t.text("Reason"), multiline=True, longest=LONGEST_WORDS, hint=t.text("Why another level?")),
    )
    return Button(
        "declare", t.text("Declare level"), args, form=Form(t.text("Declare level"), fields, t.text("Declare"))
    )


def _people_form(
    t: Tongue, view: View, title: str, people: Iterable[str], submit: str, *, ticked: bool = False
) -> Form:
    chosen = options(view.rules, people)
    selected = tuple(option.value for option in chosen) if ticked else ()
    return Form(title, (Choice("people", t.text("People"), chosen, several=True, selected=selected),), submit)
