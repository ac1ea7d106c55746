"""A neutral line in Slack's three writings: mrkdwn for our words, rich text for anybody's, plain for notifications."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import chain
from typing import Literal, assert_never
from zoneinfo import ZoneInfo

from adapters.chat import lines as chat
from adapters.chat.lines import plain_line
from adapters.chat.text import clean, shorten, size
from adapters.slack.escape import escape, is_tame
from bot.cards import Instant, Line, Mention, Words
from bot.ports import Json

LONGEST_LINE = 3_500  # characters of one line in rich text: Slack names no limit of its own
_MOST_ELEMENTS = 120  # of one line: each weighs some 40 characters beside its text


@dataclass(frozen=True, slots=True)
class Reading(chat.Reading):
    """Who reads, and when. `users`: the Slack user ids of people who are linked."""

    users: Mapping[str, str]


def mrkdwn(line: Line, reading: Reading) -> str | None:
    """The line in mrkdwn; None when something in it could be taken for markup, or somebody else typed it."""
    parts: list[str] = []  # ours: what stands between them is text
    texts: list[str] = [""]  # one before each part, and one at the end
    for span in line:
        match span:
            case str():
                texts[-1] += span
                continue
            case Words():
                return None
            case Mention(person) if user := reading.users.get(person):
                parts.append(f"<@{user}>")
            case Mention(person):
                texts[-1] += reading.name(person)
                continue
            case Instant():
                fallback = escape(plain_line((span,), reading)).replace("|", " ")
                parts.append(f"<!date^{int(span.at.timestamp())}^{_tokens(span, reading)}|{fallback}>")
            case _:
                assert_never(span)
        texts.append("")
    if not is_tame("".join(map(clean, texts))):
        return None
    return "".join(chain.from_iterable(zip(map(escape, texts), [*parts, ""], strict=True))).strip()


def _tokens(instant: Instant, reading: Reading) -> str:
    """How Slack is to write the moment. It counts nothing down, so a countdown is the moment itself."""
    zone = ZoneInfo(reading.reader.zone)
    style: Literal["time", "datetime", "countdown"] = instant.style
    today = instant.at.astimezone(zone).date() == reading.now.astimezone(zone).date()
    return "{time}" if today and style != "datetime" else "{date_short_pretty}, {time}"


def rich(line: Line, reading: Reading, *, bold: bool = False, longest: int = LONGEST_LINE) -> list[Json]:
    """The line as elements of a rich text section, where nothing is markup. Too long: `… and 3 more` names, or `…`."""
    elements: list[Json] = []
    left = longest
    for place, span in enumerate(line):
        full = len(elements) >= _MOST_ELEMENTS
        element, length = (None, 0) if full else _element(span, reading, left)
        left -= length
        if element is not None:
            elements.append(element)
        if left < 0 or full:
            dropped = sum(isinstance(rest, Mention) for rest in line[place + (element is not None) :])
            if dropped:
                elements.append({"type": "text", "text": f" … {reading.more(dropped)}"})
            elif element is None:
                elements.append({"type": "text", "text": "…"})
            break
    if bold:
        elements = [{**one, "style": {"bold": True}} for one in elements]
    return elements or [{"type": "text", "text": "–"}]


def _element(span: str | Instant | Mention | Words, reading: Reading, left: int) -> tuple[Json | None, int]:
    """The span's element and length; cut, or None, when it is longer than what is `left`."""
    match span:
        case Instant():
            fallback = plain_line((span,), reading)
            at, tokens = int(span.at.timestamp()), _tokens(span, reading)
            date = {"type": "date", "timestamp": at, "format": tokens, "fallback": fallback}
            return (date if len(fallback) <= left else None), len(fallback)
        case Mention(person) if user := reading.users.get(person):
            return ({"type": "user", "user_id": user} if len(user) <= left else None), len(user)
        case Mention(person):
            name = clean(reading.name(person))
            return ({"type": "text", "text": name} if name and size(name) <= left else None), size(name)
        case str() | Words():
            text = clean(span[: left + 1] if isinstance(span, str) else span.text[: left + 1])
            shown = shorten(text, left) if left > 0 else ""
            return ({"type": "text", "text": shown} if shown else None), size(text)
        case _:
            assert_never(span)
