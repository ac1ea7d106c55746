"""Running a scenario: what happened at each step, and which expectations failed."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from bot.board import tallies
from bot.cover import Rulebook
from bot.live_cards import ROOM
from bot.scenario import Scenario, Step, command_of
from bot.simulation import Simulation
from bot.situation import Situation
from bot.turn import Rejected

Why = Callable[[Rejected, Situation, Rulebook, datetime, str], str]  # the refusal in words, for the person refused


@dataclass(frozen=True, slots=True)
class Result:
    """The outcome of a scenario; `as_json` is the object of INTERFACE "Scenario file"."""

    name: str
    failures: tuple[str, ...]
    steps: tuple[Mapping[str, Any], ...]

    @property
    def ok(self) -> bool:
        """No expectation failed, and nothing was refused that should not have been."""
        return not self.failures

    def as_json(self) -> dict[str, Any]:
        """Ready for `json.dumps`."""
        return {"name": self.name, "ok": self.ok, "failures": list(self.failures), "steps": list(self.steps)}


def rehearse(scenario: Scenario, why: Why) -> Result:
    """Run every step, also after one has failed."""
    return _Rehearsal(scenario, why).run()


class _Rehearsal:
    def __init__(self, scenario: Scenario, why: Why) -> None:
        self.scenario = scenario
        self.why = why
        self.simulation = Simulation(scenario.rules, scenario.start)
        self.failures: list[str] = []
        self.shown = 0  # notices already shown in a step
        self.expected = 0  # notices already looked at by an expectation

    def run(self) -> Result:
        steps = [self.step(number, step) for number, step in enumerate(self.scenario.steps)]
        return Result(self.scenario.name, tuple(self.failures), tuple(steps))

    def step(self, number: int, step: Step) -> dict[str, Any]:
        simulation, refused = self.simulation, None
        simulation.advance(self.scenario.start + step.at)
        if step.action:
            refused = self.act(step)
            if (refused is not None) != step.refused:
                said = f"was refused: {refused}" if refused is not None else "was not refused"
                self.fail(number, step, f"{step.action} by {step.by} {said}")
        projects = {
            project: tally.as_json(self.scenario.rules)
            for project, tally in tallies(simulation.state, self.scenario.rules, simulation.now).items()
        }
        if not step.action:
            self.expect(number, step, projects)
        messages = [
            {
                "at": iso(notice.at - self.scenario.start),
                "to": notice.to,
                "kind": notice.kind,
                "project": notice.project,
                "incident": notice.incident,
            }
            for notice in simulation.notices[self.shown :]
            if not notice.to.startswith(ROOM)
        ]
        self.shown = len(simulation.notices)
        return {"at": iso(step.at), "projects": projects, "messages": messages, "refused": refused}

    def act(self, step: Step) -> str | None:
        """Do it; the reason when the rules refuse."""
        simulation, rules = self.simulation, self.simulation.rules
        try:
            simulation.do(command_of(step, simulation.state, rules))
        except Rejected as rejected:
            return self.why(rejected, simulation.state, rules, simulation.now, step.by)
        return None

    def expect(self, number: int, step: Step, projects: Mapping[str, Mapping[str, Any]]) -> None:
        for project, wanted in step.projects.items():
            self.compare(number, step, project, wanted, projects[project])
        told = {notice.to for notice in self.simulation.notices[self.expected :]}
        self.expected = len(self.simulation.notices)
        for person in step.told:
            if person not in told:
                self.fail(number, step, f"{person} was not told anything")
        for person in step.not_told:
            if person in told:
                kinds = [notice.kind for notice in self.simulation.notices if notice.to == person]
                self.fail(number, step, f"{person} was told: {kinds[-1]}")

    def compare(self, number: int, step: Step, path: str, wanted: Mapping[str, Any], found: Mapping[str, Any]) -> None:
        for key, value in wanted.items():
            if isinstance(value, Mapping):
                self.compare(number, step, f"{path}.{key}", value, found[key])
            elif value != found[key]:
                self.fail(number, step, f"{path}.{key} is {found[key]!r}, expected {value!r}")

    def fail(self, number: int, step: Step, message: str) -> None:
        self.failures.append(f"steps[{number}] at {iso(step.at)}: {message}")


def iso(offset: timedelta) -> str:
    """ISO 8601 duration: `PT6M`, `PT1M30S`, `P1DT2H`, `PT0S`."""
    minutes, seconds = divmod(offset.seconds, 60)
    hours, minutes = divmod(minutes, 60)
    amounts = ((hours, "H"), (minutes, "M"), (seconds, "S"))
    time = "".join(f"{amount}{unit}" for amount, unit in amounts if amount)
    days = f"{offset.days}D" if offset.days else ""
    return f"P{days}T{time}" if time else f"P{days}" if days else "PT0S"
