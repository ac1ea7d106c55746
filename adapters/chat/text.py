"""Text that hides nothing and fits: pure functions for every platform's renderer."""

from __future__ import annotations

import json
import re
from bisect import bisect_right
from itertools import accumulate

from bot.ports import Json

# Control characters, what turns the writing direction, what has no width, halves of characters: all of it hides text.
_CONTROLS = re.compile(r"[\x00-\x1f\x7f-\x9f\u00ad\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ud800-\udfff]+")
_WORD_END = 0.6  # of the length: a cut looks for a blank from here on


def clean(text: str) -> str:
    """The text in one line, without characters that hide or turn anything."""
    return _CONTROLS.sub(" ", text)


def size(text: str) -> int:
    """The length as the strictest reader counts it: in UTF-16 units."""
    return len(text) if text.isascii() else len(text.encode("utf-16-le", "surrogatepass")) // 2


def shorten(text: str, longest: int) -> str:
    """At most `longest` long; what is cut off shows as `…`, after a whole word if there is one."""
    text = text[: longest + 1]
    if size(text) <= longest:
        return text
    used = list(accumulate(size(character) for character in text))
    text = text[: bisect_right(used, longest - 1)]
    blank = text.rfind(" ", int(len(text) * _WORD_END))
    return (text[:blank] if blank > 0 else text).rstrip() + "…"


def compact(value: Json) -> str:
    """JSON for what comes back to us: short, and in ASCII, so that nobody on the way changes it."""
    return json.dumps(value, separators=(",", ":"))
