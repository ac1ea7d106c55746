"""What Teams must not take for markup. Pure text functions.

A TextBlock and a FactSet are Markdown, and not every client knows the same escapes; so only a text that is `tame` goes
there, and any other into a TextRun, which is no Markdown. Labels of buttons and choices are Markdown in one client and
plain text in another: there the signs that could be markup give way to ones that look like them.
"""

from __future__ import annotations

import re

from adapters.chat.text import clean

_JOINT = "\u2060"  # no width, no blank: keeps two signs from being read as one token
# Markdown, HTML, entities, functions, addresses that become links; list and heading signs at the beginning.
_MARKUP = re.compile(r"[*_~`\[\]<>&\\@{}]|\$\{|://|\w\.[^\W\d_]|^\s*(?:[-+#]|\d+[.)])")
_AT = re.compile(r"<(?=/?at\b)", re.IGNORECASE)
_ALIKE = str.maketrans(
    {
        "*": "∗",  # noqa: RUF001 - that is the point, here and below
        "_": f"{_JOINT}_{_JOINT}",  # Markdown has no emphasis inside a word
        "~": "∼",  # noqa: RUF001
        "`": "ˋ",  # noqa: RUF001
        "<": "‹",  # noqa: RUF001
        ">": "›",  # noqa: RUF001
        "\\": "∖",  # noqa: RUF001
        "]": f"]{_JOINT}",
        "{": f"{{{_JOINT}",
        "&": f"&{_JOINT}",
        "@": f"@{_JOINT}",
    }
)
_LINKS = re.compile(r"(?<=:)(?=//)|(?<=\w\.)(?=[^\W\d_])")
_BULLET, _NUMBER = re.compile(r"^\s*(?=[-+#])"), re.compile(r"^\s*(?=\d+[.)])")


def is_tame(text: str) -> bool:
    """Whether no client would take anything in the text for more than text."""
    return not _MARKUP.search(text)


def inert(text: str) -> str:
    """Clean text for a TextRun: no Markdown is known there, but dates and mentions are looked for in some clients."""
    return _AT.sub(f"<{_JOINT}", clean(text).replace("{", f"{{{_JOINT}"))


def harmless(text: str) -> str:
    """Clean text for where one client knows Markdown and another does not. Looks nearly the same."""
    return _NUMBER.sub(_JOINT, harmless_title(text))


def harmless_title(text: str) -> str:
    """Likewise for a button, where a number at the beginning stays as it is: there is no list in a button."""
    return _BULLET.sub(_JOINT, _LINKS.sub(_JOINT, clean(text).translate(_ALIKE)))
