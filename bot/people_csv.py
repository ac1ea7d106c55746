"""People from a spreadsheet: CSV text to the same tables that the company file has."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator

from bot.faults import Faults

COLUMNS = ("id", "name", "email", "location", "languages", "emergency_cover", "locale", "timezone", "chat", "active")
_YES = frozenset({"true", "yes", "1", "igen", "igaz", "x"})
_NO = frozenset({"false", "no", "0", "nem", "hamis"})


def read_people(name: str, text: str, faults: Faults) -> Iterator[tuple[str, dict[str, object]]]:
    """Path and table of each row; comma, semicolon or tab between cells, as spreadsheets write them; empty is left out.

    Paths are like `people.csv:7`, with the line on which the row begins.
    """
    text = text.removeprefix("\ufeff")
    rows = _rows(name, text, faults)
    _, header = next(rows, (1, []))
    columns = [column.strip().lower() for column in header]
    if not _header_fits(name, columns, faults):
        return
    for line, cells in rows:
        path = f"{name}:{line}"
        if len(cells) > len(columns) and any(cell.strip() for cell in cells[len(columns) :]):
            faults.add(path, f"has {len(cells)} cells, the header {len(columns)}; put text with a separator in quotes")
        filled = {column: cell.strip() for column, cell in zip(columns, cells, strict=False) if cell.strip()}
        if filled:
            yield path, {column: _value(path, column, cell, faults) for column, cell in filled.items()}


def _rows(name: str, text: str, faults: Faults) -> Iterator[tuple[int, list[str]]]:
    first = text.split("\n", 1)[0]
    delimiter = max(",;\t", key=first.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    line = 1
    try:
        for cells in reader:
            yield line, cells
            line = reader.line_num + 1
    except csv.Error as error:
        faults.add(f"{name}:{line}", f"cannot be read as CSV: {error}")


def _header_fits(name: str, columns: list[str], faults: Faults) -> bool:
    wanted = ",".join(COLUMNS)
    if "id" not in columns:
        faults.add(f"{name}:1", f"the first line must name the columns, at least id; all of them: {wanted}")
        return False
    for column in columns:
        if column not in COLUMNS:
            faults.add(f"{name}:1.{column}", f"unknown column.{faults.similar(column, COLUMNS) or f' Known: {wanted}'}")
        elif columns.count(column) > 1:
            faults.add(f"{name}:1.{column}", "this column stands there twice; keep one")
            return False
    return set(columns) <= set(COLUMNS)


def _value(path: str, column: str, cell: str, faults: Faults) -> object:
    if column == "languages":
        return _languages(f"{path}.{column}", cell, faults)
    if column in ("emergency_cover", "active"):
        if cell.lower() in _YES | _NO:
            return cell.lower() in _YES
        faults.add(f"{path}.{column}", f'"{cell}" is neither true nor false; write one of the two')
        return False
    return cell


def _languages(path: str, cell: str, faults: Faults) -> dict[str, str]:
    """`de:native en:fluent`, also with ";" or "," between."""
    spoken: dict[str, str] = {}
    for piece in filter(None, re.split(r"[\s;,]+", cell)):
        language, colon, fluency = piece.partition(":")
        if not (language and colon and fluency):
            faults.add(path, f'"{piece}" is not a language and how well; write like "de:native en:fluent"')
        elif language in spoken:
            faults.add(path, f'"{language}" stands here twice; keep one')
        else:
            spoken[language] = fluency
    return spoken
