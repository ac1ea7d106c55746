"""The plan and the company from files, with every fault named by file and path."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TypeVar

from adapters.problem import Problem
from bot.company import Company, parse_company
from bot.data import packaged
from bot.faults import InvalidFile
from bot.plan import Plan, parse_plan
from bot.tables import read_utf8

Parsed = TypeVar("Parsed")


def read_plan(path: Path | None) -> Plan:
    """The plan in a TOML file, or the packaged one. Raises `Problem` with every fault."""
    if path is None:
        return parse_plan(packaged("plan.toml"))
    return checked(path, lambda: parse_plan(read_text(path)))


def read_company(path: Path | None, people_csv: Sequence[Path] = ()) -> Company:
    """The company in a TOML file, or the sample company; more people from CSV files. Raises `Problem`."""
    if path is None:
        return parse_company(packaged("company.toml"))
    rows = [(csv.name, read_text(csv)) for csv in people_csv]
    return checked(path, lambda: parse_company(read_text(path), rows))


def read_text(path: Path) -> str:
    """The text of a UTF-8 file. Raises `Problem`."""
    try:
        data = path.read_bytes()
    except OSError as error:
        raise Problem(f"{path}: cannot be read: {error.strerror}; name a file that is there and may be read") from error
    return checked(path, lambda: read_utf8(data))


def checked(path: Path, parse: Callable[[], Parsed]) -> Parsed:
    """What `parse` gives; its faults as a `Problem`, each with the file's name."""
    try:
        return parse()
    except InvalidFile as error:
        raise Problem("\n".join(f"{path}: {fault}" for fault in error.faults)) from error
