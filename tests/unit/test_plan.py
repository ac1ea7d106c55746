"""The plan file: the packaged plan's figures, and every fault a plan can have, with its place."""

from __future__ import annotations

import tomllib
from datetime import date, timedelta
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.allocation import Pool
from bot.company import Role
from bot.data import packaged
from bot.faults import Fault, InvalidFile
from bot.plan import Plan, parse_plan, plan_from_tables
from bot.tables import parse_duration

AM, DEPUTY, SUPERVISOR = Role.ACCOUNT_MANAGER, Role.DEPUTY, Role.SUPERVISOR
CMT, CMT_DEPUTY, IT, ERT_LEAD = Role.CMT_LEAD, Role.CMT_LEAD_DEPUTY, Role.IT_MANAGER, Role.ERT_LEAD


def minutes(count: int) -> timedelta:
    """That many minutes."""
    return timedelta(minutes=count)


def tables() -> dict[str, Any]:
    """The packaged plan as tables, each time anew; each test spoils its own copy."""
    return tomllib.loads(packaged("plan.toml"))


def spoil(raw: dict[str, Any], path: str, value: object) -> dict[str, Any]:
    """`raw` with `value` at `path`, steps separated by dots, places in lists as numbers; `...` deletes."""
    *way, last = path.split(".")
    found: Any = raw
    for step in way:
        found = found[int(step) if isinstance(found, list) else step]
    place: Any = int(last) if isinstance(found, list) else last
    if value is ...:
        del found[place]
    else:
        found[place] = value
    return raw


def faults_of(raw: dict[str, Any]) -> list[Fault]:
    """What is wrong with these tables."""
    with pytest.raises(InvalidFile) as caught:
        plan_from_tables(raw)
    return list(caught.value.faults)


@pytest.fixture(scope="module")
def plan() -> Plan:
    """The plan that comes with the package."""
    return parse_plan(packaged("plan.toml"))


def test_the_packaged_timings_are_the_plans(plan: Plan) -> None:
    """The times people have are those of the plan's section 3."""
    assert plan.version == "4.0"
    assert plan.timings.move == plan.timings.on_duty == minutes(30)
    assert plan.timings.move_answer == plan.timings.cover_answer == plan.timings.acknowledge_open == minutes(5)
    assert plan.timings.acknowledge_closed == minutes(15)
    assert (plan.ask_ratio, plan.rto_warnings) == (Fraction(2), (50, 80))
    assert plan.document.test_every == plan.document.review_every == timedelta(days=365)


def test_the_packaged_levels_are_the_plans(plan: Plan) -> None:
    """Four levels, three pools and the last without one, half an hour thrice and eight hours."""
    assert [(level.number, level.pool, level.rto) for level in plan.levels.values()] == [
        (1, Pool.NATIVE, minutes(30)),
        (2, Pool.NON_NATIVE, minutes(30)),
        (3, Pool.ENGLISH, minutes(30)),
        (4, None, timedelta(hours=8)),
    ]
    assert [level.tell for level in plan.levels.values()] == [
        (AM, SUPERVISOR),
        (AM, SUPERVISOR),
        (AM, SUPERVISOR, CMT),
        (AM, SUPERVISOR, CMT, IT),
    ]
    assert [level.contact for level in plan.levels.values()] == [(), (), (CMT,), (CMT,)]
    assert [set(level.approve) for level in plan.levels.values()] == [{SUPERVISOR}, set(), set(), set()]
    assert [level.ivr for level in plan.levels.values()] == [False, False, False, True]
    assert [[factor.id for factor in level.factors] for level in plan.levels.values()] == [
        ["calls-arrive", "native-language"],
        ["calls-arrive", "project-language"],
        ["calls-arrive", "english"],
        ["calls-arrive", "voicemail"],
    ]


def test_the_packaged_texts_are_there_in_both_languages(plan: Plan) -> None:
    """Title, conditions, responses and success factors can be read in English and in Hungarian."""
    texts = [plan.title]
    for level in plan.levels.values():
        texts += [level.condition, level.response, *(factor.text for factor in level.factors)]
    assert all(set(text) == {"en", "hu"} and text["en"] != text["hu"] for text in texts)


