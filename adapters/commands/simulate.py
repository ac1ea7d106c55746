"""`backline simulate`: scenario files on the real rules, with a simulated clock."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Any

import yaml
from rich.console import Console
from rich.padding import Padding
from rich.table import Table

from adapters.commands.terminal import say, warn
from adapters.files import checked, read_company, read_plan, read_text
from adapters.problem import Problem
from bot.company import Company, company_from_tables
from bot.cover import Rulebook
from bot.faults import Fault, InvalidFile
from bot.plan import Plan, plan_from_tables
from bot.rehearsal import Result, rehearse
from bot.scenario import faults_beside, parse_scenario
from bot.situation import Situation
from bot.turn import Rejected
from bot.wording import Reader, View, plain, refusal

FINE, FAILED, FAULTY = 0, 1, 2


def simulate(files: Sequence[Path], plan: Path | None, *, as_json: bool) -> int:
    """Run them in order; a faulty one does not stop the others. The exit code: 2 over 1 over 0. Raises `Problem`."""
    tried = read_plan(plan) if plan else None
    worst = FINE
    for file in files:
        try:
            result = _run(file, tried)
        except Problem as error:
            warn(str(error))
            worst = FAULTY
            if as_json:  # a line for every file, in the order given
                say(json.dumps(Result(file.stem, tuple(str(error).splitlines()), ()).as_json(), ensure_ascii=False))
            continue
        if as_json:
            say(json.dumps(result.as_json(), ensure_ascii=False))
        else:
            _print(file, result)
        worst = max(worst, FINE if result.ok else FAILED)
    return worst


def _run(file: Path, tried: Plan | None) -> Result:
    """Read and run one file. Raises `Problem` with every fault."""
    data = checked(file, lambda: read_yaml(read_text(file)))
    faults: list[str] = []
    company = _tables(file, data, "company", faults)
    plan = tried or _tables(file, data, "plan", faults)
    if not isinstance(company, Company) or not isinstance(plan, Plan):
        faults += [f"{file}: {fault}" for fault in faults_beside(data)]
        raise Problem("\n".join(faults))
    scenario = checked(file, lambda: parse_scenario(data, Rulebook(plan, company), file.stem))
    return rehearse(scenario, _why)


def _why(rejected: Rejected, state: Situation, rules: Rulebook, now: datetime, person: str) -> str:
    """The refusal as the person would be told it, in English."""
    reader = Reader(person, "en", rules.company.zone_of(person))
    return plain(refusal(rejected, View(state, rules, now), reader), rules.company, reader, now)


def _tables(file: Path, data: object, key: str, faults: list[str]) -> Company | Plan | None:
    """The company or plan of a scenario: a file beside it, or tables inside it; a plan may be left out."""
    found = data.get(key) if isinstance(data, Mapping) else None
    try:
        if isinstance(found, str):
            path = file.parent / found
            return read_company(path) if key == "company" else read_plan(path)
        if isinstance(found, Mapping):
            return company_from_tables(found) if key == "company" else plan_from_tables(_dated(found))
        if key == "plan" and found is None:
            return read_plan(None)
        faults.append(f"{file}: {key}: name a file, relative to this one, or write its tables here")
    except Problem as error:
        faults += str(error).splitlines()
    except InvalidFile as error:
        faults += [f"{file}: {key}{'.' if fault.path else ''}{fault}" for fault in error.faults]
    return None


def _dated(found: Any) -> Any:  # noqa: ANN401 - any data that YAML gives
    """Plan tables have dates in their history, which YAML's unquoted dates are here only as text."""
    if isinstance(found, Mapping):
        return {key: _day(value) if key == "date" else _dated(value) for key, value in found.items()}
    return [_dated(value) for value in found] if isinstance(found, list) else found


def _day(value: object) -> object:
    try:
        return date.fromisoformat(value) if isinstance(value, str) else value
    except ValueError:
        return value


def _print(file: Path, result: Result) -> None:
    """One line a file, its failures, and how it ended."""
    say(f"{'ok    ' if result.ok else 'FAILED'}  {file}  ({len(result.steps)} steps)")
    for failure in result.failures:
        say(f"        {failure}")
    if not result.steps:
        return
    last = result.steps[-1]
    table = Table(
        "project", "out", "moving", "covered", "on duty", "recommended", "declared", "RTO", box=None, pad_edge=False
    )
    for project, tally in last["projects"].items():
        if tally["rto"]["state"] == "none" and not tally["moving"] and tally["declared"] is None:
            continue  # nothing ever happened there
        cells = (tally[key] for key in ("out", "moving", "covered", "on_duty", "recommended", "declared"))
        table.add_row(project, *("–" if cell is None else str(cell) for cell in cells), tally["rto"]["state"])
    if table.row_count:
        say(f"        at {last['at']}:")
        Console(highlight=False, soft_wrap=True).print(Padding(table, (0, 0, 0, 10)))


# --- YAML -------------------------------------------------------------------------------------------------------------


class _Loader(yaml.SafeLoader):
    """YAML without YAML 1.1's surprises: only true and false are no words,
    an unquoted date is text, and a key stands once.
    """

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:  # noqa: FBT001, FBT002 - PyYAML's
        seen: set[object] = set()
        for key_node, _ in node.value:
            key = self.construct_object(key_node, deep=True)
            if isinstance(key, str) and key in seen:
                raise yaml.constructor.ConstructorError(None, None, f'"{key}" stands here twice', key_node.start_mark)
            if isinstance(key, str):
                seen.add(key)
        return super().construct_mapping(node, deep)


_BOOL, _TIMESTAMP = "tag:yaml.org,2002:bool", "tag:yaml.org,2002:timestamp"
_Loader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if tag not in (_BOOL, _TIMESTAMP)]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}
_Loader.add_implicit_resolver(_BOOL, re.compile("true|false"), ["t", "f"])


def read_yaml(text: str) -> object:
    """The data of a YAML document. Raises `InvalidFile` with line and column of the first mistake."""
    try:
        return yaml.load(text, _Loader)  # noqa: S506 - it is a SafeLoader
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark
        where = f"line {mark.line + 1}, column {mark.column + 1}: " if mark else ""
        raise InvalidFile((Fault("", f"this is not valid YAML: {where}{error.problem}"),)) from error
    except (yaml.YAMLError, RecursionError, ValueError) as error:
        raise InvalidFile((Fault("", f"this is not valid YAML: {' '.join(str(error).split())}"),)) from error
