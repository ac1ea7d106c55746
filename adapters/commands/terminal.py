"""Talking on the terminal."""

from __future__ import annotations

import os
import sys

from bot.plan import LANGUAGES


def say(text: str = "") -> None:
    """A line on stdout."""
    sys.stdout.write(text + "\n")


def warn(text: str) -> None:
    """A line on stderr."""
    sys.stderr.write(text + "\n")


def language_of(chosen: str | None) -> str:
    """The language that was chosen, else the terminal's if we have it, else English."""
    if chosen:
        return chosen
    named = next(filter(None, map(os.environ.get, ("LC_ALL", "LC_MESSAGES", "LANG"))), "")
    language = named[:2].lower()
    return language if language in LANGUAGES else "en"
