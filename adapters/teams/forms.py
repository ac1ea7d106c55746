"""Buttons and forms of an Adaptive Card, and what comes back of them: `adaptiveCard/action` as a press again.

A form is behind its button (`Action.ShowCard`), or, when it does not fit there, shown open on the card once it is asked
for. Ids of inputs are unique on a card: the button's place and the field's id.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from dataclasses import field as made
from typing import Any, Literal, assert_never

from adapters.chat.text import clean, shorten
from adapters.teams.escape import harmless, harmless_title
from adapters.teams.labels import label
from adapters.teams.lines import Reading, Shown, TeamsUser, paragraph, run
from bot.cards import LONGEST_NAME, NAMED, Button, Choice, Field, Form, Input, Option
from bot.ports import Json

_OURS = "backline"  # the one key of our data; inputs are merged into the same object by Teams
_LONGEST_TITLE, _LABEL, _HINT = 75, 100, 200
_OPTION, _OPTION_OF_MANY = 75, 40
_FEW, _SOME, _MANY = 5, 10, 15  # options as radio buttons, as checkboxes, in a list without a search
_LARGEST_LIST = 18_000  # bytes of people in a list; where they take more a name is typed
_WHO = ".who"  # ends the id of the choice of those who could be meant by the name
_STYLES = {"primary": "positive", "danger": "destructive"}
_LONGEST_FAULT = 500
_MOST_FIELDS = 20

Kind = Literal["text", "one", "several"]


@dataclass(frozen=True, slots=True)
class Action:
    """A press as Teams reports it. `asks`: only for the form to be shown. `version`: of the card it was on.

    `fields`: what was left empty is "" or ().
    """

    verb: str
    args: Mapping[str, str]
    fields: Mapping[str, str | tuple[str, ...]]
    version: str
    asks: bool = False


@dataclass(frozen=True, slots=True)
class Fault:
    """A form to be shown open, with what was typed into it and what is wrong (`text`), and at which field.

    `meant`: those who could be meant by the name typed there.
    """

    verb: str
    args: Mapping[str, str]
    field: str = ""
    text: str = ""
    fields: Mapping[str, str | tuple[str, ...]] = made(default_factory=dict)
    meant: tuple[Option, ...] = ()

    def about(self, button: Button) -> bool:
        """Whether it is this button's form."""
        return button.form is not None and button.verb == self.verb and dict(button.args) == dict(self.args)


