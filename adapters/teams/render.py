"""A neutral card as an Adaptive Card 1.5, as Teams shows them.

Every node is rendered or an error; what does not fit is cut with `…` or counted in `… and 3 more`, and never a button:
a form that does not fit behind its button is shown when it is asked for.
Source: learn.microsoft.com/adaptive-cards/schema-explorer; limits: learn.microsoft.com/microsoftteams/platform/bots.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import groupby
from typing import Any, assert_never

from adapters.chat.lines import is_short, plain_line
from adapters.chat.text import shorten
from adapters.teams.escape import harmless, inert
from adapters.teams.forms import Fault, Slot, execute, fault_text
from adapters.teams.labels import label
from adapters.teams.lines import Reading, Shown, TeamsUser, markdown, paragraph
from bot.cards import Card, Facts, Line, Text, Tone
from bot.ports import Json

CARD = "application/vnd.microsoft.card.adaptive"
LARGEST = 25_000  # bytes of a card on the wire; with the message around it under 28 KB, what every way into Teams takes
LONGEST_SUMMARY = 400  # characters; a notification shows about a hundred
MOST_VIEWERS = 60  # `refresh.userIds`
_MOST_SHOWN = 6  # actions; the rest is in the menu behind `…`
_LONGEST_LEAD = 1_000
_LONGEST_LABEL, _LONGEST_VALUE = 30, 60  # characters of a fact that may stand in the two columns of a phone
_MOST_FACTS = 10  # in a set: what does not fit is left out by the set
_STYLES: dict[Tone, str] = {"urgent": "attention", "attention": "warning", "calm": "emphasis", "done": "good"}


@dataclass(frozen=True, slots=True)
class Piece:
    """What is shown of the card, and how many of its nodes that is."""

    shown: Shown
    nodes: int = 1


def render(card: Card, reading: Reading, fault: Fault | None = None) -> Json:
    """The content of a card. `fault`: a form of it is shown open, with what is wrong in it.

    Raises `ValueError` for what cannot be shown: naive instants, buttons that together are too large for a message.
    """
    slots = _slots(card)
    asked = next((slot for slot in slots if fault and fault.about(slot.button)), None)
    lead = _lead(card, reading)
    notice, form = Shown(()), Shown(())
    if fault and asked:
        form = asked.opened(reading, fault)
    elif fault and fault.text:
        notice = Shown((fault_text(fault.text),))
    rest = [replace(slot, style="normal") if asked and slot.style == "primary" else slot for slot in slots]
    rest = [slot for slot in rest if asked is None or slot.place != asked.place]
    actions = _in_menu([slot.press() for slot in rest])
    frame = _content(card, reading, [lead, notice, form], actions)
    if (room := LARGEST - _weight(frame)) < 0:
        raise ValueError(f"a card with {len(slots)} buttons takes {_weight(frame)} bytes; at most {LARGEST}")
    blocks = list(_fitting(_pieces(card, reading), reading, room))
    if not asked:
        room -= sum(_cost(block) for block in blocks)
        actions, users = _with_forms(actions, rest, reading, room)
        notice = Shown(notice.elements, users)
    return _content(card, reading, [lead, notice, *blocks, form], actions)


def render_line(line: Line, reading: Reading) -> Json:
    """The content of a card that says one line."""
    return _content(Card("line", line, line), reading, [paragraph(line, reading)], [])


def attachment(content: Json) -> Json:
    """The card as an attachment of an activity."""
    return {"contentType": CARD, "content": content}


def summary(line: Line, reading: Reading) -> str:
    """The line for an activity's `summary`, which notifications show: the point and the action."""
    return inert(shorten(plain_line(line, reading).strip(), LONGEST_SUMMARY)) or "–"


def version_of(card: Card) -> str:
    """What its actions say they are of (`Action.version`): another card has another one."""
    return hashlib.sha256(repr(card).encode("utf-8", "backslashreplace")).hexdigest()[:12]


def with_refresh(content: Json, verb: str, args: Mapping[str, str], user_ids: Iterable[str]) -> Json:
    """The card that asks for each of these users' own copy when they look at it; of many, the first that fit."""
    refresh = {"action": execute(verb, args, ""), "userIds": []}
    room = LARGEST - _weight({**content, "refresh": refresh})
    viewers: list[str] = []
    for user in dict.fromkeys(user_ids):
        room -= _weight(user) + 2
        if room < 0 or len(viewers) == MOST_VIEWERS:
            break
        viewers.append(user)
    return {**content, "refresh": {**refresh, "userIds": viewers}} if viewers else content


# --- Content ----------------------------------------------------------------------------------------------------------


def _lead(card: Card, reading: Reading) -> Shown:
    """The first line, and in words what the colour says."""
    tone = label(card.tone, reading.reader.locale)
    look = {"weight": "Bolder", "size": "Medium"}
    lead = paragraph(card.lead, reading, _LONGEST_LEAD, **look)
    first = dict(lead.elements[0])
    if first["type"] == "TextBlock":
        first["style"] = "heading"
    mood = {"type": "TextBlock", "text": tone, "size": "Small", "wrap": True, "spacing": "None"}
    container = {"type": "Container", "style": _STYLES[card.tone], "bleed": True, "items": [first, mood]}
    return Shown((container,), lead.users)