def test_the_packaged_scope_ladder_and_permissions_are_the_plans(plan: Plan) -> None:
    """Who hears of a wide event, who is contacted next, and who may do what, are as the plan says."""
    scope = plan.scope
    assert (scope.several_people, scope.several_projects, scope.most_projects) == (2, 2, 2)
    assert (scope.most_share, scope.tell) == (Fraction(1, 2), (CMT,))
    assert (plan.ladder.rungs, plan.ladder.rounds) == ((AM, DEPUTY, CMT, CMT_DEPUTY, IT), 3)
    assert plan.permissions == {
        "report_for": {SUPERVISOR, AM, DEPUTY},
        "approve": {AM, DEPUTY, CMT},
        "release": {AM, DEPUTY, CMT},
        "declare": {AM, DEPUTY, ERT_LEAD, CMT},
        "stand_down": {AM, DEPUTY, ERT_LEAD, CMT},
        "ivr": {AM, DEPUTY, CMT, IT},
        "factor": {AM, DEPUTY, CMT},
        "roles": {CMT, IT},
    }


def test_the_packaged_plan_is_a_controlled_document(plan: Plan) -> None:
    """The plan says who prepared and approved it, and what its version changed."""
    assert (plan.document.prepared_by, plan.document.approved_by) == ("IT manager", "CMT lead")
    assert [(change.version, change.date) for change in plan.document.changes] == [("4.0", date(2026, 1, 15))]


def test_the_digest_is_of_the_content(plan: Plan) -> None:
    """Comments and the order of tables change no digest; a second more to move does."""
    raw = tables()
    assert plan_from_tables(dict(reversed(raw.items()))).digest == plan.digest
    assert parse_plan("# mine\n" + packaged("plan.toml").replace('"30m"  ', '"1800s"')).digest == plan.digest
    assert plan_from_tables(spoil(raw, "timings.move", "30m1s")).digest != plan.digest


def test_numbers_are_taken_as_they_were_written() -> None:
    """A share or ratio with decimals is exact, not the nearest binary fraction."""
    raw = spoil(spoil(tables(), "scope.most_share", 0.6), "cover.ask_ratio", 1.1)
    changed = plan_from_tables(raw)
    assert (changed.scope.most_share, changed.ask_ratio) == (Fraction(3, 5), Fraction(11, 10))


def test_another_language_may_be_added() -> None:
    """Texts in further languages are kept beside the two that are needed."""
    changed = plan_from_tables(spoil(tables(), "title.de", "Notfallplan"))
    assert changed.title["de"] == "Notfallplan"


@pytest.mark.parametrize(
    ("at", "value", "path", "part"),
    [
        ("version", 4.0, "version", "text in quotes"),
        ("version", "four", "version", 'write like "4.0"'),
        ("version", "4.1", "document.changes", "end with version 4.0"),
        ("title.hu", ..., "title.hu", "is missing"),
        ("title", "Plan", "title", "must be a table"),
        ("title.hungarian", "Terv", "title.hungarian", "two lower-case letters"),
        ("document.prepared_by", ..., "document.prepared_by", "is missing"),
        ("document.changes.0.date", "2026-01-15", "document.changes[0].date", "without quotes"),
        ("document.changes.0.autor", "IT", "document.changes[0].autor", 'Did you mean "author"?'),
        ("document.reviews", [{"date": date(2026, 2, 1)}], "document.reviews[0].reviewer", "is missing"),
        ("timings.move", ..., "timings.move", "is missing"),
        ("timings.move", 30, "timings.move", "text in quotes"),
        ("timings.move", "30", "timings.move", "not a duration"),
        ("timings.move", "30 min", "timings.move", "not a duration"),
        ("timings.move", "-5m", "timings.move", "not a duration"),
        ("timings.on_duty", "0m", "timings.on_duty", "more than 0"),
        ("timings.ondutty", "5m", "timings.ondutty", 'Did you mean "on_duty"?'),
        ("cover.ask_ratio", 0.5, "cover.ask_ratio", "1 or more"),
        ("cover.ask_ratio", float("inf"), "cover.ask_ratio", "1 or more"),
        ("cover.ask_ratio", float("nan"), "cover.ask_ratio", "1 or more"),
        ("cover.ask_ratio", True, "cover.ask_ratio", "1 or more"),
        ("rto.warnings", [80, 50], "rto.warnings[1]", "from small to great"),
        ("rto.warnings", [50, 50], "rto.warnings[1]", "from small to great"),
        ("rto.warnings", [0], "rto.warnings[0]", "from 1 to 99"),
        ("rto.warnings", [100], "rto.warnings[0]", "from 1 to 99"),
        ("rto.warnings", [0.5], "rto.warnings[0]", "from 1 to 99"),
        ("rto.warnings", 50, "rto.warnings", "list of percentages"),
        ("levels", ..., "levels", "is missing"),
        ("levels.3", ..., "levels", "must be [1, 2, 3, 4]"),
        ("levels.0.number", 2, "levels", "numbered [2, 2, 3, 4]"),
        ("levels.0.number", "1", "levels[0].number", "whole number"),
        ("levels.0.pool", "english", "levels[0].pool", 'must be "native" at level 1'),
        ("levels.1.pool", ..., "levels[1].pool", 'write pool = "non_native"'),
        ("levels.3.pool", "english", "levels[3].pool", "has no pool"),
        ("levels.2.rto", "soon", "levels[2].rto", "not a duration"),
        ("levels.2.condition.en", "", "levels[2].condition.en", "is empty"),
        ("levels.2.response", ..., "levels[2].response", "is missing"),
        ("levels.2.factors", [], "levels[2].factors", "at least one"),
        ("levels.2.factors.1.id", "calls-arrive", "levels[2].factors[1].id", "must be different"),
        ("levels.2.factors.1.id", "English!", "levels[2].factors[1].id", "lower-case"),
        ("levels.2.factors.1.text.hu", ..., "levels[2].factors[1].text.hu", "is missing"),
        ("levels.2.tell", ["cmt"], "levels[2].tell[0]", "no role"),
        ("levels.2.contact", ["cmt-lead"], "levels[2].contact[0]", 'Did you mean "cmt_lead"?'),
        ("levels.2.approve", "supervisor", "levels[2].approve", "must be a list"),
        ("levels.3.ivr", "yes", "levels[3].ivr", "true or false"),
        ("scope.several_people", 0, "scope.several_people", "1 or more"),
        ("scope.most_share", 50, "scope.most_share", "below 1"),
        ("scope.most_share", "half", "scope.most_share", "must be a number"),
        ("scope.tell", [], "scope.tell", "nobody is named"),
        ("ladder.rungs", ..., "ladder.rungs", "nobody is named"),
        ("ladder.rungs.1", "account_manager", "ladder.rungs[1]", "twice"),
        ("ladder.rounds", 0, "ladder.rounds", "1 or more"),
        ("permissions.ivr", ..., "permissions.ivr", "nobody is named"),
        ("permissions.aprove", ["cmt_lead"], "permissions.aprove", 'Did you mean "approve"?'),
        ("permissions", ..., "permissions", "is missing"),
        ("tmings", {}, "tmings", 'Did you mean "timings"?'),
    ],
)
def test_a_faulty_value_is_named_by_its_path(at: str, value: object, path: str, part: str) -> None:
    """One wrong value gives a fault at exactly its place that says what to write."""
    found = [fault for fault in faults_of(spoil(tables(), at, value)) if fault.path == path]
    assert [part in fault.message for fault in found] == [True]


