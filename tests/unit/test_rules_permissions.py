"""Every person × every action × many states: who may is who PLAN §2 says, held against a table written from it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path

import pytest

from bot import commands as cm
from bot.commands import Command
from bot.company import Company, company_from_tables, parse_company
from bot.cover import Rulebook
from bot.data import packaged
from bot.decide import decide
from bot.plan import Plan, parse_plan
from bot.simulation import Simulation
from bot.turn import Rejected

COMPANIES = Path(__file__).parent.parent / "scenario" / "companies"
START = datetime(2026, 3, 2, 9, tzinfo=UTC)
HELP = {"supervisor", "account_manager", "deputy"}
DECIDE = {"account_manager", "deputy", "cmt_lead"}
JUDGE = {"account_manager", "deputy", "cmt_lead", "ert_lead"}

# PLAN §2 "Approving", "Levels", "Agents": the roles that may do it about one project. `release`: the text names the
# Account Manager, the plan file those who approve.
MAY: dict[str, set[str]] = {
    "approve": DECIDE,
    "approve bela": DECIDE,
    "decline": DECIDE,
    "decline berta": DECIDE,
    "release": DECIDE,
    "release nick": DECIDE,
    "declare 1": JUDGE,
    "declare 3": JUDGE,
    "stand_down": JUDGE,
    "ivr_on": {"account_manager", "deputy", "cmt_lead", "it_manager"},
    "report for anna": HELP,
    "can_move for anna": HELP,
    "moved for anna": HELP,
    "restored for anna": HELP,
}
AT_LEVEL_1_ALSO_SUPERVISORS = {"approve", "approve bela", "decline", "decline berta"}
COVER = ("cover_yes", "cover_no", "on_duty")


@cache
def plan() -> Plan:
    """The packaged plan."""
    return parse_plan(packaged("plan.toml"))


def command(action: str, by: str, project: str) -> Command:
    """What the action is when `by` tries it."""
    known: dict[str, Callable[[], Command]] = {
        "approve": lambda: cm.ApproveCover(by, project),
        "approve bela": lambda: cm.ApproveCover(by, project, ("bela",)),
        "decline": lambda: cm.DeclineCover(by, project),
        "decline berta": lambda: cm.DeclineCover(by, project, ("berta",)),
        "release": lambda: cm.ReleaseCover(by, project),
        "release nick": lambda: cm.ReleaseCover(by, project, ("nick",)),
        "declare 1": lambda: cm.DeclareLevel(by, project, 1, "a reason"),
        "declare 3": lambda: cm.DeclareLevel(by, project, 3, "a reason"),
        "stand_down": lambda: cm.StandDown(by, project),
        "ivr_on": lambda: cm.ConfirmIvr(by, project),
        "report for anna": lambda: cm.ReportWorkplace(by, "anna", cm.Cause.FIRE),
        "can_move for anna": lambda: cm.AnswerMove(by, "anna", can_move=False),
        "moved for anna": lambda: cm.ConfirmMoved(by, "anna"),
        "restored for anna": lambda: cm.ConfirmRestored(by, "anna"),
        "acknowledge": lambda: cm.Acknowledge(by, project),
        "cover_yes": lambda: cm.AnswerCover(by, project, yes=True),
        "cover_no": lambda: cm.AnswerCover(by, project, yes=False),
        "on_duty": lambda: cm.ConfirmOnDuty(by, project),
    }
    return known[action]()


def roles(company: Company, person: str, project: str) -> set[str]:
    """What the company file makes of the person, for that project; the holder of a role only, not its deputies."""
    here, everywhere = company.projects[project], company.roles
    found = {
        "account_manager": [here.account_manager],
        "deputy": here.deputies,
        "supervisor": here.supervisors,
        "cmt_lead": everywhere.cmt_lead[:1],
        "it_manager": everywhere.it_manager[:1],
        "ert_lead": everywhere.ert_lead[:1],
    }
    return {role for role, people in found.items() if person in people}


def desk(company: str, *steps: tuple[float, Command]) -> Simulation:
    """The company after these commands, each at its minute."""
    text = (COMPANIES / f"{company}.toml").read_text(encoding="utf-8")
    simulation = Simulation(Rulebook(plan(), parse_company(text)), START)
    for minute, each in steps:
        simulation.advance(START + timedelta(minutes=minute))
        simulation.do(each)
    return simulation


def _out(*people: str) -> list[tuple[float, Command]]:
    return [(0, cm.ReportWorkplace(one, one, None, can_move=False)) for one in people]


def _yes(*people: str) -> list[tuple[float, Command]]:
    return [(1, cm.AnswerCover(one, "acme", yes=True)) for one in people]


def _declared(level: int) -> tuple[float, Command]:
    return (1, cm.DeclareLevel("mia", "acme", level, "a reason"))


OFFERS = (*_out("anna", "adam"), *_yes("berta", "bela", "nick"))
COVERED = (*OFFERS, (2, cm.ApproveCover("mia", "acme", ("berta", "nick"))))
TWO = (*_out("anna", "duo"), *_yes("berta", "bela"))
MOVED = [(4.0, cm.ConfirmMoved(one, one)) for one in ("adam", "anna")]
SCRIPTS: dict[str, tuple[tuple[float, Command], ...]] = {
    "nothing open": (),
    "moving": ((0, cm.ReportWorkplace("anna", "anna", None, can_move=True)),),
    "asked": (*_out("anna"),),
    "offers, level 1": (*OFFERS, _declared(1)),
    "offers, level 2": (*OFFERS, _declared(2)),
    "offers, level 3": (*OFFERS, _declared(3)),
    "offers, level 4": (*OFFERS, _declared(4)),
    "silence": (*_out("anna"), (25, cm.Acknowledge("ivan", "acme"))),
    "covered": COVERED,
    "surplus": (*COVERED, (3, cm.ConfirmOnDuty("nick", "acme")), MOVED[0]),
    "lapsed": (*COVERED, (33, cm.Acknowledge("mia", "acme"))),
    "clear": (*COVERED, *MOVED),
    "two projects": TWO,
    "two projects, level 2": (*TWO, _declared(2)),
    "two projects, late": (*TWO, (12, cm.Acknowledge("mia", "acme"))),
}
EVERY = [(name, project) for name in SCRIPTS for project in ("acme", "lumen") if project == "acme" or "two" in name]


@cache
def state(name: str) -> Simulation:
    """The desk after that script."""
    return desk("pair" if "two" in name else "solo", *SCRIPTS[name])


def accepted(desk: Simulation, each: Command) -> bool:
    """Whether the rules would let it."""
    try:
        decide(desk.state, each, desk.now, desk.rules)
    except Rejected:
        return False
    return True


def who_may(desk: Simulation, action: str, project: str) -> set[str]:
    """Everybody whom the rules would let."""
    return {one for one in desk.rules.company.people if accepted(desk, command(action, one, project))}


@pytest.mark.parametrize(("name", "project"), EVERY)
@pytest.mark.parametrize("action", MAY)
def test_only_the_roles_of_the_plan_may(action: str, name: str, project: str) -> None:
    """Where the Account Manager may, all of the plan's roles may, and nobody else; with nothing to do, nobody may."""
    desk = state(name)
    company, incident = desk.rules.company, desk.state.incident(project)
    about = "acme" if "for anna" in action else project  # anna is an agent there and nowhere else
    allowed = set(MAY[action])
    if action in AT_LEVEL_1_ALSO_SUPERVISORS and incident and incident.declared == 1:
        allowed.add("supervisor")
    entitled = {one for one in company.people if roles(company, one, about) & allowed}
    if "for anna" in action and accepted(desk, command(action, "anna", project)):
        entitled.add("anna")
    manager = company.projects[about].account_manager
    possible = accepted(desk, command(action, manager, project))
    assert who_may(desk, action, project) == (entitled if possible else set())


