"""Log and metrics: one line an event, no secrets, and figures that say what they mean."""

from __future__ import annotations

import io
import json
import logging
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import structlog

from adapters.observe import Metrics, alarm, logger, set_up_logging
from bot.ports import Depth

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
REFERENCE = Path(__file__).parents[2] / "docs" / "reference" / "metrics.md"


@pytest.fixture(autouse=True)
def as_before() -> Iterator[None]:
    """Logging is global: each test leaves it as it was."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield
    root.handlers[:] = handlers
    root.setLevel(level)
    structlog.reset_defaults()


def lines(level: str = "info", form: str = "json", secrets: tuple[str, ...] = ()) -> io.StringIO:
    """A stream that gets the log."""
    stream = io.StringIO()
    set_up_logging(level, form, secrets, stream)
    return stream


def failure(text: str) -> ValueError:
    """An error that was raised somewhere."""
    try:
        return ValueError(int(text))
    except ValueError as error:
        return error


def test_json_has_event_and_fields() -> None:
    """A JSON line has the event's name, its fields, level and time."""
    stream = lines()
    logger().info("report.recorded", incident="2026-0001", receipt=7)
    (line,) = stream.getvalue().splitlines()
    found = json.loads(line)
    assert found.pop("timestamp").endswith("Z")
    assert found == {"event": "report.recorded", "incident": "2026-0001", "receipt": 7, "level": "info"}


def test_console_is_one_line() -> None:
    """On a terminal an event is one line a person can read."""
    stream = lines(form="console")
    logger().info("report.recorded", incident="2026-0001")
    assert stream.getvalue().count("\n") == 1
    assert "report.recorded" in stream.getvalue()
    assert "incident=2026-0001" in stream.getvalue()


@pytest.mark.parametrize("form", ["console", "json"])
def test_secrets_are_taken_out(form: str) -> None:
    """A secret that gets into a field or an error leaves no trace in the log."""
    stream = lines("debug", form, ("canary-1", "canary-12"))
    logger().info("something", url="https://user:canary-12@example.com")
    alarm("something.failed", failure("canary-1 is wrong"))
    assert "canary" not in stream.getvalue()
    assert "something.failed" in stream.getvalue()


def test_tracebacks_are_for_whoever_debugs() -> None:
    """An error is one line at info, and comes with its traceback at debug."""
    for level, expected in (("info", False), ("debug", True)):
        stream = lines(level)
        alarm("something.failed", failure("x"))
        assert ("Traceback" in stream.getvalue()) is expected


def test_libraries_speak_in_the_same_lines() -> None:
    """What a library warns of comes as a line of ours; its chatter does not."""
    stream = lines()
    logging.getLogger("aiohttp.server").warning("odd %s", "request")
    logging.getLogger("aiohttp.server").info("chatter")
    (line,) = stream.getvalue().splitlines()
    found = json.loads(line)
    assert (found["event"], found["library"], found["said"]) == ("library.said", "aiohttp.server", "odd request")


def test_outbox_figures() -> None:
    """The outbox's depth, age and dead letters are in the metrics."""
    metrics = Metrics()
    metrics.outbox(Depth(3, 2, NOW - timedelta(seconds=90), 1), NOW)
    text = metrics.text().decode()
    for line in ("notices 3.0", "refreshes 2.0", "dead 1.0", "oldest_seconds 90.0"):
        assert f"backline_outbox_{line}" in text
    metrics.outbox(Depth(0, 0, None, 1), NOW)
    assert "backline_outbox_oldest_seconds 0.0" in metrics.text().decode()


def test_every_metric_is_in_the_reference() -> None:
    """The reference names every metric of ours."""
    text = REFERENCE.read_text(encoding="utf-8")
    names = {metric.name for metric in Metrics().registry.collect() if metric.name.startswith("backline_")}
    assert sorted(name for name in names if f"`{name}" not in text) == []


def test_a_log_that_cannot_be_written_stops_nothing() -> None:
    """A full disk under the log, or a pipe that is gone: whoever logs goes on."""

    class Full(io.StringIO):
        def write(self, text: str) -> int:
            raise OSError(28, "No space left on device")

    set_up_logging("info", "json", (), Full())
    logger().info("report.recorded", receipt=1)
