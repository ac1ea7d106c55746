"""Every scenario file beside this one does what it expects, under the packaged plan or the one it names."""

from __future__ import annotations

import json
import re
from datetime import datetime
from pathlib import Path
from textwrap import dedent
from typing import Any

import pytest
import yaml

from adapters.cli import main
from bot.company import Company, company_from_tables, parse_company
from bot.cover import Rulebook
from bot.data import packaged
from bot.faults import InvalidFile
from bot.plan import Plan, parse_plan, plan_from_tables
from bot.rehearsal import Result, rehearse
from bot.scenario import parse_scenario
from bot.situation import Situation
from bot.turn import Rejected

HERE = Path(__file__).parent
FILES = sorted((HERE / "files").glob("*.yaml"))


class _Words(yaml.SafeLoader):
    """YAML in which yes, no, on and off are words, and dates text."""


_Words.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in found if not tag.endswith((":bool", ":timestamp"))]
    for first, found in yaml.SafeLoader.yaml_implicit_resolvers.items()
}
_Words.add_implicit_resolver("tag:yaml.org,2002:bool", re.compile(r"^(?:true|false)$"), list("tf"))


def run(file: Path) -> Result:
    """The scenario in `file`, rehearsed."""
    data: dict[str, Any] = yaml.load(file.read_text(encoding="utf-8"), Loader=_Words)  # noqa: S506 - a safe loader
    rules = Rulebook(_plan(data.get("plan"), file.parent), _company(data["company"], file.parent))
    return rehearse(parse_scenario(data, rules, file.stem), _reason)


def _plan(named: str | dict[str, Any] | None, folder: Path) -> Plan:
    if isinstance(named, dict):
        return plan_from_tables(named)
    return parse_plan((folder / named).read_text(encoding="utf-8") if named else packaged("plan.toml"))


def _company(named: str | dict[str, Any], folder: Path) -> Company:
    if isinstance(named, dict):
        return company_from_tables(named)
    return parse_company((folder / named).read_text(encoding="utf-8"))


def _reason(rejected: Rejected, state: Situation, rules: Rulebook, now: datetime, by: str) -> str:
    return f"{rejected.code} {rejected.data}"


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_scenario(file: Path) -> None:
    """The plan's rule that a scenario shows holds at every step."""
    assert run(file).failures == ()


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_scenario_says_which_rule_it_shows(file: Path) -> None:
    """Every scenario begins with a comment that a person can hold against the plan."""
    assert re.match(r"# \S.{20,}", file.read_text(encoding="utf-8"))


def test_command_line_runs_them_too(capsys: pytest.CaptureFixture[str]) -> None:
    """`backline simulate --json` reads the files as these tests do: a line each, in order, all as expected."""
    files = FILES[::8]
    with pytest.raises(SystemExit) as ended:
        main(["simulate", "--json", *map(str, files)])
    said = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [(one["name"], one["ok"]) for one in said] == [(file.stem, True) for file in files]
    assert ended.value.code in (0, None)


def test_expectation_that_does_not_hold_fails(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A scenario that expects what does not happen fails at that step, here and on the command line."""
    text = (HERE / "files" / "level-1-one-agent-out.yaml").read_text(encoding="utf-8")
    wrong = tmp_path / "wrong.yaml"
    wrong.write_text(text.replace("../companies", str(HERE / "companies")).replace("seats: 1", "seats: 2"), "utf-8")
    assert run(wrong).failures == ("steps[1] at PT0S: acme.seats is 1, expected 2",)
    with pytest.raises(SystemExit) as ended:
        main(["simulate", str(wrong)])
    assert ended.value.code == 1


@pytest.mark.parametrize(
    ("keys", "fault"),
    [
        ("role: boss, people: [mia]", "steps[0].role: 'boss' is no role of the matrix; known are cmt_lead,"),
        ("people: [mia]", "steps[0].role: None is no role of the matrix"),
        ("role: supervisor, people: [sam]", "steps[0].project: supervisor needs its project"),
        ("role: ert, people: [], project: acme", "steps[0].project: ert is the whole company's; leave the project out"),
        ("role: ert", "steps[0].people: is missing"),
        ("role: ert, people: [nobody]", "steps[0].people[0]: 'nobody' is nobody in the company file"),
    ],
)
def test_a_change_of_roles_with_a_fault_is_no_scenario(tmp_path: Path, keys: str, fault: str) -> None:
    """What is wrong with the step is told with its path, before anything runs."""
    company = HERE / "companies" / "pair.toml"
    file = tmp_path / "wrong.yaml"
    step = f"{{at: 0s, do: change_role, by: zita, {keys}}}"
    file.write_text(f"company: {company}\nstart: 2026-03-02T10:00:00+01:00\nsteps:\n  - {step}\n", "utf-8")
    with pytest.raises(InvalidFile) as raised:
        run(file)
    assert str(raised.value).startswith(fault)


@pytest.mark.parametrize(
    ("acknowledge", "failures"),
    [
        ("5m", ()),
        ("3m", ("steps[4] at PT4M59S: olga was told: acknowledge", "steps[5] at PT5M: olga was not told anything")),
    ],
)
def test_how_to_does_what_it_says(tmp_path: Path, acknowledge: str, failures: tuple[str, ...]) -> None:
    """The scenario in "Test a change of the plan" holds on the plan as it is, and fails as told on the changed one."""
    guide = (HERE.parent.parent / "docs" / "how-to" / "test-a-plan-change.md").read_text(encoding="utf-8")
    shown = re.search(r"   ```yaml\n(.*?)   ```", guide, re.DOTALL)
    assert shown
    file = tmp_path / "olga-steps-in.yaml"
    file.write_text(dedent(shown[1]), encoding="utf-8")
    (tmp_path / "company.toml").write_text(packaged("company.toml"), encoding="utf-8")
    plan = packaged("plan.toml").replace('acknowledge_open = "5m"', f'acknowledge_open = "{acknowledge}"')
    (tmp_path / "plan.toml").write_text(plan, encoding="utf-8")
    assert run(file).failures == failures
    assert all(failure in guide for failure in failures)
