"""What is left of a card's older copy when the card has been posted again."""

from __future__ import annotations

from dataclasses import replace

from bot.cards import Card, Text
from bot.wording.basics import Reader


def superseded(card: Card, reader: Reader) -> Card:
    """The same first line, and no button: the newer copy below is the one to press."""
    text = reader.tongue.say("There is a newer message about this below.")
    return replace(card, tone="calm", blocks=(Text(text, subtle=True),), buttons=())
