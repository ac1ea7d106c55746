"""Tally and level over time as geometry for a small inline SVG, drawn by the page's template."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from adapters.web.history import Point

WIDTH, HEIGHT = 320, 96
LEFT, RIGHT, TOP, BASE = 18, 312, 8, 66
BAND_TOP, BAND_HEIGHT = 74, 16
NARROWEST_LABEL = 12
SPANS = (10, 20, 30, 60, 120, 240, 480, 960, 1440)  # minutes: the scale holds still while time fills it


@dataclass(frozen=True, slots=True)
class Band:
    """A stretch of time with one declared level; `label` is false where the number would not fit."""

    x: float
    width: float
    level: int
    label: bool


@dataclass(frozen=True, slots=True)
class Plot:
    """SVG path data for the tally (steps), bands for the level, and the scale's ends."""

    out_area: str
    out_line: str
    on_duty_line: str
    bands: tuple[Band, ...]
    top: int
    middle: int | None
    start: datetime
    end: datetime

    def y(self, value: int) -> float:
        """Where a number of people is on the scale."""
        return _y(value, self.top)


def plot(points: Sequence[Point], now: datetime) -> Plot | None:
    """The plot from the first point until `now` (aware UTC), or until the last point when that is later."""
    if not points:
        return None
    start, until = points[0].at, max(now, points[-1].at)
    end = start + _scale(until - start)
    span = (end - start).total_seconds()

    def x(at: datetime) -> float:
        return round(LEFT + (RIGHT - LEFT) * (at - start).total_seconds() / span, 1)

    top = max(1, *(max(point.out + point.moving, point.out, point.on_duty) for point in points))
    ends = [x(at) for at in [*(point.at for point in points[1:]), until]]
    out = _steps(points, ends, x, [_y(point.out, top) for point in points])
    return Plot(
        out_area=f"{out}V{BASE}H{LEFT}Z",
        out_line=out,
        on_duty_line=_steps(points, ends, x, [_y(point.on_duty, top) for point in points]),
        bands=_bands(points, ends, x),
        top=top,
        middle=top // 2 if top > 3 and top % 2 == 0 else None,  # noqa: PLR2004 - below that the ends say it all
        start=start,
        end=end,
    )


def _scale(elapsed: timedelta) -> timedelta:
    minutes = elapsed / timedelta(minutes=1)
    days = -(-elapsed // timedelta(days=1))
    return timedelta(minutes=next((span for span in SPANS if span >= minutes), days * SPANS[-1]))


def _y(value: int, top: int) -> float:
    return round(BASE - (BASE - TOP) * value / top, 1)


def _steps(points: Sequence[Point], ends: Sequence[float], x: Callable[[datetime], float], ys: Sequence[float]) -> str:
    path = f"M{x(points[0].at)} {ys[0]}"
    for y, until in zip(ys, ends, strict=True):
        path += f"V{y}H{until}"
    return path


def _bands(points: Sequence[Point], ends: Sequence[float], x: Callable[[datetime], float]) -> tuple[Band, ...]:
    bands: list[Band] = []
    for point, until in zip(points, ends, strict=True):
        if point.declared is None:
            continue
        begin = x(point.at)
        if bands and bands[-1].level == point.declared:
            begin = bands.pop().x
        width = round(until - begin, 1)
        bands.append(Band(begin, width, point.declared, width >= NARROWEST_LABEL))
    return tuple(bands)
