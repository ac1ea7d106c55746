"""Backline's Teams in this process: the real desk on a store in memory, beside the stand-in of Teams."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace

from aiohttp import web

from adapters.chat.house import House
from adapters.secret import Secret
from adapters.settings import Settings
from adapters.teams.app import Teams
from bot.courier import Courier
from bot.cover import Rulebook
from bot.desk import Desk
from bot.events import WorkplaceReported
from bot.ports import Json
from store import Store, open_store
from tests.standins.teams.client import Person, running
from tests.standins.teams.client import Teams as StandIn
from tests.unit.slack_listen.house import Counted, MoodyJournal, NowClock
from tests.unit.stage import Seen, rulebook


@dataclass
class Indoors:
    """The whole, running."""

    standin: StandIn
    store: Store
    desk: Desk
    journal: MoodyJournal
    teams: Teams
    counts: Counted
    seen: Seen
    url: str
    people: dict[str, Person]

    def reports(self) -> list[str]:
        """Whose report is in the journal, in order."""
        return [event.person for event in self.seen.events if isinstance(event, WorkplaceReported)]

    async def linked(self, name: str) -> None:
        """Wait until this person's account is in the directory."""
        await until(lambda: self.store.directory.accounts(name))


async def until(look: Callable[[], object], seconds: float = 30.0) -> None:
    """Wait until it is so."""
    async with asyncio.timeout(seconds):
        while True:
            found = look()
            if asyncio.iscoroutine(found):
                found = await found
            if found:
                return
            await asyncio.sleep(0.01)


def settings_for(standin: StandIn) -> Settings:
    """What the stand-in's environment says."""
    env = standin.environment
    return Settings(
        microsoft_app_id=env["MICROSOFT_APP_ID"],
        microsoft_app_password=Secret(env["MICROSOFT_APP_PASSWORD"]),
        microsoft_app_tenant_id=env["MICROSOFT_APP_TENANT_ID"],
        teams_openid_metadata_url=env["TEAMS_OPENID_METADATA_URL"],
        teams_token_url=env["TEAMS_TOKEN_URL"],
        teams_service_urls=(env["TEAMS_SERVICE_URLS"],),
    )


@asynccontextmanager
async def indoors(*names: str, courier: bool = False, auth: str = "required") -> AsyncIterator[Indoors]:
    """Teams and Backline, with these people of the sample company, who have the app."""
    async with running() as standin:
        people = {name: await standin.person(name, email=f"{name}@example.com") for name in names}
        async with served(standin, courier=courier, auth=auth) as house:
            house.people |= people
            for person in people.values():
                assert all(one["ok"] for one in await person.install())
                await person.until_that(lambda one: bool(one["card"]))
            yield house


@asynccontextmanager
async def served(
    standin: StandIn,
    *,
    courier: bool = False,
    auth: str = "required",
    store: Store | None = None,
    rules: Rulebook | None = None,
) -> AsyncIterator[Indoors]:
    """Backline beside a stand-in that runs already."""
    own = store or await open_store("memory:")
    journal, seen, counts, clock = MoodyJournal(own), Seen(), Counted(), NowClock()
    desk = Desk(journal=journal, clock=clock, rules=rules or rulebook(), watch=seen, stopwatch=time.perf_counter)
    settings = replace(settings_for(standin), teams_auth=auth)
    teams = Teams(settings, House(desk, journal, own.directory, clock, counts, time.monotonic, time.time))
    bringing = Courier(
        desk=desk,
        outbox=own.outbox,
        journal=journal,
        directory=own.directory,
        finders={teams.messenger.platform: teams.people},
        rooms={teams.messenger.platform: teams.rooms},
        messengers={teams.messenger.platform: teams.messenger},
        clock=clock,
        watch=seen,
    )
    app = web.Application()
    teams.listen(app)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.5)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    await standin.settings(endpoint=f"{url}/api/messages")
    await desk.start()
    tasks = [asyncio.create_task(bringing.run(lambda: None))] if courier else []
    await teams.open()
    try:
        yield Indoors(standin, own, desk, journal, teams, counts, seen, url, {})
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await runner.cleanup()
        await teams.close()
        await desk.close()
        if store is None:
            await own.close()


async def pressed(person: Person, verb: str, **options: object) -> Json:
    """Press the newest button with this verb, once there is one."""
    from tests.standins.teams.client import Refused  # noqa: PLC0415

    async with asyncio.timeout(20):
        while True:
            try:
                return await person.press(verb=verb, **options)
            except Refused as error:
                if "no action" not in str(error) and "no card" not in str(error):
                    raise
                await asyncio.sleep(0.01)
