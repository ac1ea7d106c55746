"""The stand-in refuses the blocks and views that Slack refuses, with Slack's words."""

# ruff: noqa: E501 - a table reads best with one line each

from __future__ import annotations

from typing import Any

import pytest
from slack_sdk.models.blocks import (
    ActionsBlock,
    ButtonElement,
    ContextBlock,
    DividerBlock,
    HeaderBlock,
    InputBlock,
    MarkdownTextObject,
    Option,
    PlainTextInputElement,
    PlainTextObject,
    SectionBlock,
    StaticSelectElement,
)
from slack_sdk.models.views import View

from tests.standins.slack.blocks import HOME, MESSAGE, MODAL, check_blocks, check_view, too_large

Json = dict[str, Any]


def plain(text: str = "words", **more: object) -> Json:
    """A plain_text object."""
    return {"type": "plain_text", "text": text, **more}


def mrkdwn(text: str = "words", **more: object) -> Json:
    """A mrkdwn object."""
    return {"type": "mrkdwn", "text": text, **more}


def option(value: str = "v", text: str = "words", **more: object) -> Json:
    """An option object."""
    return {"text": plain(text), "value": value, **more}


def button(**changes: object) -> Json:
    """A button."""
    return {"type": "button", "text": plain(), "action_id": "a", **changes}


def section(**changes: object) -> Json:
    """A section."""
    return {"type": "section", "text": mrkdwn(), **changes}


def actions(*elements: Json, **more: object) -> Json:
    """An actions block."""
    return {"type": "actions", "elements": list(elements), **more}


def select(**changes: object) -> Json:
    """A menu of one option."""
    return {"type": "static_select", "action_id": "s", "options": [option()], **changes}


def entry(element: Json, **more: object) -> Json:
    """An input block."""
    return {"type": "input", "label": plain(), "element": element, **more}


def typed(**more: object) -> Json:
    """A text input."""
    return {"type": "plain_text_input", "action_id": "t", **more}


def modal(**changes: object) -> Json:
    """A modal with one input."""
    view: Json = {"type": "modal", "title": plain(), "submit": plain(), "blocks": [entry(typed())]}
    return {name: value for name, value in (view | changes).items() if value is not None}


CONFIRM = {"title": plain(), "text": mrkdwn(), "confirm": plain(), "deny": plain()}

