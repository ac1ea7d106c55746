"""A neutral line as elements of an Adaptive Card: a TextBlock for tame words of our own, a RichTextBlock for the rest.

A TextBlock is Markdown, with local times and mentions in it; a RichTextBlock shows everything as it is typed, times in
the zone of the company file and people by name. Source: learn.microsoft.com/adaptive-cards/authoring-cards, "Text
features", and learn.microsoft.com/microsoftteams/platform/task-modules-and-cards/cards/cards-format.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC
from typing import Any, assert_never
from zoneinfo import ZoneInfo

from adapters.chat import lines as chat
from adapters.chat.lines import aware, plain_line
from adapters.chat.text import clean, shorten, size
from adapters.teams.escape import inert, is_tame
from bot.cards import Instant, Line, Mention, Words
from bot.ports import Json

LONGEST_LINE = 2_000  # characters
_MOST_MENTIONS = 40  # of one line: each weighs some 200 bytes beside its text
_LONGEST_NAME = 100


@dataclass(frozen=True, slots=True)
class TeamsUser:
    """Somebody's id at our bot (`29:…`), and the name that Teams has for them."""

    id: str
    name: str


@dataclass(frozen=True, slots=True)
class Reading(chat.Reading):
    """Who reads, and when. `users`: the Teams users of people who are linked."""

    users: Mapping[str, TeamsUser]

    def user(self, person: str) -> TeamsUser | None:
        """Whom a mention of the person reaches; None when they are to be shown by name."""
        user = self.users.get(person)
        if user is None or not user.id or clean(user.name) != user.name.strip() or not is_tame(user.name):
            return None
        # A card finds whom a mention means by its text alone, so two people of one name cannot be mentioned.
        alone = all(one.id == user.id or one.name != user.name for one in self.users.values())
        return user if user.name.strip() and size(user.name) <= _LONGEST_NAME and alone else None


@dataclass(frozen=True, slots=True)
class Shown:
    """Elements of a card, and the people whom their text mentions."""

    elements: tuple[Json, ...]
    users: tuple[TeamsUser, ...] = ()


def paragraph(line: Line, reading: Reading, longest: int = LONGEST_LINE, **look: Any) -> Shown:  # noqa: ANN401 - JSON
    """A line of its own. `look`: properties that TextBlock and TextRun have in common (size, weight, isSubtle …)."""
    marked = markdown(line, reading, longest)
    if marked:
        text, users = marked
        return Shown(({"type": "TextBlock", "text": text, "wrap": True, **look},), users)
    return Shown(({"type": "RichTextBlock", "inlines": [run(written(line, reading, longest), **look)]},))


def run(text: str, **look: Any) -> Json:  # noqa: ANN401 - JSON
    """A TextRun, where nothing is markup."""
    return {"type": "TextRun", "text": inert(text).strip() or "–", **look}


def markdown(line: Line, reading: Reading, longest: int = LONGEST_LINE) -> tuple[str, tuple[TeamsUser, ...]] | None:
    """The line for a TextBlock, and whom it mentions; None for what does not fit there, or could be markup."""
    parts: list[str] = []
    own: list[str] = []
    users: list[TeamsUser] = []
    for span in line:
        match span:
            case Words():
                return None
            case Mention(person) if user := reading.user(person):
                parts.append(f"<at>{user.name}</at>")
                users.append(user)
                continue
            case Instant():
                parts.append(_moment(aware(span), reading))
                continue
            case str():
                text = clean(span)
            case Mention(person):
                text = clean(reading.name(person))
            case _:
                assert_never(span)
        own.append(text)
        parts.append(text)
    whole = "".join(parts).strip()
    fits = 0 < size(whole) <= longest and len(users) <= _MOST_MENTIONS and is_tame("".join(own))
    return (whole, tuple(users)) if fits else None


def _moment(instant: Instant, reading: Reading) -> str:
    """Functions that every client replaces by the reader's local day and time. Nothing counts down."""
    zone, at = ZoneInfo(reading.reader.zone), instant.at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    today = instant.at.astimezone(zone).date() == reading.now.astimezone(zone).date()
    day = "" if today and instant.style != "datetime" else f"{{{{DATE({at}, SHORT)}}}} "
    return f"{day}{{{{TIME({at})}}}}"


def written(line: Line, reading: Reading, longest: int = LONGEST_LINE) -> str:
    """The line as plain text. Too long: `… and 3 more` names, or `…`."""
    parts: list[str] = []
    left = longest
    for place, span in enumerate(line):
        whole = isinstance(span, Mention | Instant)
        text = _text(span, reading, left)
        if size(text) > left:
            kept = "".join(parts) + ("" if whole else shorten(text, max(left, 1)))
            dropped = sum(isinstance(rest, Mention) for rest in line[place + (not whole) :])
            return f"{kept.rstrip(' ,…')} … {reading.more(dropped)}" if dropped else kept.rstrip("…") + "…"
        parts.append(text)
        left -= size(text)
    return "".join(parts)


def _text(span: str | Instant | Mention | Words, reading: Reading, left: int) -> str:
    match span:
        case str():
            return clean(span[: left + 1])
        case Words(text):
            return clean(text[: left + 1])
        case Mention(person):
            return clean(reading.name(person))
        case Instant():
            return plain_line((span,), reading)
        case _:
            assert_never(span)
