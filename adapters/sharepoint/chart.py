"""The picture of a report: who was out, who covered, and the level, over time. No colour alone carries a meaning."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from io import BytesIO
from typing import Any

from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.dates import AutoDateLocator, ConciseDateFormatter
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

WIDTH, HEIGHT = 17.0 / 2.54, 5.6 / 2.54  # inches
_DPI = 200
_EPOCH = datetime(1970, 1, 1)  # noqa: DTZ001 - local times, whose zone the page names
_OUT, _DUTY, _GREY = "#b3261e", "#1b5e9b", "#5f6368"
_BANDS = ("#ffffff", "#fdebd3", "#f9d2a4", "#f2ac6b", "#e07b39")
_NARROW = 0.025  # of the width: a band that has no room for its number


def draw(chart: dict[str, Any]) -> bytes:
    """A PNG of the points, steps from each instant to the next."""
    times = [datetime.fromisoformat(point[0]) for point in chart["points"]]
    end = max(datetime.fromisoformat(chart["end"]), times[-1] + timedelta(seconds=30))
    figure = Figure(figsize=(WIDTH, HEIGHT), dpi=_DPI, layout="constrained")
    FigureCanvasAgg(figure)
    tally, level = figure.subplots(2, 1, sharex=True, height_ratios=(5, 1))
    _tally(tally, times, end, chart)
    _levels(level, times, end, [point[3] for point in chart["points"]], chart["labels"]["level"])
    tally.set_xlim(_day(times[0]), _day(end))
    picture = BytesIO()
    figure.savefig(picture, format="png")
    return picture.getvalue()


def _tally(axes: Axes, times: Sequence[datetime], end: datetime, chart: dict[str, Any]) -> None:
    labels, at = chart["labels"], [*times, end]
    out = [point[1] for point in chart["points"]]
    duty = [point[2] for point in chart["points"]]
    out, duty = [*out, out[-1]], [*duty, duty[-1]]
    axes.fill_between(_numbers(at), out, step="post", color=_OUT, alpha=0.15, linewidth=0)
    axes.step(_numbers(at), out, where="post", color=_OUT, linewidth=1.6, label=labels["out"])
    axes.step(_numbers(at), duty, where="post", color=_DUTY, linewidth=1.6, linestyle="--", label=labels["on_duty"])
    due = datetime.fromisoformat(chart["due"]) if chart["due"] else None
    if due and times[0] <= due <= end:
        axes.axvline(_day(due), color=_GREY, linewidth=1.0, linestyle=":", label=labels["due"])
    axes.set_ylim(0, max([1, *out, *duty]) * 1.08)
    axes.yaxis.set_major_locator(MaxNLocator(nbins=4, integer=True))
    axes.tick_params(labelsize=7)
    axes.grid(axis="y", color="#e0e0e0", linewidth=0.6)
    for side in ("top", "right"):
        axes.spines[side].set_visible(False)
    axes.legend(loc="lower right", bbox_to_anchor=(1, 1), ncols=3, fontsize=7, frameon=False, borderaxespad=0.1)


def _levels(axes: Axes, times: Sequence[datetime], end: datetime, levels: Sequence[int], label: str) -> None:
    """Bands, each with its number."""
    bands: list[tuple[datetime, datetime, int]] = []
    for begin, until, level in zip(times, [*times[1:], end], levels, strict=True):
        if bands and bands[-1][2] == level:
            bands[-1] = (bands[-1][0], until, level)
        else:
            bands.append((begin, until, level))
    whole = end - times[0]
    for begin, until, level in bands:
        left, right = _day(begin), _day(until)
        axes.axvspan(left, right, color=_BANDS[min(level, len(_BANDS) - 1)], linewidth=0)
        if level and (until - begin) / whole > _NARROW:
            axes.text((left + right) / 2, 0.5, str(level), ha="center", va="center", fontsize=8)
    axes.set_ylim(0, 1)
    axes.set_yticks([0.5], [label])
    locator = AutoDateLocator(minticks=3, maxticks=9)  # type: ignore[no-untyped-call]
    axes.xaxis.set_major_locator(locator)
    formatter = ConciseDateFormatter(  # type: ignore[no-untyped-call]
        locator,
        formats=["%Y", "%m-%d", "%m-%d", "%H:%M", "%H:%M", "%H:%M:%S"],
        zero_formats=["", "%Y", "%m-%d", "%m-%d", "%H:%M", "%H:%M"],
        show_offset=False,
    )
    axes.xaxis.set_major_formatter(formatter)
    axes.tick_params(labelsize=7)
    axes.tick_params(axis="y", length=0)
    for side in ("top", "right", "left"):
        axes.spines[side].set_visible(False)


def _numbers(at: Sequence[datetime]) -> list[float]:
    return [_day(one) for one in at]


def _day(at: datetime) -> float:
    """How matplotlib counts time: days since 1970."""
    return (at - _EPOCH) / timedelta(days=1)
