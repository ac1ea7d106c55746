"""Why not, and what to do instead: a sentence or two for every code of `Rejected`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from bot.cards import Instant, Line, Mention
from bot.turn import Rejected
from bot.wording.basics import Reader, View, either_role, listed, names, said
from bot.wording.catalogue import Filling, Tongue, mark
from bot.wording.matrix import fault_line

MOST_PROJECTS = 10  # named in one sentence
_MOST_MEANT = 4
_NOTHING_DONE = mark("That is not possible now. Write “menu” to see what is.")
_UNREADABLE = mark("This button is too old or not whole. Please use the newest card, or write “menu”.")

CODES: Mapping[str, str] = {
    "unknown_person": mark("This person is not in the company file. Please check whom you mean."),
    "not_for_them": mark("For {person} only these can do this: {roles}. Or they do it themselves."),
    "not_reported": mark("There is no open report for {person}."),
    "unknown_project": mark("This project is not in the company file any more. Please ask the IT manager."),
    "not_allowed": mark("Only these can do this for {project}: {roles}."),
    "no_incident": mark("{project} has no open incident, so there is nothing to do."),
    "old_report": mark("This card is about an earlier report. Please use the newest card."),
    "stale": mark("This card is about incident {incident}, which is over. Please use the newest card of {project}."),
    "cannot_cover": mark(
        "You cannot cover {project}: that takes its language or English, and being enrolled for emergency cover."
    ),
    "no_open_seat": mark("All seats of {project} are filled: you are not needed now. Thank you."),
    "not_asked": mark("You are not asked to cover {project} now, so there is nothing to decline."),
    "not_approved": mark(
        "Your cover for {project} is not approved. Please wait for the approval, or offer to cover first."
    ),
    "own_cover": mark("Nobody approves their own cover. Please leave it to somebody else who may."),
    "nothing_offered": mark("Nobody has offered to cover {project} yet. You are told when somebody does."),
    "not_offered": mark("No longer on offer: {people}. Nothing was changed; please choose again."),
    "no_longer_able": mark("Can no longer cover {project}: {people}. Nothing was changed; please choose again."),
    "no_surplus": mark("{project} has no more cover than seats, so nobody is released."),
    "not_covering": mark("Not covering {project}: {people}. Nothing was changed; please choose again."),
    "unknown_level": mark("There is no level {level}. Choose {levels}."),
    "reason_needed": mark("Level {level} is not the recommended one: please give a reason."),
    "factor_not_asked": mark("This check is not asked now. Please use the newest card."),
    "still_out": mark("{project}: {out} out, {moving} moving. Stand down when everybody works again."),
    "not_contacted": mark("Nobody has contacted you about {project}, so you cannot acknowledge it."),
    "nothing_open": mark("No incident is open, so there is nothing to do."),
    "which_project": mark(
        "This could be about several projects: {projects}. Please press the button on the right card."
    ),
    "not_allowed_roles": mark("Only these can change the roles matrix: {roles}."),
    "bad_role": mark("This cannot be taken: {why}. Nothing was changed."),
    "role_meanwhile": mark("Meanwhile this was changed to: {people}. Nothing was changed now; please look again."),
    "conflict_over": mark("This is decided already. Write “roles” to see the matrix."),
    "unknown_name": mark("The company file has nobody called “{words}”. Nothing was changed."),
    "ambiguous_name": mark("Several people are called “{words}”: {ids}. Please write the id or the e-mail."),
    "reports_for_nobody": mark("Only these can report for others: {roles}. Or they do it themselves."),
    "which_person": mark(
        "Whom do you mean by “{words}”: {people}? Please give the whole name, or what is in brackets."
    ),
    "nobody_meant": mark(
        "You report for nobody called “{words}”. Nothing was recorded; please check the name, or give the e-mail."
    ),
    "unknown_verb": _UNREADABLE,
    "missing": _UNREADABLE,
    "wrong": _UNREADABLE,
    "too_long": mark("That is too long: at most {longest} characters. Nothing was changed; please shorten it."),
}


def refusal(rejected: Rejected, view: View, reader: Reader) -> Line:
    """What the person is told when the rules refuse; `bot.presses.BadPress` too."""
    t, data = reader.tongue, rejected.data
    if line := _closer(rejected.code, data, view, reader):
        return line
    return t.say(CODES.get(rejected.code, _NOTHING_DONE), **dict(_values(data, t, view)))


def _values(data: Mapping[str, Any], t: Tongue, view: View) -> Iterator[tuple[str, Filling]]:
    """What the placeholders stand for."""
    yield "project", view.project(data.get("project"))
    for name, value in data.items():
        match name:
            case "person" | "by" if value:
                yield name, Mention(str(value))
            case "people":
                yield name, names(t, value)
            case "ids":
                yield name, ", ".join(value)
            case "words":
                yield name, said(str(value))
            case "why":
                yield name, fault_line(t, str(value), data.get("people", ()))
            case "projects":
                yield name, ", ".join(view.project(one) for one in value[:MOST_PROJECTS])
            case "roles":
                yield name, either_role(t, value)
            case "levels":
                yield name, t.either(map(str, value))
            case "at" if value:
                yield name, Instant(value)
            case "project":
                pass
            case _:
                yield name, value if isinstance(value, int) else str(value)


def _closer(code: str, data: Mapping[str, Any], view: View, reader: Reader) -> Line | None:
    """A better answer where the state, or who is asking, allows one."""
    t, project = reader.tongue, view.project(data.get("project"))
    match code:
        case "unknown_person" if data.get("person") == reader.person:
            return t.say("You are not in the company file. Please call your supervisor; the IT manager can add you.")
        case "not_reported" if data.get("person") == reader.person:
            return t.say("You have no open report. If your workplace is unusable, report it first.")
        case "nothing_offered" if data.get("by") and data.get("at"):
            by, at = Mention(data["by"]), Instant(data["at"])
            return t.say("Already decided by {by} at {at}: no offer is left.", by=by, at=at)
        case "conflict_over" if data.get("by") and data.get("at"):
            return t.say("Already decided by {by} at {at}.", by=Mention(data["by"]), at=Instant(data["at"]))
        case "unknown_name" if data.get("ids"):
            words, ids = said(str(data["words"])), ", ".join(data["ids"])
            return t.say("The company file has nobody called “{words}”. Did you mean: {ids}?", words=words, ids=ids)
        case "which_person":
            return t.say(CODES[code], words=said(str(data["words"])), people=_with_emails(t, data, view))
        case "no_incident":
            closed = view.state.closed.get(str(data.get("project")))
            if closed and closed.closed_by and closed.closed_at:
                by, at = Mention(closed.closed_by), Instant(closed.closed_at)
                return t.say("{project} has no open incident: closed by {by} at {at}.", project=project, by=by, at=at)
        case "cannot_cover":
            return _cannot_cover(t, project, view, reader)
        case "missing":
            labels = {"people": t.text("People"), "level": t.text("Level"), "cause": t.text("Cause")}
            labels |= {"row": t.text("Role"), "person": t.text("Whose workplace is unusable?")}
            if label := labels.get(str(data.get("field"))):
                return t.say("Please fill in “{field}”. Nothing was changed.", field=label)
        case _:
            pass
    return None


def _with_emails(t: Tongue, data: Mapping[str, Any], view: View) -> Line:
    """`Anna Kovács (anna@example.com), Anna Kiss (a.kiss)`: the first ones, and how many more there are."""
    people = view.rules.company.people
    emails = {one: (people[one].email if one in people else None) or one for one in data["ids"][:_MOST_MEANT]}
    return listed(t, [(Mention(one), " (", said(email), ")") for one, email in emails.items()], data["total"])


def _cannot_cover(t: Tongue, project: str, view: View, reader: Reader) -> Line | None:
    if reader.person in view.state.workplaces:
        return t.say("Your workplace is reported as unusable. Press “I can work again” first, when you can.")
    if elsewhere := view.state.engaged.get(reader.person):
        other = view.project(elsewhere)
        return t.say("You cover {other}. To cover {project}, give that seat back first.", other=other, project=project)
    return None
