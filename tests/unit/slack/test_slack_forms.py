"""Forms as modals, and back; the Home."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace

import pytest

from adapters.slack.forms import VALUE, Opened, errors_for, fields_of, modal, opened_of
from adapters.slack.home import home, home_cards
from adapters.slack.render import action_of
from bot.cards import Card, Choice, Form, Input, Option, Words
from bot.presses import BadPress
from bot.turn import Rejected
from bot.wording import menu
from tests.unit.slack.showing import LANGUAGES, golden, nodes, reading, view_faults
from tests.unit.wording_play import GALLERY, reader, scenes, shown

OPENED = Opened("declare", {"project": "acme-de", "incident": "2026-0001"}, {"channel": "D1", "ts": "1.2"})


def _forms(language: str) -> Iterator[tuple[str, Form]]:
    """One of each form that the cards of the gallery, and the menu, have."""
    cards: list[Card] = [shown(name, language) for name in GALLERY]
    cards.append(menu(scenes()["quiet"], reader("nora", language)))
    yield from {button.verb: button.form for card in cards for button in card.buttons if button.form}.items()


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_form_looks_as_it_was_approved(language: str) -> None:
    """Each form of the cards is the modal in the golden file, and Slack takes it."""
    views = {
        verb: modal(form, Opened(verb, {"a": "b"}), "Close", reading("nora", language))
        for verb, form in _forms(language)
    }
    expected = {"report", "report_for", "cause", "declare", "approve_some", "decline_some", "release_some"}
    expected.add("change_role")
    assert expected == set(views)
    assert {verb: view_faults(view) for verb, view in views.items()} == {verb: [] for verb in views}
    golden(f"forms-{language}", views)


def _choice(amount: int, *, several: bool = False, **more: object) -> Choice:
    options = tuple(Option(f"p{n}", f"Person {n}") for n in range(amount))
    return Choice("people", "People", options, several, **more)  # type: ignore[arg-type]


def _view(*fields: Choice | Input, title: str = "Title") -> dict[str, object]:
    return dict(modal(Form(title, fields, "Send"), OPENED, "Close", reading()))


@pytest.mark.parametrize(
    ("amount", "several", "kind"),
    [
        (1, False, "radio_buttons"),
        (5, False, "radio_buttons"),
        (6, False, "static_select"),
        (100, False, "static_select"),
        (101, False, "static_select"),
        (1, True, "checkboxes"),
        (10, True, "checkboxes"),
        (11, True, "multi_static_select"),
        (200, True, "multi_static_select"),
        (10_000, True, "multi_static_select"),
    ],
)
def test_the_number_of_options_decides_how_they_are_shown(amount: int, several: bool, kind: str) -> None:  # noqa: FBT001
    """Few are all on the screen, many in a list, very many in groups; none is lost, ticked ones are ticked."""
    choice = _choice(amount, several=several, selected=("p0", "gone"))
    view = _view(choice)
    if amount <= 1_000:  # more than that is over 250 kB
        assert view_faults(view) == []
    (element,) = nodes(view, kind)
    groups = element.get("option_groups") or [{"options": element.get("options")}]
    assert [one["value"] for group in groups for one in group["options"]] == [f"p{n}" for n in range(amount)]
    initial = element["initial_options"] if several else [element["initial_option"]]
    assert [one["value"] for one in initial] == ["p0"]


def test_a_choice_of_nothing_is_an_error() -> None:
    """Slack refuses an empty list; whoever opens the form learns it before Slack says so."""
    with pytest.raises(ValueError, match="nothing to choose"):
        _view(_choice(0))


def test_long_titles_labels_and_options_are_shortened_kindly() -> None:
    """Whole words as far as there is room, and a sign that something is missing."""
    options = (Option("a", "Person with " + "very " * 40 + "long name"), Option("b" * 150, "*B* <!here>"))
    choice, typed = Choice("level", "Level " * 500, options), Input("reason", "Why", longest=9_000, hint="Hint " * 600)
    view = _view(choice, typed, title="Declare the level of the incident")
    assert view_faults(view) == []
    assert view["title"] == {"type": "plain_text", "text": "Declare the level of…", "emoji": False}


def test_arguments_that_do_not_fit_are_an_error() -> None:
    """A form never carries cut ids."""
    opened = Opened("declare", {"project": "p" * 3_000})
    with pytest.raises(ValueError, match="declare"):
        modal(Form("T", (), "S"), opened, "Close", reading())


def test_an_intro_is_shown_and_inert() -> None:
    """What a form says before its fields, people's words in it included."""
    view = modal(Form("T", (Input("words", "W"),), "S", ("Hello ", Words("<!here>"))), OPENED, "Close", reading())
    assert view_faults(view) == []
    assert [one["text"] for one in nodes(view["blocks"], "text")] == ["Hello ", "<!here>"]


def test_what_the_modal_was_opened_for_comes_back() -> None:
    """Verb, arguments and the place of the message survive the way through Slack."""
    assert opened_of(json.loads(json.dumps(_view(Input("reason", "R"))))) == OPENED


