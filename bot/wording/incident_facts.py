"""The rows of an incident's card: level, tally, clock, cover, decisions, critical success factors."""

from __future__ import annotations

from bot.cards import Instant, Line, Mention
from bot.situation import CoverStatus, Incident
from bot.wording.basics import View, counted, counted_by_time, level_value, said
from bot.wording.catalogue import Tongue

Rows = tuple[tuple[str, Line], ...]


def facts(found: Incident, view: View, t: Tongue) -> Rows:
    """Everything that is known of an open incident, short."""
    rows: list[tuple[str, Line]] = [
        (
            t.text("Incident"),
            t.say("{number}, since {at}", number=found.number, at=Instant(found.opened_at, "datetime")),
        ),
        *_level(found, view, t),
        (t.text("Out"), counted_by_time(t, found.out)),
        (t.text("Moving"), counted_by_time(t, found.moving)),
    ]
    if found.rto:
        rows.append((t.text("Recovery time"), _clock(found, t)))
    rows += _cover(found, t)
    rows += _decisions(found, t)
    rows += _factors(found, view, t)
    return tuple(rows)


def _level(found: Incident, view: View, t: Tongue) -> list[tuple[str, Line]]:
    if found.declared is None:
        return []
    name = level_value(t, view.rules, found.declared)
    by = found.declared_by
    rows = [(t.text("Level"), t.say("{level}, declared by {by}", level=name, by=Mention(by)) if by else (name,))]
    if found.note and (reason := view.notes.get(found.note)):
        rows.append((t.text("Reason"), (said(reason),)))
    if found.recommended and found.recommended != found.declared:
        rows.append((t.text("Recommended"), (level_value(t, view.rules, found.recommended),)))
    return rows


def _clock(found: Incident, t: Tongue) -> Line:
    if found.rto is None:
        return t.say("not started")
    match found.rto.state:
        case "running":
            return t.say("until {due}", due=Instant(found.rto.due, "countdown"))
        case "met":
            return t.say("met; it was due at {due}", due=Instant(found.rto.due))
        case "breached":
            return t.say("missed; it was due at {due}", due=Instant(found.rto.due))


def _cover(found: Incident, t: Tongue) -> list[tuple[str, Line]]:
    if not found.seats and not found.covers:
        return []
    rows = [(t.text("Open seats"), t.say("{open} of {seats}", open=found.open_seats, seats=found.seats))]
    shown = (
        (t.text("Offered"), CoverStatus.OFFERED),
        (t.text("Asked"), CoverStatus.ASKED),
        (t.text("Approved"), CoverStatus.APPROVED),
        (t.text("On duty"), CoverStatus.ON_DUTY),
        (t.text("Said no"), CoverStatus.DECLINED),
        (t.text("No answer"), CoverStatus.TIMED_OUT),
        (t.text("Too late"), CoverStatus.LAPSED),
    )
    for label, status in shown:
        if people := found.having(status):
            rows.append((label, counted(t, people)))
    return rows


def _decisions(found: Incident, t: Tongue) -> list[tuple[str, Line]]:
    rows: list[tuple[str, Line]] = []
    if found.acknowledged_by and found.acknowledged_at:
        rows.append((t.text("Acknowledged"), _by(found.acknowledged_by, Instant(found.acknowledged_at))))
    if found.decided_by and found.decided_at:
        rows.append((_decision(found, t), _by(found.decided_by, Instant(found.decided_at))))
    if found.ivr_by:
        rows.append((t.text("IVR routing"), t.say("on, confirmed by {by}", by=Mention(found.ivr_by))))
    return rows


def _decision(found: Incident, t: Tongue) -> str:
    """What the last decision on cover was, as far as the state still shows it."""
    if any(one.status is CoverStatus.DECLINED and one.since == found.decided_at for one in found.covers.values()):
        return t.text("Declined by")
    return t.text("Approved by") if found.covered else t.text("Decided by")


def _by(person: str, at: Instant) -> Line:
    return (Mention(person), " · ", at)


def factor_text(t: Tongue, view: View, found: Incident, factor: str) -> str:
    """The critical success factor as the plan words it; its id if the plan no longer has it."""
    level = view.rules.plan.levels.get(found.factors_level or 0)
    for one in level.factors if level else ():
        if one.id == factor:
            return t.of(one.text)
    return factor


def _factors(found: Incident, view: View, t: Tongue) -> list[tuple[str, Line]]:
    """Numbered, because the buttons name them by number."""
    rows: list[tuple[str, Line]] = []
    for place, (factor, holds) in enumerate(found.factors.items(), start=1):
        text = factor_text(t, view, found, factor)
        answer = t.text("not answered yet") if holds is None else t.text("yes") if holds else t.text("no")
        rows.append((t.text("Check {n}", n=place), t.say("{factor} – {answer}", factor=text, answer=answer)))
    return rows


def summary_facts(found: Incident, view: View, t: Tongue) -> Rows:
    """What is left to say about an incident that is over."""
    closed_at = found.closed_at or view.now
    rows: list[tuple[str, Line]] = [
        (t.text("Incident"), (found.number,)),
        (t.text("From"), (Instant(found.opened_at, "datetime"),)),
        (t.text("Until"), (Instant(closed_at, "datetime"),)),
        (t.text("Duration"), (t.duration(closed_at - found.opened_at),)),
        (t.text("Most out"), (str(found.worst_out),)),
    ]
    if found.worst_level:
        rows.append((t.text("Highest level"), (level_value(t, view.rules, found.worst_level),)))
    rows.append((t.text("Recovery time"), _clock(found, t)))
    if found.closed_by:
        rows.append((t.text("Closed by"), (Mention(found.closed_by),)))
    rows += _factors(found, view, t)
    return tuple(rows)
