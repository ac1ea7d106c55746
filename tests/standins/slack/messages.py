"""What is in a message: text, blocks and metadata, checked as the chat methods do."""

from __future__ import annotations

import copy
import json
import re
import secrets
import string

from tests.standins.slack.args import Args
from tests.standins.slack.blocks import MESSAGE_TEXT, check_blocks, elements_of, text_in
from tests.standins.slack.check import Json, length
from tests.standins.slack.errors import ApiError
from tests.standins.slack.model import Message, Workspace

METADATA_BYTES = 16_000  # Slack publishes no figure
BROADCAST = re.compile(r"<!(here|channel|everyone|subteam)\b")
_LETTERS = string.ascii_letters + string.digits


def _random_id() -> str:
    return "".join(secrets.choice(_LETTERS) for _ in range(5))


def _completed(value: object) -> object:
    """Text objects as Slack hands them out: with `emoji` or `verbatim`."""
    if isinstance(value, list):
        return [_completed(entry) for entry in value]
    if not isinstance(value, dict):
        return value
    done = {name: _completed(entry) for name, entry in value.items()}
    if isinstance(done.get("text"), str):
        if done.get("type") == "plain_text":
            done.setdefault("emoji", True)
        if done.get("type") == "mrkdwn":
            done.setdefault("verbatim", False)
    return done


def stored(blocks: list[Json]) -> list[Json]:
    """Blocks as Slack keeps them: every block and every element has an id."""
    kept: list[Json] = []
    for block in copy.deepcopy(blocks):
        done = _completed(block) if block.get("type") != "rich_text" else block
        assert isinstance(done, dict)
        done["block_id"] = done.get("block_id") or _random_id()
        for _, element in elements_of(done):
            if element.get("type") != "image":
                element["action_id"] = element.get("action_id") or _random_id()
        kept.append(done)
    return kept


def read_blocks(args: Args) -> list[Json] | None:
    """The `blocks` argument, checked; None when it is missing."""
    blocks = args.structure("blocks", "invalid_blocks_format")
    if blocks is None:
        return None
    if not isinstance(blocks, list):
        raise ApiError("invalid_blocks_format")
    faults = check_blocks(blocks)
    if faults:
        raise ApiError("invalid_blocks", faults)
    if text_in(blocks) > MESSAGE_TEXT:
        raise ApiError("msg_blocks_too_long")
    return stored(blocks)


def read_metadata(args: Args) -> Json | None:
    """The `metadata` argument, checked; None when it is missing, empty when it is `{}`."""
    metadata = args.structure("metadata", "invalid_metadata_format")
    if metadata is None or metadata == {}:
        return {} if metadata == {} else None
    if not isinstance(metadata, dict) or set(metadata) != {"event_type", "event_payload"}:
        raise ApiError("invalid_metadata_format")
    kind, payload = metadata["event_type"], metadata["event_payload"]
    if not isinstance(kind, str) or not kind or not kind.isascii() or not kind.replace("_", "").isalnum():
        raise ApiError("invalid_metadata_format")
    if not isinstance(payload, dict) or not all(_flat(value) for value in payload.values()):
        raise ApiError("invalid_metadata_format")
    if len(json.dumps(metadata, ensure_ascii=False).encode()) > METADATA_BYTES:
        raise ApiError("metadata_too_large")
    return metadata


def _flat(value: object, depth: int = 0) -> bool:
    """Slack's type of a payload's value: string, number, boolean, an object of those, or a list."""
    if isinstance(value, (str, int, float)):
        return True
    if isinstance(value, list):
        return all(_flat(entry, depth) for entry in value)
    return isinstance(value, dict) and depth == 0 and all(_flat(entry, 1) for entry in value.values())


def read_text(ws: Workspace, method: str, args: Args, most: int, blocks: list[Json] | None) -> str:
    """The `text` argument, at most so many characters, required where there are no blocks."""
    text = args.maybe("text")
    if args.maybe("markdown_text"):
        raise ApiError("markdown_text_conflict" if text or blocks else "invalid_arguments")
    if args.structure("attachments", "invalid_attachments"):
        raise ApiError("invalid_attachments")  # secondary content of old; nobody here should send any
    if not text.strip() and not blocks:
        raise ApiError("no_text")
    if length(text) > most:
        raise ApiError("msg_too_long")
    if not text.strip():
        ws.complain("no top-level text: notifications and screen readers have nothing to say", method=method)
    if BROADCAST.search(text + " ".join(_marked_up(blocks))):
        ws.complain("a broadcast mention", method=method)
    for name in ("link_names", "parse"):
        if str(args.values.get(name, "")).lower() not in ("", "0", "false", "none"):
            ws.complain(f"{name} makes people's words active", method=method)
    return text


def _marked_up(value: object) -> list[str]:
    """All texts in these blocks in which markup is active."""
    if isinstance(value, list):
        return [text for entry in value for text in _marked_up(entry)]
    if not isinstance(value, dict):
        return []
    own = [str(value.get("text"))] if value.get("type") in ("mrkdwn", "markdown") else []
    return own + [text for entry in value.values() for text in _marked_up(entry)]


def as_seen(ws: Workspace, message: Message, *, metadata: bool = False) -> Json:
    """A message as the API and payloads show it."""
    names, body = ws.settings, message.body
    seen: Json = {"type": "message", "user": message.user, "ts": message.ts, **copy.deepcopy(body)}
    seen["team"] = names.team
    if message.user == names.bot_user:
        profile: Json = {"id": names.bot, "app_id": names.app, "user_id": names.bot_user, "name": "Backline"}
        profile |= {"deleted": False, "team_id": names.team}
        seen |= {"bot_id": names.bot, "app_id": names.app, "bot_profile": profile}
    if message.pinned:
        seen["pinned_to"] = [message.channel]
    if metadata and message.metadata:
        seen["metadata"] = message.metadata
    return seen
