"""Scenario files: steps with actions and expectations (INTERFACE "Scenario file"); `rehearsal` runs them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, get_args

from bot import commands as cm
from bot.addressee import Action, project_meant
from bot.commands import Cause, Command
from bot.company import Company
from bot.cover import Rulebook
from bot.faults import Fault, InvalidFile
from bot.roles import PROJECT_ROWS, ROWS
from bot.situation import Situation

WORKPLACE_ACTIONS = ("report", "can_move", "moved", "restored")
INCIDENT_ACTIONS: tuple[Action, ...] = get_args(Action)
ACTIONS = (*WORKPLACE_ACTIONS, *INCIDENT_ACTIONS, "change_role")
EXTRA_KEYS = {
    "report": {"for", "cause", "can_move"},
    "can_move": {"for", "answer"},
    "moved": {"for"},
    "restored": {"for"},
    "approve": {"project", "people"},
    "decline": {"project", "people"},
    "release": {"project", "people"},
    "declare": {"project", "level", "reason"},
    "change_role": {"project", "role", "people"},
}
TALLY_KEYS: Mapping[str, frozenset[str]] = {
    "": frozenset({"agents", "moving", "out", "seats", "covered", "on_duty", "recommended", "declared", "explanation"}),
    "pools": frozenset({"native", "non_native", "english"}),
    "allocation": frozenset({"native", "non_native", "english", "unfilled"}),
    "rto": frozenset({"due", "state"}),
}
_NEVER = datetime.min.replace(tzinfo=UTC)
_OFFSET = re.compile(r"(?=\d)(?:(\d+)d)?(?:(\d+)h)?(?:(\d+)m)?(?:(\d+)s)?")


@dataclass(frozen=True, slots=True)
class Step:
    """One step: an action by somebody, or an expectation. `at`: offset from the start."""

    at: timedelta
    action: str | None = None
    by: str = ""
    person: str = ""
    project: str | None = None
    fields: Mapping[str, Any] = ()  # type: ignore[assignment]
    refused: bool = False
    projects: Mapping[str, Mapping[str, Any]] = ()  # type: ignore[assignment]
    told: tuple[str, ...] = ()
    not_told: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Scenario:
    """A checked scenario: every person and project in it exists, and time only moves on."""

    name: str
    start: datetime
    rules: Rulebook
    steps: tuple[Step, ...]


def parse_scenario(data: object, rules: Rulebook, name: str) -> Scenario:
    """`data` as read from YAML, with `company` and `plan` already resolved to `rules`. Raises `InvalidFile`."""
    parser = _Parser(rules.company)
    start, steps = parser.scenario(data)
    if parser.faults:
        raise InvalidFile(tuple(parser.faults))
    named = data.get("name") if isinstance(data, Mapping) else None
    return Scenario(str(named or name), start, rules, steps)


def faults_beside(data: object) -> tuple[Fault, ...]:
    """What is wrong with a scenario whose company is not to be had, as far as that can be said without it."""
    parser = _Parser(None)
    parser.scenario(data)
    return tuple(parser.faults)


def command_of(step: Step, state: Situation, rules: Rulebook) -> Command:
    """The command of an action step; finds the project meant where none is named. Raises `Rejected`."""
    by = step.by
    match step.action:
        case "report":
            return cm.ReportWorkplace(by, step.person, step.fields.get("cause"), step.fields.get("can_move"))
        case "can_move":
            return cm.AnswerMove(by, step.person, step.fields["answer"])
        case "moved":
            return cm.ConfirmMoved(by, step.person)
        case "restored":
            return cm.ConfirmRestored(by, step.person)
        case "change_role":
            return cm.ChangeRole(by, step.fields["role"], step.project, step.fields["people"])
        case _:
            return _about_incident(step, state, rules)


def _about_incident(step: Step, state: Situation, rules: Rulebook) -> Command:
    by, people = step.by, step.fields.get("people")
    action = next(action for action in INCIDENT_ACTIONS if action == step.action)
    project = step.project or project_meant(state, rules, action, by)
    match action:
        case "cover_yes" | "cover_no":
            return cm.AnswerCover(by, project, action == "cover_yes")
        case "on_duty":
            return cm.ConfirmOnDuty(by, project)
        case "approve":
            return cm.ApproveCover(by, project, people)
        case "decline":
            return cm.DeclineCover(by, project, people)
        case "release":
            return cm.ReleaseCover(by, project, people)
        case "declare":
            return cm.DeclareLevel(by, project, step.fields["level"], step.fields.get("reason"))
        case "acknowledge":
            return cm.Acknowledge(by, project)
        case "ivr_on":
            return cm.ConfirmIvr(by, project)
        case "stand_down":
            return cm.StandDown(by, project)


class _Parser:
    """Collects every fault before it gives up."""

    def __init__(self, company: Company | None) -> None:
        self.known_people = company.people if company else None
        self.known_projects = company.projects if company else None
        self.faults: list[Fault] = []

    def fault(self, path: str, message: str) -> None:
        self.faults.append(Fault(path, message))

    def scenario(self, data: object) -> tuple[datetime, tuple[Step, ...]]:
        if not isinstance(data, Mapping):
            self.fault("", "a scenario is a mapping with `company`, `start` and `steps`")
            return _NEVER, ()
        self.unknown_keys("", data, {"name", "company", "plan", "start", "steps", "description"})
        start = self.start(data.get("start"))
        found = data.get("steps")
        if not isinstance(found, list) or not found:
            self.fault("steps", "needs a list of at least one step, each with `at:` and `do:` or `expect:`")
            found = []
        steps: list[Step] = []
        for number, item in enumerate(found):
            if step := self.step(f"steps[{number}]", item):
                if steps and step.at < steps[-1].at:
                    self.fault(f"steps[{number}].at", "goes back in time; put the steps in order")
                steps.append(step)
        return start, tuple(steps)

    def unknown_keys(self, path: str, data: Mapping[Any, Any], known: Iterable[str]) -> None:
        known = sorted(known)
        for key in data:
            if key not in known:
                self.fault(_join(path, str(key)), f"is not known here; known are {', '.join(known)}")

    def start(self, value: object) -> datetime:
        try:
            found = datetime.fromisoformat(value) if isinstance(value, str) else value
        except ValueError:
            found = None
        if isinstance(found, datetime) and found.utcoffset() is not None:
            return found.astimezone(UTC)
        self.fault("start", f"{value!r} is no instant with an offset; write one like 2026-03-02T09:00:00+01:00")
        return _NEVER

    def step(self, path: str, item: object) -> Step | None:
        if not isinstance(item, Mapping):
            self.fault(path, "a step is a mapping with `at:` and either `do:` or `expect:`")
            return None
        at = self.offset(f"{path}.at", item.get("at"))
        if ("do" in item) == ("expect" in item):
            self.fault(path, "needs exactly one of `do:` and `expect:`")
            return None
        if "expect" in item:
            self.unknown_keys(path, item, {"at", "expect"})
            return self.expectation(f"{path}.expect", at, item["expect"])
        return self.action(path, at, item)

    def offset(self, path: str, value: object) -> timedelta:
        found = _OFFSET.fullmatch(str(value)) if isinstance(value, str) else None
        if value == 0 or found is None:
            if value != 0 or isinstance(value, bool):
                self.fault(path, f"{value!r} is no offset from the start; write 0s, 90s, 6m or 1h30m")
            return timedelta()
        days, hours, minutes, seconds = (int(part or 0) for part in found.groups())
        return timedelta(days=days, hours=hours, minutes=minutes, seconds=seconds)

    # --- actions ------------------------------------------------------------------------------------------

    def action(self, path: str, at: timedelta, item: Mapping[Any, Any]) -> Step | None:
        action = item["do"]
        if action not in ACTIONS:
            self.fault(f"{path}.do", f"{action!r} is no action; known are {', '.join(ACTIONS)}")
            return None
        allowed = EXTRA_KEYS.get(action, {"project"}) | {"at", "do", "by", "refused"}
        if action in WORKPLACE_ACTIONS:
            allowed |= {"project"}  # says nothing new: a workplace is one
        self.unknown_keys(path, item, allowed)
        by = self.person(f"{path}.by", item.get("by"))
        person = self.person(f"{path}.for", item["for"]) if "for" in item else by
        project = self.project(f"{path}.project", item["project"]) if "project" in item else None
        refused = self.yes_no(f"{path}.refused", item.get("refused", False))
        return Step(at, action, by, person, project, self.fields(path, action, item), bool(refused))

    def fields(self, path: str, action: str, item: Mapping[Any, Any]) -> dict[str, Any]:
        fields: dict[str, Any] = {}
        if "cause" in item:
            fields["cause"] = self.cause(f"{path}.cause", item["cause"])
        if "can_move" in item:
            fields["can_move"] = self.yes_no(f"{path}.can_move", item["can_move"])
        if action == "can_move":
            fields["answer"] = self.yes_no(f"{path}.answer", item.get("answer"))
        if "people" in item:
            fields["people"] = self.people(f"{path}.people", item["people"])
        if action == "change_role":
            fields["role"] = self.role(path, item)
            fields.setdefault("people", ())
        if action == "declare":
            level = item.get("level")
            if not isinstance(level, int) or isinstance(level, bool):
                self.fault(f"{path}.level", f"{level!r} is no level; write a number from 1 to 4")
            fields["level"] = level
            if item.get("reason") is not None:
                fields["reason"] = str(item["reason"])
        return fields

    def role(self, path: str, item: Mapping[Any, Any]) -> str:
        role = item.get("role")
        if role not in ROWS:
            self.fault(f"{path}.role", f"{role!r} is no role of the matrix; known are {', '.join(ROWS)}")
        elif (role in PROJECT_ROWS) != ("project" in item):
            wanted = "needs its project" if role in PROJECT_ROWS else "is the whole company's; leave the project out"
            self.fault(f"{path}.project", f"{role} {wanted}")
        if "people" not in item:
            self.fault(f"{path}.people", "is missing: who holds the role, then the deputies; [] for nobody")
        return str(role)

    def cause(self, path: str, value: object) -> Cause | None:
        if value not in tuple(Cause):
            self.fault(path, f"{value!r} is no cause; known are {', '.join(Cause)}")
            return None
        return Cause(str(value))

    def yes_no(self, path: str, value: object) -> bool | None:
        answers = {"yes": True, "no": False, "true": True, "false": False, True: True, False: False}
        if isinstance(value, str | bool) and (value.lower() if isinstance(value, str) else value) in answers:
            return answers[value.lower() if isinstance(value, str) else value]
        self.fault(path, f"{value!r} is neither yes nor no")
        return None

    def person(self, path: str, value: object) -> str:
        if not value or (self.known_people is not None and value not in self.known_people):
            self.fault(path, f"{value!r} is nobody in the company file" if value else "is missing: who does it?")
        return str(value)

    def people(self, path: str, value: object) -> tuple[str, ...]:
        if isinstance(value, str):
            value = [value]
        if not isinstance(value, list):
            self.fault(path, "is a list of person ids")
            return ()
        return tuple(self.person(f"{path}[{at}]", person) for at, person in enumerate(value))

    def project(self, path: str, value: object) -> str:
        if self.known_projects is not None and value not in self.known_projects:
            self.fault(path, f"{value!r} is no project of the company file")
        return str(value)

    # --- expectations -------------------------------------------------------------------------------------

    def expectation(self, path: str, at: timedelta, found: object) -> Step | None:
        if not isinstance(found, Mapping):
            self.fault(path, "is a mapping with `projects`, `told`, `not_told`")
            return None
        self.unknown_keys(path, found, {"projects", "told", "not_told"})
        projects = found.get("projects") or {}
        if not isinstance(projects, Mapping):
            self.fault(f"{path}.projects", "is a mapping from project to what is expected of it")
            projects = {}
        for project, wanted in projects.items():
            self.project(f"{path}.projects.{project}", project)
            self.tally(f"{path}.projects.{project}", wanted)
        told = self.people(f"{path}.told", found.get("told") or [])
        not_told = self.people(f"{path}.not_told", found.get("not_told") or [])
        return Step(at, projects=projects, told=told, not_told=not_told)

    def tally(self, path: str, wanted: object, part: str = "") -> None:
        if not isinstance(wanted, Mapping):
            self.fault(path, "is a mapping, for example {out: 1, declared: 1}")
            return
        parts = set(TALLY_KEYS) - {""} if not part else set()
        self.unknown_keys(path, wanted, TALLY_KEYS[part] | parts)
        for key, value in wanted.items():
            if key in parts:
                self.tally(f"{path}.{key}", value, str(key))
            elif isinstance(value, Mapping | list):
                self.fault(f"{path}.{key}", "is one value, not several")


def _join(path: str, key: str) -> str:
    return f"{path}.{key}" if path else key
