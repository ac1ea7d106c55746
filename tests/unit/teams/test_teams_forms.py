"""Forms on a card, open and behind their buttons, and what comes back of them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from adapters.teams.forms import Action, Fault, action_of
from adapters.teams.render import render
from bot.cards import Button, Card, Choice, Form, Input, Mention, Option, Words
from bot.wording import menu
from tests.unit.teams.showing import LANGUAGES, buttons, executes, faults, golden, nodes, pressed, reading, texts
from tests.unit.wording_play import GALLERY, reader, scenes, shown

ARGS = {"project": "acme-de", "incident": "2026-0001"}
REFUSED = {
    "en": "Level 4 is not the recommended one: please give a reason.",
    "hu": "A 4. szint nem az ajánlott: kérjük, indokold meg.",
}


def _forms(language: str) -> Iterator[tuple[str, Button]]:
    """One of each button with a form that the cards of the gallery, and the menu, have."""
    cards: list[Card] = [shown(name, language) for name in GALLERY]
    cards.append(menu(scenes()["quiet"], reader("nora", language)))
    yield from {button.verb: button for card in cards for button in card.buttons if button.form}.items()


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_form_looks_as_it_was_approved(language: str) -> None:
    """Each form of the cards, behind its button, is the one in the golden file, and Teams takes it."""
    shown_forms = {}
    for verb, button in _forms(language):
        content = render(_card(button), reading("nora", language))
        assert faults(content) == []
        (shown_forms[verb],) = content["actions"]
    expected = {"report", "report_for", "cause", "declare", "approve_some", "decline_some", "release_some"}
    assert expected | {"change_role"} == set(shown_forms)
    golden(f"forms-{language}", shown_forms)


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_refused_form_looks_as_it_was_approved(language: str) -> None:
    """The card with its form open, the fault at its field and what was typed kept is the one in the golden file."""
    card = shown("offers_waiting", language)
    args = next(button.args for button in card.buttons if button.verb == "declare")
    fault = Fault("declare", args, "reason", REFUSED[language], {"level": "4", "reason": ""})
    content = render(card, reading("nora", language), fault)
    assert faults(content) == []
    golden(f"refused-{language}", content)


def _card(*offered: Button) -> Card:
    return Card("test", ("Lead",), ("Summary",), buttons=offered)


def _button(*fields: Choice | Input, verb: str = "declare", **more: Any) -> Button:  # noqa: ANN401 - Button's own
    return Button(verb, "Declare level", ARGS, form=Form("Declare level", fields, "Declare", **more))


def _choice(amount: int, *, several: bool = False, **more: Any) -> Choice:  # noqa: ANN401 - Choice's own
    options = tuple(Option(f"p{n}", f"Person {n}") for n in range(amount))
    return Choice("people", "People", options, several, **more)


LEVEL = Choice("level", "Level", (Option("1", "One"), Option("4", "Four")))
REASON = Input("reason", "Reason", multiline=True, longest=50, hint="Why?")


@pytest.mark.parametrize(
    ("amount", "several", "style"),
    [
        (1, False, "expanded"),
        (5, False, "expanded"),
        (6, False, "compact"),
        (15, False, "compact"),
        (16, False, "filtered"),
        (200, False, "filtered"),
        (1, True, "expanded"),
        (10, True, "expanded"),
        (11, True, "compact"),
        (200, True, "compact"),
    ],
)
def test_the_number_of_options_decides_how_they_are_shown(amount: int, several: bool, style: str) -> None:  # noqa: FBT001
    """Few are all on the card, many in a list, very many in a list with a search; none is lost, ticked ones are."""
    selected = ("p0", "gone", *(("p1",) if several and amount > 1 else ()))
    content = render(_card(_button(_choice(amount, several=several, selected=selected))), reading())
    assert faults(content) == []
    (found,) = nodes(content, "Input.ChoiceSet")
    assert (found["style"], found.get("isMultiSelect", False)) == (style, several)
    assert [one["value"] for one in found["choices"]] == [f"p{n}" for n in range(amount)]
    assert found["value"] == ("p0,p1" if several and amount > 1 else "p0")


def test_what_must_be_filled_in_says_so_in_the_readers_language() -> None:
    """A required input has its own message, an optional one has none."""
    fields = (REASON, Input("words", "Words", required=False))
    content = render(_card(_button(*fields)), reading(locale="hu"))
    needed, optional = nodes(content, "Input.Text")
    assert (needed["isRequired"], needed["errorMessage"]) == (True, "Ezt ki kell tölteni.")
    assert (needed["maxLength"], needed["isMultiline"], needed["placeholder"]) == (50, True, "Why?")
    assert "isRequired" not in optional


def test_a_choice_of_nothing_is_an_error() -> None:
    """Teams refuses an empty list; whoever shows the card learns it before Teams says so."""
    with pytest.raises(ValueError, match="nothing to choose"):
        render(_card(_button(_choice(0))), reading())


def test_a_value_that_would_fall_apart_is_an_error() -> None:
    """What is ticked comes back joined by commas: a value with one in it would come back as two."""
    both = (Option("a,b", "Both"),)
    with pytest.raises(ValueError, match="comma"):
        render(_card(_button(Choice("people", "People", both, several=True))), reading())
    assert faults(render(_card(_button(Choice("people", "People", both))), reading())) == []


def test_two_fields_of_one_id_are_an_error() -> None:
    """Only one of them would come back."""
    with pytest.raises(ValueError, match="one id"):
        render(_card(_button(REASON, REASON)), reading())


# --- People -----------------------------------------------------------------------------------------------------------


def _people(amount: int, name: str = "Kovács Ágnes") -> tuple[Option, ...]:
    return tuple(Option(f"p{number}", f"{name} {number}, ACME Germany") for number in range(amount))


def _choosing(amount: int, fault: Fault | None = None, name: str = "Kovács Ágnes") -> list[dict[str, Any]]:
    """The inputs that ask for one of so many."""
    who = Choice("person", "Whose?", _people(amount, name), hint="Name or e-mail")
    content = render(_card(_button(who, REASON)), reading(locale="hu"), fault)
    assert faults(content) == []
    found = [*nodes(content, "Input.ChoiceSet"), *nodes(content, "Input.Text")]
    return [one for one in found if ".person" in one["id"]]


def test_people_that_fit_are_a_list_in_which_teams_searches() -> None:
    """Teams filters what is on the card by itself."""
    (listed,) = _choosing(60)
    assert (listed["type"], listed["style"], len(listed["choices"])) == ("Input.ChoiceSet", "filtered", 60)
    assert listed["isRequired"]


def test_people_are_not_cut_where_they_look_alike() -> None:
    """In a list of many, too."""
    who = Choice("person", "Whose?", tuple(Option(f"p{n}", f"{'Kovács ' * 6}({n}), ACME") for n in range(20)), hint="x")
    (listed,) = nodes(render(_card(_button(who)), reading()), "Input.ChoiceSet")
    assert len({one["title"] for one in listed["choices"]}) == 20


@pytest.mark.parametrize(("amount", "name"), [(400, "Kovács Ágnes"), (120, "Żółć " * 9)])
def test_of_more_people_than_fit_one_is_named(amount: int, name: str) -> None:
    """In words: a card of 1.5 has no other search. What was typed stays when the form is shown again."""
    (named,) = _choosing(amount, name=name)
    assert (named["type"], named["placeholder"], named["isRequired"]) == ("Input.Text", "Name or e-mail", True)
    (again,) = _choosing(amount, Fault("declare", ARGS, "reason", "Too long.", {"person_named": "Ágnes 7"}), name)
    assert again["value"] == "Ágnes 7"


MEANT = Fault("declare", ARGS, "person_named", "Whom do you mean?", {"person_named": "Ágnes"}, _people(3))


def test_those_who_could_be_meant_are_offered_below_the_name() -> None:
    """Nobody is chosen beforehand, and another name can be typed."""
    offered, named = _choosing(400, MEANT)
    assert (named["id"], named["value"]) == ("0.person_named", "Ágnes")
    assert (offered["id"], offered["style"], offered["label"]) == ("0.person_named.who", "expanded", "Ki az?")
    assert [one["value"] for one in offered["choices"]] == ["p0", "p1", "p2"]
    assert "value" not in offered
    assert "isRequired" not in offered


@pytest.mark.parametrize(
    ("typed", "chosen", "named"),
    [
        ({"0.person_named": "Ágnes", "0.person_named.who": "p1"}, "p1", "Ágnes"),
        ({"0.person_named": "Ágnes"}, None, "Ágnes"),
        ({"0.person_named": "Ágnes 2", "0.person_named.who": "p1"}, None, "Ágnes 2"),
        ({"0.person_named.who": "p1"}, None, ""),
    ],
)
def test_who_was_chosen_or_another_name_comes_back(typed: dict[str, str], chosen: str | None, named: str) -> None:
    """The choice was among those of the name typed before; another name is another search."""
    who = Choice("person", "Whose?", _people(400), hint="Name or e-mail")
    content = render(_card(_button(who, REASON)), reading(), MEANT)
    fields = action_of(pressed(_submit(content), **typed)).fields
    assert (fields.get("person"), fields["person_named"]) == (chosen, named)


# --- And back ---------------------------------------------------------------------------------------------------------


def _submit(content: Any) -> dict[str, Any]:  # noqa: ANN401 - JSON
    return next(one for one in executes(content) if "fields" in one["data"]["backline"])


def test_what_was_filled_in_comes_back_as_fields() -> None:
    """Each kind of input, from the form of this button only; typed text arrives as it was typed."""
    first, second = _button(LEVEL, REASON, verb="other"), _button(LEVEL, REASON, _choice(3, several=True))
    content = render(_card(first, second), reading())
    assert faults(content) == []
    submit = next(one for one in executes(content) if one["verb"] == "declare")
    typed = {"1.level": "4", "1.reason": ' a <b> & "c",\nd ', "1.people": "p0,p2", "0.level": "1", "0.reason": "no"}
    action = action_of(pressed(submit, **typed))
    assert (action.verb, action.args, action.asks) == ("declare", ARGS, False)
    assert action.fields == {"level": "4", "reason": ' a <b> & "c",\nd ', "people": ("p0", "p2")}


def test_what_was_left_empty_comes_back_empty() -> None:
    """Nobody ticked is not nothing asked, whether Teams sends an empty text or leaves the input out."""
    content = render(_card(_button(LEVEL, REASON, _choice(3, several=True))), reading())
    empty = {"level": "", "reason": "", "people": ()}
    assert action_of(pressed(_submit(content))).fields == empty
    assert action_of(pressed(_submit(content), **{f"0.{name}": "" for name in empty})).fields == empty


def test_a_press_without_a_form_has_no_fields() -> None:
    """Verb, arguments and version; inputs that stand open on the card do not come along."""
    plain = Button("approve", "Approve", ARGS, "primary")
    content = render(_card(plain, _button(REASON)), reading(), Fault("declare", ARGS))
    (approve,) = buttons(content)
    assert approve["associatedInputs"] == "none"
    action = action_of(pressed(approve))
    assert action == Action("approve", ARGS, {}, action.version)


@pytest.mark.parametrize(
    "value",
    [
        {},
        {"action": None},
        {"action": {"verb": "x"}},
        {"action": {"verb": "x", "data": []}},
        {"action": {"verb": "x", "data": {"other": {}}}},
        {"action": {"verb": "x", "data": {"backline": {"args": 1}}}},
        {"action": {"verb": "x", "data": {"backline": {"args": {"a": 1}}}}},
        {"action": {"verb": 1, "data": {"backline": {"args": {}}}}},
        {"action": {"verb": "x", "data": {"backline": {"args": {}, "fields": {"a": "date"}, "form": "0"}}}},
        {"action": {"verb": "x", "data": {"backline": {"args": {}, "fields": {"a": "text"}}}}},
        {"action": {"verb": "x", "data": {"backline": {"args": {}, "fields": {"a": "text"}, "form": "0"}, "0.a": 1}}},
        {"action": {"verb": "x", "data": {"backline": {"args": {}, "fields": []}}}},
    ],
)
def test_a_foreign_press_is_an_error(value: dict[str, Any]) -> None:
    """A press that none of our cards can have says so, rather than something."""
    with pytest.raises(ValueError, match="not Backline's"):
        action_of(value)


# --- Open -------------------------------------------------------------------------------------------------------------


def test_a_fault_stands_at_its_field_and_what_was_typed_stays() -> None:
    """The form is open on the card itself, each value as it was, and the message right below the input."""
    fault = Fault("declare", ARGS, "reason", "Too long by far.", {"level": "4", "reason": "be\x00cause\nof *it*"})
    content = render(_card(Button("approve", "Approve", {}, "primary"), _button(LEVEL, REASON)), reading(), fault)
    assert faults(content) == []
    container = content["body"][-1]
    level, reason, said = container["items"][1:4]
    assert (level["value"], reason["value"]) == ("4", "be cause\nof *it*")
    assert (said["inlines"][0]["text"], said["inlines"][0]["color"]) == ("Too long by far.", "Attention")
    action = action_of(pressed(_submit(content), **{level["id"]: "1", reason["id"]: "x"}))
    assert action.fields == {"level": "1", "reason": "x"}
    assert [(one["title"], one.get("style")) for one in buttons(content)] == [("Approve", None)]


def test_a_fault_about_no_field_stands_on_top_of_the_form() -> None:
    """It is seen before what was filled in."""
    content = render(_card(_button(LEVEL, REASON)), reading(), Fault("declare", ARGS, "people", "Not possible."))
    items = content["body"][-1]["items"]
    assert items[1]["inlines"][0]["text"] == "Not possible."
    assert items[2]["type"] == "Input.ChoiceSet"


@pytest.mark.parametrize(
    "fault", [Fault("approve", {}, text="Not yours."), Fault("declare", {"a": "b"}, "reason", "Not yours.")]
)
def test_a_fault_of_a_form_that_is_gone_is_still_said(fault: Fault) -> None:
    """The card no longer asks that, or the button had no form: the text stands below the first line."""
    content = render(_card(Button("approve", "Approve", {}), _button(LEVEL, REASON)), reading(), fault)
    assert faults(content) == []
    assert content["body"][1]["inlines"][0]["text"] == "Not yours."
    assert len(buttons(content)) == 2


def test_a_form_that_was_asked_for_is_open_without_a_fault() -> None:
    """No message, nothing typed yet; the other forms wait until they are asked for, so that no input is in the way."""
    other = _button(Input("words", "Words"), verb="report")
    content = render(_card(_button(_choice(3, selected=("p1",))), other), reading(), Fault("declare", ARGS))
    assert faults(content) == []
    (found,) = nodes(content, "Input.ChoiceSet")
    assert found["value"] == "p1"
    assert not [one for one in nodes(content, "TextRun") if one.get("color") == "Attention"]
    assert [(one["type"], action_of(pressed(one)).asks) for one in buttons(content)] == [("Action.Execute", True)]


def test_an_intro_is_shown_and_inert() -> None:
    """What a form says before its fields, people's words in it included, behind its button and open."""
    button = _button(REASON, intro=("Hello ", Words("<at>Nora</at>")))
    for fault in (None, Fault("declare", ARGS)):
        content = render(_card(button), reading(), fault)
        assert faults(content) == []
        assert "Hello <\u2060at>Nora<\u2060/at>" in texts(content)


def test_people_in_an_intro_are_mentioned() -> None:
    """Mentions count for the whole card, so its entities have those of its forms."""
    button = _button(REASON, intro=("Informed: ", Mention("nora")))
    for fault in (None, Fault("declare", ARGS)):
        content = render(_card(button), reading(), fault)
        assert faults(content) == []
        assert [one["text"] for one in content["msteams"]["entities"]] == ["<at>Nora</at>"]