@pytest.mark.parametrize("metadata", ["", "{", "[]", "{}", '{"args": 1, "place": {}}'])
def test_a_foreign_form_is_an_error(metadata: str) -> None:
    """A submission that is not ours says so, rather than something."""
    with pytest.raises(ValueError, match="not Backline's"):
        opened_of({"callback_id": "declare", "private_metadata": metadata})


def test_what_was_filled_in_comes_back_as_fields() -> None:
    """Each kind of input, filled in and left empty; nobody ticked is not nothing asked."""
    typed = {"type": "plain_text_input", "value": " a <b> & c "}
    one = {"type": "radio_buttons", "selected_option": {"value": "4"}}
    some = {"type": "checkboxes", "selected_options": [{"value": "a"}, {"value": "b"}]}
    values = {
        "reason": typed,
        "level": one,
        "people": some,
        "words": {"type": "plain_text_input", "value": None},
        "cause": {"type": "static_select", "selected_option": None},
        "others": {"type": "multi_static_select", "selected_options": []},
    }
    assert fields_of({"values": {name: {VALUE: value} for name, value in values.items()}}) == {
        "reason": " a <b> & c ",
        "level": "4",
        "people": ("a", "b"),
        "words": "",
        "cause": "",
        "others": (),
    }


@pytest.mark.parametrize("values", [None, {"x": {}}, {"x": {VALUE: {"type": "datepicker"}}}, {"x": {VALUE: None}}])
def test_foreign_input_is_an_error(values: object) -> None:
    """A state that none of our forms can have is refused."""
    with pytest.raises(ValueError, match=r"not Backline's|datepicker"):
        fields_of({"values": values})


def test_a_refusal_is_shown_at_its_field() -> None:
    """What is wrong is said where it was typed; what is about no field is left to the caller."""
    view, asked = scenes()["declared"], ("level", "reason")
    long = errors_for(BadPress("too_long", longest=500), asked, view, reading())
    assert long is not None
    assert set(long["errors"]) == {"reason"}
    assert "500" in long["errors"]["reason"]
    missing = errors_for(BadPress("missing", field="people"), ("people",), view, reading("nora", "hu"))
    assert missing is not None
    assert missing["response_action"] == "errors"
    assert errors_for(Rejected("stale", project="acme-de", incident="1"), asked, view, reading()) is None


# --- Home -------------------------------------------------------------------------------------------------------------

SCENES = ("quiet", "moving", "asked", "offered", "approved", "covered", "declared", "clear", "closed")


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("scene", SCENES)
@pytest.mark.parametrize("person", ["anna", "bea", "carl", "sam", "nora", "zita", "ivan", "stranger"])
def test_every_home_is_taken_by_slack(person: str, scene: str, language: str) -> None:
    """Whoever opens it, whenever: the view is inside Slack's limits."""
    view = home(home_cards(scenes()[scene], reader(person, language)), reading(person, language))
    assert view_faults(view) == []


def _verbs(view: object) -> list[str]:
    return [action_of(one).verb for one in nodes(view, "button")]


def test_an_agents_home_is_one_button() -> None:
    """Nothing going on: the one thing to press is the report."""
    view = home(home_cards(scenes()["quiet"], reader("anna")), reading("anna"))
    assert _verbs(view) == ["report"]
    golden("home-anna-quiet", view)


def test_a_managers_home_has_what_needs_them_first() -> None:
    """The line that asks for a decision comes first, and the incident's own buttons are there."""
    view = home(home_cards(scenes()["offered"], reader("nora")), reading("nora"))
    assert "approve" in _verbs(view)
    assert "needs you" in json.dumps(view["blocks"][0])
    assert [one["action_id"] for one in nodes(view, "button") if one.get("style")] == ["approve"]
    golden("home-nora-offered", view)


def test_somebody_who_reported_has_their_own_card() -> None:
    """Their workplace's buttons stand there once, and the report's no longer."""
    verbs = _verbs(home(home_cards(scenes()["moving"], reader("anna")), reading("anna")))
    assert "report" not in verbs
    assert sorted(verbs) == sorted(set(verbs))
    assert {"move_yes", "move_no", "moved", "restored"} <= set(verbs)


def test_a_backup_can_answer_from_home() -> None:
    """An open question is there with its answers, once."""
    verbs = _verbs(home(home_cards(scenes()["asked"], reader("carl")), reading("carl")))
    assert sorted(verbs) == ["cover_no", "cover_yes", "report"]


def test_a_home_with_too_much_counts_the_rest() -> None:
    """More cards than a Home takes: those that are shown keep all their buttons, the others are counted."""
    card = shown("level_declared", "en")
    calm = replace(card, buttons=tuple(replace(button, style="normal") for button in card.buttons))
    view = home((calm,) * 40, reading())
    assert view_faults(view) == []
    assert "more" in json.dumps(view["blocks"][-1])
    assert _verbs(view).count("declare") == len(_verbs(view)) // len(card.buttons)
