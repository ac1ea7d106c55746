"""A neutral form as a Slack modal, and what was typed into it as a press's fields again."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, assert_never

from adapters.chat.text import compact
from adapters.slack.escape import plain_text
from adapters.slack.lines import Reading, plain_line
from adapters.slack.render import numbered, paragraph
from bot.cards import Choice, Field, Form, Input, Option
from bot.ports import Json
from bot.turn import Rejected
from bot.wording import View, refusal

VALUE = "value"  # the action id of every input; its block id is the field's
_TITLE, _LABEL, _HINT, _GROUP = 24, 2_000, 2_000, 75
_OPTION, _OPTION_VALUE = 75, 150
_METADATA = 3_000
_TYPED = 3_000
_FEW, _SOME, _MANY = 5, 10, 100  # options as radio buttons, as checkboxes, in one list
_PLACE = "place"


@dataclass(frozen=True, slots=True)
class Opened:
    """What a modal was opened for. `place`: channel and ts of the message with the button; empty without one."""

    verb: str
    args: Mapping[str, str]
    place: Mapping[str, str] = field(default_factory=dict)


def modal(form: Form, opened: Opened, close: str, reading: Reading) -> Json:
    """The view for `views.open`. `close` labels the way out. Raises `ValueError` for what Slack cannot show."""
    metadata = compact({"args": dict(opened.args), _PLACE: dict(opened.place)})
    if len(metadata) > _METADATA:
        raise ValueError(f"the arguments of {opened.verb} take {len(metadata)} characters; Slack takes {_METADATA}")
    intro = numbered([paragraph(form.intro, reading)], "intro") if form.intro else []
    return {
        "type": "modal",
        "callback_id": opened.verb,
        "title": plain_text(form.title, _TITLE),
        "submit": plain_text(form.submit, _TITLE),
        "close": plain_text(close, _TITLE),
        "private_metadata": metadata,
        "blocks": [*intro, *(_input(one) for one in form.fields)],
    }


def opened_of(view: Json) -> Opened:
    """What a submitted view was opened for. Raises `ValueError` if it is not ours."""
    try:
        metadata = json.loads(view["private_metadata"])
        args, place = metadata["args"], metadata[_PLACE]
        return Opened(str(view["callback_id"]), _texts(args), _texts(place))
    except (KeyError, TypeError, AttributeError, ValueError) as error:
        raise ValueError("a form that is not Backline's") from error


def _texts(found: Mapping[str, object]) -> dict[str, str]:
    return {str(name): str(value) for name, value in found.items()}


# --- There ------------------------------------------------------------------------------------------------------------


def _input(one: Field) -> Json:
    match one:
        case Choice():
            element, hint = _choice(one), ""
        case Input():
            element = {"type": "plain_text_input", "action_id": VALUE, "multiline": one.multiline}
            element["max_length"] = max(1, min(one.longest, _TYPED))
            hint = one.hint
        case _:
            assert_never(one)
    block = {"type": "input", "block_id": one.id, "optional": not one.required, "element": element}
    block["label"] = plain_text(one.label, _LABEL)
    if hint:
        block["hint"] = plain_text(hint, _HINT)
    return block


def _choice(choice: Choice) -> dict[str, Any]:
    """Few options are shown, many are a list, more than a list takes are a list in groups."""
    if not choice.options:
        raise ValueError(f"nothing to choose for {choice.id}")
    options = {one.value: _option(one) for one in choice.options}
    shown = list(options.values())
    chosen = [options[value] for value in choice.selected if value in options]
    element: dict[str, Any] = {"action_id": VALUE, "type": _kind(choice, len(shown))}
    if len(shown) <= _MANY:
        element["options"] = shown
    else:
        element["option_groups"] = _groups(shown)
    if chosen and choice.several:
        element["initial_options"] = chosen
    elif chosen:
        element["initial_option"] = chosen[0]
    return element


def _kind(choice: Choice, amount: int) -> str:
    if choice.several:
        return "checkboxes" if amount <= _SOME else "multi_static_select"
    # Radio buttons cannot be unticked, so what may be left empty is a list as soon as it is not a plain question.
    return "radio_buttons" if amount <= _FEW else "static_select"


def _option(option: Option) -> Json:
    if len(option.value) > _OPTION_VALUE:
        raise ValueError(f"an option's value takes {len(option.value)} characters; Slack takes {_OPTION_VALUE}")
    return {"text": plain_text(option.label, _OPTION), "value": option.value}


def _groups(shown: Sequence[Json]) -> list[Json]:
    if len(shown) > _MANY * _MANY:
        raise ValueError(f"{len(shown)} options; Slack takes {_MANY * _MANY}")
    groups = [shown[start : start + _MANY] for start in range(0, len(shown), _MANY)]
    return [
        {"label": plain_text(f"{place * _MANY + 1}–{place * _MANY + len(group)}", _GROUP), "options": list(group)}
        for place, group in enumerate(groups)
    ]


# --- And back ---------------------------------------------------------------------------------------------------------


def fields_of(state: Json) -> dict[str, str | tuple[str, ...]]:
    """`view.state` as `Press.fields`: what was left empty is "" or (). Raises `ValueError` for what is not ours."""
    try:
        values = {name: block[VALUE] for name, block in state["values"].items()}
        return {name: _typed(one) for name, one in values.items()}
    except (KeyError, TypeError, AttributeError) as error:
        raise ValueError("a form that is not Backline's") from error


def _typed(one: Json) -> str | tuple[str, ...]:
    match one["type"]:
        case "plain_text_input":
            return str(one.get("value") or "")
        case "radio_buttons" | "static_select":
            return str((one.get("selected_option") or {}).get("value", ""))
        case "checkboxes" | "multi_static_select":
            return tuple(str(option["value"]) for option in one.get("selected_options") or ())
        case kind:
            raise ValueError(f"an input of type {kind}")


def errors_for(rejected: Rejected, fields: Collection[str], view: View, reading: Reading) -> Json | None:
    """The answer to a submission that shows the refusal at the field it is about; None: it is about none of them."""
    guilty = rejected.data.get("field")
    if rejected.code == "too_long" and guilty is None:
        guilty = next((name for name in ("words", "reason") if name in fields), None)
    elif rejected.code == "reason_needed":
        guilty = "reason"
    elif rejected.code in ("not_offered", "no_longer_able", "not_covering"):
        guilty = "people"
    elif rejected.code == "unknown_level":
        guilty = "level"
    if guilty not in fields:
        return None
    line = refusal(rejected, view, reading.reader)
    return {"response_action": "errors", "errors": {str(guilty): plain_line(line, reading)}}
