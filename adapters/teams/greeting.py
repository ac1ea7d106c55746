"""Greeting people who got the app: one card with one button, once. A few at a time, behind everything else.

An administrator may install the app for thousands at once; whoever cannot be looked up or written to yet is tried
again later, and nobody who reports meanwhile waits for it.
"""

from __future__ import annotations

import asyncio
from collections import deque
from dataclasses import dataclass, replace

from adapters.observe import logger
from adapters.teams.directory import TeamsDirectory
from adapters.teams.door import UNREACHABLE, Door, Turned
from adapters.teams.payloads import Caller, caller_of, place_in
from adapters.teams.places import Place
from adapters.teams.showing import Showing
from adapters.teams.voice import Voice
from bot.ports import Json, SendError, StoreError, Urgency
from bot.reception import Reception
from bot.wording import menu

_AT_ONCE = 4
_MOST_WAITING = 50_000
_TRIES = 20
_PAUSE = 5.0  # seconds before somebody is tried again, unless Teams says otherwise
_GREETED = "greeted"  # in `Account.ref`: they have been told what the app is for


@dataclass(slots=True)
class _Guest:
    caller: Caller
    place: Place
    activity: Json
    tries: int = 0


class Greeter:
    """One per process."""

    def __init__(
        self, reception: Reception, people: TeamsDirectory, door: Door, showing: Showing, voice: Voice
    ) -> None:
        self._reception = reception
        self._people = people
        self._door = door
        self._showing = showing
        self._voice = voice
        self._waiting: deque[_Guest] = deque()
        self._invited: set[Caller] = set()
        self._busy = 0

    def greet(self, activity: Json) -> None:
        """Link and greet whoever sent this, soon; Teams tells of the same arrival in two ways. Raises `Malformed`."""
        guest = _Guest(caller_of(activity), place_in(activity), activity)
        if guest.caller in self._invited:
            return
        if len(self._waiting) >= _MOST_WAITING:
            logger().error("teams.not_greeted", waiting=len(self._waiting))
            return
        self._invited.add(guest.caller)
        self._waiting.append(guest)
        if self._busy < _AT_ONCE:
            self._busy += self._voice.later(self._work())

    async def _work(self) -> None:
        try:
            while self._waiting:
                await self._receive(self._waiting.popleft())
        finally:
            self._busy -= 1

    async def _receive(self, guest: _Guest) -> None:
        """Greet them, or put them at the end of the queue after a while."""
        pause: float | None = None
        try:
            pause = await self._try(guest)
        except (SendError, StoreError) as error:
            logger().warning("teams.not_greeted", user=guest.caller.aad, error=str(error))
        if pause is None or guest.tries >= _TRIES:
            self._invited.discard(guest.caller)
            return
        guest.tries += 1
        await asyncio.sleep(pause)
        self._waiting.append(guest)

    async def _try(self, guest: _Guest) -> float | None:
        """Greet; after how many seconds to try again, or None: it is done. Raises `SendError`, `StoreError`."""
        try:
            account = await self._door.account(guest.activity)
            if not account.ref.get(_GREETED):
                reader = self._reception.reader(account.person, account.locale)
                card = menu(self._reception.view(), reader)
                await self._voice.post(guest.place, await self._showing.message(card, reader), Urgency.REFRESH)
                await self._people.keep(replace(account, ref={**account.ref, _GREETED: True}))
        except Turned as turned:
            if turned.why == UNREACHABLE:
                return _PAUSE
            if turned.text:
                await self._voice.say(guest.place, turned.text)
        except SendError as error:
            if error.permanent or error.ambiguous:
                raise
            return error.retry_after.total_seconds() if error.retry_after else _PAUSE
        return None