def test_every_fault_is_told_at_once() -> None:
    """Faults in several places of a plan come together."""
    raw = spoil(spoil(spoil(tables(), "timings.move", "x"), "levels.3.rto", "y"), "ladder.rounds", 0)
    assert [fault.path for fault in faults_of(raw)] == ["timings.move", "levels[3].rto", "ladder.rounds"]


def test_an_empty_plan_misses_every_table() -> None:
    """An empty file is no plan; each table it lacks is a fault, but what would be inside is none."""
    top = ["version", "title", "document", "timings", "cover", "rto", "levels", "scope", "ladder", "permissions"]
    with pytest.raises(InvalidFile) as caught:
        parse_plan("")
    assert sorted(fault.path for fault in caught.value.faults) == sorted(top)


@pytest.mark.parametrize(
    ("text", "expected"),
    [("90s", 90), ("30m", 1800), ("8h", 28800), ("1h30m", 5400), ("1d1s", 86401), ("0s", 0)],
)
def test_durations_are_read_in_the_usual_units(text: str, expected: int) -> None:
    """Days, hours, minutes and seconds, from great to small."""
    assert parse_duration(text) == timedelta(seconds=expected)


@pytest.mark.parametrize("text", ["", "m", "30", "30 m", "30m1h", "1.5h", "PT30M", "-1m", "9999999s"])
def test_other_durations_are_none(text: str) -> None:
    """What is not a number with its unit is no duration."""
    assert parse_duration(text) is None


_PLACES = [
    "version",
    "title",
    "document.changes",
    "timings.move",
    "cover",
    "rto.warnings",
    "levels.0",
    "levels.1.factors",
]
_PLACES += ["levels.2.tell", "levels.3.pool", "scope.most_share", "ladder.rungs", "permissions.ivr", "levels.0.number"]
_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8) | st.sampled_from(["5m", "cmt_lead"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)


@settings(max_examples=300, deadline=None)
@given(st.sampled_from(_PLACES), _VALUES)
def test_nothing_in_a_table_breaks_the_reading(at: str, value: object) -> None:
    """Whatever stands where another value belongs, the plan is taken or its faults are told."""
    try:
        plan_from_tables(spoil(tables(), at, value))
    except InvalidFile as invalid:
        assert invalid.faults  # noqa: PT017 - either way is fine, but faults must be told
