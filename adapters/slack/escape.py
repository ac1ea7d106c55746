"""What Slack must not take for markup, and how long things may be. Pure text functions.

Three signs start every active token of mrkdwn: `&`, `<` and `>`. Formatting (`*bold*`, `:emoji:`) has no escape at all,
so a text with such signs is not `tame`, and goes into rich text, which knows no markup.
"""

from __future__ import annotations

import re

from adapters.chat.text import clean, shorten
from bot.ports import Json

_FORMATTING = re.compile(r"[*_~`]|:[^\s:]+:|^\s*>")
_AT = re.compile(r"@(?=\w)")


def escape(text: str) -> str:
    """Clean text for mrkdwn. Source: docs.slack.dev/messaging/formatting-message-text, "Escaping text"."""
    return clean(text).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def escape_summary(text: str) -> str:
    """For a message's top-level `text`, which `chat.update` also searches for @names: they get an invisible joint."""
    return _AT.sub("@\u2060", escape(text))


def is_tame(text: str) -> bool:
    """Whether nothing in the text would be taken for formatting or an emoji."""
    return not _FORMATTING.search(text)


def plain_text(text: str, longest: int) -> Json:
    """A plain text object: no markup, no emoji codes. Slack refuses an empty one, so that nothing is a dash."""
    return {"type": "plain_text", "text": shorten(clean(text).strip(), longest) or "–", "emoji": False}
