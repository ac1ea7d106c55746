"""What the board shows of each project, ready for the template: numbers, words, instants."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from babel import Locale
from babel.dates import format_time, get_timezone_location

from adapters.web.plots import Plot, plot
from adapters.web.stage import Stage
from bot.allocation import Pool
from bot.board import Tally
from bot.company import Project, Role, holders
from bot.hours import is_open
from bot.situation import CoverStatus, Incident
from bot.wording import Reader, explanation, log_line
from bot.wording.catalogue import tongue


@dataclass(frozen=True, slots=True)
class Cover:
    """How many people stand where, and the seats as shares of a bar (on duty, approved, open; sum 100 when any)."""

    asked: int
    offered: int
    approved: int
    on_duty: int
    bar: tuple[tuple[str, float, float], ...]


@dataclass(frozen=True, slots=True)
class ProjectFigures:
    """One project on the board. `cover`, `plot` and `number` only while an incident is open."""

    id: str
    name: str
    language: str
    local_time: str
    city: str
    open_now: bool
    tally: Tally
    pools: tuple[int, int, int]
    level_pool: str | None
    why: str
    number: str | None
    opened_at: datetime | None
    ivr: bool
    cover: Cover | None
    plot: Plot | None
    points: tuple[tuple[datetime, int, int, int, int | None], ...]


@dataclass(frozen=True, slots=True)
class Happening:
    """A line of the timeline; `weight` picks how loudly it is drawn."""

    seq: int
    at: datetime
    line: tuple[object, ...]
    weight: str


_LOUD = frozenset({"LevelDeclared", "RtoBreached", "ScopeReached", "CrisisLeadContacted", "LadderExhausted"})
_GOOD = frozenset({"StoodDown", "RtoMet", "CoverOnDuty", "WorkplaceCleared"})
# Another line says it, or the board.
_UNSAID = frozenset({"MoveAnswered", "LadderEnded", "RtoMoved", "LevelRecommended"})
TABLE_ROWS = 40


def project_figures(stage: Stage, language: str) -> Sequence[ProjectFigures]:
    """All projects: those with an incident first, by declared level and priority."""
    now, board = stage.clock.now(), stage.board()
    projects = sorted(
        stage.company.projects.values(),
        key=lambda one: (stage.desk.state.incident(one.id) is None, -(board[one.id].declared or 0), one.priority),
    )
    return [_figures(stage, project, board[project.id], language, now) for project in projects]


def _figures(stage: Stage, project: Project, tally: Tally, language: str, now: datetime) -> ProjectFigures:
    incident, formats = stage.desk.state.incident(project.id), tongue(language).formats
    level = stage.rules.plan.levels.get(tally.declared or 0)
    points = stage.points(project.id)
    return ProjectFigures(
        id=project.id,
        name=project.name,
        language=Locale.parse(language).languages.get(project.language, project.language),
        local_time=format_time(now, "short", tzinfo=ZoneInfo(project.timezone), locale=formats),
        city=city(project.timezone, language),
        open_now=is_open(project, now),
        tally=tally,
        pools=(tally.pools[Pool.NATIVE], tally.pools[Pool.NON_NATIVE], tally.pools[Pool.ENGLISH]),
        level_pool=(level.pool.name.lower() if level.pool else "none") if level else None,
        why=explanation(tally.basis, stage.rules, language),
        number=incident.number if incident else None,
        opened_at=incident.opened_at if incident else None,
        ivr=bool(incident and incident.ivr_by),
        cover=_cover(incident) if incident else None,
        plot=plot(points, now),
        points=tuple((one.at, one.out, one.moving, one.on_duty, one.declared) for one in points[-TABLE_ROWS:]),
    )


def city(zone: str, language: str) -> str:
    """A time zone's city in this language."""
    return get_timezone_location(zone, locale=language, return_city=True)


def _cover(incident: Incident) -> Cover:
    counts = {status: len(incident.having(status)) for status in CoverStatus}
    on_duty, approved = counts[CoverStatus.ON_DUTY], counts[CoverStatus.APPROVED]
    whole = max(incident.seats, on_duty + approved)
    bar, start = list[tuple[str, float, float]](), 0.0
    for name, size in (("on-duty", on_duty), ("approved", approved), ("unfilled", incident.open_seats)):
        if size:
            bar.append((name, round(start, 2), round(100 * size / whole, 2)))
            start += 100 * size / whole
    return Cover(counts[CoverStatus.ASKED], counts[CoverStatus.OFFERED], approved, on_duty, tuple(bar))


def happenings(stage: Stage, language: str, limit: int) -> Sequence[Happening]:
    """The timeline, newest first."""
    found = []
    for seq, event in stage.timeline(2 * limit):
        kind = type(event).__name__
        if kind not in _UNSAID:
            weight = "loud" if kind in _LOUD else "good" if kind in _GOOD else "plain"
            found.append(Happening(seq, event.at, log_line(event, stage.rules, language), weight))
    return found[:limit]


def home_reader(stage: Stage, language: str) -> Reader:
    """Who the board is for: it shows the time where the crisis is led, in the page's language."""
    any_project = next(iter(stage.company.projects))
    leads = holders(stage.company, Role.CMT_LEAD, any_project)
    return Reader("", language, stage.company.zone_of(leads[0]) if leads else "UTC")
