"""Random small companies and random goings-on: what must hold after every step, whatever happened before."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any, TypeVar

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot import commands as cm
from bot import events as ev
from bot.board import tallies
from bot.commands import Command
from bot.company import Company, company_from_tables
from bot.cover import Rulebook
from bot.data import packaged
from bot.deadlines import Agenda
from bot.fold import fold
from bot.live_cards import ROOM
from bot.plan import Plan, parse_plan
from bot.records import from_record, to_record
from bot.simulation import Simulation
from bot.situation import CoverStatus
from bot.turn import Rejected, Turn
from tests.unit import oracle

START = datetime(2026, 3, 2, 18, 40, tzinfo=UTC)  # a Monday, 20 minutes before the projects close
SPENT = (CoverStatus.DECLINED, CoverStatus.TIMED_OUT, CoverStatus.LAPSED)
STAFF = ("mia", "dan", "sam", "zita", "ivan", "rolf")
CREW = ("ada", "ben", "cid", "dee", "eva", "fay", "gil", "hal", "ida")
DELAYS = (0, 0, 0, 1, 59, 60, 60, 299, 300, 1500)  # seconds
FIXED = settings(
    derandomize=True, report_multiple_bugs=False, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
T = TypeVar("T")


@cache
def plan() -> Plan:
    """The packaged plan."""
    return parse_plan(packaged("plan.toml"))


@st.composite
def companies(draw: st.DrawFn) -> Company:
    """Two or three projects, nine people of any language and place who may be agents and backups of any of them."""
    names = ("acme", "beta", "core")[: draw(st.integers(2, 3))]
    fluency = st.sampled_from(["native", "native", "fluent"])
    tongues = st.sampled_from(["de", "de", "hu", "en"])
    crew = [
        {
            "id": person,
            "languages": draw(st.dictionaries(tongues, fluency, min_size=1, max_size=3)),
            "emergency_cover": draw(st.booleans()),
            "active": draw(st.integers(0, 11)) != 7,
            **({"location": place} if (place := draw(st.sampled_from(["gyor", "wien", "oslo", None]))) else {}),
        }
        for person in CREW
    ]
    projects = [
        {
            "id": name,
            "language": draw(tongues),
            "country": "DE",
            "timezone": "Europe/Berlin",
            "hours": "Mo-Fr 08:00-20:00",
            "priority": draw(st.integers(1, 3)),
            "agents": draw(st.lists(st.sampled_from(CREW[:6]), min_size=1, max_size=3, unique=True)),
            "backups": draw(st.lists(st.sampled_from(CREW[2:]), min_size=1, max_size=4, unique=True)),
            "supervisors": ["sam"],
            "account_manager": "mia",
            "deputies": ["dan"],
        }
        for name in names
    ]
    roles = {"cmt_lead": ["zita"], "it_manager": ["ivan"], "ert_lead": ["rolf"]}
    return company_from_tables(
        {"people": [*crew, *({"id": one} for one in STAFF)], "projects": projects, "roles": roles}
    )


Throw = tuple[int, int, int, int]  # a delay, an action, and two choices among what the action could be about
throws = st.lists(
    st.tuples(st.sampled_from(DELAYS), st.integers(0, 25), st.integers(0, 8), st.integers(0, 8)),
    min_size=15,
    max_size=25,
)


class Walk(Simulation):
    """A simulation that keeps its events and, beside it, the oracle's own record of the reports."""

    def __init__(self, company: Company) -> None:
        super().__init__(Rulebook(plan(), company), START)
        self.events: list[ev.Event] = []
        self.reports = oracle.Reports()
        self.last: list[ev.Event] = []

    def _finish(self, turn: Turn) -> None:
        super()._finish(turn)
        self.last = turn.events
        self.events += turn.events

    def try_to(self, command: Command) -> bool:
        """Whether the rules let it."""
        try:
            self.do(command)
        except Rejected:
            return False
        match command:
            case cm.ReportWorkplace():
                self.reports.report(command.person, self.now, command.can_move)
            case cm.AnswerMove():
                self.reports.answer(command.person, command.can_move)
            case cm.ConfirmMoved() | cm.ConfirmRestored():
                self.reports.clear(command.person)
            case _:
                pass
        return True

    def command(self, action: int, i: int, j: int) -> Command:
        """What the throw means here: likely people first, so that most throws do something."""
        company = self.rules.company
        project = _pick(sorted(self.state.incidents) or sorted(company.projects), j)
        incident = self.state.incident(project)
        covers = incident.covers if incident else {}

        def one(*statuses: CoverStatus) -> str:
            found = sorted(person for person, cover in covers.items() if cover.status in statuses)
            return _pick(found or CREW, i)

        reported = _pick(sorted(self.state.workplaces) or CREW, i)
        boss = _pick(("mia", "mia", "dan", "zita", "sam", "ivan", "rolf"), i)
        match action:
            case 0 | 1 | 2 | 3:
                return cm.ReportWorkplace(CREW[i], CREW[i], None, _pick((False, False, None, True), j))
            case 4:
                return cm.AnswerMove(reported, reported, j % 2 == 0)
            case 5:
                return cm.ConfirmMoved("sam", reported)
            case 6:
                return cm.ConfirmRestored(reported, reported)
            case 7 | 8 | 9:
                return cm.AnswerCover(one(CoverStatus.ASKED), project, yes=True)
            case 10:
                return cm.AnswerCover(CREW[i], project, yes=j % 2 == 0)
            case 11:
                return cm.AnswerCover(one(*CoverStatus), project, yes=False)
            case 12 | 13:
                return cm.ApproveCover(boss, project, None if j % 3 else (one(CoverStatus.OFFERED),))
            case 14:
                return cm.DeclineCover(boss, project, None if j % 2 else (one(CoverStatus.OFFERED),))
            case 15:
                return cm.ConfirmOnDuty(one(CoverStatus.APPROVED, CoverStatus.LAPSED), project)
            case 16:
                people = None if j % 2 else (one(CoverStatus.APPROVED, CoverStatus.ON_DUTY),)
                return cm.ReleaseCover(boss, project, people)
            case 17:
                return cm.DeclareLevel(boss, project, 1 + j % 4, "because")
            case 18:
                return cm.Acknowledge(boss, project) if j % 2 else cm.ConfirmIvr(boss, project)
            case 19:
                return cm.StandDown(boss, project)
            case _:
                return self.onward(project, i)

    def onward(self, project: str, i: int) -> Command:
        """The next good step: on duty, else approve, else offer, else another agent out."""
        incident = self.state.incident(project)
        for status in (CoverStatus.APPROVED, CoverStatus.OFFERED, CoverStatus.ASKED):
            if incident and (found := sorted(incident.having(status))):
                person = _pick(found, i)
                match status:
                    case CoverStatus.APPROVED:
                        return cm.ConfirmOnDuty(person, project)
                    case CoverStatus.OFFERED:
                        return cm.ApproveCover("mia", project)
                    case _:
                        return cm.AnswerCover(person, project, yes=True)
        agent = _pick(self.rules.company.projects[project].agents, i)
        return cm.ReportWorkplace(agent, agent, None, can_move=False)


