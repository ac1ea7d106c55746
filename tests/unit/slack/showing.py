"""What the tests of showing things in Slack share: readings, and every limit that Slack puts on a message or a view."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from slack_sdk.models.blocks import Block
from slack_sdk.models.views import View as SlackView

from adapters.slack.lines import Reading
from tests.standins.slack.blocks import HOME, MESSAGE_TEXT, MODAL, check_blocks, check_view, text_in
from tests.unit.wording_play import START, reader, rules

USERS: Mapping[str, str] = {"anna": "U0ANNA", "nora": "U0NORA", "carl": "U0CARL", "erik": "U0ERIK"}
LANGUAGES = ("en", "hu")
GOLDEN = Path(__file__).parent / "golden"


def reading(person: str = "nora", locale: str = "en", users: Mapping[str, str] = USERS) -> Reading:
    """Somebody of the play, at its beginning."""
    return Reading(reader(person, locale), rules().company, START, users)


def faults(message: Mapping[str, Any]) -> list[str]:
    """What Slack would refuse, or we promised not to do."""
    blocks, text = message["blocks"], message["text"]
    found = check_blocks(blocks)
    for block in Block.parse_all(blocks):
        block.validate_json()
    if not text.strip() or len(text) > 3_000:
        found.append(f"text of {len(text)} characters")
    if text_in(blocks) > MESSAGE_TEXT:
        found.append(f"blocks with {text_in(blocks)} characters of text")
    return found + _habits(blocks)


def view_faults(view: Mapping[str, Any]) -> list[str]:
    """Likewise for a modal or a Home."""
    SlackView(**view).validate_json()
    return check_view(view, MODAL, HOME) + _habits(view["blocks"])


def _habits(blocks: list[dict[str, Any]]) -> list[str]:
    found = [f"no block_id: {block}" for block in blocks if not block.get("block_id")]
    actions = [one for block in blocks if block["type"] == "actions" for one in block["elements"]]
    if sum(one.get("style") == "primary" for one in actions) > 1:
        found.append("more than one primary button")
    found += [f"emoji on: {text}" for text in nodes(blocks, "plain_text") if text.get("emoji") is not False]
    found += [f"not verbatim: {text}" for text in nodes(blocks, "mrkdwn") if text.get("verbatim") is not True]
    return found


def nodes(value: object, kind: str) -> Iterator[dict[str, Any]]:
    """Every object of a type, however deep."""
    if isinstance(value, list):
        for one in value:
            yield from nodes(one, kind)
    elif isinstance(value, dict):
        if value.get("type") == kind:
            yield value
        for one in value.values():
            yield from nodes(one, kind)


def golden(name: str, shown: object) -> None:
    """Compare with the golden file. BACKLINE_GOLDEN=write makes it anew, to be read before it is committed."""
    path, text = GOLDEN / f"{name}.json", json.dumps(shown, ensure_ascii=False, indent=1) + "\n"
    if os.environ.get("BACKLINE_GOLDEN") == "write":
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    assert path.read_text(encoding="utf-8") == text
