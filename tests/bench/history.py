"""Journals as the rules write them: incidents from the first report to the stand-down, one day after another."""

from __future__ import annotations

import random
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from bot.commands import (
    AnswerCover,
    ApproveCover,
    Cause,
    Command,
    ConfirmIvr,
    ConfirmOnDuty,
    ConfirmRestored,
    ReportWorkplace,
    StandDown,
)
from bot.cover import Rulebook
from bot.deadlines import Agenda, fire
from bot.decide import apply, settle
from bot.events import Event
from bot.ports import Batch
from bot.records import to_record
from bot.situation import CoverStatus, Situation
from bot.turn import Rejected, Turn
from store import open_store

START = datetime(2026, 3, 2, 9, tzinfo=UTC)
PROJECTS_A_DAY, OUT_IN_EACH = 25, 12
YES = 0.6  # of those asked
TOGETHER = 1_000  # entries in a commit


class Story:
    """The rules on a clock of their own, keeping every event."""

    def __init__(self, rules: Rulebook) -> None:
        self.rules = rules
        self.now = START
        self.state = Situation()
        self.events: list[Event] = []
        self._agenda = Agenda(self.state)

    def go_on(self, minutes: int, commands: Sequence[Command] = ()) -> None:
        """Time passes, then all these are asked for at once; what the rules refuse has no effect."""
        self.now += timedelta(minutes=minutes)
        turn = Turn(self.state, self.now, self.rules)
        fire(turn, self._agenda.take(turn.state, turn.now))
        for command in commands:
            state, count = turn.state, len(turn.events)
            try:
                apply(turn, command)
            except Rejected:
                turn.state = state
                del turn.events[count:]
        settle(turn, self._agenda)
        self._agenda = Agenda(turn.state)
        self.state = turn.state
        self.events += turn.events

    def covering(self, *statuses: CoverStatus) -> list[tuple[str, str]]:
        """Who stands like this to which project, as (project, person)."""
        incidents = self.state.incidents.items()
        return [(project, person) for project, incident in incidents for person in incident.having(*statuses)]


def outage(rules: Rulebook, people: Sequence[str]) -> list[Event]:
    """All of them report at once that they cannot move."""
    story = Story(rules)
    story.go_on(0, [ReportWorkplace(person, person, Cause.POWER, can_move=False) for person in people])
    return story.events


def history(rules: Rulebook, entries: int, seed: int = 3) -> list[Event]:
    """At least so many entries, of days that all end well."""
    draw, story = random.Random(seed), Story(rules)
    projects = list(rules.company.projects.values())
    while len(story.events) < entries:
        hit = draw.sample(projects, PROJECTS_A_DAY)
        people = [person for project in hit for person in draw.sample(project.agents, OUT_IN_EACH)]
        _day(story, people, draw)
    return story.events


def _day(story: Story, people: Sequence[str], draw: random.Random) -> None:
    reports = [ReportWorkplace(p, p, draw.choice(list(Cause)), draw.choice((True, False, None))) for p in people]
    for first in range(0, len(reports), 50):
        story.go_on(1, reports[first : first + 50])
    for _ in range(2):
        asked = story.covering(CoverStatus.ASKED)
        story.go_on(3, [AnswerCover(person, project, draw.random() < YES) for project, person in asked])
        story.go_on(2, [ApproveCover("nora", project, None) for project in story.state.incidents])
    approved = story.covering(CoverStatus.APPROVED)
    story.go_on(5, [ConfirmOnDuty(person, project) for project, person in approved])
    story.go_on(1, [ConfirmIvr("nora", project) for project in story.state.incidents])
    story.go_on(90, [ConfirmRestored(person, person) for person in people])
    story.go_on(5, [StandDown("nora", project) for project in story.state.incidents])
    story.go_on(60 * 20)


async def append(url: str, events: Sequence[Event]) -> None:
    """Write the events into a fresh store."""
    store = await open_store(url)
    seq = 0
    for first in range(0, len(events), TOGETHER):
        drafts = [to_record(event) for event in events[first : first + TOGETHER]]
        seq = await store.journal.append(Batch(seq, drafts))
    await store.close()
