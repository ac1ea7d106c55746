"""A neutral card as a Slack message: `text` for notifications and screen readers, `blocks` for the eye.

Every node is rendered or an error; what does not fit is cut with `…` or counted in `… and 3 more`, and never a button.
Limits: docs.slack.dev/reference/block-kit.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any, assert_never

from adapters.chat.lines import is_short, plain_line
from adapters.chat.text import clean, compact, shorten, size
from adapters.slack.escape import escape_summary, plain_text
from adapters.slack.lines import Reading, mrkdwn, rich
from bot.cards import Button, Card, Facts, Line, Text
from bot.ports import Json

MOST_BLOCKS = 50  # of a message
LONGEST_MESSAGE = 12_000  # characters of the blocks as JSON: Slack refuses somewhat more (msg_blocks_too_long)
LONGEST_SUMMARY = 3_000  # chat.update refuses 4,000; escaping is inside
_LONGEST_SECTION = 3_000
_LONGEST_LABEL = 75
_LONGEST_VALUE = 2_000
_MOST_FIELDS = 10
_MOST_ACROSS = 5  # long rows in a block: what does not fit is left out by the block
_LONGEST_FIELD = 80  # characters of a value that may stand in one of the two narrow columns
_MOST_IN_ROW = 25
_MOST_ROWS = 15
_written = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode
_ASKS = "?"  # among a button's args: a form has to be opened
_AGAIN = "~"  # joins a number to an action id that would come twice in a block


@dataclass(frozen=True, slots=True)
class Action:
    """A button's press as Slack reports it. `asks`: it had a form. `version`: of the card it was on."""

    verb: str
    args: Mapping[str, str]
    asks: bool
    version: str


@dataclass(frozen=True, slots=True)
class Piece:
    """A block, and how many of the card's nodes it shows."""

    block: Json
    nodes: int = 1


def render(card: Card, reading: Reading) -> dict[str, Any]:
    """`text` and `blocks` of a message. Raises `ValueError` for what cannot be shown: naive instants, args too long."""
    actions = action_blocks(card.buttons)
    content = fitting(pieces(card, reading), actions, reading, MOST_BLOCKS, LONGEST_MESSAGE)
    return {"text": summary(card.summary or card.lead, reading), "blocks": numbered([*content, *actions])}


def render_line(line: Line, reading: Reading) -> dict[str, Any]:
    """`text` and `blocks` of an answer in one line."""
    return {"text": summary(line, reading), "blocks": numbered([paragraph(line, reading)])}


