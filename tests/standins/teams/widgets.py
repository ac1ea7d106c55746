"""What a person can do with a card: find an action, fill in the inputs that go with it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from tests.standins.slack.check import Json
from tests.standins.slack.widgets import CannotDo
from tests.standins.teams.cards import inside


@dataclass(frozen=True, slots=True)
class Found:
    """An action, and the cards around it from the outermost in: inputs of all of these go with it."""

    action: Json
    cards: tuple[Json, ...]


def actions(card: Json, around: tuple[Json, ...] = ()) -> Iterator[Found]:
    """Every action of a card, those behind Action.ShowCard too."""
    cards = (*around, card)
    for node in inside({**card, "refresh": None}, shown_cards=False):
        if str(node["type"]).startswith("Action."):
            yield Found(node, cards)
            if node["type"] == "Action.ShowCard":
                yield from actions(node["card"], cards)


def find(card: Json, title: str = "", verb: str = "", under: str = "") -> Found:
    """The one action with that title or verb; `under`: behind the action of that title. Raises CannotDo."""
    found = [
        one
        for one in actions(card)
        if (not title or one.action.get("title") == title)
        and (not verb or one.action.get("verb") == verb)
        and (not under or one.cards[-1] in [other.get("card") for other in _opening(card, under)])
    ]
    if not title and not verb:
        raise CannotDo("say which action: title or verb")
    if not found:
        raise CannotDo(f"there is no action {title or verb!r}")
    if len(found) > 1:
        raise CannotDo(f"there are {len(found)} actions {title or verb!r}: say more (title, verb, under)")
    if found[0].action.get("isEnabled") is False:
        raise CannotDo(f"the action {title or verb!r} is greyed out")
    for one in found[0].cards[1:]:
        opener = next(other.action for other in actions(card) if other.action.get("card") is one)
        if str(opener.get("mode", "primary")).lower() == "secondary":
            raise CannotDo(f"{opener['title']!r} is in the menu, where Teams opens no card")
    return found[0]


def _opening(card: Json, title: str) -> list[Json]:
    return [one.action for one in actions(card) if one.action.get("title") == title and "card" in one.action]


def gather(found: Found, typed: Json) -> Json:
    """The action's data with the inputs that go with it. Raises CannotDo where Teams' client would not send it."""
    data = dict(found.action.get("data") or {})
    if str(found.action.get("associatedInputs", "auto")).lower() == "none":
        if typed:
            raise CannotDo("inputs do not go with this action")
        return data
    inputs = [one for card in found.cards for one in inside(card, shown_cards=False) if _is_input(one)]
    given = {_meant(inputs, name)["id"]: value for name, value in typed.items()}
    for one in inputs:
        value = _value(one, given[one["id"]]) if one["id"] in given else _initial(one)
        if one.get("isRequired") and value in ("", _off(one)):
            raise CannotDo(f"{one['label']}: {one['errorMessage']}")
        if value:
            data[one["id"]] = value
    return data


def _is_input(node: Json) -> bool:
    return str(node["type"]).startswith("Input.") and node["type"] != "Input.Choice"


def _meant(inputs: list[Json], name: str) -> Json:
    """An input by id, by label, or by the end of its id: `0.reason` is found as `reason`."""
    found = [one for one in inputs if one["id"] == name]
    found = found or [one for one in inputs if one.get("label") == name]
    found = found or [one for one in inputs if str(one["id"]).endswith((f".{name}", f":{name}"))]
    if len(found) > 1:
        raise CannotDo(f"there are {len(found)} inputs {name!r}")
    if found:
        return found[0]
    raise CannotDo(f"there is no input {name!r}; there are {[one['id'] for one in inputs]}")


def _off(one: Json) -> object:
    """A toggle that must be on counts as empty when it is off."""
    return one.get("valueOff", "false") if one["type"] == "Input.Toggle" else ""


def _initial(one: Json) -> str:
    if one["type"] == "Input.Toggle":
        return str(one.get("value", one.get("valueOff", "false")))
    return str(one.get("value", ""))


def _value(one: Json, typed: object) -> str:
    """What is typed or chosen, as it is sent: always a string."""
    match one["type"]:
        case "Input.Toggle":
            return str(one.get("valueOn", "true") if typed else one.get("valueOff", "false"))
        case "Input.ChoiceSet":
            return _chosen(one, typed)
        case "Input.Number":
            return _number(one, str(typed))
        case "Input.Date" | "Input.Time":
            return _moment(one, str(typed))
        case _:
            return _text(one, str(typed))


def _text(one: Json, typed: str) -> str:
    longest = one.get("maxLength")
    if longest is not None and len(typed) > longest:
        raise CannotDo(f"{one['label']}: no more than {longest} characters can be typed")
    if not one.get("isMultiline") and "\n" in typed:
        raise CannotDo(f"{one['label']}: one line only")
    if "regex" in one and typed and not re.search(one["regex"], typed):
        raise CannotDo(f"{one['label']}: {one.get('errorMessage', 'not in the form asked for')}")
    return typed


def _chosen(one: Json, typed: object) -> str:
    wanted = [str(each) for each in typed] if isinstance(typed, list | tuple) else [str(typed)] if typed else []
    if len(wanted) > 1 and not one.get("isMultiSelect"):
        raise CannotDo(f"{one['label']}: only one can be chosen")
    offered = {choice["title"]: choice["value"] for choice in one["choices"]}
    values = [each if each in offered.values() else offered.get(each, "") for each in wanted]
    if "" in values:
        raise CannotDo(f"{one['label']}: {wanted[values.index('')]!r} is not offered")
    return ",".join(values)


def _number(one: Json, typed: str) -> str:
    try:
        value = float(typed)
    except ValueError:
        raise CannotDo(f"{one['label']}: {typed!r} is no number") from None
    if not one.get("min", value) <= value <= one.get("max", value):
        raise CannotDo(f"{one['label']}: {typed} is out of bounds")
    return typed


def _moment(one: Json, typed: str) -> str:
    form = r"\d{4}-\d{2}-\d{2}" if one["type"] == "Input.Date" else r"\d{2}:\d{2}"
    if typed and not re.fullmatch(form, typed):
        raise CannotDo(f"{one['label']}: {typed!r} is no date or time")
    if typed and not one.get("min", typed) <= typed <= one.get("max", typed):
        raise CannotDo(f"{one['label']}: {typed} is out of bounds")
    return typed
