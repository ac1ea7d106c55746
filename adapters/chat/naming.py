"""Who is named on a card."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from bot.cards import Card, Facts, Line, Mention, Text


def mentioned(shown: Card | Line) -> Iterator[str]:
    """Everybody named."""
    for line in _lines(shown) if isinstance(shown, Card) else (shown,):
        yield from (span.person for span in line if isinstance(span, Mention))


def _lines(card: Card) -> Iterable[Line]:
    yield card.lead
    yield card.summary
    for block in card.blocks:
        match block:
            case Text(line):
                yield line
            case Facts(rows):
                yield from (line for _, line in rows)
    for button in card.buttons:
        if button.form:
            yield button.form.intro
