"""`backline doctor`: is everything there that `backline run` needs?"""

from __future__ import annotations

import asyncio
import http.client
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal

from adapters.app import latest_entry, look_at_accounts, look_at_database
from adapters.commands.terminal import say
from adapters.files import read_company, read_plan
from adapters.problem import Problem
from adapters.settings import InvalidSettings, Settings, is_loopback, load_settings, unknown_settings
from bot.ports import StoreError

Mark = Literal["ok", "warn", "fail"]
_ASK_SECONDS = 3.0
_EARLIEST = datetime(2026, 1, 1, tzinfo=UTC)  # this program did not exist before


@dataclass(frozen=True, slots=True)
class Finding:
    """One line of the doctor's."""

    mark: Mark
    name: str
    detail: str


def doctor() -> int:
    """Print a line for each check; 1 if one fails, else 0."""
    worst = 0
    for finding in _findings():
        first, *rest = finding.detail.splitlines() or [""]
        say(f"{finding.mark:<4}  {finding.name:<8}  {first}")
        for line in rest:
            say(f"{'':<4}  {'':<8}  {line}")
        worst = max(worst, int(finding.mark == "fail"))
    return worst


def _findings() -> Iterator[Finding]:
    for odd in unknown_settings():
        yield Finding("warn", "settings", odd)
    try:
        settings = load_settings()
    except InvalidSettings as error:
        yield Finding("fail", "settings", str(error))
        return  # the others would look at the wrong things
    yield _settings(settings)
    if settings.azure_client_id and not settings.sharepoint:
        yield Finding("warn", "settings", "AZURE_CLIENT_ID is set but GRAPH_SITE is not: SharePoint is not kept up")
    yield _checked("plan", lambda: _plan(settings))
    if settings.practice or settings.company:  # else the line of the settings says it
        yield _checked("company", lambda: _company(settings))
    yield _checked("database", lambda: asyncio.run(look_at_database(settings)))
    yield _clock(settings)
    if settings.slack_bot_token:
        from adapters.slack.check import look_now  # noqa: PLC0415 - takes its time to load, and is often not needed

        yield from (Finding(one.mark, "slack", one.detail) for one in look_now(settings))
    if settings.teams:
        from adapters.teams.check import look_now as look_at_teams  # noqa: PLC0415 - as above

        yield from (Finding(one.mark, "teams", one.detail) for one in look_at_teams(settings))
        yield _people_on(settings, "teams")
    if settings.sharepoint:
        from adapters.sharepoint.check import look_now as look_at_sharepoint  # noqa: PLC0415 - as above

        yield from (Finding(one.mark, "sharepoint", one.detail) for one in look_at_sharepoint(settings))
    yield _service(settings)


def _checked(name: str, look: Callable[[], str]) -> Finding:
    try:
        return Finding("ok", name, look())
    except (Problem, StoreError) as error:
        return Finding("fail", name, str(error))


def _settings(settings: Settings) -> Finding:
    if not settings.practice:
        if settings.company is None:
            return Finding("fail", "settings", "BACKLINE_COMPANY: set it to your company file")
        mode = "Socket Mode" if settings.slack_app_token else "Slack calls this server"
        served = [f"Slack ({mode})"] if settings.slack_bot_token else []
        served += ["Teams"] if settings.teams else []
        return Finding("ok", "settings", f"serves {' and '.join(served)}")
    if not is_loopback(settings.host):
        wrong = f"BACKLINE_HOST: {settings.host} is not loopback, and the practice desk has no sign-in; write 127.0.0.1"
        return Finding("fail", "settings", wrong)
    return Finding("ok", "settings", "no chat credentials: the practice desk")


def _people_on(settings: Settings, platform: str) -> Finding:
    """How many people can be reached there."""
    try:
        found = asyncio.run(look_at_accounts(settings, platform))
    except (Problem, StoreError) as error:
        return Finding("fail", platform, str(error))
    text = f"{found.linked} of {found.people} people of the company file are known there"
    if found.linked < found.people:
        return Finding("warn", platform, f"{text}; the others need the app, or a team that has it")
    return Finding("ok", platform, text)


def _plan(settings: Settings) -> str:
    plan = read_plan(settings.plan)
    return f"version {plan.version}, digest {plan.digest[:12]}, {settings.plan or 'the packaged one'}"


def _company(settings: Settings) -> str:
    company = read_company(settings.company)
    return f"{len(company.people)} people, {len(company.projects)} projects, {settings.company or 'the sample company'}"


def _clock(settings: Settings) -> Finding:
    """Wrong by days is what can be told without asking anybody: before this program was written, or before the log."""
    now = datetime.now(UTC)
    if now < _EARLIEST:
        return Finding("fail", "clock", f"it is not {now:%Y-%m-%d}; set the computer's clock, best by NTP")
    try:
        latest = asyncio.run(latest_entry(settings))
    except StoreError:
        latest = None  # the line above has it
    if latest is not None and latest > now:
        what = "practice time was moved on" if settings.practice else "is the computer's clock behind?"
        return Finding("warn", "clock", f"the log's last entry is at {latest:%Y-%m-%d %H:%M} UTC, after now: {what}")
    return Finding("ok", "clock", f"{now:%Y-%m-%d %H:%M:%S} UTC, local zone {'/'.join(time.tzname)}")


def _service(settings: Settings) -> Finding:
    """Ask a running one how it is."""
    host = settings.host if is_loopback(settings.host) else "127.0.0.1"
    where = f"{settings.host}:{settings.port}"
    connection = http.client.HTTPConnection(host.strip("[]"), settings.port, timeout=_ASK_SECONDS)
    try:
        connection.request("GET", "/readyz")
        answer = connection.getresponse()
        said = answer.read(2000).decode("utf-8", "replace").strip()
    except ConnectionRefusedError:
        return Finding("ok", "service", f"nothing runs on {where}; begin with backline run")
    except (OSError, http.client.HTTPException) as error:
        return Finding("warn", "service", f"{where} does not answer as Backline does: {type(error).__name__}")
    finally:
        connection.close()
    if answer.status == http.client.OK and said == "ready":
        return Finding("ok", "service", f"runs on {where} and takes reports")
    if answer.status == http.client.SERVICE_UNAVAILABLE:
        return Finding("fail", "service", f"runs on {where} but cannot take reports:\n{said}")
    return Finding("warn", "service", f"another program answers on {where}; set BACKLINE_PORT to another port")
