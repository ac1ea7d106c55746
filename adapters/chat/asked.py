"""What somebody typed to us, whatever the platform: the intent, and about whom. Pure.

"report [somebody] [words]" is always a report, whatever the words: they only say more about it. Anything else is
understood as a sentence.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

from bot.phrases import UNCLEAR, Intent, understand

_REPORT = re.compile(r"(?:report|jelent(?:em|es)?|bejelent(?:em|es)?)\b[:,]?\s*", re.IGNORECASE)
_BLANKS = re.compile(r"[^\S\n]+")  # a line break stays: it ends a clause
HARMLESS = ("status", "roles", "log", "help", "menu")


@dataclass(frozen=True, slots=True)
class Asked:
    """The intent, the words that say it, and whom it is about (the platform's id) when that is somebody else."""

    intent: Intent
    text: str
    about: str | None = None


def asked(words: str, about: str | None, *, command: bool) -> Asked:
    """What the words ask. `command`: they came as a command, so a leading "report" is no slip of the tongue."""
    explicit = _REPORT.match(_without_accents(words))
    if explicit and (command or about or explicit.end() == len(words)):
        words = words[explicit.end() :]
        return Asked(_report(words), words, about)
    intent = understand(words)
    if about and intent.kind not in HARMLESS:
        return Asked(UNCLEAR, words)  # somebody is talked about: nobody is reported on a guess
    return Asked(intent, words)


def tidy(text: str) -> str:
    """One blank between words, none around them."""
    return _BLANKS.sub(" ", text).strip()


def _report(words: str) -> Intent:
    """A report, unless the words say that it is over."""
    meant = understand(words)
    match meant.kind:
        case "report" | "restored" | "moved":
            return meant
        case "move_yes" | "move_no":
            return Intent("report", None, meant.kind == "move_yes")
        case _:
            return Intent("report")


def _without_accents(text: str) -> str:
    """As many characters as `text`, so that places in one are places in the other."""
    return "".join(unicodedata.normalize("NFD", letter)[0] for letter in text)
