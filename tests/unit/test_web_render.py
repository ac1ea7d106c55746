"""Cards become JSON whole, and the page shows people's words as words."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import get_args

import pytest

from adapters.web.render import render
from bot.cards import Button, Card, Choice, Facts, Form, Input, Instant, Mention, Option, Span, Text, Words

AT = datetime(2026, 3, 2, 10, 30, tzinfo=UTC)


def full_card() -> Card:
    """A card with every node there is."""
    line: tuple[Span, ...] = ("text", Instant(AT, "countdown"), Mention("anna"), Words("<b>typed</b>"))
    fields = (
        Choice("people", "People", (Option("anna", "Anna"),), several=True, selected=("anna",)),
        Input("reason", "Reason", required=False, multiline=True, longest=9, hint="Why?"),
    )
    form = Form("Title", fields, "Send", line)
    buttons = (Button("approve_some", "Approve", {"project": "p"}, "primary", form), Button("moved", "Moved"))
    return Card("kind", line, line, "urgent", (Text(line, subtle=True), Facts((("Label", line),))), buttons, "card:1")


def test_every_node_of_a_card_is_in_its_json() -> None:
    """Nothing of a card with every node gets lost, and what comes out is JSON."""
    text = json.dumps(render(full_card()))
    for part in ("text", "countdown", AT.isoformat(), "anna", "<b>typed</b>", "Label", "approve_some", "primary"):
        assert part in text
    for part in ("People", "Reason", "Why?", "Title", "Send", '"several": true', '"longest": 9', '"selected": true'):
        assert part in text


def test_the_full_card_has_every_kind_of_span() -> None:
    """A new kind of span must be added to the card above, and so to the renderer."""
    shown = {type(span) for span in full_card().lead}
    assert shown == set(get_args(Span))


def test_a_naive_instant_on_a_card_is_refused() -> None:
    """A moment without a zone would be shown an hour or two off."""
    with pytest.raises(ValueError, match="time zone"):
        render(Card("kind", (Instant(datetime(2026, 3, 2)),), ()))  # noqa: DTZ001 - naive on purpose
