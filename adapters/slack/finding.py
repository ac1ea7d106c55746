"""Accounts before anybody has written: all members at the start. Somebody new: `SlackDirectory.account_for`.

In an emergency nobody should wait for look-ups at fifty a minute.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Mapping
from typing import Any

from adapters.observe import logger
from adapters.slack.directory import email_of, unfit
from adapters.slack.reading import PLATFORM
from adapters.slack.voice import Web
from bot.company import Company
from bot.ports import Account, Directory, StoreError, Urgency

_PAGE = 500
_MOST_PAGES = 200


async def enrol(
    web: Web, directory: Directory, company: Company, team: str, learn: Callable[[str, str], None]
) -> tuple[int, int]:
    """Link every member whose address is in the company file: how many are linked, and how many are so only now.

    Raises `SendError`, `StoreError`.
    """
    people = {one.email.casefold(): one.id for one in company.people.values() if one.email}
    linked = new = 0
    async for member in _members(web):
        person = people.get(email_of(member).casefold())
        if person is None or unfit(member, team):
            continue
        user, locale = str(member["id"]), member.get("locale")
        if await directory.who(PLATFORM, team, user) is None:
            try:
                await directory.link(Account(person, PLATFORM, team, user, str(locale) if locale else None))
            except StoreError as error:
                if not error.permanent:
                    raise
                logger().warning("slack.not_linked", person=person, user=user)
                continue
            learn(person, user)
            new += 1
        linked += 1
    return linked, new


async def _members(web: Web) -> AsyncIterator[Mapping[str, Any]]:
    arguments: dict[str, Any] = {"limit": _PAGE, "include_locale": True}
    for _ in range(_MOST_PAGES):
        page = await web.call("users.list", arguments, urgency=Urgency.NOTICE)
        for member in page.get("members") or ():
            if isinstance(member, Mapping):
                yield member
        cursor = (page.get("response_metadata") or {}).get("next_cursor")
        if not cursor:
            return
        arguments["cursor"] = cursor