def _pick(among: Sequence[T], place: int) -> T:
    return among[place % len(among)]


def stroll(company: Company, thrown: Sequence[Throw]) -> Iterator[tuple[Walk, Command | None]]:
    """The walk after each step, with the command that was carried out, None when it was the clock or a refusal."""
    walk = Walk(company)
    for delay, action, i, j in thrown:
        before = len(walk.events)
        walk.advance(walk.now + timedelta(seconds=delay))
        if len(walk.events) > before:
            yield walk, None
        command = walk.command(action, i, j)
        yield walk, command if walk.try_to(command) else None


@given(companies(), throws)
@settings(FIXED, max_examples=100)
def test_levels_and_pools_are_those_of_the_oracle(company: Company, thrown: list[Throw]) -> None:
    """Tally, pools, allocation and recommended level are, after every step, what the plan's text says."""
    for walk, _ in stroll(company, thrown):
        covered: dict[str, dict[str, int]] = {}
        spent: dict[str, set[str]] = {}
        for name, incident in walk.state.incidents.items():
            covered[name] = {one: incident.covers[one].pool for one in incident.covered}
            spent[name] = set(incident.having(*SPENT))
        expected = oracle.tallies(company, walk.reports, walk.now, covered, spent)
        for name, found in tallies(walk.state, walk.rules, walk.now).items():
            share = found.allocation
            assert expected[name] == oracle.Tally(
                found.moving,
                found.out,
                tuple(found.pools.values()),  # type: ignore[arg-type]
                (share.native, share.non_native, share.english, share.unfilled),
                found.recommended,
            )
            known = walk.state.incident(name)
            assert (known.recommended if known else None) == found.recommended


@given(companies(), throws)
@settings(FIXED, max_examples=50)
def test_journal_tells_the_whole_state(company: Company, thrown: list[Throw]) -> None:
    """The events, written as records and read again, fold to the state; an agenda made of it has the same next due."""
    walk = Walk(company)
    for walk, _ in stroll(company, thrown):
        assert Agenda(walk.state).next_due(walk.state) == walk._agenda.next_due(walk.state)
    read = [from_record(to_record(event)) for event in walk.events]
    assert read == walk.events
    assert fold(read) == walk.state


@given(companies(), throws)
@settings(FIXED, max_examples=50)
def test_nobody_is_in_two_places(company: Company, thrown: list[Throw]) -> None:
    """Nobody covers two seats, or their own project, or while their own workplace is unusable; none is asked twice."""
    for walk, _ in stroll(company, thrown):
        incidents = walk.state.incidents.values()
        busy = [one for incident in incidents for one in incident.covered]
        asked = [one for incident in incidents for one in incident.having(CoverStatus.ASKED)]
        waiting = [one for incident in incidents for one in incident.having(CoverStatus.OFFERED)]
        assert len(busy) == len(set(busy))
        assert len(asked) == len(set(asked))
        assert not set(busy) & {*asked, *waiting}
        assert not {*busy, *asked, *waiting} & set(walk.state.workplaces)
        for incident in incidents:
            assert not set(incident.covers) & set(company.projects[incident.project].agents)
            assert incident.open_seats or not incident.having(CoverStatus.ASKED, CoverStatus.OFFERED)


