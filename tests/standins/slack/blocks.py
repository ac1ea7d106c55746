"""Block Kit's blocks, whole messages and views: what may stand where, how often and how long.

Sources: docs.slack.dev/reference/block-kit/blocks and docs.slack.dev/reference/views.
"""

from __future__ import annotations

import json
from typing import Any

from tests.standins.slack.check import (
    Check,
    Json,
    Report,
    anything,
    array,
    boolean,
    length,
    note,
    only_one,
    record,
    string,
    tagged,
)
from tests.standins.slack.elements import IMAGE, IN_ACTIONS, IN_INPUT, IN_SECTION, SLACK_FILE, plain, text
from tests.standins.slack.richtext import RICH_TEXT

MESSAGE, MODAL, HOME = "message", "modal", "home"
MOST = {MESSAGE: 50, MODAL: 100, HOME: 100}
VIEW_BYTES = 250_000
# All texts of a message's blocks together. Slack names no figure; measured in slackapi/bolt-js#2509.
MESSAGE_TEXT = 13_200
BLOCK_ID = string(255, 1)


def _said(value: object, pointer: str, report: Report) -> None:
    if isinstance(value, dict) and "text" not in value and "fields" not in value:
        note(report, "missing required field: text", pointer)


def _block(required: dict[str, Check], optional: dict[str, Check] | None = None, extra: Check | None = None) -> Check:
    return record({"type": anything} | required, {"block_id": BLOCK_ID} | (optional or {}), extra)


CONTEXT = tagged({"image": IMAGE, "plain_text": text(3000), "mrkdwn": text(3000)})
EVERYWHERE: dict[str, Check] = {
    "section": _block(
        {},
        {"text": text(3000), "fields": array(text(2000), 1, 10), "accessory": tagged(IN_SECTION), "expand": boolean},
        _said,
    ),
    "header": _block({"text": plain(150)}),
    "divider": _block({}),
    "image": _block(
        {"alt_text": string(2000, 1)},
        {"image_url": string(3000, 1, r"https?://\S+"), "slack_file": SLACK_FILE, "title": plain(2000)},
        only_one("image_url", "slack_file"),
    ),
    "context": _block({"elements": array(CONTEXT, 1, 10)}),
    "actions": _block({"elements": array(tagged(IN_ACTIONS), 1, 25)}),
    "rich_text": RICH_TEXT,
}


def _input(elements: dict[str, Check]) -> Check:
    return _block(
        {"label": plain(2000), "element": tagged(elements)},
        {"dispatch_action": boolean, "hint": plain(2000), "optional": boolean},
    )


_WITHOUT_FILES = {kind: check for kind, check in IN_INPUT.items() if kind != "file_input"}
BLOCKS: dict[str, Check] = {
    MESSAGE: tagged(EVERYWHERE | {"input": _input(_WITHOUT_FILES), "markdown": _block({"text": string(12_000, 1)})}),
    MODAL: tagged(EVERYWHERE | {"input": _input(IN_INPUT)}),
    HOME: tagged(EVERYWHERE | {"input": _input(_WITHOUT_FILES)}),
}


def elements_of(block: Json) -> list[tuple[str, Json]]:
    """A block's interactive elements, each with its pointer inside the block."""
    found: list[tuple[str, object]] = [("/accessory", block.get("accessory"))]
    found.append(("/element", block.get("element")))
    if block.get("type") == "actions" and isinstance(block.get("elements"), list):
        found += [(f"/elements/{index}", element) for index, element in enumerate(block["elements"])]
    return [(pointer, element) for pointer, element in found if isinstance(element, dict)]


def _across(blocks: list[Any], pointer: str, report: Report) -> None:
    """Rules between blocks: ids used once, at most one element with the focus."""
    seen: set[str] = set()
    focused = 0
    for index, block in enumerate(blocks):
        if not isinstance(block, dict):
            continue
        block_id = block.get("block_id")
        if isinstance(block_id, str) and block_id:
            if block_id in seen:
                note(report, f'`block_id` "{block_id}" already exists', f"{pointer}/{index}/block_id")
            seen.add(block_id)
        actions: set[str] = set()
        for where, element in elements_of(block):
            action = element.get("action_id")
            if isinstance(action, str) and action:
                if action in actions:
                    note(report, f'`action_id` "{action}" already exists', f"{pointer}/{index}{where}/action_id")
                actions.add(action)
            if element.get("focus_on_load") is True:
                focused += 1
                if focused > 1:
                    note(report, "only one element can set `focus_on_load`", f"{pointer}/{index}{where}/focus_on_load")


def check_blocks(blocks: object, surface: str = MESSAGE, pointer: str = "/blocks") -> list[str]:
    """Every fault of the blocks on that surface; none means that Slack would take them."""
    report: Report = []
    array(BLOCKS[surface], 0, MOST[surface])(blocks, pointer, report)
    if isinstance(blocks, list):
        _across(blocks, pointer, report)
        markdown = sum(length(b["text"]) for b in blocks if _is_markdown(b))
        if markdown > 12_000:
            note(report, "must be less than 12001 characters", pointer)
    return report


def _is_markdown(block: object) -> bool:
    return isinstance(block, dict) and block.get("type") == "markdown" and isinstance(block.get("text"), str)


def text_in(value: object) -> int:
    """Characters of all texts that people would read in these blocks."""
    if isinstance(value, list):
        return sum(text_in(entry) for entry in value)
    if isinstance(value, dict):
        return sum(
            length(entry) if name == "text" and isinstance(entry, str) else text_in(entry)
            for name, entry in value.items()
        )
    return 0


_COMMON: dict[str, Check] = {
    "private_metadata": string(3000),
    "callback_id": string(255),
    "external_id": string(255),
}
VIEWS = {
    MODAL: record(
        {"type": anything, "title": plain(24), "blocks": array(anything, 1)},
        _COMMON | {"close": plain(24), "submit": plain(24), "clear_on_close": boolean, "notify_on_close": boolean},
    ),
    HOME: record({"type": anything, "blocks": array(anything, 1)}, _COMMON),
}


def check_view(view: object, *surfaces: str) -> list[str]:
    """Every fault of a view that is to be one of these surfaces; the pointers start with /view."""
    if not isinstance(view, dict):
        return ["must provide an object [json-pointer:/view]"]
    surface = view.get("type")
    if "type" not in view:
        return ["missing required field: type [json-pointer:/view]"]
    if surface not in surfaces:
        return [f"unsupported type: {surface} [json-pointer:/view/type]"]
    report: Report = []
    VIEWS[surface](view, "/view", report)
    if report:
        report.insert(0, "failed to match all allowed schemas [json-pointer:/view]")
    if isinstance(view.get("blocks"), list):
        report += check_blocks(view["blocks"], surface, "/view/blocks")
        if surface == MODAL and "submit" not in view:
            for index, block in enumerate(view["blocks"]):
                if isinstance(block, dict) and block.get("type") == "input":
                    words = "must define `submit` to use an `input` block in modals"
                    note(report, words, f"/view/blocks/{index}/input")
    return report


def too_large(view: Json) -> bool:
    """More than 250 kB as JSON."""
    return len(json.dumps(view, ensure_ascii=False).encode()) > VIEW_BYTES
