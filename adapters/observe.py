"""What operators see from outside: the log and the metrics.

The log has event names and fields, never prose and never people's words or names; ids of people are allowed.
The names of the metrics are explained in docs/reference/metrics.md.
"""

from __future__ import annotations

import contextlib
import logging
import sys
from collections.abc import Sequence
from datetime import datetime
from typing import Any, TextIO, cast

import structlog
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, ProcessCollector, generate_latest
from structlog.typing import EventDict, FilteringBoundLogger, Processor

from bot.ports import Depth

_SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)
_HIDDEN = "(secret)"


def set_up_logging(level: str, form: str | None, secrets: Sequence[str] = (), stream: TextIO | None = None) -> None:
    """Log from `level` on to `stream` (stderr), as `console` or `json` lines; by default what fits the stream.

    Every one of `secrets` is taken out of every line. Libraries that log speak through the same lines.
    """
    stream = stream or sys.stderr
    number = logging.getLevelNamesMapping()[level.upper()]
    console = (form or ("console" if stream.isatty() else "json")) == "console"
    render: Processor = (
        structlog.dev.ConsoleRenderer(
            colors=stream.isatty(), exception_formatter=structlog.dev.plain_traceback, pad_event_to=0
        )
        if console
        else structlog.processors.JSONRenderer(ensure_ascii=False)
    )
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper("iso", utc=True, key="timestamp"),
            *([] if console else [structlog.processors.format_exc_info]),
            render,
            _Redactor(secrets),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(number),
        logger_factory=structlog.WriteLoggerFactory(cast(TextIO, _Lenient(stream))),
        cache_logger_on_first_use=False,
    )
    root = logging.getLogger()
    root.handlers[:] = [_Forward()]
    root.setLevel(max(number, logging.WARNING))


def logger() -> FilteringBoundLogger:
    """A logger for whoever does not have one."""
    log: FilteringBoundLogger = structlog.get_logger()
    return log


def brief(error: BaseException) -> str:
    """An error in one line."""
    text = " ".join(str(error).split())
    return f"{type(error).__name__}: {text}" if text else type(error).__name__


def alarm(event: str, error: BaseException, **fields: object) -> None:
    """Log that something broke which should not have: a line as an error, and its traceback for whoever debugs."""
    log = logger()
    log.error(event, error=brief(error), alarm=True, **fields)
    log.debug("traceback", of=event, exc_info=error)


class _Redactor:
    """The last step of a log line."""

    def __init__(self, secrets: Sequence[str]) -> None:
        self._secrets = sorted(filter(None, secrets), key=len, reverse=True)

    def __call__(self, _logger: object, _method: str, line: EventDict | str) -> str:
        text = str(line)
        for secret in self._secrets:
            text = text.replace(secret, _HIDDEN)
        return text


class _Lenient:
    """A stream that may be full or gone: what cannot be logged must not stop what was going on."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def write(self, text: str) -> int:
        """Write it if that can be done."""
        with contextlib.suppress(OSError, ValueError):
            return self._stream.write(text)
        return len(text)

    def flush(self) -> None:
        """Flush if that can be done."""
        with contextlib.suppress(OSError, ValueError):
            self._stream.flush()


class _Forward(logging.Handler):
    """Hands what libraries log to ours. A log that cannot be written must not stop what was going on."""

    def emit(self, record: logging.LogRecord) -> None:
        try:
            self._emit(record)
        except Exception:  # noqa: BLE001 - as every handler of the standard library does
            self.handleError(record)

    def _emit(self, record: logging.LogRecord) -> None:
        fields: dict[str, Any] = {"library": record.name, "said": record.getMessage()}
        error = record.exc_info[1] if record.exc_info else None
        if error is not None:
            fields["error"] = brief(error)
        log = logger()
        log.log(record.levelno, "library.said", **fields)
        if error is not None:
            log.debug("library.traceback", library=record.name, exc_info=error)


class Metrics:
    """The Prometheus metrics of one running service, in a registry of their own."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self._count_events()
        self._measure_state()
        self._measure_work()
        ProcessCollector(registry=self.registry)

    def _count_events(self) -> None:
        into = self.registry
        self.reports = Counter("backline_reports", "Reports of unusable workplaces that were recorded", registry=into)
        self.refused = Counter("backline_refused", "Commands that the rules refused", ["code"], registry=into)
        self.levels = Counter("backline_levels_declared", "Levels declared", ["level"], registry=into)
        self.exhausted = Counter(
            "backline_ladder_exhausted", "Escalations in which nobody acknowledged in any round", registry=into
        )
        self.sends = Counter(
            "backline_sends",
            "Attempts to bring a message out, by how they ended",
            ["platform", "result"],
            registry=into,
        )
        self.requests = Counter(
            "backline_requests",
            "What chat platforms delivered, by how it ended",
            ["platform", "kind", "result"],
            registry=into,
        )
        self.restarts = Counter(
            "backline_restarts", "Parts that failed and were started again", ["part"], registry=into
        )

    def _measure_state(self) -> None:
        into = self.registry
        self.incidents = Gauge("backline_open_incidents", "Incidents that are not stood down", registry=into)
        self.out = Gauge("backline_people_out", "People whose workplace counts as out", registry=into)
        self.notices = Gauge("backline_outbox_notices", "Messages that wait to be sent", registry=into)
        self.refreshes = Gauge("backline_outbox_refreshes", "Cards that show something old", registry=into)
        self.dead = Gauge("backline_outbox_dead", "Messages that were given up", registry=into)
        self.oldest = Gauge(
            "backline_outbox_oldest_seconds", "How long the oldest due message has waited", registry=into
        )
        self.age = Gauge("backline_age_seconds", "How long since a part last did its round", ["part"], registry=into)
        self.up = Gauge("backline_platform_up", "Whether a chat platform takes messages", ["platform"], registry=into)
        self.skew = Gauge(
            "backline_clock_skew_seconds", "How far the computer's clock is ahead of the service's", registry=into
        )

    def _measure_work(self) -> None:
        into = self.registry
        self.settle = Histogram(
            "backline_settle_seconds",
            "Drawing all consequences of a group of commands",
            registry=into,
            buckets=_SECONDS,
        )

        self.lag = Histogram(
            "backline_loop_lag_seconds",
            "How late what was due came to its turn, looked at ten times a second",
            registry=into,
            buckets=_SECONDS,
        )
        self.graph_calls = Counter(
            "backline_graph_calls", "Calls to Microsoft Graph, by how they ended", ["result"], registry=into
        )
        self.graph_units = Counter(
            "backline_graph_units", "Resource units that calls to Microsoft Graph have cost", registry=into
        )
        self.graph_waiting = Gauge(
            "backline_sharepoint_waiting", "Rows that SharePoint does not have yet", registry=into
        )

    def outbox(self, depth: Depth, now: datetime) -> None:
        """Note what waits."""
        self.notices.set(depth.notices)
        self.refreshes.set(depth.refreshes)
        self.dead.set(depth.dead)
        self.oldest.set(max(0.0, (now - depth.oldest).total_seconds()) if depth.oldest else 0.0)

    def text(self) -> bytes:
        """All of it in Prometheus' text format."""
        return generate_latest(self.registry)
