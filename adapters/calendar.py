"""Calendar work, such as a daily check. Deadlines are the desk's: docs/decisions/030-deadlines.md."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, time

from apscheduler.schedulers.asyncio import AsyncIOScheduler
from apscheduler.triggers.cron import CronTrigger

from adapters.observe import alarm, logger


class Calendar:
    """Jobs at times of day in UTC, or every minute; in memory. A missed one is done once, late; never two together."""

    def __init__(self) -> None:
        defaults = {"coalesce": True, "misfire_grace_time": None, "max_instances": 1}
        self._scheduler = AsyncIOScheduler(timezone=UTC, job_defaults=defaults)

    def daily(self, name: str, at: time, work: Callable[[], Awaitable[None]]) -> None:
        """Do `work` every day at `at`; what it raises is logged and ends that day's turn only."""

        async def turn() -> None:
            try:
                await work()
            except Exception as error:  # noqa: BLE001 - the outermost loop of calendar work, and it reports
                alarm("calendar.failed", error, job=name)
            else:
                logger().info("calendar.done", job=name)

        self._scheduler.add_job(turn, CronTrigger(hour=at.hour, minute=at.minute, timezone=UTC), id=name)

    def every_minute(self, name: str, work: Callable[[], Awaitable[None]]) -> None:
        """Do `work` at each full minute; what it raises is logged and ends that minute's turn only."""

        async def turn() -> None:
            try:
                await work()
            except Exception as error:  # noqa: BLE001 - as above
                alarm("calendar.failed", error, job=name)

        self._scheduler.add_job(turn, CronTrigger(second=0, timezone=UTC), id=name)

    def next(self, name: str) -> datetime | None:
        """When the job is due next; None when it is not planned. `start` first."""
        job = self._scheduler.get_job(name)
        return job.next_run_time if job else None

    def run_now(self, name: str) -> None:
        """Do the job now as well."""
        self._scheduler.modify_job(name, next_run_time=datetime.now(UTC))

    def start(self) -> None:
        """Begin; needs a running loop."""
        self._scheduler.start()

    def stop(self) -> None:
        """Begin nothing new."""
        if self._scheduler.running:
            self._scheduler.shutdown(wait=False)
