"""A neutral card as JSON for the mailbox, and back. Every node has a form here; an unknown one is an error."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, assert_never

from bot.cards import Block, Button, Card, Choice, Facts, Field, Form, Input, Instant, Line, Mention, Option, Span, Text
from bot.cards import Words as Typed
from bot.ports import Json


def render(card: Card) -> Json:
    """The card's JSON. People's words and names stay data: the page escapes them when it is drawn."""
    return {
        "kind": card.kind,
        "id": card.id,
        "tone": card.tone,
        "lead": render_line(card.lead),
        "summary": render_line(card.summary),
        "blocks": [_block(block) for block in card.blocks],
        "buttons": [_button(button) for button in card.buttons],
    }


def render_line(line: Line) -> list[Json]:
    """A line's JSON: a list of spans."""
    return [_span(span) for span in line]


def _span(span: Span) -> Json:
    match span:
        case str():
            return {"text": span}
        case Instant():
            return {"at": _iso(span.at), "style": span.style}
        case Mention():
            return {"person": span.person}
        case Typed():
            return {"words": span.text}
        case _:
            assert_never(span)


def _iso(at: datetime) -> str:
    if at.utcoffset() is None:
        raise ValueError("an instant without a time zone on a card; pass aware UTC datetimes")
    return at.isoformat()


def _block(block: Block) -> Json:
    match block:
        case Text():
            return {"type": "text", "line": render_line(block.line), "subtle": block.subtle}
        case Facts():
            return {
                "type": "facts",
                "rows": [{"label": label, "line": render_line(line)} for label, line in block.rows],
            }
        case _:
            assert_never(block)


def _button(button: Button) -> Json:
    return {
        "verb": button.verb,
        "label": button.label,
        "args": dict(button.args),
        "style": button.style,
        "form": _form(button.form) if button.form else None,
    }


def _form(form: Form) -> Json:
    return {
        "title": form.title,
        "intro": render_line(form.intro),
        "fields": [_field(field) for field in form.fields],
        "submit": form.submit,
    }


def _field(field: Field) -> Json:
    match field:
        case Choice():
            return {
                "type": "choice",
                "id": field.id,
                "label": field.label,
                "options": [_option(option, field.selected) for option in field.options],
                "several": field.several,
                "required": field.required,
            }
        case Input():
            return {
                "type": "input",
                "id": field.id,
                "label": field.label,
                "required": field.required,
                "multiline": field.multiline,
                "longest": field.longest,
                "hint": field.hint,
            }
        case _:
            assert_never(field)


def _option(option: Option, selected: tuple[str, ...]) -> Mapping[str, Any]:
    return {"value": option.value, "label": option.label, "selected": option.value in selected}