# --- There ------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Slot:
    """A button, and its place among all of the card. `style`: at most one is primary."""

    button: Button
    place: int
    version: str
    style: Literal["primary", "danger", "normal"]

    def press(self) -> Json:
        """The action that does it, or, if there is a form, asks for the form."""
        asks = {"asks": True} if self.button.form else {}
        return {**self._execute(self.button.label, asks), **self._look(), "associatedInputs": "none"}

    def with_form(self, reading: Reading) -> tuple[Json, tuple[TeamsUser, ...]]:
        """The action with its form behind it, and whom the form's intro mentions."""
        form = self._form()
        shown = self._asked(form, reading, Fault(self.button.verb, self.button.args))
        card = {"type": "AdaptiveCard", "body": list(shown.elements), "actions": [self._submit(form, None)]}
        return {
            "type": "Action.ShowCard",
            "title": _title(self.button.label),
            **self._look(),
            "card": card,
        }, shown.users

    def opened(self, reading: Reading, fault: Fault) -> Shown:
        """The form itself, for the card's body."""
        form = self._form()
        shown = self._asked(form, reading, fault)
        title = paragraph((form.title,), reading, _LABEL, weight="Bolder")
        items = [*title.elements, *shown.elements, {"type": "ActionSet", "actions": [self._submit(form, fault)]}]
        return Shown(({"type": "Container", "style": "emphasis", "separator": True, "items": items},), shown.users)

    def _form(self) -> Form:
        if self.button.form is None:
            raise ValueError(f"the button {self.button.verb} has no form")
        return _fitting(self.button.form)

    def _look(self) -> Json:
        return {"style": _STYLES[self.style]} if self.style in _STYLES else {}

    def _submit(self, form: Form, fault: Fault | None) -> Json:
        kinds = {one.id: _kind(one) for one in form.fields}
        if len(kinds) != len(form.fields) or len(kinds) > _MOST_FIELDS:
            raise ValueError(f"the form of {self.button.verb} has fields of one id, or more than {_MOST_FIELDS}")
        data: dict[str, Any] = {"form": str(self.place), "fields": kinds}
        if fault and fault.meant:
            data["named"] = {fault.field: _kept(fault.fields.get(fault.field))[:LONGEST_NAME]}
        style = "destructive" if self.style == "danger" else "positive"
        return {**self._execute(form.submit, data), "style": style}

    def _execute(self, title: str, more: Json) -> Json:
        named = {"title": _title(title)}
        return {**execute(self.button.verb, self.button.args, self.version, more), **named}

    def _asked(self, form: Form, reading: Reading, fault: Fault) -> Shown:
        """What the form says and asks; a fault stands under its field, or on top if it is about none of them."""
        intro = paragraph(form.intro, reading) if form.intro else Shown(())
        elements = list(intro.elements)
        guilty = fault.field if fault.field in {one.id for one in form.fields} else None
        if fault.text and guilty is None:
            elements.append(fault_text(fault.text))
        for one in form.fields:
            name = f"{self.place}.{one.id}"
            elements.append(_input(one, name, reading, fault.fields.get(one.id)))
            if fault.text and one.id == guilty:
                elements.append({**fault_text(fault.text), "spacing": "Small"})
            if fault.meant and one.id == guilty:
                who = Choice(one.id, label("who", reading.reader.locale), fault.meant, required=False)
                elements.append(_input(who, name + _WHO, reading, ""))
        return Shown(tuple(elements), intro.users)


def execute(verb: str, args: Mapping[str, str], version: str, more: Json | None = None) -> Json:
    """The action that comes back as `Action`."""
    data = {"args": dict(args), "version": version, **(more or {})}
    return {"type": "Action.Execute", "verb": verb, "data": {_OURS: data}}


def fault_text(text: str) -> Json:
    """What is wrong, so that it is seen."""
    inline = run(shorten(clean(text), _LONGEST_FAULT), color="Attention", weight="Bolder")
    return {"type": "RichTextBlock", "inlines": [inline]}


def _fitting(form: Form) -> Form:
    """With a name to type in place of a choice among more people than fit."""
    fits = (one.as_input() if isinstance(one, Choice) and _is_too_long(one) else one for one in form.fields)
    return replace(form, fields=tuple(fits))


def _kind(one: Field) -> Kind:
    match one:
        case Input():
            return "text"
        case Choice():
            return "several" if one.several else "one"
        case _:
            assert_never(one)


def _input(one: Field, name: str, reading: Reading, typed: str | tuple[str, ...] | None) -> Json:
    common: dict[str, Any] = {"id": name, "label": _short(one.label, _LABEL)}
    if one.required:
        common |= {"isRequired": True, "errorMessage": label("required", reading.reader.locale)}
    match one:
        case Input():
            return {"type": "Input.Text", **common, **_text_input(one, typed)}
        case Choice():
            return {"type": "Input.ChoiceSet", **common, **_choice_set(one, reading, typed)}
        case _:
            assert_never(one)


def _text_input(one: Input, typed: str | tuple[str, ...] | None) -> Json:
    found: dict[str, Any] = {"maxLength": one.longest}
    if one.multiline:
        found["isMultiline"] = True
    if one.hint:
        found["placeholder"] = _short(one.hint, _HINT)
    if kept := _kept(typed)[: one.longest]:
        found["value"] = kept
    return found


