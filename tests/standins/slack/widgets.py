"""What people can press and fill in: finding it in blocks, and how Slack reports its value."""

from __future__ import annotations

import copy
import re

from tests.standins.slack.blocks import elements_of
from tests.standins.slack.check import Json


class CannotDo(Exception):
    """A person could not do that in Slack's own client: the thing is not there, or the client would not let them."""


Values = dict[str, dict[str, Json]]
# element type → where its value stands, in the state and in the element as it was sent
VALUES = {
    "plain_text_input": ("value", "initial_value"),
    "email_text_input": ("value", "initial_value"),
    "url_text_input": ("value", "initial_value"),
    "number_input": ("value", "initial_value"),
    "rich_text_input": ("rich_text_value", "initial_value"),
    "static_select": ("selected_option", "initial_option"),
    "external_select": ("selected_option", "initial_option"),
    "radio_buttons": ("selected_option", "initial_option"),
    "users_select": ("selected_user", "initial_user"),
    "conversations_select": ("selected_conversation", "initial_conversation"),
    "channels_select": ("selected_channel", "initial_channel"),
    "multi_static_select": ("selected_options", "initial_options"),
    "multi_external_select": ("selected_options", "initial_options"),
    "multi_users_select": ("selected_users", "initial_users"),
    "multi_conversations_select": ("selected_conversations", "initial_conversations"),
    "multi_channels_select": ("selected_channels", "initial_channels"),
    "checkboxes": ("selected_options", "initial_options"),
    "datepicker": ("selected_date", "initial_date"),
    "timepicker": ("selected_time", "initial_time"),
    "datetimepicker": ("selected_date_time", "initial_date_time"),
}


def find(
    blocks: list[Json], action_id: str = "", block_id: str = "", value: str = "", label: str = ""
) -> tuple[Json, Json]:
    """The one element that fits all that is given, with its block. Raises CannotDo when there is none or more."""
    found = [
        (block, element)
        for block in blocks
        for _, element in elements_of(block)
        if action_id in ("", element.get("action_id"))
        and block_id in ("", block["block_id"])
        and value in ("", element.get("value"))
        and label in ("", element.get("text", {}).get("text"))
    ]
    if len(found) != 1:
        there = [element.get("action_id") for block in blocks for _, element in elements_of(block)]
        wanted = action_id or label or value or block_id
        raise CannotDo(f"{len(found)} elements fit {wanted!r}; there are {there}")
    return found[0]


def offered(element: Json) -> list[Json]:
    """All options of an element, in groups or not."""
    groups = element.get("option_groups") or []
    return [*(element.get("options") or []), *[entry for group in groups for entry in group["options"]]]


def _option(element: Json, value: object) -> Json:
    for entry in offered(element):
        if entry["value"] == value:
            return copy.deepcopy(entry)
    raise CannotDo(f"{value!r} is not offered; there are {[entry['value'] for entry in offered(element)]}")


def state(element: Json, value: object) -> Json:
    """An element's state with that value: option values for menus, plain values otherwise; None for nothing."""
    kind = element["type"]
    if kind not in VALUES:
        raise CannotDo(f"a {kind} holds no value")
    name = VALUES[kind][0]
    if value is not None and name == "selected_option":
        value = _option(element, value)
    elif value is not None and name == "selected_options":
        value = [_option(element, one) for one in (value if isinstance(value, list) else [value])]
    elif value is None and name.startswith("selected_") and name.endswith("s"):
        value = []
    return {"type": kind, name: value}


def initial(element: Json) -> Json:
    """An element's state as it was sent."""
    name, first = VALUES[element["type"]]
    empty: object = [] if name.startswith("selected_") and name.endswith("s") else None
    return {"type": element["type"], name: copy.deepcopy(element.get(first, empty))}


def states(blocks: list[Json], typed: Values) -> Values:
    """`state.values` of these blocks: what was typed, else what they started with."""
    values: Values = {}
    for block in blocks:
        for _, element in elements_of(block):
            if element["type"] in VALUES:
                block_id, action_id = block["block_id"], element["action_id"]
                known = typed.get(block_id, {}).get(action_id)
                values.setdefault(block_id, {})[action_id] = known or initial(element)
    return values


def fill(blocks: list[Json], given: Json) -> Values:
    """Values by block_id or action_id, as states. Raises CannotDo for one that is nowhere."""
    typed: Values = {}
    for key, value in given.items():
        for block in blocks:
            for _, element in elements_of(block):
                if key in (block["block_id"], element.get("action_id")) and element["type"] in VALUES:
                    typed.setdefault(block["block_id"], {})[element["action_id"]] = state(element, value)
                    break
            else:
                continue
            break
        else:
            raise CannotDo(f"nothing to fill in is called {key!r}")
    return typed


def complaints(blocks: list[Json], values: Values) -> list[str]:
    """What Slack's client says before it lets a modal be submitted."""
    found: list[str] = []
    for block in blocks:
        if block["type"] != "input":
            continue
        element, name = block["element"], block["block_id"]
        value = values[name][element["action_id"]][VALUES[element["type"]][0]] if element["type"] in VALUES else None
        if value in (None, "", []):
            found += [] if block.get("optional") else [f"{name}: please complete this required field"]
        elif isinstance(value, str):
            found += [f"{name}: {word}" for word in _wrong(element, value)]
    return found


def _wrong(element: Json, value: str) -> list[str]:
    kind, said = element["type"], []
    if kind == "plain_text_input" and not element.get("min_length", 0) <= len(value) <= element.get("max_length", 3000):
        said.append("too short or too long")
    if kind == "number_input":
        decimal = r"-?\d+(\.\d+)?" if element["is_decimal_allowed"] else r"-?\d+"
        if not re.fullmatch(decimal, value):
            return ["not a number"]
        low, high = element.get("min_value"), element.get("max_value")
        if (low and float(value) < float(low)) or (high and float(value) > float(high)):
            said.append("out of range")
    if kind == "email_text_input" and not re.fullmatch(r"[^@\s]+@[^@\s]+\.[^@\s]+", value):
        said.append("not an e-mail address")
    return said


def pressed(element: Json, block: Json, value: object, stamp: str) -> Json:
    """An entry of `actions`: the element as it is reported when used."""
    action: Json = {"action_id": element["action_id"], "block_id": block["block_id"], "type": element["type"]}
    action["action_ts"] = stamp
    if element["type"] == "button":
        for name in ("text", "value", "style", "url"):
            if name in element:
                action[name] = copy.deepcopy(element[name])
    elif element["type"] == "overflow":
        action["selected_option"] = _option(element, value)
    else:
        action |= state(element, value)
    return action
