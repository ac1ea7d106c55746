"""What a card says of its other copies: the older one of a newer below, a repeated one of a first that may be there."""

from __future__ import annotations

from dataclasses import replace

from bot.cards import Card, Text
from bot.wording.basics import Reader


def superseded(card: Card, reader: Reader) -> Card:
    """The same first line, and no button: the newer copy below is the one to press."""
    text = reader.tongue.say("There is a newer message about this below.")
    return replace(card, tone="calm", blocks=(Text(text, subtle=True),), buttons=())


def repeated(card: Card, reader: Reader) -> Card:
    """The same card, saying in its first line that it may be there twice."""
    text = reader.tongue.say("(Repeated: the first message may not have arrived.)")
    return replace(card, lead=(*card.lead, " ", *text), summary=(*card.summary, " ", *text))
