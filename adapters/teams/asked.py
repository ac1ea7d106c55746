"""What somebody typed to us in Teams. Pure.

People stand in the text as `<at>Name</at>`, and their ids in `entities`; everything else is escaped as in HTML
(learn.microsoft.com/microsoftteams/platform/bots/how-to/conversations/channel-and-group-conversations). Our own mention
says nothing. In a chat where nobody can be mentioned, "report anna@example.com …" names somebody as well.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterator, Mapping
from typing import Any

from adapters.chat.asked import Asked, asked, tidy
from adapters.teams.payloads import is_id
from bot.ports import Json

_AT = re.compile(r"<at\b[^<>]*>.*?</at>", re.IGNORECASE | re.DOTALL)
_TAG = re.compile(r"</?at\b[^<>]*>", re.IGNORECASE)
_EMAIL = re.compile(r"(?<=\s)[\w.+'-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,8}(?=[\s,:;]|$)")


def typed(activity: Json) -> Asked:
    """What the message asks, and about whom: an id (`29:…`), or an e-mail address."""
    text = activity.get("text")
    text = text if isinstance(text, str) else ""
    others = [user for user in _mentioned(activity) if user != _me(activity)]
    words = readable(text)
    if not others and (found := _EMAIL.search(words)):
        return asked(tidy(words[: found.start()] + words[found.end() :]), found.group(), command=False)
    return asked(words, others[0] if others else None, command=False)


def readable(text: str) -> str:
    """The words without mentions, and without HTML's escapes."""
    plain = _TAG.sub(" ", _AT.sub(" ", text))
    return tidy(html.unescape(plain).replace("\xa0", " "))


def _me(activity: Json) -> object:
    recipient = activity.get("recipient")
    return recipient.get("id") if isinstance(recipient, Mapping) else None


def _mentioned(activity: Json) -> Iterator[str]:
    listed: Any = activity.get("entities")
    for one in listed if isinstance(listed, list) else ():
        if isinstance(one, Mapping) and one.get("type") == "mention":
            mentioned = one.get("mentioned")
            user = mentioned.get("id") if isinstance(mentioned, Mapping) else None
            if isinstance(user, str) and is_id(user):
                yield user
