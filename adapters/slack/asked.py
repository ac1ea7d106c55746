"""What somebody typed to us in Slack: `/backline …` or a direct message. Pure.

Text arrives with `& < >` escaped, and people as `<@U012AB3CD>` or `<@U012AB3CD|name>`
(docs.slack.dev/interactivity/implementing-slash-commands, docs.slack.dev/messaging/formatting-message-text).
"""

from __future__ import annotations

import re
from functools import lru_cache

from adapters.chat.asked import Asked, asked, tidy

_MENTION = re.compile(r"<@([UW][A-Z0-9]{2,20})(?:\|[^<>]*)?>", re.ASCII)
_LINK = re.compile(r"<[^<>\s|]+\|([^<>]+)>|<((?:https?|mailto|tel):[^<>\s|]+)>")
_SHORT = 40  # characters
_ENTITIES = (("&lt;", "<"), ("&gt;", ">"), ("&amp;", "&"))  # `&amp;` last, or `&amp;lt;` would become `<`


def typed(text: str, *, command: bool, me: str | None = None) -> Asked:
    """What the text asks. `command`: it came after `/backline`. `me`: our own Slack user; its mention says nothing."""
    if len(text) <= _SHORT:
        return _short(text, command, me)
    return _typed(text, command=command, me=me)


@lru_cache(1024)
def _short(text: str, command: bool, me: str | None) -> Asked:  # noqa: FBT001 - keywords would cost as much as it saves
    """In a disruption many write the same few words at the same time."""
    return _typed(text, command=command, me=me)


def _typed(text: str, *, command: bool, me: str | None) -> Asked:
    text = text.replace(f"<@{me}>", " ").strip()
    mentioned = _MENTION.search(text)
    return asked(readable(text), mentioned.group(1) if mentioned else None, command=command)


def readable(text: str) -> str:
    """Slack's markup as plain words: mentions out, links by their label, escapes undone."""
    text = _MENTION.sub(" ", text)
    text = _LINK.sub(lambda found: found.group(1) or found.group(2), text)
    for entity, sign in _ENTITIES:
        text = text.replace(entity, sign)
    return tidy(text)
