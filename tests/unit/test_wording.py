"""The cards in both languages: golden files, and what must hold for every card."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from pathlib import Path

import pytest

from bot.cards import Card, Instant, Mention, Text, Words
from bot.react import KINDS
from bot.wording import menu, note_ids, plain, roles, status, superseded, word
from tests.unit.wording_play import GALLERY, REASON, notice, plain_json, reader, rules, scenes, shown

GOLDEN = Path(__file__).parent / "golden" / "cards"
LANGUAGES = ("en", "hu")


def _golden(language: str, name: str, card: Card) -> None:
    """Compare with the golden file. BACKLINE_GOLDEN=write makes it anew, to be read before it is committed."""
    path, text = GOLDEN / language / f"{name}.json", plain_json(card)
    if os.environ.get("BACKLINE_GOLDEN") == "write":
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    assert path.read_text(encoding="utf-8") == text


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", GALLERY)
def test_a_card_reads_as_it_was_approved(name: str, language: str) -> None:
    """Every card of the gallery is the one in its golden file."""
    _golden(language, name, shown(name, language))


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("scene", ["quiet", "moving", "asked", "offered", "clear"])
@pytest.mark.parametrize("person", ["anna", "carl", "nora", "zita"])
def test_the_menu_reads_as_it_was_approved(person: str, scene: str, language: str) -> None:
    """What somebody can do is the same as in its golden file."""
    _golden(language, f"menu-{scene}-{person}", menu(scenes()[scene], reader(person, language)))


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("person", ["emil", "nora", "zita"])
def test_the_status_reads_as_it_was_approved(person: str, language: str) -> None:
    """The open incidents somebody may see are the same as in its golden file."""
    _golden(language, f"status-{person}", status(scenes()["offered"], reader(person, language)))


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(("scene", "person"), [("quiet", "anna"), ("handed", "zita")])
def test_the_roles_read_as_they_were_approved(scene: str, person: str, language: str) -> None:
    """Who holds which role is the same as in its golden file; somebody who may change one finds a form."""
    _golden(language, f"roles-{scene}-{person}", roles(scenes()[scene], reader(person, language)))


def test_every_kind_is_in_the_gallery() -> None:
    """There is a golden card for every kind of notice that the rules send."""
    assert {shown_kind for _, shown_kind, *_ in GALLERY.values()} == set(KINDS)


def test_no_golden_file_is_left_over() -> None:
    """Every golden file belongs to a card, in both languages."""
    english, hungarian = ({path.name for path in (GOLDEN / language).glob("*.json")} for language in LANGUAGES)
    assert english == hungarian
    assert {f"{name}.json" for name in GALLERY} <= english
    rest = english - {f"{name}.json" for name in GALLERY}
    assert all(name.startswith(("menu-", "status-", "roles-")) for name in rest)


def test_an_unknown_kind_is_an_error() -> None:
    """A notice of a kind that no rule sends is not worded silently."""
    with pytest.raises(ValueError, match="no card"):
        word(notice("unheard_of", "nora"), scenes()["asked"], reader("nora"))


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", GALLERY)
def test_a_card_fits_a_phone_and_its_platforms(name: str, language: str) -> None:
    """One primary button at most, short labels without emoji, a summary, no button on what is over."""
    card = shown(name, language)
    assert card.lead
    assert card.summary
    assert sum(button.style == "primary" for button in card.buttons) <= 1
    assert all(len(button.label) <= 40 and button.label.isprintable() for button in card.buttons)
    assert all(ord(letter) < 0x2190 for button in card.buttons for letter in button.label)
    assert all(button.style != "primary" for button in card.buttons if button.verb in ("decline_some", "cover_no"))
    assert all(len(button.form.title) <= 24 for button in card.buttons if button.form)
    if card.tone == "done":
        assert all(button.verb == "cover_yes" for button in card.buttons)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", GALLERY)
def test_names_and_times_are_nodes(name: str, language: str) -> None:
    """No name of a person and no clock time stands in our own words: those are for the platform to show."""
    card = shown(name, language)
    lines = [card.lead, card.summary, *(block.line for block in card.blocks if isinstance(block, Text))]
    own = " ".join(span for line in lines for span in line if isinstance(span, str))
    assert not [person.name for person in rules().company.people.values() if person.name in own.split()]
    assert "10:" not in own


def test_a_refreshed_card_leads_with_the_state() -> None:
    """The same live card, refreshed after the decision, no longer asks for it."""
    asked, after = shown("offers_waiting", "en"), shown("offers_waiting-approved", "en")
    assert asked.lead[0] == "Approve cover for "
    assert after.lead == ("ACME Germany", ": cover is approved and on its way.")
    assert "approve" not in {button.verb for button in after.buttons}


def test_late_news_give_way_to_the_state() -> None:
    """A notice that is delivered after its matter was settled does not ask for what is done."""
    late = word(notice("offers_waiting", "nora"), scenes()["covered"], reader("nora"))
    assert late.lead[0] != "Approve cover for "


def test_the_reason_is_shown_as_words() -> None:
    """Why a level was declared by hand comes from the note, as people's words."""
    card, view = shown("level_declared", "en"), scenes()["declared"]
    assert note_ids(notice("level_declared", "nora"), view.state) == ("n1",)
    assert Words(REASON) in set(_nodes(card))


def test_an_erased_reason_is_left_out() -> None:
    """Without the note's text the card stands, without a reason."""
    view = scenes()["declared"]
    bare = type(view)(view.state, view.rules, view.now)
    card = word(notice("level_declared", "nora"), bare, reader("nora"))
    assert not [node for node in _nodes(card) if isinstance(node, Words)]


def test_an_older_copy_points_to_the_newer_one() -> None:
    """The copy of a card that was posted again has no button, and none of the newer one's words at an older time."""
    card = shown("offers_waiting", "hu")
    old = superseded(card, reader("nora", "hu"), "ACME Germany")
    assert old.lead == old.summary == ("ACME Germany", ": erről lentebb újabb üzenet van.")
    assert (old.blocks, old.buttons) == ((), ())


def test_an_incident_long_gone_is_over() -> None:
    """A card of an incident that the state no longer knows says so, and offers nothing."""
    for kind, to in (("level_raised", "nora"), ("cover_request", "carl")):
        card = word(notice(kind, to), scenes()["quiet"], reader(to))
        assert card.tone == "done"
        assert card.buttons == ()
        assert "is over" in plain(card.lead, rules().company, reader(to))


def _nodes(value: object) -> Iterator[Words | Mention | Instant]:
    if isinstance(value, Words | Mention | Instant):
        yield value
    elif isinstance(value, tuple):
        for one in value:
            yield from _nodes(one)
    elif is_dataclass(value):
        for each in fields(value):
            yield from _nodes(getattr(value, each.name))
