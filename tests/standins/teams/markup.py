"""What would be more than text in a card: links, emphasis, tags, mentions. For words that people typed, a complaint."""

from __future__ import annotations

import re
from collections.abc import Iterator

from tests.standins.slack.check import Json
from tests.standins.teams.cards import inside, marked_up

_UNESCAPED = r"(?<!\\)"
_ACTIVE = {
    "image": re.compile(_UNESCAPED + r"!\[[^\]\n]*\]\([^)\n]*\)"),
    "link": re.compile(_UNESCAPED + r"\[[^\]\n]*\]\([^)\n]*\)"),
    "bare address": re.compile(r"\b[a-z][a-z0-9+.-]*://\S+|\bwww\.\S+", re.IGNORECASE),
    "mention": re.compile(r"<at\b[^>]*>.*?</at>", re.IGNORECASE | re.DOTALL),
    "tag": re.compile(r"</?[a-z!][^>]*>", re.IGNORECASE),
    "entity": re.compile(r"&(?:#\d+|#x[0-9a-f]+|[a-z]+);", re.IGNORECASE),
    "function": re.compile(r"\{\{(?:DATE|TIME)\(.*?\)\}\}"),
    "template": re.compile(r"\$\{.*?\}"),
    "strong": re.compile(_UNESCAPED + r"(\*\*|__)(?=\S).+?(?<=\S)\1"),
    "emphasis": re.compile(_UNESCAPED + r"(?<![*_\w])([*_])(?=[^\s*_]).+?(?<=[^\s*_\\])\1(?![*_\w])"),
    "strikethrough": re.compile(_UNESCAPED + r"~~(?=\S).+?(?<=\S)~~"),
    "code": re.compile(_UNESCAPED + r"`[^`\n]+`"),
    "list": re.compile(r"^[ \t]{0,3}(?:[-*+]|\d+[.)])[ \t]+\S", re.MULTILINE),
    "heading": re.compile(r"^[ \t]{0,3}#{1,6}[ \t]+\S", re.MULTILINE),
    "quote": re.compile(r"^[ \t]{0,3}>[ \t]*\S", re.MULTILINE),
}
_EVERYWHERE = ("mention", "function")  # some clients look for these in text that is no Markdown


def active(text: str, kinds: tuple[str, ...] = tuple(_ACTIVE)) -> Iterator[tuple[str, str]]:
    """What a client would not show as typed: its kind, and its source."""
    for kind in kinds:
        for found in _ACTIVE[kind].finditer(text):
            yield kind, found.group()


def plain(card: Json) -> Iterator[str]:
    """Every text of a card that is not read as Markdown."""
    for node in inside(card):
        if node["type"] == "RichTextBlock":
            yield from (one if isinstance(one, str) else one["text"] for one in node["inlines"])


def labels(card: Json) -> Iterator[str]:
    """Every label: Markdown in some clients, plain in others."""
    for node in inside(card):
        yield from (node[name] for name in ("label", "title", "placeholder", "errorMessage") if name in node)
        yield from (one["title"] for one in node.get("choices", []))
    yield from (card[name] for name in ("fallbackText",) if name in card)


def betrayed(card: Json, hostile: list[str]) -> Iterator[tuple[str, str]]:
    """Where one of these strings has become markup: the kind and what of it stands there."""
    fields = [(text, tuple(_ACTIVE)) for text in (*marked_up(card), *labels(card))]
    fields += [(text, _EVERYWHERE) for text in plain(card)]
    for text, kinds in fields:
        for kind, source in active(text, kinds):
            core = source.strip()
            if any(core in words or words in core for words in hostile):
                yield kind, core
