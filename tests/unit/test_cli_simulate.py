"""`backline simulate`: exit codes, faults with their paths, and what is printed."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from bot.data import packaged
from tests.unit.terminal import Run

SCENARIO = """
company: company.toml
start: 2026-03-02T09:00:00Z
steps:
  - {at: 0s, do: report, by: anna, can_move: no}
  - at: 0s
    expect: {projects: {acme-de: {out: 1, declared: %s}}}
"""


@pytest.fixture
def scenarios(backline: Run) -> None:
    """A good, a failing and a faulty scenario beside a company file."""
    Path("company.toml").write_text(packaged("company.toml"), encoding="utf-8")
    Path("good.yaml").write_text(SCENARIO % "1", encoding="utf-8")
    Path("failing.yaml").write_text(SCENARIO % "2", encoding="utf-8")
    Path("faulty.yaml").write_text(SCENARIO.replace("anna", "nobody") % "[", encoding="utf-8")
    Path("wrong.yaml").write_text(SCENARIO.replace("anna", "nobody").replace("0s", "soon") % "1", encoding="utf-8")


@pytest.mark.usefixtures("scenarios")
@pytest.mark.parametrize(
    ("files", "code"),
    [
        (["good"], 0),
        (["failing"], 1),
        (["faulty"], 2),
        (["wrong"], 2),
        (["good", "failing"], 1),
        (["faulty", "failing", "good"], 2),
    ],
)
def test_simulate_exit_codes(backline: Run, files: list[str], code: int) -> None:
    """2 over 1 over 0; a faulty file does not stop the others, and has its line with what is wrong."""
    ran = backline("simulate", *(f"{file}.yaml" for file in files), "--json")
    assert ran.code == code
    results = [json.loads(line) for line in ran.out.splitlines()]
    assert [result["name"] for result in results] == files
    assert all(bool(result["failures"]) is not result["ok"] for result in results)
    assert [result["ok"] for result in results] == [result["name"] == "good" for result in results]


@pytest.mark.usefixtures("scenarios")
def test_simulate_names_every_fault(backline: Run) -> None:
    """All faults of a scenario are told with file and path, also those beside a faulty company."""
    wrong = Path("wrong.yaml").read_text(encoding="utf-8")
    Path("both.yaml").write_text(wrong.replace("company.toml", "nowhere.toml"), encoding="utf-8")
    err = backline("simulate", "wrong.yaml", "both.yaml").err
    for path in ("wrong.yaml: steps[0].by", "wrong.yaml: steps[0].at", "nowhere.toml", "both.yaml: steps[0].at"):
        assert path in err


@pytest.mark.usefixtures("scenarios")
def test_simulate_for_people(backline: Run) -> None:
    """Without `--json` there is a line a file, what failed, and how it ended."""
    out = backline("simulate", "good.yaml", "failing.yaml").out
    assert "ok      good.yaml" in out
    assert "FAILED  failing.yaml" in out
    assert "acme-de.declared is 1, expected 2" in out
    assert "running" in out


@pytest.mark.usefixtures("scenarios")
def test_simulate_with_another_plan(backline: Run) -> None:
    """`--plan` tries another plan without touching the files."""
    Path("plan.toml").write_text(packaged("plan.toml").replace('"4.0"', '"4.1"', 1), encoding="utf-8")
    ran = backline("simulate", "good.yaml", "--plan", "plan.toml", "--json")
    assert ran.code == 2
    assert "plan.toml: document.changes" in ran.err
    changed = packaged("plan.toml").replace('"4.0"', '"5.0"')
    Path("plan.toml").write_text(changed, encoding="utf-8")
    ran = backline("simulate", "good.yaml", "--plan", "plan.toml", "--json")
    assert ran.code == 0
    assert "plan 5.0" in ran.out


def test_simulate_takes_inline_tables_and_plain_words(backline: Run) -> None:
    """Company and plan may be tables in the file; yes and no are words, true and false are not, dates are dates."""
    Path("inline.yaml").write_text(
        """
start: 2026-03-02T09:00:00Z
company:
  people:
    - {id: no, languages: {de: native}}
    - {id: nora, emergency_cover: true}
  projects:
    - {id: acme, language: de, country: DE, timezone: Europe/Berlin, hours: 24/7, account_manager: nora, agents: [no]}
  roles: {cmt_lead: [nora], it_manager: [nora]}
steps:
  - {at: 0s, do: report, by: no, can_move: no}
  - {at: 0s, expect: {projects: {acme: {out: 1}}, told: [nora]}}
""",
        encoding="utf-8",
    )
    ran = backline("simulate", "inline.yaml")
    assert (ran.code, ran.err) == (0, "")


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("a: [", "this is not valid YAML: line"),
        ("start: x\nstart: y\n", '"start" stands here twice'),
        ("- 1\n", "company: name a file"),
        ("company: nowhere.toml\n", "nowhere.toml: cannot be read"),
        ("company: {people: []}\nsteps: []\n", "company.projects"),
    ],
)
def test_simulate_faulty_yaml(backline: Run, text: str, fault: str) -> None:
    """What is wrong with a scenario file is told with where it is."""
    Path("bad.yaml").write_text(text, encoding="utf-8")
    ran = backline("simulate", "bad.yaml")
    assert ran.code == 2
    assert fault in ran.err
