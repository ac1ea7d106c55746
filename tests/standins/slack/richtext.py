"""Rich text blocks. Source: docs.slack.dev/reference/block-kit/blocks/rich-text-block."""

from __future__ import annotations

from tests.standins.slack.check import Check, anything, array, boolean, integer, one_of, record, string, tagged

_STYLE = record({}, dict.fromkeys(("bold", "italic", "strike", "code", "underline"), boolean))
_MENTION = record({}, dict.fromkeys(("bold", "italic", "strike", "highlight", "client_highlight", "unlink"), boolean))
_URL = string(3000, 1)


def _leaf(required: dict[str, Check], optional: dict[str, Check] | None = None) -> Check:
    return record({"type": anything} | required, optional)


LEAVES: dict[str, Check] = {
    "text": _leaf({"text": string(None, 1)}, {"style": _STYLE}),
    "link": _leaf({"url": _URL}, {"text": string(), "unsafe": boolean, "style": _STYLE}),
    "emoji": _leaf({"name": string(None, 1)}, {"unicode": string(), "skin_tone": integer(1, 6), "style": _STYLE}),
    "user": _leaf({"user_id": string(None, 1, r"[UW][A-Z0-9]+")}, {"style": _MENTION}),
    "usergroup": _leaf({"usergroup_id": string(None, 1, r"S[A-Z0-9]+")}, {"style": _MENTION}),
    "channel": _leaf({"channel_id": string(None, 1, r"[CDG][A-Z0-9]+")}, {"style": _MENTION}),
    "broadcast": _leaf({"range": one_of("here", "channel", "everyone")}, {"style": _STYLE}),
    "color": _leaf({"value": string(None, 1, r"#[0-9A-Fa-f]{6}")}),
    "date": _leaf(
        {"timestamp": integer(0), "format": string(None, 1)}, {"url": _URL, "fallback": string(), "style": _STYLE}
    ),
}
_LEAF = tagged(LEAVES)
_PLAIN = tagged({kind: LEAVES[kind] for kind in ("text", "link")})
_BORDER: dict[str, Check] = {"border": integer(0, 1)}
_SECTION = _leaf({"elements": array(_LEAF)})
_PARTS: dict[str, Check] = {
    "rich_text_section": _SECTION,
    "rich_text_list": _leaf(
        {"style": one_of("bullet", "ordered"), "elements": array(tagged({"rich_text_section": _SECTION}), 1)},
        {"indent": integer(0, 8), "offset": integer(0)} | _BORDER,
    ),
    "rich_text_preformatted": _leaf({"elements": array(_PLAIN)}, {"language": string()} | _BORDER),
    "rich_text_quote": _leaf({"elements": array(_LEAF)}, _BORDER),
}
RICH_TEXT = record({"type": anything, "elements": array(tagged(_PARTS))}, {"block_id": string(255, 1)})
