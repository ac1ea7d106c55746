"""`backline plan` and `backline company`: what is right, what is faulty, what is written."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.company import parse_company
from bot.data import packaged
from tests.unit.terminal import Run

HINT = "name a file that is there and may be read"


def test_right_files(backline: Run) -> None:
    """The packaged plan and the sample company are right, and the check says what is in them."""
    Path("plan.toml").write_text(packaged("plan.toml"), encoding="utf-8")
    Path("company.toml").write_text(packaged("company.toml"), encoding="utf-8")
    plan, company = backline("plan", "check", "plan.toml"), backline("company", "check", "company.toml")
    assert (plan.code, company.code) == (0, 0)
    assert "Plan 4.0, 4 levels" in plan.out
    assert "4 projects" in company.out


@pytest.mark.parametrize("kind", ["plan", "company"])
@pytest.mark.parametrize(
    ("text", "fault"),
    [("x = 1\n", "{file}: x: unknown key"), ("x = [", "{file}: this is not valid TOML"), ("\udcff", "not UTF-8")],
)
def test_faulty_files(backline: Run, kind: str, text: str, fault: str) -> None:
    """A faulty file ends with 2, every fault on a line with file and path, and nothing on stdout."""
    Path("bad.toml").write_bytes(text.encode("utf-8", "surrogateescape"))
    ran = backline(kind, "check", "bad.toml")
    assert (ran.code, ran.out) == (2, "")
    assert fault.format(file="bad.toml") in ran.err


def test_missing_file(backline: Run) -> None:
    """A file that is not there is named."""
    ran = backline("plan", "check", "nowhere.toml")
    assert (ran.code, ran.err) == (2, f"nowhere.toml: cannot be read: No such file or directory; {HINT}\n")


@pytest.mark.parametrize(("language", "level"), [("en", "Level 4"), ("hu", "Szint 4")])
def test_plan_as_a_person_reads_it(backline: Run, language: str, level: str) -> None:
    """`plan show` has the levels with their times, in the language that was asked for."""
    ran = backline("plan", "show", "--language", language)
    assert ran.code == 0
    assert level in ran.out
    assert "4.0" in ran.out
    assert "50 %, 80 %" in ran.out


def test_import_joins_people_from_csv(backline: Run) -> None:
    """`company import` writes one file with the people of both, which is right and the same company again."""
    Path("company.toml").write_text(packaged("company.toml"), encoding="utf-8")
    Path("more.csv").write_text(
        "id;name;languages;emergency_cover;chat\nzoltan;Zoltán “Zoli”;hu:native en:fluent;igen;teams\n",
        encoding="utf-8",
    )
    ran = backline("company", "import", "company.toml", "more.csv", "--out", "joined.toml")
    assert (ran.code, ran.err) == (0, "")
    text = Path("joined.toml").read_text(encoding="utf-8")
    joined = parse_company(text)
    assert joined.people["zoltan"].emergency_cover
    assert len(joined.people) == len(parse_company(packaged("company.toml")).people) + 1
    rows = [("more.csv", Path("more.csv").read_text(encoding="utf-8"))]
    assert joined.digest == parse_company(packaged("company.toml"), rows).digest
    assert backline("company", "import", "joined.toml").out == text


def test_import_does_not_replace_by_accident(backline: Run) -> None:
    """A file that is there is replaced with `--force` only."""
    Path("company.toml").write_text(packaged("company.toml"), encoding="utf-8")
    Path("out.toml").write_text("mine", encoding="utf-8")
    assert backline("company", "import", "company.toml", "--out", "out.toml").code == 2
    assert Path("out.toml").read_text(encoding="utf-8") == "mine"
    assert backline("company", "import", "company.toml", "--out", "out.toml", "--force").code == 0
    assert parse_company(Path("out.toml").read_text(encoding="utf-8"))


def test_import_of_faulty_people(backline: Run) -> None:
    """A faulty CSV file is told with its line, and nothing is written."""
    Path("company.toml").write_text(packaged("company.toml"), encoding="utf-8")
    Path("more.csv").write_text("id,active\nanna,maybe\n", encoding="utf-8")
    ran = backline("company", "import", "company.toml", "more.csv", "--out", "joined.toml")
    assert ran.code == 2
    assert "more.csv:2.active" in ran.err
    assert "more.csv:2.id" in ran.err
    assert not Path("joined.toml").exists()


@pytest.mark.parametrize("files", [["a.csv"], ["a.toml", "b.toml"], ["a.toml", "b.xlsx"]])
def test_import_wants_one_company_file(backline: Run, files: list[str]) -> None:
    """There must be exactly one company file, and nothing but CSV beside it."""
    assert backline("company", "import", *files).code == 2