REFUSED: list[tuple[str, list[Any], str]] = [
    ("51 blocks", [section()] * 51, "no more than 50 items allowed [json-pointer:/blocks]"),
    ("no such block", [{"type": "poll"}], "unsupported type: poll [json-pointer:/blocks/0/type]"),
    ("no type", [{}], "missing required field: type [json-pointer:/blocks/0]"),
    ("not an object", ["words"], "must provide an object [json-pointer:/blocks/0]"),
    ("long section", [section(text=mrkdwn("x" * 3001))], "must be less than 3001 characters [json-pointer:/blocks/0/text/text]"),
    ("long in UTF-16", [section(text=mrkdwn("🔥" * 1501))], "must be less than 3001 characters [json-pointer:/blocks/0/text/text]"),
    ("empty text", [section(text=mrkdwn(""))], "must be more than 0 characters [json-pointer:/blocks/0/text/text]"),
    ("text as a string", [section(text="words")], "must provide an object [json-pointer:/blocks/0/text]"),
    ("section of nothing", [{"type": "section"}], "missing required field: text [json-pointer:/blocks/0]"),
    ("11 fields", [section(fields=[plain()] * 11)], "no more than 10 items allowed [json-pointer:/blocks/0/fields]"),
    ("long field", [section(fields=[plain("x" * 2001)])], "must be less than 2001 characters [json-pointer:/blocks/0/fields/0/text]"),
    ("unknown field", [section(colour="red")], "invalid additional property: colour [json-pointer:/blocks/0]"),
    ("emoji in mrkdwn", [section(text=mrkdwn(emoji=True))], "invalid additional property: emoji [json-pointer:/blocks/0/text]"),
    ("verbatim in plain", [section(text=plain(verbatim=True))], "invalid additional property: verbatim [json-pointer:/blocks/0/text]"),
    ("long header", [{"type": "header", "text": plain("x" * 151)}], "must be less than 151 characters [json-pointer:/blocks/0/text/text]"),
    ("mrkdwn header", [{"type": "header", "text": mrkdwn()}], "must be a valid enum value [json-pointer:/blocks/0/text/type]"),
    ("block_id twice", [section(block_id="b"), section(block_id="b")], '`block_id` "b" already exists [json-pointer:/blocks/1/block_id]'),
    ("long block_id", [section(block_id="b" * 256)], "must be less than 256 characters [json-pointer:/blocks/0/block_id]"),
    ("action_id twice", [actions(button(), button())], '`action_id` "a" already exists [json-pointer:/blocks/0/elements/1/action_id]'),
    ("long action_id", [actions(button(action_id="a" * 256))], "must be less than 256 characters [json-pointer:/blocks/0/elements/0/action_id]"),
    ("26 elements", [actions(*[button(action_id=str(n)) for n in range(26)])], "no more than 25 items allowed [json-pointer:/blocks/0/elements]"),
    ("no elements", [actions()], "must provide at least 1 items [json-pointer:/blocks/0/elements]"),
    ("text in actions", [actions(mrkdwn())], "unsupported type: mrkdwn [json-pointer:/blocks/0/elements/0/type]"),
    ("input in actions", [actions(typed())], "unsupported type: plain_text_input [json-pointer:/blocks/0/elements/0/type]"),
    ("long button", [actions(button(text=plain("x" * 76)))], "must be less than 76 characters [json-pointer:/blocks/0/elements/0/text/text]"),
    ("mrkdwn button", [actions(button(text=mrkdwn()))], "must be a valid enum value [json-pointer:/blocks/0/elements/0/text/type]"),
    ("long value", [actions(button(value="v" * 2001))], "must be less than 2001 characters [json-pointer:/blocks/0/elements/0/value]"),
    ("number as value", [actions(button(value=7))], "must provide a string [json-pointer:/blocks/0/elements/0/value]"),
    ("default style", [actions(button(style="default"))], "must be a valid enum value [json-pointer:/blocks/0/elements/0/style]"),
    ("no address", [actions(button(url="somewhere"))], "input must match regex pattern"),
    ("block_id on element", [actions(button(block_id="b"))], "invalid additional property: block_id [json-pointer:/blocks/0/elements/0]"),
    ("confirm title", [actions(button(confirm=CONFIRM | {"title": plain("x" * 101)}))], "must be less than 101 characters"),
    ("confirm text", [actions(button(confirm=CONFIRM | {"text": mrkdwn("x" * 301)}))], "must be less than 301 characters"),
    ("confirm button", [actions(button(confirm=CONFIRM | {"deny": plain("x" * 31)}))], "must be less than 31 characters"),
    ("confirm of half", [actions(button(confirm={"title": plain()}))], "missing required field: deny"),
    ("11 in context", [{"type": "context", "elements": [mrkdwn()] * 11}], "no more than 10 items allowed [json-pointer:/blocks/0/elements]"),
    ("button in context", [{"type": "context", "elements": [button()]}], "unsupported type: button [json-pointer:/blocks/0/elements/0/type]"),
    ("no alt_text", [{"type": "image", "image_url": "https://example.com/a.png"}], "missing required field: alt_text [json-pointer:/blocks/0]"),
    ("no image", [{"type": "image", "alt_text": "a"}], "missing required field: image_url [json-pointer:/blocks/0]"),
    ("101 options", [actions(select(options=[option(str(n)) for n in range(101)]))], "no more than 100 items allowed"),
    ("no options", [actions(select(options=[]))], "must provide at least 1 items [json-pointer:/blocks/0/elements/0/options]"),
    ("options and groups", [actions(select(option_groups=[{"label": plain(), "options": [option()]}]))], "failed to match exactly one allowed schema"),
    ("long option", [actions(select(options=[option(text="x" * 76)]))], "must be less than 76 characters"),
    ("long option value", [actions(select(options=[option("v" * 151)]))], "must be less than 151 characters"),
    ("long description", [actions(select(options=[option(description=plain("x" * 76))]))], "must be less than 76 characters"),
    ("mrkdwn option", [actions(select(options=[{"text": mrkdwn(), "value": "v"}]))], "must be a valid enum value"),
    ("url of an option", [actions(select(options=[option(url="https://example.com")]))], "invalid additional property: url"),
    ("same value twice", [actions(select(options=[option(), option()]))], "Input contains duplicate items"),
    ("foreign choice", [actions(select(initial_option=option("w")))], "must be one of the provided options [json-pointer:/blocks/0/elements/0/initial_option]"),
    ("long placeholder", [actions(select(placeholder=plain("x" * 151)))], "must be less than 151 characters"),
    ("multi in actions", [actions(select(type="multi_static_select"))], "unsupported type: multi_static_select"),
    ("11 boxes", [section(accessory={"type": "checkboxes", "options": [option(str(n)) for n in range(11)]})], "no more than 10 items allowed"),
    ("6 in overflow", [section(accessory={"type": "overflow", "options": [option(str(n)) for n in range(6)]})], "no more than 5 items allowed"),
    ("bad date", [section(accessory={"type": "datepicker", "initial_date": "2026-13-01"})], "input must match regex pattern"),
    ("input accessory", [section(accessory=typed())], "unsupported type: plain_text_input [json-pointer:/blocks/0/accessory/type]"),
    ("button input", [entry(button())], "unsupported type: button [json-pointer:/blocks/0/element/type]"),
    ("no element", [{"type": "input", "label": plain()}], "missing required field: element [json-pointer:/blocks/0]"),
    ("long label", [entry(typed(), label=plain("x" * 2001))], "must be less than 2001 characters [json-pointer:/blocks/0/label/text]"),
    ("mrkdwn label", [entry(typed(), label=mrkdwn())], "must be a valid enum value [json-pointer:/blocks/0/label/type]"),
    ("max_length", [entry(typed(max_length=3001))], "must be less than 3001 [json-pointer:/blocks/0/element/max_length]"),
    ("min above max", [entry(typed(min_length=9, max_length=3))], "must be less than 4 [json-pointer:/blocks/0/element/min_length]"),
    ("two foci", [entry(typed(focus_on_load=True)), entry(typed(focus_on_load=True))], "only one element can set `focus_on_load`"),
    ("rich text", [{"type": "rich_text", "elements": [{"type": "text", "text": "x"}]}], "unsupported type: text [json-pointer:/blocks/0/elements/0/type]"),
    ("markdown", [{"type": "markdown", "text": "x" * 7000}] * 2, "must be less than 12001 characters [json-pointer:/blocks]"),
]  # fmt: skip


