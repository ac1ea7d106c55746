"""What somebody typed to us in Slack: `/backline …` or a direct message. Pure.

`/backline report [@person] [words]` is always a report, whatever the words: they only say more about it. Anything else
is understood as a sentence. Text arrives with `& < >` escaped, and people as `<@U012AB3CD>` or `<@U012AB3CD|name>`
(docs.slack.dev/interactivity/implementing-slash-commands, docs.slack.dev/messaging/formatting-message-text).
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache

from bot.phrases import UNCLEAR, Intent, understand

_MENTION = re.compile(r"<@([UW][A-Z0-9]{2,20})(?:\|[^<>]*)?>", re.ASCII)
_LINK = re.compile(r"<[^<>\s|]+\|([^<>]+)>|<((?:https?|mailto|tel):[^<>\s|]+)>")
_REPORT = re.compile(r"(?:report|jelent(?:em|es)?|bejelent(?:em|es)?)\b[:,]?\s*", re.IGNORECASE)
_BLANKS = re.compile(r"[^\S\n]+")  # a line break stays: it ends a clause
_SHORT = 40  # characters
_HARMLESS = ("status", "log", "help", "menu")
_ENTITIES = (("&lt;", "<"), ("&gt;", ">"), ("&amp;", "&"))  # `&amp;` last, or `&amp;lt;` would become `<`


@dataclass(frozen=True, slots=True)
class Asked:
    """The intent, the words that say it, and the Slack user it is about when that is somebody else."""

    intent: Intent
    text: str
    about: str | None = None


def typed(text: str, *, command: bool, me: str | None = None) -> Asked:
    """What the text asks. `command`: it came after `/backline`, so a leading "report" is no slip of the tongue.

    `me`: our own Slack user, whose mention says nothing.
    """
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
    about = mentioned.group(1) if mentioned else None
    words = readable(text)
    explicit = _REPORT.match(_without_accents(words))
    if explicit and (command or about or explicit.end() == len(words)):
        words = words[explicit.end() :]
        return Asked(_report(words), words, about)
    intent = understand(words)
    if about and intent.kind not in _HARMLESS:
        return Asked(UNCLEAR, words)  # somebody is talked about: nobody is reported on a guess
    return Asked(intent, words)


def readable(text: str) -> str:
    """Slack's markup as plain words: mentions out, links by their label, escapes undone."""
    text = _MENTION.sub(" ", text)
    text = _LINK.sub(lambda found: found.group(1) or found.group(2), text)
    for entity, sign in _ENTITIES:
        text = text.replace(entity, sign)
    return _BLANKS.sub(" ", text).strip()


def _report(words: str) -> Intent:
    """A report, unless the words say that it is over."""
    meant = understand(words)
    match meant.kind:
        case "report" | "restored" | "moved":
            return meant
        case "move_yes" | "move_no":
            return Intent("report", None, meant.kind == "move_yes")
        case _:
            return Intent("report")


def _without_accents(text: str) -> str:
    """As many characters as `text`, so that places in one are places in the other."""
    return "".join(unicodedata.normalize("NFD", letter)[0] for letter in text)
