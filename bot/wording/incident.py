"""The card of those who steer an incident: what is needed of this reader, the state, what they may do. PLAN §2, §6."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from bot.cards import Block, Card, Facts, Instant, Line, Mention, Text, Tone
from bot.ports import Notice
from bot.situation import CoverStatus, Incident
from bot.wording.basics import Reader, View, level_name, names, tally
from bot.wording.catalogue import Tongue
from bot.wording.incident_buttons import buttons, offers_for, to_acknowledge
from bot.wording.incident_facts import factor_text, facts, summary_facts
from bot.wording.levels import explanation

_FIRST = {  # the button that goes with the first line
    "acknowledge": "acknowledge",
    "factors_asked": "factor_yes",
    "lower_level_proposed": "use_level",
    "surplus_proposed": "release_some",
    "stand_down_proposed": "stand_down",
}
_URGENT = frozenset({"rto_breached", "crisis_contact", "acknowledge", "handed_over", "level_raised"})


def incident(notice: Notice, view: View, reader: Reader, *, refreshed: bool) -> Card:
    """The card `incident:<number>`; its first line is the notice's, or the state's when that says more."""
    t = reader.tongue
    found = view.state.numbered(notice.project or "", notice.incident or "")
    if found is None:
        lead = t.say(
            "Incident {number} at {project} is over.",
            number=notice.incident or "?",
            project=view.project(notice.project),
        )
        return Card(notice.kind, lead, lead, "done", (), (), notice.card)
    if found.closed_at:
        return _closed(notice, found, view, reader)
    news = None if refreshed else _lead_of(notice, found, view, reader)
    wanted = needed(found, view, reader)
    lead = news or wanted or _going_on(found, view, t)
    tone: Tone = "attention" if news or wanted else "calm"
    if news and notice.kind in _URGENT:
        tone = "urgent"
    blocks: list[Block] = []
    if basis := view.basis.get(found.project, found.assessed):
        blocks.append(Text((explanation(basis, view.rules, reader.locale),)))
    blocks.extend(Text(line) for line in _proposals(found, view, t))
    blocks.append(Facts(facts(found, view, t)))
    if (level := view.rules.plan.levels.get(found.declared or 0)) and found.seats:
        blocks.append(Text(t.say("Plan: {response}", response=t.of(level.response)), subtle=True))
    return Card(
        notice.kind,
        lead,
        _summary(lead, found, t),
        tone,
        tuple(blocks),
        buttons(found, view, reader, _FIRST.get(notice.kind) if news else None),
        notice.card,
    )


def _summary(lead: Line, found: Incident, t: Tongue) -> Line:
    return (*lead, " (", *tally(t, found), ")")


def _lead_of(notice: Notice, found: Incident, view: View, reader: Reader) -> Line | None:
    """The first line for what the message is about; None when that is no longer so."""
    t, project, data = reader.tongue, view.project(found.project), notice.data
    match notice.kind:
        case "rto_breached" | "rto_warning":
            return _clock(notice.kind, data, found, t, project)
        case "acknowledge" | "crisis_contact" | "level_raised" | "level_declared" | "incident_opened":
            return _alarm(notice.kind, data, found, view, t)
        case "cover_lapsed" | "cover_lost":
            return _lost(notice.kind, data, found, view, t)
        case "handed_over":
            return _handed_over(found, view, reader)
        case "factor_failed":
            text = factor_text(t, view, found, str(data["factor"]))
            return t.say(
                "{project}: not working, says {by}: “{factor}”", project=project, by=Mention(data["by"]), factor=text
            )
        case _:
            return _proposal(notice.kind, found, view, reader)


def _handed_over(found: Incident, view: View, reader: Reader) -> Line | None:
    """Somebody new in a role learns of the incident, and what it wants of them; unless they have lost it again."""
    if not view.roles(reader.person, found.project):
        return None
    news = reader.tongue.say("{project}: you take over the open incident.", project=view.project(found.project))
    return (*news, " ", *state_lead(found, view, reader))


def _clock(kind: str, data: Mapping[str, Any], found: Incident, t: Tongue, project: str) -> Line | None:
    rto = found.rto
    if rto is None or rto.state == "met":
        return None
    if kind == "rto_breached":
        return t.say("{project} has missed its recovery time. Decide what to do now.", project=project)
    if rto.state == "breached":
        return None
    due = Instant(rto.due, "countdown")
    return t.say(
        "{percent} % of the recovery time of {project} is gone; it ends at {due}.",
        percent=int(data["percent"]),
        project=project,
        due=due,
    )


def _alarm(kind: str, data: Mapping[str, Any], found: Incident, view: View, t: Tongue) -> Line | None:
    project = view.project(found.project)
    if kind == "acknowledge":
        if not found.ladders:
            return None
        if data.get("ladder") == "offers":
            return t.say(
                "{project}: nobody has decided on the cover offered. Please acknowledge, or decide.", project=project
            )
        return t.say("{project}: agents are out and nobody has acknowledged. Please acknowledge.", project=project)
    if kind == "incident_opened":
        return t.say("{project}: a workplace is reported as unusable.", project=project) if not found.seats else None
    if found.declared is None:
        return None
    level = level_name(t, view.rules, found.declared)
    if kind == "crisis_contact":
        return t.say("{project} is at {level}: you are needed to lead the crisis.", project=project, level=level)
    if kind == "level_declared" and data.get("by"):
        return t.say("{by} has declared {level} for {project}.", by=Mention(data["by"]), level=level, project=project)
    return t.say("{project} is now at {level}.", project=project, level=level)


def _lost(kind: str, data: Mapping[str, Any], found: Incident, view: View, t: Tongue) -> Line:
    project, seats = view.project(found.project), found.open_seats
    if kind == "cover_lapsed":
        late = names(t, data.get("people", ()))
        return t.say(
            "{project}: approved, but not on duty in time: {people}. Open seats: {seats}.",
            project=project,
            people=late,
            seats=seats,
        )
    lost = names(t, [data["person"]])
    return t.say("{project}: cover lost: {people}. Open seats: {seats}.", project=project, people=lost, seats=seats)


def state_lead(found: Incident, view: View, reader: Reader) -> Line:
    """What is needed of this reader now, else what is going on."""
    return needed(found, view, reader) or _going_on(found, view, reader.tongue)


def needed(found: Incident, view: View, reader: Reader) -> Line | None:
    """What waits for this reader: a decision, an acknowledgement, a proposal that they may take up."""
    t, project = reader.tongue, view.project(found.project)
    if (offered := len(offers_for(found, view, reader.person))) and found.open_seats:
        return t.count(
            "Approve cover for {project}: {n} offer, open seats: {seats}.",
            "Approve cover for {project}: {n} offers, open seats: {seats}.",
            offered,
            project=project,
            seats=found.open_seats,
        )
    if to_acknowledge(found, view, reader.person):
        return t.say("{project}: please acknowledge that you are on it.", project=project)
    for kind in ("stand_down_proposed", "factors_asked", "surplus_proposed", "lower_level_proposed"):
        if line := _proposal(kind, found, view, reader):
            return line
    return None


def _proposal(kind: str, found: Incident, view: View, reader: Reader) -> Line | None:
    """A proposal as a question, to somebody who may take it up."""
    t, project, person = reader.tongue, view.project(found.project), reader.person
    match kind:
        case "stand_down_proposed" if not found.seats and not found.moving:
            if view.may(person, found.project, "stand_down"):
                return t.say("{project}: nobody is out or moving any more. Stand down?", project=project)
        case "factors_asked" if None in found.factors.values() and found.seats:
            if view.may(person, found.project, "factor"):
                return t.say("{project}: is the response working? Please answer the checks.", project=project)
        case "surplus_proposed" if found.surplus_proposed:
            if view.may(person, found.project, "release"):
                return t.say("{project}: there is more cover than seats. Release some?", project=project)
        case "lower_level_proposed" if found.lower_proposed and found.lower_proposed == found.recommended:
            if view.may(person, found.project, "declare"):
                level = level_name(t, view.rules, found.lower_proposed)
                return t.say("{project}: {level} would be enough now. Lower it?", project=project, level=level)
        case _:
            pass
    return None


def _going_on(found: Incident, view: View, t: Tongue) -> Line:
    project = view.project(found.project)
    if found.open_seats:
        return t.count(
            "{project}: cover is being sought for {n} seat.",
            "{project}: cover is being sought for {n} seats.",
            found.open_seats,
            project=project,
        )
    if found.on_duty < found.seats:
        return t.say("{project}: cover is approved and on its way.", project=project)
    if found.seats:
        return t.say("{project}: every seat is covered.", project=project)
    if found.moving:
        return t.count(
            "{project}: {n} agent is moving; no seat is open.",
            "{project}: {n} agents are moving; no seat is open.",
            len(found.moving),
            project=project,
        )
    return t.say("{project}: nobody is out or moving any more.", project=project)


def _proposals(found: Incident, view: View, t: Tongue) -> list[Line]:
    lines: list[Line] = []
    if found.surplus_proposed:
        lines.append(t.say("No longer needed: {people}.", people=names(t, sorted(found.surplus_proposed))))
    if found.lower_proposed:
        enough = level_name(t, view.rules, found.lower_proposed)
        lines.append(t.say("Enough now: {enough}.", enough=enough))
    return lines


def _closed(notice: Notice, found: Incident, view: View, reader: Reader) -> Card:
    t, project = reader.tongue, view.project(found.project)
    lead = (
        t.say(
            "{project}: incident {number} is over, closed by {by}.",
            project=project,
            number=found.number,
            by=Mention(found.closed_by),
        )
        if found.closed_by
        else t.say("Incident {number} at {project} is over.", number=found.number, project=project)
    )
    thanks = found.having(CoverStatus.ON_DUTY, CoverStatus.APPROVED)
    blocks: list[Block] = [Facts(summary_facts(found, view, t))]
    if thanks:
        blocks.append(Text(t.say("Covered to the end: {people}.", people=names(t, thanks))))
    return Card(notice.kind, lead, lead, "done", tuple(blocks), (), notice.card)