def _kept(typed: str | tuple[str, ...] | None) -> str:
    """What was typed, as it stands in a text field."""
    return "\n".join(clean(line) for line in typed.splitlines()) if isinstance(typed, str) else ""


def _choice_set(choice: Choice, reading: Reading, typed: str | tuple[str, ...] | None) -> Json:
    """Few options are all on the card, many are a list, very many a list in which Teams searches."""
    if not choice.options:
        raise ValueError(f"nothing to choose for {choice.id}")
    values = [one.value for one in choice.options]
    if choice.several and any("," in value for value in values):
        raise ValueError(f"an option of {choice.id} has a comma in its value; Teams joins what is chosen by commas")
    chosen = choice.selected if typed is None else (typed,) if isinstance(typed, str) else typed
    selected = ",".join(value for value in values if value in chosen)
    style = _style(choice)
    return {
        "style": style,
        **({"isMultiSelect": True} if choice.several else {}),
        **({"placeholder": label("choose", reading.reader.locale)} if style != "expanded" else {"wrap": True}),
        "choices": [_option(one, _longest(choice)) for one in choice.options],
        **({"value": selected} if selected else {}),
    }


def _is_too_long(choice: Choice) -> bool:
    """Whether its people are too many for a card of 28 KB, so that one of them is named instead."""
    if not choice.hint:
        return False
    listed = [_option(one, _longest(choice)) for one in choice.options]
    return len(json.dumps(listed)) > _LARGEST_LIST


def _longest(choice: Choice) -> int:
    """Characters of an option; people are never cut where they look alike."""
    return _OPTION if choice.hint or len(choice.options) <= _MANY else _OPTION_OF_MANY


def _style(choice: Choice) -> str:
    """No search among several: in some clients a list with a search takes only one."""
    amount = len(choice.options)
    if amount <= (_SOME if choice.several else _FEW):
        return "expanded"
    return "compact" if choice.several or amount <= _MANY else "filtered"


def _option(option: Option, longest: int) -> Json:
    return {"title": _short(option.label, longest), "value": option.value}


def _short(text: str, longest: int) -> str:
    """A label: Teams leaves out what has an empty one, so nothing is a dash."""
    return harmless(shorten(clean(text).strip(), longest)) or "–"


def _title(text: str) -> str:
    return harmless_title(shorten(clean(text).strip(), _LONGEST_TITLE)) or "–"


# --- And back ---------------------------------------------------------------------------------------------------------


def action_of(value: Json) -> Action:
    """What was pressed, from the value of an `adaptiveCard/action` invoke. Raises `ValueError` if it is not ours."""
    try:
        action = value["action"]
        data = action["data"]
        ours = data[_OURS]
        args = {str(name): _text(one) for name, one in ours["args"].items()}
        kinds = {str(name): kind for name, kind in ours.get("fields", {}).items()}
        fields = {name: _typed(data.get(f"{ours['form']}.{name}"), kind) for name, kind in kinds.items()}
        for name, words in ours.get("named", {}).items():
            chosen = _typed(data.get(f"{ours['form']}.{name}{_WHO}"), "one")
            if chosen and fields[name] == words:  # else another name was typed, which counts
                fields[name.removesuffix(NAMED)] = chosen
        return Action(_text(action["verb"]), args, fields, str(ours.get("version", "")), ours.get("asks") is True)
    except (KeyError, TypeError, AttributeError) as error:
        raise ValueError("a press on a button that is not Backline's") from error


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError("not a text")
    return value


def _typed(value: object, kind: object) -> str | tuple[str, ...]:
    """What an input holds; Teams leaves out what was left empty, and joins several by commas."""
    match kind:
        case "text" | "one":
            return "" if value is None else _text(value)
        case "several":
            return tuple(one for one in ("" if value is None else _text(value)).split(",") if one)
        case _:
            raise TypeError("not a kind of input")
