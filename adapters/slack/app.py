"""Slack as a whole: put together, opened beside the desk, closed."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable, Coroutine
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

from aiohttp import web

from adapters.chat.house import House
from adapters.chat.pacing import PostingTurns
from adapters.chat.rates import Gate
from adapters.observe import alarm, logger
from adapters.settings import Settings, is_loopback
from adapters.slack.api import SlackApi, make_client, open_session
from adapters.slack.bolt import Bolt
from adapters.slack.directory import SlackDirectory
from adapters.slack.door import Door
from adapters.slack.finding import enrol
from adapters.slack.gap import Gap
from adapters.slack.intake import Intake
from adapters.slack.listen import Listener, add_routes
from adapters.slack.messenger import CHANGE, POST, SlackMessenger
from adapters.slack.modals import Modals
from adapters.slack.payloads import Caller
from adapters.slack.pressing import Presses
from adapters.slack.reading import PLATFORM, Readings
from adapters.slack.rooms import SlackRooms
from adapters.slack.showing import Showing
from adapters.slack.socket_mode import SocketMode, Wiring
from adapters.slack.tiers import slack_policy
from adapters.slack.voice import Voice
from bot.ports import Account, SendError, StoreError, Urgency
from bot.reception import Reception

_NAME, _NO_NAME = re.compile(r"[a-z0-9_.:-]{1,60}", re.ASCII), "(not a name)"  # of an odd thing, for the log
_FIRST_PAUSE, _LONGEST_PAUSE = 1.0, 60.0  # seconds between asking Slack who we are


class Slack:
    """One per process; made inside a running loop. Needs SLACK_BOT_TOKEN, and a signing secret or an app token."""

    def __init__(self, settings: Settings, house: House) -> None:
        if settings.slack_bot_token is None:
            raise ValueError("no SLACK_BOT_TOKEN; set it, or do not open Slack")
        self._settings = settings
        self._house = house
        self._session = open_session()
        token, url = settings.slack_bot_token.reveal(), settings.slack_api_url
        gate = Gate(slack_policy(), house.elapsed, asyncio.sleep)
        self._client = make_client(token, url, self._session)
        self._api = SlackApi(self._client, gate)
        app_token = settings.slack_app_token
        lines_client = make_client(app_token.reveal() if app_token else "", url, self._session)
        self._lines_api = SlackApi(lines_client, gate)
        readings = self._readings = Readings(house.desk, house.directory, house.elapsed)
        self.messenger = SlackMessenger(self._api, readings)
        self.turns = PostingTurns(gate, POST, CHANGE, house.elapsed)
        self.rooms = SlackRooms(self._api, house.directory)
        people = self.people = SlackDirectory(self._api, house.directory, readings, house.elapsed)
        reception = Reception(house.desk, house.journal, house.sync)
        self._voice = Voice(self._api, self._session)
        self._door = Door(people, reception, house.elapsed, self._odd)
        showing = Showing(reception, readings)
        loopback = is_loopback(urlsplit(url).hostname or "")
        presses = Presses(reception, self._door, showing, self._voice, loopback=loopback)
        modals = Modals(reception, self._door, showing, self._voice)
        bolt = Bolt(
            token=token,
            url=self._client.base_url,
            session=self._session,
            door=self._door,
            showing=showing,
            voice=self._voice,
            presses=presses,
            modals=modals,
        )
        self._gap = Gap(self._api, house.directory, lambda: self._door.me)
        self.intake = Intake(
            reception=reception,
            door=self._door,
            showing=showing,
            voice=self._voice,
            presses=presses,
            framework=bolt,
            heard=self._heard,
        )
        self._since = house.clock.now()
        self._recalled: asyncio.Task[None] | None = None
        self._tasks: set[asyncio.Task[None]] = set()

    @property
    def socket_mode(self) -> bool:
        """Whether this server calls Slack, rather than Slack this server."""
        return self._settings.slack_app_token is not None

    def listen(self, http: web.Application) -> None:
        """Serve `POST /slack/events`, where Slack calls this server."""
        secret = self._settings.slack_signing_secret
        if secret is None or self.socket_mode:
            return
        house = self._house
        clocks = (house.wall, lambda: house.clock.now().timestamp())
        add_routes(http, Listener(self.intake, secret.reveal(), clocks, house.elapsed, house.counts))

    async def open(self, since: datetime) -> None:
        """Begin. `since`: we listened at least until then; what was written later is read, without waiting for it."""
        self._since = since
        self._recalled = asyncio.create_task(self._recall())
        self._later(self._introduce())
        if not self.socket_mode:
            self._later(self._read_on(since))

    async def run_lines(self, alive: Callable[[], None]) -> None:
        """Socket Mode: keep the lines up until cancelled."""
        house = self._house
        wiring = Wiring(self.intake, house.counts, self._session, self._address, house.elapsed, self._came_back, alive)
        await SocketMode(wiring).run()

    async def close(self) -> None:
        """Say what is to be said, and let go."""
        tasks = [*self._tasks, *([self._recalled] if self._recalled else [])]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await self._voice.close()
        await self._session.close()

    # --- beside the requests --------------------------------------------------------------------------------------

    def _later(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _introduce(self) -> None:
        """Ask Slack who we are until it says so. Nothing waits for it: people who are linked are known without."""
        pause = _FIRST_PAUSE
        while self._door.identity is None:
            try:
                self._door.identity = await self._api.identity()
            except SendError as error:
                logger().error("slack.not_introduced", error=str(error), again_in=pause)
                await asyncio.sleep(pause)
                pause = min(2 * pause, _LONGEST_PAUSE)
        logger().info("slack.ready", team=self._door.identity.team, socket_mode=self.socket_mode)
        await self._enrol(self._door.identity.team)

    async def _enrol(self, team: str) -> None:
        """Link everybody who is in Slack, so that nobody is looked up in an emergency."""
        house, pause = self._house, _FIRST_PAUSE
        while True:
            try:
                linked, new = await enrol(
                    self._api, house.directory, house.desk.rules.company, team, self._readings.learn
                )
            except SendError as error:
                logger().warning("slack.not_enrolled", error=str(error), again_in=pause)
            except StoreError as error:
                alarm("slack.not_enrolled", error, again_in=pause)
            else:
                people = len(house.desk.rules.company.people)
                logger().info("slack.enrolled", linked=linked, new=new, people=people)
                return
            await asyncio.sleep(pause)
            pause = min(2 * pause, _LONGEST_PAUSE)

    async def _recall(self) -> None:
        """Whose accounts are known, and where people have written to us: nobody waits for the store later."""
        accounts: list[Account] = []
        try:
            people = self._house.desk.rules.company.people
            accounts += [one for one in await self._house.directory.everybody(PLATFORM) if one.person in people]
        except StoreError as error:
            alarm("slack.not_recalled", error)
        for account in reversed(accounts):  # the one used last counts
            self._door.keep(account)
            self._readings.learn(account.person, account.user)
        self._gap.recall(accounts)

    async def _read_on(self, since: datetime) -> None:
        if self._recalled:
            await self._recalled
        await self._gap.read(since, self._house.clock.now(), self.intake.said)

    def _came_back(self, seconds: float) -> None:
        """A line is up after none was. The first time that is the start."""
        down = self._house.clock.now() - timedelta(seconds=seconds)
        self._later(self._read_on(min(self._since, down)))
        self._since = datetime.max.replace(tzinfo=UTC)

    async def _heard(self, caller: Caller, channel: str) -> None:
        if account := self._door.account(caller):
            await self._gap.heard(account, channel, self._house.clock.now())

    async def _address(self) -> str:
        """A fresh address for a line. Raises `SendError`."""
        answer = await self._lines_api.call("apps.connections.open", {}, urgency=Urgency.DECISION)
        return str(answer["url"])

    def _odd(self, kind: str, name: str) -> None:
        """Something nobody listens to."""
        self._house.counts.requested(kind, "odd")
        logger().warning("slack.odd", kind=kind, name=name if _NAME.fullmatch(name) else _NO_NAME)
