"""The readiness check: which level would it be, and who hears of it."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from bot.commands import CheckReadiness, ReportWorkplace
from bot.company import parse_company
from bot.cover import Rulebook
from bot.data import packaged
from bot.decide import decide
from bot.events import Event, ReadinessLacking
from bot.fold import fold
from bot.plan import parse_plan
from bot.ports import Notice
from bot.react import react
from bot.records import from_record, to_record
from bot.situation import Situation
from bot.turn import Rejected
from bot.wording import Reader, View, log_line, plain, word

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
COMPANY = """
people = [
    {{ id = "anna", languages = {{ de = "native" }}, location = "gyor" }},
    {{ id = "bea", languages = {{ de = "native" }}, location = "wien" }},
    {{ id = "carl", languages = {{ de = "native" }}, location = "bonn" }},
    {{ id = "dora", languages = {{ de = "native" }}, location = "koeln", active = {dora} }},
    {{ id = "nora", name = "Nora" }},
]
[[projects]]
id = "acme"
name = "ACME"
language = "de"
country = "DE"
timezone = "Europe/Berlin"
hours = "Mo-Fr 08:00-20:00"
agents = ["anna", "bea"]
backups = ["carl", "dora"]
account_manager = "nora"
[roles]
cmt_lead = ["nora"]
it_manager = ["nora"]
"""


def rules(*, dora: bool) -> Rulebook:
    """A project of two agents with two backups, of whom Dora may be inactive."""
    return Rulebook(parse_plan(packaged("plan.toml")), parse_company(COMPANY.format(dora=str(dora).lower())))


def check(state: Situation, book: Rulebook) -> tuple[Event, ...]:
    """The events of a check."""
    return decide(state, CheckReadiness("acme"), NOW, book)


def test_enough_backups_say_nothing() -> None:
    """When backups could take every seat it would be level 1, and nobody is bothered."""
    assert check(Situation(), rules(dora=True)) == ()


def test_too_few_backups_are_told_to_the_account_manager() -> None:
    """When a seat would stay empty, the Account Manager hears the level and why; nothing else follows."""
    book = rules(dora=False)
    (event,) = check(Situation(), book)
    assert event == ReadinessLacking(NOW, "acme", 4, 2, 1, 0, 0, 1, "4.0")
    assert fold([event]) == Situation()
    (notice,) = react([event], Situation(), book, 1).notices
    assert (notice.to, notice.kind, notice.project, notice.card) == ("nora", "readiness", "acme", None)
    assert from_record(to_record(event)) == event


def test_people_who_are_out_already_count() -> None:
    """The check starts from what is open now: a backup who is out cannot cover."""
    book = rules(dora=True)
    state = fold(decide(Situation(), ReportWorkplace("dora", "dora", can_move=False), NOW, book))
    (event,) = check(state, book)
    assert isinstance(event, ReadinessLacking)
    assert (event.level, event.native, event.unfilled) == (4, 1, 1)


def test_agents_who_are_out_already_are_not_counted_twice() -> None:
    """With one agent out already, the others are still all the seats there can be."""
    book = rules(dora=False)
    state = fold(decide(Situation(), ReportWorkplace("anna", "anna", can_move=False), NOW, book))
    (event,) = check(state, book)
    assert isinstance(event, ReadinessLacking)
    assert event.seats == 2


def test_unknown_project_is_refused() -> None:
    """A project that is not in the company file is refused."""
    with pytest.raises(Rejected, match="unknown_project"):
        decide(Situation(), CheckReadiness("nope"), NOW, rules(dora=True))


@pytest.mark.parametrize("locale", ["en", "hu"])
def test_it_can_be_read(locale: str) -> None:
    """Its card and its log line say project, level and numbers."""
    book = rules(dora=False)
    (event,) = check(Situation(), book)
    (notice,) = react([event], Situation(), book, 1).notices
    assert isinstance(notice, Notice)
    reader = Reader("nora", locale, "Europe/Berlin")
    card = word(notice, View(Situation(), book, NOW), reader)
    said = plain(card.lead, book.company, reader, NOW)
    assert "ACME" in said
    assert "4" in said
    assert plain(log_line(event, book, locale), book.company, reader).startswith(said)
