"""What a card says of its other copies: the older one of a newer below, a repeated one of a first that may be there."""

from __future__ import annotations

from dataclasses import replace

from bot.cards import Card
from bot.wording.basics import Reader


def superseded(card: Card, reader: Reader, project: str | None) -> Card:
    """No button, and no first line of the newer copy, which would stand with the older one's time.

    `project`: the name of what it is about.
    """
    t = reader.tongue
    lead = (
        t.say("{project}: there is a newer message about this below.", project=project)
        if project
        else t.say("There is a newer message about this below.")
    )
    return replace(card, lead=lead, summary=lead, tone="calm", blocks=(), buttons=())


def repeated(card: Card, reader: Reader) -> Card:
    """The same card, saying in its first line that it may be there twice."""
    text = reader.tongue.say("(Repeated: the first message may not have arrived.)")
    return replace(card, lead=(*card.lead, " ", *text), summary=(*card.summary, " ", *text))
