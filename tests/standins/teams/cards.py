"""Adaptive Cards as Teams takes them from bots: the schema of version 1.5, and what Teams adds to it.

Sources: adaptivecards.io/schemas (1.5.0); learn.microsoft.com/microsoftteams/platform/task-modules-and-cards.
Images, media and tables are in the schema, and refused: this bot sends none.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from tests.standins.slack.check import (
    Check,
    Json,
    Report,
    array,
    boolean,
    note,
    record,
    string,
    tagged,
)

TYPE = "application/vnd.microsoft.card.adaptive"
MOST_USERS = 60
_text = string()
_some = string(minimum=1)


def _words(*words: str) -> Check:
    """One of these, capitals or not: the schema takes both."""

    def check(value: object, pointer: str, report: Report) -> None:
        if not isinstance(value, str) or value.lower() not in {word.lower() for word in words}:
            note(report, f"must be one of {', '.join(words)}", pointer)

    return check


def _number(value: object, pointer: str, report: Report) -> None:
    if isinstance(value, bool) or not isinstance(value, int | float):
        note(report, "must be a number", pointer)


def _pixels(value: object, pointer: str, report: Report) -> None:
    if not isinstance(value, str) or not re.fullmatch(r"\d+px", value):
        note(report, 'must be pixels like "50px"', pointer)


def _width(value: object, pointer: str, report: Report) -> None:
    if isinstance(value, str) and (value in ("auto", "stretch") or re.fullmatch(r"\d+(px)?", value)):
        return
    _number(value, pointer, report)


def _data(value: object, pointer: str, report: Report) -> None:
    if not isinstance(value, dict):
        note(report, "must be an object: inputs are merged into it", pointer)


def _address(value: object, pointer: str, report: Report) -> None:
    if not isinstance(value, str) or not value.startswith("https://"):
        note(report, "must be an https address", pointer)


_COLORS = _words("default", "dark", "light", "accent", "good", "warning", "attention")
_STYLES = _words("default", "emphasis", "good", "attention", "warning", "accent")
_SIDES, _HEIGHTS = _words("left", "center", "right"), _words("top", "center", "bottom")
_FONT: dict[str, Check] = {
    "color": _COLORS,
    "fontType": _words("default", "monospace"),
    "isSubtle": boolean,
    "size": _words("default", "small", "medium", "large", "extraLarge"),
    "weight": _words("default", "lighter", "bolder"),
}
_ELEMENT: dict[str, Check] = {
    "type": _text,
    "id": _some,
    "isVisible": boolean,
    "separator": boolean,
    "spacing": _words("default", "none", "small", "medium", "large", "extraLarge", "padding"),
    "height": _words("auto", "stretch"),
    "fallback": _words("drop"),
}
_INPUT: dict[str, Check] = {
    **_ELEMENT,
    "label": _some,
    "isRequired": boolean,
    "errorMessage": _some,
}
_ACTION: dict[str, Check] = {
    "type": _text,
    "title": _some,
    "id": _some,
    "style": _words("default", "positive", "destructive"),
    "tooltip": _some,
    "isEnabled": boolean,
    "mode": _words("primary", "secondary"),
}
_SENT: dict[str, Check] = {"data": _data, "associatedInputs": _words("auto", "none")}


def _element(value: object, pointer: str, report: Report) -> None:
    tagged(_ELEMENTS)(value, pointer, report)


def _action(value: object, pointer: str, report: Report) -> None:
    tagged(_ACTIONS)(value, pointer, report)


def _shown_card(value: object, pointer: str, report: Report) -> None:
    _INNER(value, pointer, report)


def _select_action(value: object, pointer: str, report: Report) -> None:
    tagged({name: check for name, check in _ACTIONS.items() if name != "Action.ShowCard"})(value, pointer, report)


def _inline(value: object, pointer: str, report: Report) -> None:
    if not isinstance(value, str):
        tagged({"TextRun": _TEXT_RUN})(value, pointer, report)


_TEXT_RUN = record(
    {"type": _text, "text": _some},
    {
        **_FONT,
        "highlight": boolean,
        "italic": boolean,
        "strikethrough": boolean,
        "underline": boolean,
        "selectAction": _select_action,
    },
)
_FACT = record({"title": _some, "value": _some}, {"type": _words("Fact")})
_CHOICE = record({"title": _some, "value": _some}, {"type": _words("Input.Choice")})
_HELD: dict[str, Check] = {
    "selectAction": _select_action,
    "style": _STYLES,
    "bleed": boolean,
    "minHeight": _pixels,
    "verticalContentAlignment": _HEIGHTS,
    "rtl": boolean,
}
_COLUMN = record(
    {"type": _words("Column")}, {**_ELEMENT, **_HELD, "items": array(_element, minimum=1), "width": _width}
)
_TARGET = record({"elementId": _some}, {"type": _words("TargetElement"), "isVisible": boolean})


def _choices(value: object, pointer: str, report: Report) -> None:
    """What a set of choices cannot do: offer nothing, the same twice, commas among several, or start elsewhere."""
    if not isinstance(value, dict) or not isinstance(value.get("choices"), list):
        return
    values = [one.get("value") for one in value["choices"] if isinstance(one, dict)]
    if len(set(map(str, values))) < len(values):
        note(report, "two choices have the same value", f"{pointer}/choices")
    several = value.get("isMultiSelect") is True
    if several and any("," in str(one) for one in values):
        note(report, "a comma in a value: what is chosen is joined by commas", f"{pointer}/choices")
    if several and str(value.get("style", "")).lower() == "filtered":
        note(report, "filtered cannot take several", f"{pointer}/style")
    chosen = value.get("value")
    if isinstance(chosen, str) and chosen and not set(chosen.split(",") if several else [chosen]) <= set(values):
        note(report, "starts with what is no choice", f"{pointer}/value")


def _required(value: object, pointer: str, report: Report) -> None:
    """An input has a label, and when it must be filled in, words for when it is not."""
    if isinstance(value, dict):
        if "label" not in value:
            note(report, "missing required field: label", pointer)
        if value.get("isRequired") and "errorMessage" not in value:
            note(report, "missing required field: errorMessage", pointer)


def _both(*checks: Check) -> Check:
    def check(value: object, pointer: str, report: Report) -> None:
        for one in checks:
            one(value, pointer, report)

    return check


def _input(required: dict[str, Check], optional: dict[str, Check], *more: Check) -> Check:
    return record({"type": _text, "id": _some, **required}, {**_INPUT, **optional}, _both(_required, *more))


_DAY, _TIME = string(pattern=r"\d{4}-\d{2}-\d{2}"), string(pattern=r"\d{2}:\d{2}")
_ELEMENTS: dict[str, Check] = {
    "TextBlock": record(
        {"type": _text, "text": _some},
        {
            **_ELEMENT,
            **_FONT,
            "horizontalAlignment": _SIDES,
            "maxLines": _number,
            "wrap": boolean,
            "style": _words("default", "heading"),
        },
    ),
    "RichTextBlock": record(
        {"type": _text, "inlines": array(_inline, minimum=1)}, {**_ELEMENT, "horizontalAlignment": _SIDES}
    ),
    "FactSet": record({"type": _text, "facts": array(_FACT, minimum=1)}, _ELEMENT),
    "Container": record({"type": _text, "items": array(_element, minimum=1)}, {**_ELEMENT, **_HELD}),
    "ColumnSet": record(
        {"type": _text, "columns": array(_COLUMN, minimum=1)},
        {**_ELEMENT, **_HELD, "horizontalAlignment": _SIDES},
    ),
    "ActionSet": record({"type": _text, "actions": array(_action, minimum=1)}, _ELEMENT),
    "Input.Text": _input(
        {},
        {
            "isMultiline": boolean,
            "maxLength": _number,
            "placeholder": _text,
            "regex": _some,
            "style": _words("text", "tel", "url", "email", "password"),
            "inlineAction": _select_action,
            "value": _text,
        },
    ),
    "Input.ChoiceSet": _input(
        {"choices": array(_CHOICE, minimum=1)},
        {
            "isMultiSelect": boolean,
            "style": _words("compact", "expanded", "filtered"),
            "value": _text,
            "placeholder": _text,
            "wrap": boolean,
        },
        _choices,
    ),
    "Input.Toggle": _input({"title": _some}, {"value": _text, "valueOn": _text, "valueOff": _text, "wrap": boolean}),
    "Input.Number": _input({}, {"min": _number, "max": _number, "placeholder": _text, "value": _number}),
    "Input.Date": _input({}, {"min": _DAY, "max": _DAY, "placeholder": _text, "value": _DAY}),
    "Input.Time": _input({}, {"min": _TIME, "max": _TIME, "placeholder": _text, "value": _TIME}),
}
_NAMED = {**_ACTION, "iconUrl": _address}
_ACTIONS: dict[str, Check] = {
    "Action.Execute": record({"type": _text, "title": _some, "verb": _some}, {**_NAMED, **_SENT, "fallback": _action}),
    "Action.Submit": record({"type": _text, "title": _some}, {**_NAMED, **_SENT}),
    "Action.OpenUrl": record({"type": _text, "title": _some, "url": _address}, _NAMED),
    "Action.ShowCard": record({"type": _text, "title": _some, "card": _shown_card}, _NAMED),
    "Action.ToggleVisibility": record(
        {
            "type": _text,
            "title": _some,
            "targetElements": array(_both(lambda v, p, r: None if isinstance(v, str) else _TARGET(v, p, r))),
        },
        _NAMED,
    ),
}
_FRAME: dict[str, Check] = {
    "$schema": _text,
    "body": array(_element),
    "actions": array(_action),
    "selectAction": _select_action,
    "fallbackText": _some,
    "minHeight": _pixels,
    "rtl": boolean,
    "speak": _text,
    "lang": string(pattern=r"[a-z]{2}"),
    "verticalContentAlignment": _HEIGHTS,
}
_INNER = record({"type": _words("AdaptiveCard")}, {**_FRAME, "version": _text})
_REFRESH = record(
    {
        "action": record({"type": _words("Action.Execute"), "verb": _some}, {**_NAMED, **_SENT}),
        "userIds": array(string(pattern=r"29:.+"), minimum=1, maximum=MOST_USERS),
    },
    {"type": _words("Refresh")},
)
_BUTTON = record({"type": _words("signin"), "value": _address}, {"title": _some, "image": _address})
_AUTHENTICATION = record(
    {"connectionName": _some},
    {
        "type": _words("Authentication"),
        "text": _text,
        "tokenExchangeResource": record({"id": _some, "uri": _some, "providerId": _text}),
        "buttons": array(_BUTTON, minimum=1, maximum=1),
    },
)
_MENTION = record(
    {
        "type": _words("mention"),
        "text": string(pattern=r"<at>.+</at>"),
        "mentioned": record({"id": _some, "name": _some}),
    }
)
_TEAMS = record({}, {"width": _words("full"), "entities": array(_MENTION)})
_CARD = record(
    {
        "type": _words("AdaptiveCard"),
        "version": _words("1.5"),
        "fallbackText": _some,
        "body": array(_element, minimum=1),
    },
    {**_FRAME, "refresh": _REFRESH, "authentication": _AUTHENTICATION, "msteams": _TEAMS},
)


def check_card(card: object) -> list[str]:
    """Everything in a card that Teams does not take, with JSON pointers; nothing if it is good."""
    report: Report = []
    _CARD(card, "", report)
    if not report and isinstance(card, dict):
        _ids(card, report)
        _mentions(card, report)
    return report


def inside(node: object, *, shown_cards: bool = True) -> Iterator[Json]:
    """Every object in a card that has a type, outermost first; data is none."""
    if isinstance(node, list):
        for one in node:
            yield from inside(one, shown_cards=shown_cards)
    elif isinstance(node, dict):
        if "type" in node:
            yield node
        for name, value in node.items():
            if name not in ("data", "msteams", "refresh", "authentication") and (shown_cards or name != "card"):
                yield from inside(value, shown_cards=shown_cards)


def _ids(card: Json, report: Report) -> None:
    seen: set[str] = set()
    for node in inside(card):
        key = node.get("id")
        if key in seen:
            note(report, f"duplicate id: {key}", "")
        elif isinstance(key, str):
            seen.add(key)
    for node in inside(card):
        for target in node.get("targetElements", []) if node["type"] == "Action.ToggleVisibility" else []:
            name = target if isinstance(target, str) else target["elementId"]
            if name not in seen:
                note(report, f"toggles what is not there: {name}", "")


def marked_up(card: Json) -> Iterator[str]:
    """Every text of a card that is read as Markdown."""
    for node in inside(card):
        if node["type"] == "TextBlock":
            yield node["text"]
        elif node["type"] == "FactSet":
            for fact in node["facts"]:
                yield fact["title"]
                yield fact["value"]


def _mentions(card: Json, report: Report) -> None:
    """Each `<at>…</at>` has its entity, and each entity stands in a text."""
    entities = [one["text"] for one in card.get("msteams", {}).get("entities", [])]
    written = {found for text in marked_up(card) for found in re.findall(r"<at>.*?</at>", text)}
    for text in entities:
        if text not in written:
            note(report, f"a mention that stands nowhere in the card: {text}", "/msteams/entities")
    for text in sorted(written - set(entities)):
        note(report, f"mentions somebody without an entity: {text}", "/body")
    if len(set(entities)) < len(entities):
        note(report, "two mentions have the same text", "/msteams/entities")