def summary(line: Line, reading: Reading) -> str:
    """The line for a message's top-level `text`: the point and the action, inert."""
    text = shorten(plain_line(line, reading).strip(), LONGEST_SUMMARY)
    while (over := size(escaped := escape_summary(text)) - LONGEST_SUMMARY) > 0:
        text = shorten(text, size(text) - max(1, over // 5))  # a sign becomes five at most
    return escaped or "–"


# --- Blocks -----------------------------------------------------------------------------------------------------------


def pieces(card: Card, reading: Reading) -> Iterator[Piece]:
    """The card's blocks without its buttons, not yet cut to what fits."""
    yield Piece(paragraph(card.lead, reading, bold=True))
    for block in card.blocks:
        match block:
            case Text(line, subtle):
                yield Piece(_aside(line, reading) if subtle else paragraph(line, reading))
            case Facts(rows):
                yield from _facts(rows, reading)
            case _:
                assert_never(block)


def paragraph(line: Line, reading: Reading, *, bold: bool = False) -> Json:
    """A line of its own."""
    text = mrkdwn(line, reading)
    if text and size(text) < _LONGEST_SECTION - 1:
        return {"type": "section", "text": _markup(f"*{text}*" if bold else text)}
    return _rich_text([rich(line, reading, bold=bold)])


def _aside(line: Line, reading: Reading) -> Json:
    text = mrkdwn(line, reading)
    fits = text and size(text) <= _LONGEST_SECTION
    return {
        "type": "context",
        "elements": [_markup(text) if text and fits else plain_text(plain_line(line, reading), _LONGEST_SECTION)],
    }


def _facts(rows: Iterable[tuple[str, Line]], reading: Reading) -> Iterator[Piece]:
    """Short rows in two columns; long ones, and people's words, across."""
    shown = ((_field(label, line, reading), label, line) for label, line in rows)
    for narrow, group in groupby(shown, key=lambda row: row[0] is not None):
        found, most = list(group), _MOST_FIELDS if narrow else _MOST_ACROSS
        for some in (found[start : start + most] for start in range(0, len(found), most)):
            if narrow:
                yield Piece({"type": "section", "fields": [field for field, _, _ in some]}, len(some))
            else:
                yield Piece(_rich_text([_row(label, line, reading) for _, label, line in some]), len(some))


def _field(label: str, line: Line, reading: Reading) -> Json | None:
    """The row as a field of a section; None when it is too long for a column, or not tame."""
    if not is_short(line, reading, _LONGEST_FIELD) or not is_short((label,), reading, _LONGEST_FIELD):
        return None
    head, value = mrkdwn((label,), reading), mrkdwn(line, reading)
    return _markup(f"*{head}*\n{value}") if head and value else None


def _row(label: str, line: Line, reading: Reading) -> list[Json]:
    name = shorten(clean(label).strip(), _LONGEST_VALUE) or "–"
    head: list[Json] = [{"type": "text", "text": name, "style": {"bold": True}}, {"type": "text", "text": "\n"}]
    return head + rich(line, reading)


def _markup(text: str) -> Json:
    """`verbatim`: Slack makes no links of its own out of what looks like an address, a #channel or a @name."""
    return {"type": "mrkdwn", "text": text, "verbatim": True}


def _rich_text(sections: Sequence[list[Json]]) -> Json:
    return {
        "type": "rich_text",
        "elements": [{"type": "rich_text_section", "elements": elements} for elements in sections],
    }


# --- Buttons ----------------------------------------------------------------------------------------------------------


def action_blocks(buttons: Sequence[Button]) -> list[Json]:
    """All buttons, in rows; a verb that comes again begins a new row. Raises `ValueError` for args too long."""
    rows = list(_rows(buttons))
    if len(rows) > _MOST_ROWS:
        rows = [list(buttons[start : start + _MOST_IN_ROW]) for start in range(0, len(buttons), _MOST_IN_ROW)]
    if len(rows) > _MOST_ROWS:
        raise ValueError(f"a card with {len(buttons)} buttons; at most {_MOST_ROWS * _MOST_IN_ROW} fit")
    primary = next((button for button in buttons if button.style == "primary"), None)
    return [{"type": "actions", "elements": _elements(row, primary)} for row in rows]


def _rows(buttons: Sequence[Button]) -> Iterator[list[Button]]:
    row: list[Button] = []
    for button in buttons:
        if len(row) == _MOST_IN_ROW or any(one.verb == button.verb for one in row):
            yield row
            row = []
        row.append(button)
    if row:
        yield row


def _elements(row: Sequence[Button], primary: Button | None) -> list[Json]:
    elements: list[Json] = []
    seen: dict[str, int] = {}
    for button in row:
        seen[button.verb] = times = seen.get(button.verb, 0) + 1
        element: dict[str, Any] = {
            "type": "button",
            "action_id": button.verb if times == 1 else f"{button.verb}{_AGAIN}{times}",
            "text": plain_text(button.label, _LONGEST_LABEL),
            "value": _value(button),
        }
        if button.style == "danger" or button is primary:
            element["style"] = button.style
        elements.append(element)
    return elements


def _value(button: Button) -> str:
    value = compact({**button.args, **({_ASKS: "form"} if button.form else {})})
    if len(value) > _LONGEST_VALUE:
        raise ValueError(f"the arguments of {button.verb} take {len(value)} characters; Slack takes {_LONGEST_VALUE}")
    return value


def action_of(action: Json) -> Action:
    """What was pressed, from an element of `actions` in a `block_actions` payload. Raises `ValueError` if not ours."""
    try:
        value = json.loads(action.get("value") or "{}")
        args = {str(name): str(one) for name, one in value.items()}
        verb, _, _ = str(action["action_id"]).partition(_AGAIN)
    except (KeyError, AttributeError, ValueError) as error:
        raise ValueError("a press on a button that is not Backline's") from error
    asks = args.pop(_ASKS, None) is not None
    return Action(verb, args, asks, version_of(str(action.get("block_id", ""))))


# --- The whole --------------------------------------------------------------------------------------------------------


def fitting(
    found: Iterable[Piece], actions: Sequence[Json], reading: Reading, most_blocks: int, longest: int
) -> list[Json]:
    """As many blocks as fit beside the actions; how many nodes are left out is said in the last one."""
    room, left = most_blocks - len(actions) - 1, longest - _weight(actions)
    blocks: list[Json] = []
    dropped = 0
    for piece in found:
        left -= _weight([piece.block])
        if blocks and (dropped or left < 0 or len(blocks) >= room):
            dropped += piece.nodes
        else:
            blocks.append(piece.block)
    if dropped:
        blocks.append({"type": "context", "elements": [_markup(f"… {reading.more(dropped)}")]})
    return blocks


def _weight(blocks: Sequence[Json]) -> int:
    return sum(size(_written(block)) + len(',"block_id":"0123456789ab:00"') for block in blocks)


def numbered(blocks: Sequence[Json], name: str = "") -> list[Json]:
    """The blocks with ids of this version: other content has other ids, so that a press on an old copy shows."""
    version = name + hashlib.sha256(_written(list(blocks)).encode()).hexdigest()[:12]
    return [{**block, "block_id": f"{version}:{place}"} for place, block in enumerate(blocks)]


def version_of(block_id: str) -> str:
    """The version that a block's id belongs to."""
    return block_id.partition(":")[0]