@pytest.mark.parametrize("action", MAY)
def test_each_action_is_possible_somewhere(action: str) -> None:
    """The table above is about something: in some state the Account Manager may do each of it."""
    assert any(accepted(state(name), command(action, "mia", "acme")) for name in SCRIPTS)


@pytest.mark.parametrize(
    ("name", "project", "contacted"),
    [
        ("nothing open", "acme", ""),
        ("moving", "acme", "mia"),
        ("asked", "acme", "mia"),
        ("offers, level 2", "acme", "mia"),
        ("offers, level 3", "acme", "mia zita"),
        ("offers, level 4", "acme", "mia zita"),
        ("silence", "acme", "mia dan dora zita zoltan ivan"),
        ("covered", "acme", "mia"),
        ("two projects", "acme", "mia"),
        ("two projects", "lumen", "mona"),
        ("two projects, late", "acme", "mia dan zita"),
        ("two projects, late", "lumen", "mona della zita"),
    ],
)
def test_only_those_contacted_may_acknowledge(name: str, project: str, contacted: str) -> None:
    """The Account Manager, whom the first report told, and everybody the ladder or the level has contacted."""
    assert who_may(state(name), "acknowledge", project) == set(contacted.split())


POOLS = "berta bela beata bence nadia nick eli ewa"


