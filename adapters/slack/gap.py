"""After a gap: the direct messages that came while nobody listened, read from the history.

Slack delivers an event again for some minutes, then drops it. A message we answered is one that an answer of ours names
in its metadata; the others are taken now, as if they had just come, with the same key, so that none counts twice.
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from adapters.observe import alarm, logger
from adapters.slack.payloads import Caller
from adapters.slack.voice import ANSWERED, Web
from bot.ports import Account, Directory, Json, SendError, StoreError, Urgency

LONGEST = timedelta(hours=4)  # older words are about another day; whoever wrote them has found another way
MARGIN = timedelta(seconds=30)
MOST_CHANNELS = 200  # those heard of last; Slack lets us read about fifty a minute
_MESSAGES = 50  # of one conversation
_NOTED = timedelta(hours=1)  # how old the note of when somebody was heard may get
_TRIES = 3  # at a conversation, when Slack says to wait

Said = Callable[[Caller, str, str, str], Awaitable[None]]


class Gap:
    """Knows the direct conversations (also after a restart), and reads on where hearing stopped."""

    def __init__(self, web: Web, directory: Directory, me: Callable[[], str | None]) -> None:
        self._web = web
        self._directory = directory
        self._me = me
        self._heard: OrderedDict[Caller, tuple[str, datetime]] = OrderedDict()  # the one heard last at the end
        self._lock = asyncio.Lock()

    def recall(self, accounts: Iterable[Account]) -> None:
        """The conversations noted with these accounts."""
        noted = [(datetime.fromisoformat(one.ref["heard"]), one) for one in accounts if "dm" in one.ref]
        for at, account in sorted(noted, key=lambda one: one[0])[-MOST_CHANNELS:]:
            self._heard.setdefault(Caller(account.tenant, account.user), (account.ref["dm"], at))

    async def heard(self, account: Account, channel: str, now: datetime) -> None:
        """This person writes to us there; noted with the account, once an hour at most. Raises `StoreError`."""
        caller = Caller(account.tenant, account.user)
        known, noted = self._heard.get(caller, ("", now))
        fresh = known == channel and now - noted < _NOTED
        self._heard[caller] = (channel, noted if fresh else now)
        self._heard.move_to_end(caller)
        if len(self._heard) > MOST_CHANNELS:
            self._heard.popitem(last=False)
        if not fresh:
            await self._directory.link(replace(account, ref={**account.ref, "dm": channel, "heard": now.isoformat()}))

    async def read(self, since: datetime, now: datetime, said: Said) -> int:
        """Hand over what was written since; how many messages. Raises nothing: what fails is logged."""
        oldest, taken = (max(since, now - LONGEST) - MARGIN).timestamp(), 0
        async with self._lock:  # two gaps at once would hand over the same messages
            conversations = [(caller, channel) for caller, (channel, _) in reversed(self._heard.items())]
            for caller, channel in conversations:
                taken += await self._read(caller, channel, oldest, said)
        logger().info("slack.gap_read", conversations=len(conversations), messages=taken)
        return taken

    async def _read(self, caller: Caller, channel: str, oldest: float, said: Said) -> int:
        try:
            missed = unanswered(await self._history(channel, oldest), self._me())
            for message in missed:
                await said(Caller(caller.team, message["user"]), channel, message["ts"], str(message.get("text") or ""))
        except SendError as error:
            logger().warning("slack.gap_unread", error=str(error))
        except StoreError as error:
            logger().error("slack.not_recorded", error=str(error), alarm=True)
        except Exception as error:  # noqa: BLE001 - one odd conversation must not hide the others
            alarm("slack.gap_failed", error)
        else:
            return len(missed)
        return 0

    async def _history(self, channel: str, oldest: float) -> Sequence[Json]:
        arguments: dict[str, Any] = {"channel": channel, "oldest": f"{oldest:.6f}", "limit": _MESSAGES}
        arguments["include_all_metadata"] = True
        for left in reversed(range(_TRIES)):
            try:
                found = await self._web.call("conversations.history", arguments, urgency=Urgency.NOTICE)
            except SendError as error:
                if not (left and error.retry_after):
                    raise
                await asyncio.sleep(error.retry_after.total_seconds())
            else:
                return list(found.get("messages") or ())
        return ()


def unanswered(messages: Sequence[Json], me: str | None) -> list[Json]:
    """What people said and no answer of ours names, oldest first. `messages` come newest first."""
    answered = set()
    for message in messages:
        metadata = message.get("metadata") or {}
        if metadata.get("event_type") == ANSWERED:
            answered.add((metadata.get("event_payload") or {}).get("ts"))
    return [
        message
        for message in reversed(messages)
        if isinstance(message.get("user"), str)
        and message["user"] != me
        and not message.get("bot_id")
        and message.get("subtype") in (None, "file_share")
        and message.get("ts") not in answered
    ]
