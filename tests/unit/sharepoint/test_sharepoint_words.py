"""The words of lists and reports: complete in Hungarian, in step with the source."""

from __future__ import annotations

import re
from io import BytesIO
from pathlib import Path

from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po

import adapters.sharepoint
from adapters.sharepoint.words import language_of, words, zone_of
from bot.company import parse_company
from bot.data import packaged

FOLDER = Path(adapters.sharepoint.__file__).parent
KEYWORDS = {"text": None, "mark": None, "amount": (1, 2)}


def _first(message: str | tuple[str, ...] | list[str]) -> str:
    return message if isinstance(message, str) else message[0]


def test_hungarian_is_complete_and_nothing_is_left_over() -> None:
    """Every text has a Hungarian one with the same placeholders, and the catalogue has no other."""
    source = {_first(found[2]) for found in extract_from_dir(FOLDER, [("**.py", "python")], keywords=KEYWORDS)}
    catalogue = read_po(BytesIO((FOLDER / "locale" / "hu.po").read_bytes()), locale="hu")
    there = {_first(message.id): message.string for message in catalogue if message.id}
    assert there.keys() == source
    for text, string in there.items():
        said = string if isinstance(string, str) else string[0]
        assert said, text
        assert set(re.findall(r"\{(\w+)\}", said)) == set(re.findall(r"\{(\w+)\}", text)), text


def test_the_language_is_that_of_most_people() -> None:
    """Whatever locale they have of it; people who say nothing, or read what we do not speak, do not count."""
    text = packaged("company.toml")
    assert language_of(parse_company(text)) == "en"
    assert language_of(parse_company(text.replace('locale = "en"', 'locale = "de-AT"'))) == "hu"
    assert language_of(parse_company(re.sub(r', locale = "\w+"', "", text))) == "en"
    assert words("hu").t.text("Incident log") == "Incidensnapló"
    assert words("de").t.text("Incident log") == "Incident log"


def test_times_are_those_of_the_project() -> None:
    """A project's rows show its own time, the company's those of most projects."""
    company = parse_company(packaged("company.toml"))
    assert zone_of(company, "harbour-gb") == "Europe/London"
    assert zone_of(company) in {project.timezone for project in company.projects.values()}