@pytest.mark.parametrize(
    ("name", "yes", "no", "on_duty"),
    [
        ("nothing open", "", "", ""),
        ("moving", "", "", ""),
        ("asked", POOLS, "berta bela", ""),
        ("offers, level 1", POOLS, "berta bela beata bence nick", ""),
        ("offers, level 4", POOLS, "berta bela beata bence nick", ""),
        ("covered", "", "berta nick", "berta nick"),
        ("surplus", "", "berta nick", "berta nick"),
        ("clear", "", "berta nick", "berta nick"),
    ],
)
def test_only_cover_speaks_for_itself(name: str, yes: str, no: str, on_duty: str) -> None:
    """Yes: the pools while a seat is open. No: those asked, on offer or approved. On duty: those approved."""
    found = {action: who_may(state(name), action, "acme") for action in COVER}
    expected = dict(zip(COVER, (yes, no, on_duty), strict=True))
    assert found == {action: set(people.split()) for action, people in expected.items()}


def test_nobody_decides_about_their_own_cover() -> None:
    """Whoever may approve may not approve themselves, by name or without; another may."""
    tables = {
        "people": [
            {"id": one, "languages": {"de": "native"}} for one in ("anna", "mia", "dan", "sam", "zita", "ivan", "adam")
        ],
        "projects": [
            {
                "id": "acme",
                "language": "de",
                "country": "DE",
                "timezone": "Europe/Berlin",
                "hours": "24/7",
                "agents": ["anna", "adam"],
                "backups": ["mia", "dan", "sam", "zita"],
                "supervisors": ["sam"],
                "account_manager": "mia",
                "deputies": ["dan"],
            }
        ],
        "roles": {"cmt_lead": ["zita"], "it_manager": ["ivan"]},
    }
    for one in ("mia", "dan", "sam", "zita"):
        desk = Simulation(Rulebook(plan(), company_from_tables(tables)), START)
        desk.do(cm.ReportWorkplace("anna", "anna", None, can_move=False))
        desk.do(cm.AnswerCover(one, "acme", yes=True))
        for named in (None, (one,)):
            may = {by for by in desk.rules.company.people if accepted(desk, cm.ApproveCover(by, "acme", named))}
            assert may == {"mia", "dan", "sam", "zita"} - {one}


def test_enough_combinations_are_tried() -> None:
    """Every person × every action × every state is more than 5,000."""
    assert sum(len(state(name).rules.company.people) for name, _ in EVERY) * len(MAY) >= 5000
