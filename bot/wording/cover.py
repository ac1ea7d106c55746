"""The card of a person asked to cover: question, offer, approval, duty, thanks. PLAN §2 "Asking", "Approving"."""

from __future__ import annotations

from bot.cards import Block, Button, Card, Facts, Instant, Line, Mention, Text, Tone
from bot.ports import Notice
from bot.situation import Cover, CoverStatus, Incident
from bot.wording.basics import Reader, View, level_value, pool_name, tally
from bot.wording.catalogue import Tongue


def cover(notice: Notice, view: View, reader: Reader, *, refreshed: bool) -> Card:
    """The card `cover:<incident>` of `notice.to`, from where they stand now."""
    t = reader.tongue
    project = view.project(notice.project)
    incident = view.state.numbered(notice.project or "", notice.incident or "")
    if incident is None or incident.closed_at:
        lead = t.say("The incident at {project} is over: you are not needed any more. Thank you.", project=project)
        return Card(notice.kind, lead, lead, "done", (), (), notice.card)
    mine = incident.covers.get(notice.to)
    lead, tone = _lead(notice, view, reader, incident, mine, refreshed=refreshed)
    blocks: list[Block] = []
    if mine and mine.status in (CoverStatus.ASKED, CoverStatus.OFFERED, CoverStatus.APPROVED):
        blocks.append(Text(_why(t, view, incident, mine)))
        blocks.append(Facts(_facts(t, view, incident, mine)))
    elif mine and mine.status is not CoverStatus.ON_DUTY and incident.open_seats:
        blocks.append(Text(t.say("A seat is still open: if you can cover after all, press “I can cover after all”.")))
    return Card(
        notice.kind, lead, _summary(t, lead, mine), tone, tuple(blocks), _buttons(t, incident, mine), notice.card
    )


def _lead(
    notice: Notice, view: View, reader: Reader, incident: Incident, mine: Cover | None, *, refreshed: bool
) -> tuple[Line, Tone]:
    t, project = reader.tongue, view.project(incident.project)
    if mine is None:
        return _left(notice, view, t, project, refreshed=refreshed), "done"
    time = t.duration(view.rules.plan.timings.on_duty)
    match mine.status:
        case CoverStatus.ASKED:
            return t.say("Can you be on duty for {project} within {time}?", project=project, time=time), "urgent"
        case CoverStatus.OFFERED:
            return t.say("Thank you: your offer for {project} waits for approval.", project=project), "calm"
        case CoverStatus.APPROVED:
            by = Instant(mine.due, "countdown") if mine.due else time
            return t.say("Approved: please be on duty for {project} by {due}.", project=project, due=by), "urgent"
        case CoverStatus.ON_DUTY:
            return t.say("You are on duty for {project}. Thank you.", project=project), "calm"
        case CoverStatus.TIMED_OUT:
            return t.say("The time to answer for {project} is over; others are being asked.", project=project), "calm"
        case CoverStatus.LAPSED:
            return t.say(
                "You were not on duty for {project} in time, so the seat is open again.", project=project
            ), "attention"
        case CoverStatus.DECLINED:
            if notice.kind == "cover_declined" and not refreshed:
                return t.say(
                    "Thank you for offering: you are not needed for {project} this time.", project=project
                ), "done"
            return t.say("You are not covering {project}.", project=project), "done"


def _left(notice: Notice, view: View, t: Tongue, project: str, *, refreshed: bool) -> Line:
    """No longer asked, offered or approved: why, as far as it is known."""
    if notice.to in view.state.workplaces:
        return t.say("You are not covering {project}: your own workplace is reported as unusable.", project=project)
    if elsewhere := view.state.engaged.get(notice.to):
        return t.say(
            "You are not covering {project}: you cover {other}.", project=project, other=view.project(elsewhere)
        )
    if notice.kind == "cover_released" and not refreshed:
        return t.say("You are no longer needed for {project}. Thank you for covering.", project=project)
    if notice.kind == "cover_withdrawn" and not refreshed:
        return t.say("All seats of {project} are filled: you are not needed now. Thank you.", project=project)
    return t.say("You are not needed for {project} now. Thank you.", project=project)


def _summary(t: Tongue, lead: Line, mine: Cover | None) -> Line:
    if mine and mine.status is CoverStatus.ASKED and mine.due:
        return (*lead, " ", *t.say("Please answer by {due}.", due=Instant(mine.due)))
    return lead


def _why(t: Tongue, view: View, incident: Incident, mine: Cover) -> Line:
    match mine.status:
        case CoverStatus.ASKED:
            answer = t.duration(view.rules.plan.timings.cover_answer)
            return t.say(
                "Agents of this project have lost their workplace. Please answer within {time}; then others are asked.",
                time=answer,
            )
        case CoverStatus.OFFERED:
            return t.say("You will be told as soon as it is decided. Nothing to do until then.")
        case _:
            by = (Mention(incident.decided_by),) if incident.decided_by else ("–",)
            return t.say("Press “I am on duty” as soon as you take calls. Decided by: {by}.", by=by)


def _facts(t: Tongue, view: View, incident: Incident, mine: Cover) -> tuple[tuple[str, Line], ...]:
    rows: list[tuple[str, Line]] = [(t.text("Incident"), (incident.number,))]
    if incident.declared:
        rows.append((t.text("Level"), (level_value(t, view.rules, incident.declared),)))
    rows.append((t.text("Agents"), tally(t, incident)))
    if mine.pool:
        rows.append((t.text("You cover as"), (pool_name(t, mine.pool),)))
    if mine.status is CoverStatus.ASKED and mine.due:
        rows.append((t.text("Answer by"), (Instant(mine.due, "countdown"),)))
    project = view.rules.company.projects.get(incident.project)
    if project:
        rows.append((t.text("Manager"), (Mention(project.account_manager),)))
    return tuple(rows)


def _buttons(t: Tongue, incident: Incident, mine: Cover | None) -> tuple[Button, ...]:
    args = {"project": incident.project, "incident": incident.number}
    match mine.status if mine else None:
        case CoverStatus.ASKED:
            yes = Button("cover_yes", t.text("Accept"), args, "primary")
            return (yes, Button("cover_no", t.text("Decline"), args))
        case CoverStatus.OFFERED:
            return (Button("cover_no", t.text("Take back my offer"), args),)
        case CoverStatus.APPROVED:
            on_duty = Button("on_duty", t.text("I am on duty"), args, "primary")
            return (on_duty, Button("cover_no", t.text("I cannot after all"), args))
        case CoverStatus.ON_DUTY:
            return (Button("cover_no", t.text("I have to stop"), args),)
        case CoverStatus.LAPSED if incident.open_seats:
            return (Button("on_duty", t.text("I am on duty"), args, "primary"),)
        case CoverStatus.DECLINED | CoverStatus.TIMED_OUT if incident.open_seats:
            return (Button("cover_yes", t.text("I can cover after all"), args),)
        case _:
            return ()
