"""`backline company`."""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

from adapters.commands.terminal import say
from adapters.files import read_company
from adapters.problem import Problem
from bot.company import Company, Person, Project, System


def check(file: Path) -> None:
    """Say that a company file is right, or raise `Problem` with every fault."""
    say(f"{file}: right. {_summary(read_company(file))}")


def join(files: Sequence[Path], out: Path | None, *, replace: bool) -> None:
    """Write one checked company file from one TOML file and any number of CSV files. Raises `Problem`."""
    tables = [file for file in files if file.suffix.lower() == ".toml"]
    people = [file for file in files if file.suffix.lower() == ".csv"]
    if strange := [str(file) for file in files if file not in tables + people]:
        raise Problem(f"{', '.join(strange)}: neither .toml nor .csv; name one company file and CSV files with people")
    if len(tables) != 1:
        named = f"{len(tables)} company files (.toml) were" if tables else "no company file (.toml) was"
        raise Problem(f"{named} named; name just one, the CSV files add people to it")
    if out is not None and out.exists() and not replace:
        raise Problem(f"{out}: is there already; choose another name, or say --force to replace it")
    company = read_company(tables[0], people)
    text = "\n".join(as_toml(company)) + "\n"
    if out is None:
        say(text.rstrip("\n"))
        return
    _write(out, text)
    say(f"{out}: written. {_summary(company)}")


def _summary(company: Company) -> str:
    active = sum(person.active for person in company.people.values())
    return (
        f"{len(company.people)} people ({active} active), {len(company.all_agents)} agents, "
        f"{len(company.projects)} projects, {len(company.systems)} systems"
    )


def _write(path: Path, text: str) -> None:
    """All of it or nothing: a half-written company file must never be read."""
    try:
        with tempfile.NamedTemporaryFile(
            "w", dir=path.parent, prefix=f".{path.name}.", encoding="utf-8", delete=False
        ) as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        Path(file.name).chmod(0o644)
        Path(file.name).replace(path)
    except OSError as error:
        raise Problem(f"{path}: cannot be written: {error.strerror}") from error


def as_toml(company: Company) -> Iterator[str]:
    """The lines of a company file that `parse_company` reads as the same company."""
    yield "# Written by `backline company import`; docs/reference/company-file.md has the meaning of every key."
    for person in company.people.values():
        yield from _table("people", _person(person))
    for project in company.projects.values():
        yield from _table("projects", _project(project))
    for system in company.systems.values():
        yield from _table("systems", _system(system))
    roles = company.roles
    named = {"cmt_lead": roles.cmt_lead, "it_manager": roles.it_manager, "ert_lead": roles.ert_lead, "ert": roles.ert}
    yield from ("", "[roles]", *_pairs(named))


def _person(person: Person) -> dict[str, object]:
    return {
        "id": person.id,
        "name": person.name,
        "email": person.email,
        "location": person.location,
        "languages": {language: str(fluency) for language, fluency in person.languages.items()},
        "emergency_cover": person.emergency_cover or None,
        "locale": person.locale,
        "timezone": person.timezone,
        "chat": person.chat,
        "active": None if person.active else False,
    }


def _project(project: Project) -> dict[str, object]:
    return {
        "id": project.id,
        "name": project.name,
        "language": project.language,
        "country": project.country,
        "timezone": project.timezone,
        "hours": project.hours.text,
        "priority": project.priority,
        "agents": project.agents,
        "backups": project.backups,
        "supervisors": project.supervisors,
        "account_manager": project.account_manager,
        "deputies": project.deputies,
    }


def _system(system: System) -> dict[str, object]:
    return {
        "id": system.id,
        "name": system.name,
        "run_by": str(system.run_by),
        "owner": system.owner,
        "projects": system.projects,
    }


def _table(name: str, values: dict[str, object]) -> Iterator[str]:
    yield from ("", f"[[{name}]]", *_pairs(values))


def _pairs(values: dict[str, tuple[str, ...]] | dict[str, object]) -> Iterator[str]:
    """What says nothing is left out."""
    for key, value in values.items():
        if value not in (None, (), {}):
            yield f"{key} = {_value(value)}"


def _value(value: object) -> str:
    if isinstance(value, dict):
        return "{ " + ", ".join(f"{key} = {_value(each)}" for key, each in value.items()) + " }"
    if isinstance(value, tuple):
        return "[" + ", ".join(map(_value, value)) + "]"
    # JSON's texts, numbers and booleans are TOML's as well, but for this one character.
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
