"""The catalogues: in step with the source, complete, and with the same placeholders in every language."""

from __future__ import annotations

import re
from io import BytesIO
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po

import bot.wording
from bot.wording.catalogue import LANGUAGES, catalogues, tongue

WORDING = Path(bot.wording.__file__).parent
LOCALE = WORDING.parent / "locale"
KEYWORDS = {"say": None, "text": None, "mark": None, "count": (1, 2), "amount": (1, 2)}
Ids = set[str | tuple[str, ...]]


def _read(path: Path, language: str | None = None) -> Catalog:
    return read_po(BytesIO(path.read_bytes()), locale=language)


def _po(language: str) -> Catalog:
    return _read(LOCALE / language / "LC_MESSAGES" / "backline.po", language)


def _ids(catalog: Catalog) -> Ids:
    return {tuple(m.id) if isinstance(m.id, (list, tuple)) else m.id for m in catalog if m.id}


def _source() -> Ids:
    found = extract_from_dir(WORDING, [("**.py", "python")], keywords=KEYWORDS)
    return {tuple(id_) if isinstance(id_, tuple) else id_ for _, _, id_, _, _ in found}


def test_the_template_is_in_step_with_the_source() -> None:
    """Every text of the source is in the template, and no other: docs/reference/glossary.md says how."""
    assert _ids(_read(LOCALE / "backline.pot")) == _source()


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_catalogue_is_in_step_with_the_template(language: str) -> None:
    """No text is missing in a language, none is left over, none is only a guess."""
    catalog = _po(language)
    assert _ids(catalog) == _ids(_read(LOCALE / "backline.pot"))
    assert not [message.id for message in catalog if message.fuzzy and message.id]
    assert not catalog.obsolete


def test_hungarian_is_complete() -> None:
    """Every text has a Hungarian one, of its own but for the few that are only placeholders and signs."""
    strings = {m.id: m.string for m in _po("hu") if m.id}
    assert not [id_ for id_, string in strings.items() if not string or not all(string)]
    same = [id_ for id_, string in strings.items() if id_ == string]
    assert all(not re.search("[a-z]", re.sub(r"\{\w+\}", "", str(id_))) for id_ in same)


@pytest.mark.parametrize("language", LANGUAGES)
def test_placeholders_are_those_of_the_source(language: str) -> None:
    """A translation names exactly the placeholders of its text: none forgotten, none made up."""
    for message in _po(language):
        ids = message.id if isinstance(message.id, (list, tuple)) else (message.id,)
        strings = message.string if isinstance(message.string, (list, tuple)) else (message.string,)
        for string in filter(None, strings):
            if message.id:
                assert _placeholders(string) == _placeholders(ids[-1]), message.id


def _placeholders(text: str) -> set[str]:
    return set(re.findall(r"\{(\w+)\}", text))


def test_hungarian_quotes_and_spaces() -> None:
    """Quotation marks are Hungarian ones in Hungarian, and no text begins, ends or doubles a blank."""
    for message in _po("hu"):
        for string in message.string if isinstance(message.string, (list, tuple)) else (message.string,):
            if message.id:
                assert "“" not in string
                assert string == " ".join(string.split())


def test_no_suffix_is_put_on_a_name() -> None:
    """In Hungarian no placeholder but a number takes a suffix: a name's vowels are not ours to know."""
    numbers = {"percent"}
    for message in _po("hu"):
        for string in message.string if isinstance(message.string, (list, tuple)) else (message.string,):
            suffixed = re.findall(r"\{(\w+)\}[%\w-]*-\w", string) if message.id else []
            assert set(suffixed) <= numbers, string


@pytest.mark.parametrize(
    ("locale", "language"),
    [("hu", "hu"), ("hu-HU", "hu"), ("hu_HU", "hu"), ("HU", "hu"), ("en", "en"), ("en-GB", "en"), ("en-US", "en")]
    + [(unknown, "en") for unknown in ("de", "fr-FR", "", "x" * 1000, "hu-XX-nonsense!"[3:], "en-!!", "../etc")],
)
def test_a_locale_is_a_language_of_ours_or_english(locale: str, language: str) -> None:
    """Any locale a platform may send has a language."""
    assert tongue(locale).language == language


def test_numbers_take_their_form() -> None:
    """One seat, two seats; Hungarian has one form for both."""
    english, hungarian = tongue("en"), tongue("hu")
    assert [english.amount("{n} seat", "{n} seats", n) for n in (0, 1, 2)] == ["0 seats", "1 seat", "2 seats"]
    assert [hungarian.amount("{n} seat", "{n} seats", n) for n in (1, 2)] == ["1 hely", "2 hely"]


def test_a_missing_value_is_an_error() -> None:
    """A text with a placeholder that nobody fills does not go out with braces in it."""
    with pytest.raises(KeyError):
        tongue("en").say("{project} is now at {level}.", project="ACME")


def test_catalogues_are_read_once() -> None:
    """Every reader gets the same catalogues."""
    assert catalogues() is catalogues()
    assert set(catalogues()) == set(LANGUAGES)