def _pieces(card: Card, reading: Reading) -> Iterator[Piece]:
    """The card's blocks, not yet cut to what fits."""
    for block in card.blocks:
        match block:
            case Text(line, subtle):
                look: dict[str, Any] = {"isSubtle": True, "size": "Small"} if subtle else {}
                yield Piece(paragraph(line, reading, **look))
            case Facts(rows):
                yield from _facts(rows, reading)
            case _:
                assert_never(block)


def _facts(rows: Sequence[tuple[str, Line]], reading: Reading) -> Iterator[Piece]:
    """Short rows in two columns; long ones, people's words, and a short one between those, under their labels."""
    shown = ((_fact(name, line, reading), name, line) for name, line in rows)
    for narrow, group in groupby(shown, key=lambda row: row[0] is not None):
        found = list(group)
        if narrow and (len(found) > 1 or len(rows) == 1):
            facts = [fact for fact, _, _ in found if fact]
            yield from (_set(facts[start : start + _MOST_FACTS]) for start in range(0, len(facts), _MOST_FACTS))
        else:
            yield from (Piece(_row(name, line, reading)) for _, name, line in found)


def _set(facts: Sequence[tuple[Json, tuple[TeamsUser, ...]]]) -> Piece:
    element = {"type": "FactSet", "facts": [fact for fact, _ in facts]}
    return Piece(Shown((element,), tuple(user for _, users in facts for user in users)), len(facts))


def _fact(name: str, line: Line, reading: Reading) -> tuple[Json, tuple[TeamsUser, ...]] | None:
    """The row as a fact, and whom it mentions; None when it is too long for a column, or could be markup."""
    title, value = markdown((name,), reading, _LONGEST_LABEL), markdown(line, reading)
    if not title or not value or not is_short(line, reading, _LONGEST_VALUE):
        return None
    return {"title": title[0], "value": value[0]}, value[1]


def _row(name: str, line: Line, reading: Reading) -> Shown:
    head, value = paragraph((name,), reading, weight="Bolder"), paragraph(line, reading)
    return Shown((*head.elements, *({**one, "spacing": "None"} for one in value.elements)), value.users)


def _fitting(found: Iterable[Piece], reading: Reading, room: int) -> Iterator[Shown]:
    """As many pieces as fit; how many nodes are left out is said in the last one."""
    dropped = 0
    last = _more(10**6, reading)
    room -= _cost(last)
    for piece in found:
        room -= _cost(piece.shown)
        if dropped or room < 0:
            dropped += piece.nodes
        else:
            yield piece.shown
    if dropped:
        yield _more(dropped, reading)


def _more(amount: int, reading: Reading) -> Shown:
    return paragraph((f"… {reading.more(amount)}",), reading, isSubtle=True, size="Small")


# --- Buttons ----------------------------------------------------------------------------------------------------------


def _slots(card: Card) -> list[Slot]:
    version = version_of(card)
    primary = next((button for button in card.buttons if button.style == "primary"), None)
    return [
        Slot(button, place, version, "normal" if button.style == "primary" and button is not primary else button.style)
        for place, button in enumerate(card.buttons)
    ]


def _in_menu(actions: Sequence[Json]) -> list[Json]:
    """The first ones are shown, the others are in the menu; Teams leaves out what is shown beyond that."""
    menu = ({**action, "mode": "secondary"} for action in actions[_MOST_SHOWN:])
    return [*actions[:_MOST_SHOWN], *menu]


def _with_forms(
    actions: Sequence[Json], slots: Sequence[Slot], reading: Reading, room: int
) -> tuple[list[Json], tuple[TeamsUser, ...]]:
    """The forms behind those buttons that are shown, as long as there is room. In the menu Teams opens no form."""
    found = list(actions)
    users: list[TeamsUser] = []
    for place, slot in enumerate(slots[:_MOST_SHOWN]):
        if slot.button.form:
            action, mentioned = slot.with_form(reading)
            cost = _weight(action) - _weight(found[place]) + sum(_weight(_entity(user)) + 2 for user in mentioned)
            if cost <= room:
                found[place] = action
                users += mentioned
                room -= cost
    return found, tuple(users)


# --- The whole --------------------------------------------------------------------------------------------------------


def _content(card: Card, reading: Reading, shown: Iterable[Shown], actions: Sequence[Json]) -> Json:
    parts = list(shown)
    entities = [_entity(user) for user in dict.fromkeys(user for part in parts for user in part.users)]
    return {
        "$schema": "http://adaptivecards.io/schemas/adaptive-card.json",
        "type": "AdaptiveCard",
        "version": "1.5",
        "fallbackText": harmless(shorten(plain_line(card.summary or card.lead, reading).strip(), LONGEST_SUMMARY))
        or "–",
        "body": [element for part in parts for element in part.elements],
        **({"actions": list(actions)} if actions else {}),
        "msteams": {"width": "Full", **({"entities": entities} if entities else {})},
    }


def _entity(user: TeamsUser) -> Json:
    return {
        "type": "mention",
        "text": f"<at>{user.name}</at>",
        "mentioned": {"id": user.id, "name": user.name},
    }


def _cost(shown: Shown) -> int:
    """Bytes that it adds to a card at most."""
    mentions = sum(_weight(_entity(user)) + 2 for user in dict.fromkeys(shown.users))
    return sum(_weight(element) + 2 for element in shown.elements) + mentions


def _weight(value: object) -> int:
    """Bytes on the wire, where everything beyond ASCII is escaped."""
    return len(json.dumps(value))