@pytest.mark.parametrize(("blocks", "words"), [one[1:] for one in REFUSED], ids=[one[0] for one in REFUSED])
def test_blocks_that_slack_refuses(blocks: list[Any], words: str) -> None:
    """Each breach of Block Kit's rules is named with Slack's sentence and a pointer."""
    assert any(words in fault for fault in check_blocks(blocks)), check_blocks(blocks)


VIEWS: list[tuple[str, object, str]] = [
    ("no object", "view", "must provide an object [json-pointer:/view]"),
    ("no type", {}, "missing required field: type [json-pointer:/view]"),
    ("home as modal", {"type": "home", "blocks": []}, "unsupported type: home [json-pointer:/view/type]"),
    ("long title", modal(title=plain("x" * 25)), "must be less than 25 characters [json-pointer:/view/title/text]"),
    ("long submit", modal(submit=plain("x" * 25)), "must be less than 25 characters [json-pointer:/view/submit/text]"),
    ("long close", modal(close=plain("x" * 25)), "must be less than 25 characters [json-pointer:/view/close/text]"),
    ("mrkdwn title", modal(title=mrkdwn()), "must be a valid enum value [json-pointer:/view/title/type]"),
    ("no title", modal(title=None), "missing required field: title [json-pointer:/view]"),
    ("metadata", modal(private_metadata="x" * 3001), "must be less than 3001 characters [json-pointer:/view/private_metadata]"),
    ("callback", modal(callback_id="x" * 256), "must be less than 256 characters [json-pointer:/view/callback_id]"),
    ("101 blocks", modal(blocks=[section()] * 101), "no more than 100 items allowed [json-pointer:/view/blocks]"),
    ("no submit", modal(submit=None), "must define `submit` to use an `input` block in modals [json-pointer:/view/blocks/0/input]"),
    ("unknown field", modal(submit_disabled=True), "invalid additional property: submit_disabled [json-pointer:/view]"),
    ("markdown", modal(blocks=[{"type": "markdown", "text": "x"}]), "unsupported type: markdown [json-pointer:/view/blocks/0/type]"),
]  # fmt: skip


@pytest.mark.parametrize(("view", "words"), [one[1:] for one in VIEWS], ids=[one[0] for one in VIEWS])
def test_views_that_slack_refuses(view: object, words: str) -> None:
    """Each breach of the rules for modals is named with Slack's sentence and a pointer."""
    assert words in check_view(view, MODAL)


def test_home_takes_no_title() -> None:
    """Home has no title, and no file inputs."""
    home = {"type": "home", "title": plain(), "blocks": [entry({"type": "file_input"})]}
    faults = check_view(home, HOME)
    assert "invalid additional property: title [json-pointer:/view]" in faults
    assert "unsupported type: file_input [json-pointer:/view/blocks/0/element/type]" in faults


def test_a_view_has_a_size() -> None:
    """A view of more than 250 kB is too large."""
    assert too_large(modal(blocks=[section(text=mrkdwn("x" * 2900))] * 90))
    assert not too_large(modal())


@pytest.mark.parametrize("surface", [MESSAGE, MODAL, HOME])
def test_what_the_sdk_builds_is_accepted(surface: str) -> None:
    """Blocks at their limits, built by slack_sdk's models, pass."""
    choice = [Option(label="x" * 75, value=f"{n:0>150}") for n in range(100)]
    menu = StaticSelectElement(action_id="m", placeholder="p" * 150, options=choice, initial_option=choice[7])
    blocks = [
        HeaderBlock(text="x" * 150),
        SectionBlock(text=MarkdownTextObject(text="x" * 3000), fields=[PlainTextObject(text="f" * 2000)] * 10, accessory=menu),
        ContextBlock(elements=[MarkdownTextObject(text="c")] * 10),
        ActionsBlock(
            elements=[ButtonElement(text="b" * 75, action_id=f"{n:0>255}", value="v" * 2000, style="danger") for n in range(25)]
        ),
        DividerBlock(),
        InputBlock(label="l" * 2000, element=PlainTextInputElement(action_id="t", max_length=3000), hint="h" * 2000),
    ]  # fmt: skip
    assert check_blocks([block.to_dict() for block in blocks], surface) == []
    title = "x" * 24
    view = View(
        type="modal",
        title=title,
        submit=title,
        close=title,
        callback_id="c" * 255,
        private_metadata="p" * 3000,
        blocks=blocks,
    )
    assert check_view(view.to_dict(), MODAL) == []
