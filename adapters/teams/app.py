"""Teams as a whole: put together, opened beside the desk, closed."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine, Mapping
from typing import Any
from urllib.parse import urlsplit

from aiohttp import web

from adapters.chat.house import House
from adapters.chat.pacing import PostingTurns
from adapters.chat.rates import Gate
from adapters.observe import alarm, logger
from adapters.settings import Settings, is_loopback
from adapters.teams.arrivals import Arrivals
from adapters.teams.auth import Auth, Expected
from adapters.teams.clouds import cloud_of
from adapters.teams.connector import Connector
from adapters.teams.directory import TeamsDirectory
from adapters.teams.door import Door, Odd
from adapters.teams.greeting import Greeter
from adapters.teams.heard import Heard
from adapters.teams.intake import Intake
from adapters.teams.keys import Keys, Unavailable
from adapters.teams.listen import Listener, add_routes
from adapters.teams.messenger import TeamsMessenger
from adapters.teams.places import CHANNEL_TENANT, PLATFORM, ServiceHosts
from adapters.teams.pressing import Presses
from adapters.teams.rates import AT_ONCE, CALLS, teams_policy
from adapters.teams.reading import Readings
from adapters.teams.rooms import TeamsRooms
from adapters.teams.showing import Showing
from adapters.teams.tokens import Tokens, login_of
from adapters.teams.turn import Adapter, Bot
from adapters.teams.voice import Voice
from adapters.teams.wire import open_session
from bot.ports import Json, SendError, StoreError
from bot.reception import Reception

LOOPBACK = ("127.0.0.1", "localhost", "::1")
_LONGEST_NAME = 60  # characters of an odd thing's name or id in the log
_FIRST_PAUSE, _LONGEST_PAUSE = 1.0, 60.0  # seconds between asking for the signing keys, or for who is in the teams


class Teams:
    """One per process; made inside a running loop. Needs MICROSOFT_APP_ID and what belongs to it, or TEAMS_AUTH=off."""

    def __init__(self, settings: Settings, house: House) -> None:
        if not settings.teams:
            raise ValueError("no MICROSOFT_APP_ID; set it, or do not open Teams")
        self._settings = settings
        self._house = house
        local = settings.teams_auth == "off"
        self._session = open_session(loopback=is_loopback(urlsplit(settings.teams_openid_metadata_url).hostname or ""))
        login = login_of(settings)
        self._tokens = Tokens(self._session, login, house.elapsed) if login else None
        self._keys = None if local else Keys(self._session, settings.teams_openid_metadata_url, house.elapsed)
        gate = Gate(teams_policy(), house.elapsed, asyncio.sleep, AT_ONCE)
        hosts = _hosts(settings)
        self._connector = Connector(self._session, gate, hosts, settings.microsoft_app_id or "backline", self._tokens)
        readings = Readings(house.desk, house.directory, house.elapsed)
        self.messenger = TeamsMessenger(self._connector, readings)
        self.turns = PostingTurns(gate, CALLS, CALLS, house.elapsed)
        self.rooms = TeamsRooms(house.directory)
        self.people = TeamsDirectory(self._connector, house.directory, readings, house.elapsed)
        self._voice = Voice(self._connector, self.people.keep)
        self.intake = self._make_intake(readings)
        expected = Expected(
            settings.microsoft_app_id or "",
            settings.microsoft_app_tenant_id,
            cloud_of(settings.teams_openid_metadata_url).issuer,
        )
        clocks = (lambda: house.clock.now().timestamp(), house.wall)
        auth = Auth(expected, self._keys, hosts, clocks)
        self._listener = Listener(self.intake.take, auth, house.counts, open_to_all=local)
        self._tasks: set[asyncio.Task[None]] = set()

    def _make_intake(self, readings: Readings) -> Intake:
        house = self._house
        reception = Reception(house.desk, house.journal, house.sync)
        door = Door(self.people, reception, self._voice.later, self._odd)
        showing = Showing(readings)
        greeter = Greeter(reception, self.people, door, showing, self._voice)
        arrivals = Arrivals(house.directory, self.people, door, greeter, self._voice)
        presses = Presses(reception, house.journal, door, showing)
        adapter = Adapter(self._connector)

        async def framework(request: web.Request, activity: Json) -> web.Response:
            return await adapter.process(request, bot, activity=activity)

        intake = Intake(reception, door, showing, self._voice, Heard(house.elapsed), framework)
        bot = Bot(_Listeners(intake, presses, arrivals, self._odd))
        return intake

    def listen(self, http: web.Application) -> None:
        """Serve `POST /api/messages`."""
        add_routes(http, self._listener)

    async def open(self) -> None:
        """Begin: nothing here is waited for. People who are linked are known without Teams."""
        await self._recall()
        if self._keys:
            self._later(self._fetch_keys(self._keys))
        self._later(self._enrol())
        if self._settings.teams_auth == "off":
            logger().warning("teams.open_to_all", host=self._settings.host)

    async def close(self) -> None:
        """Say what is to be said, and let go."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._voice.close()
        if self._keys:
            await self._keys.close()
        if self._tokens:
            await self._tokens.close()
        await self._session.close()

    # --- Beside the requests ------------------------------------------------------------------------------------------

    def _later(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _recall(self) -> None:
        """Whose accounts are known: nobody waits for the store later."""
        try:
            accounts = await self._house.directory.everybody(PLATFORM)
        except StoreError as error:
            alarm("teams.not_recalled", error)
            return
        people = self._house.desk.rules.company.people
        for account in reversed(accounts):  # the one used last counts
            if account.tenant != CHANNEL_TENANT and account.person in people:
                self.people.recall(account)

    @staticmethod
    async def _fetch_keys(keys: Keys) -> None:
        """So that the first message need not wait for them."""
        pause = _FIRST_PAUSE
        while True:
            try:
                await keys.renew()
            except Unavailable:
                await asyncio.sleep(pause)
                pause = min(2 * pause, _LONGEST_PAUSE)
            else:
                return

    async def _enrol(self) -> None:
        """Link everybody in the teams that have the app, so that nobody is looked up in an emergency."""
        pause = _FIRST_PAUSE
        while True:
            try:
                await self.people.enrol_all()
            except SendError as error:
                logger().warning("teams.not_enrolled", error=str(error), again_in=pause)
                if error.permanent:
                    return
            except StoreError as error:
                alarm("teams.not_enrolled", error, again_in=pause)
            else:
                return
            await asyncio.sleep(pause)
            pause = min(2 * pause, _LONGEST_PAUSE)

    def _odd(self, kind: str, name: str, activity: Json) -> None:
        """Something nobody listens to: noted by what it is, its id and its conversation's."""
        self._house.counts.requested(kind, "odd")
        place = activity.get("conversation")
        ids = {"id": activity.get("id"), "conversation": place.get("id") if isinstance(place, Mapping) else None}
        short = {what: one[:_LONGEST_NAME] for what, one in ids.items() if isinstance(one, str)}
        logger().warning("teams.odd", kind=kind, name=name[:_LONGEST_NAME], **short)


class _Listeners:
    """`turn.Listeners`: who is told of what."""

    def __init__(self, intake: Intake, presses: Presses, arrivals: Arrivals, odd: Odd) -> None:
        self.said = intake.said
        self.pressed = presses.pressed
        self.added = arrivals.added
        self.removed = arrivals.removed
        self.joined = arrivals.joined
        self.parted = arrivals.parted
        self.odd = odd


def _hosts(settings: Settings) -> ServiceHosts:
    """To whom we talk: without tokens only this computer."""
    if settings.teams_auth == "off":
        return ServiceHosts(tuple(filter(is_loopback, settings.teams_service_urls)) or LOOPBACK)
    return ServiceHosts(settings.teams_service_urls)