@given(companies(), throws)
@settings(FIXED, max_examples=50)
def test_enough_are_asked(company: Company, thrown: list[Throw]) -> None:
    """While a seat is open twice as many are asked or on offer, or nobody of the best pool is left to ask."""
    for walk, _ in stroll(company, thrown):
        for name, incident in walk.state.incidents.items():
            places = {company.people[one].location for one in incident.out}
            pools = {one: oracle.pool_of(company, name, one, places) for one in company.people}
            waiting = [one for one in incident.having(CoverStatus.ASKED, CoverStatus.OFFERED) if pools[one]]
            if len(waiting) < 2 * incident.open_seats:
                busy = {*walk.state.workplaces, *walk.state.engaged, *walk.state.pending, *incident.covers}
                assert not [one for one, pool in pools.items() if pool == oracle.NATIVE and one not in busy]
        asked = [event for event in walk.last if isinstance(event, ev.CoverAsked)]
        assert all(event.due == event.at + timedelta(minutes=5) for event in asked)


@given(companies(), throws)
@settings(FIXED, max_examples=50)
def test_level_falls_by_a_persons_word_only(company: Company, thrown: list[Throw]) -> None:
    """The declared level never falls by itself, and is never below a recommended level that has just risen."""
    declared: dict[str, int] = {}
    recommended: dict[str, int] = {}
    for walk, command in stroll(company, thrown):
        by_hand = command.project if isinstance(command, cm.DeclareLevel | cm.StandDown) else None
        for name in company.projects:
            incident = walk.state.incident(name)
            now = (incident.declared or 0, incident.recommended or 0) if incident else (0, 0)
            if name != by_hand:
                assert now[0] >= declared.get(name, 0)
                assert now[0] >= now[1] or now[1] <= recommended.get(name, 0)
            declared[name], recommended[name] = now


@given(companies(), throws)
@settings(FIXED, max_examples=50)
def test_repeats_are_silent(company: Company, thrown: list[Throw]) -> None:
    """The clock a second time at one instant, and the same report a second time, bring no event and no notice."""
    for walk, command in stroll(company, thrown):
        said = (len(walk.events), len(walk.notices))
        walk.advance(walk.now)
        if isinstance(command, cm.ReportWorkplace):
            walk.do(command)
        assert (len(walk.events), len(walk.notices)) == said


@given(companies(), throws, st.integers(0, 25), st.integers(0, 8), st.integers(0, 8))
@settings(FIXED, max_examples=50)
def test_refusal_changes_nothing(company: Company, thrown: list[Throw], action: int, i: int, j: int) -> None:
    """What the rules refuse leaves state, notices and deadlines as they were."""
    for walk, _ in stroll(company, thrown):
        before = (walk.state, len(walk.events), len(walk.notices), walk._agenda.next_due(walk.state))
        if not walk.try_to(walk.command(action, i, j)):
            assert walk.state == before[0]
            assert (len(walk.events), len(walk.notices)) == before[1:3]
            assert walk._agenda.next_due(walk.state) == before[3]


@given(companies(), throws)
@settings(FIXED, max_examples=50)
def test_notices_go_to_people_of_the_company(company: Company, thrown: list[Throw]) -> None:
    """Whoever is told anything is an active person of the company file, or somebody who reported."""
    walk = Walk(company)
    for walk, _ in stroll(company, thrown):  # noqa: B007 - the last one is looked at below
        pass
    for notice in walk.notices:
        if notice.to.startswith(ROOM):
            assert notice.kind in {"room_opened", "timeline"}
            continue
        assert notice.to in company.people
        assert company.people[notice.to].active or notice.kind == "report_received"


@given(
    companies(),
    st.permutations(CREW[:5]),
    st.permutations(CREW[:5]),
    st.lists(st.booleans() | st.none(), min_size=5, max_size=5),
)
@settings(FIXED, max_examples=60)
def test_order_of_reports_does_not_matter(
    company: Company, first: list[str], second: list[str], answers: list[bool | None]
) -> None:
    """Whoever of those who report at one instant is heard first: the tally is the same."""
    said = dict(zip(CREW[:5], answers, strict=True))
    found: list[list[Any]] = []
    for order in (first, second):
        walk = Walk(company)
        for person in order:
            walk.do(cm.ReportWorkplace(person, person, None, said[person]))
        found.append(_counts(walk))
    assert found[0] == found[1]


def _counts(walk: Walk) -> list[tuple[Any, ...]]:
    return [
        (name, tally.moving, tally.out, tally.recommended, dict(tally.pools), tally.allocation)
        for name, tally in tallies(walk.state, walk.rules, walk.now).items()
    ]
