"""Reporting for somebody else in Teams, whom a search in the form finds among very many."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest

from bot.company import company_from_tables
from bot.cover import Rulebook
from bot.ports import StoreError
from tests.standins.teams.client import FORGERIES, Refused, running
from tests.unit.stage import rulebook
from tests.unit.teams_listen.house import Indoors, served
from tests.unit.wording_play import TABLES

MANY = 1_200
REPORT = "Report for somebody else"
WHO = "person"


def crowded() -> Rulebook:
    """Nora's project has more agents than any list; Olga is her deputy, and has another project with two more."""
    agents = [{"id": f"p{number:04d}", "name": f"Kovács Ágnes {number}"} for number in range(MANY)]
    people = [{**one, "email": f"{one['id']}@example.com"} for one in (*TABLES["people"], *agents)]
    first, second = TABLES["projects"]
    projects = [{**first, "agents": ["anna", *(one["id"] for one in agents)], "supervisors": []}, second]
    return Rulebook(rulebook().plan, company_from_tables({**TABLES, "people": people, "projects": projects}))


@asynccontextmanager
async def house_of(*names: str) -> AsyncIterator[Indoors]:
    """Backline of that company, and these people, who have the app."""
    async with running() as standin, served(standin, rules=crowded()) as house:
        for name in names:
            house.people[name] = person = await standin.person(name, email=f"{name}@example.com", locale="en-GB")
            assert all(one["ok"] for one in await person.install())
            await person.until_that(lambda one: bool(one["card"]))
        yield house


def found(sent: Any) -> list[str]:  # noqa: ANN401 - JSON
    """The values that a search found, as Teams shows them."""
    assert (sent["ok"], sent["shown"]) == (True, "results")
    return [one["value"] for one in sent["answer"]["value"]["results"]]


async def test_a_manager_finds_an_agent_and_reports_for_them() -> None:
    """A few letters, without accents; one press; the answer says for whom, and Teams took all of it."""
    async with house_of("nora") as house:
        nora = house.people["nora"]
        sent = await nora.search(WHO, "agnes kov 117")
        assert found(sent) == ["p0117", *(f"p{number}" for number in range(1170, 1180))]
        assert sent["answer"]["value"]["results"][0]["title"] == "Kovács Ágnes 117, ACME Germany"
        inputs = {WHO: "p0117", "cause": "power", "can_move": "no", "words": "her whole street"}
        sent = await nora.press(verb="report_for", under=REPORT, inputs=inputs)
        assert (sent["ok"], sent["shown"]) == (True, "card")
        assert "Recorded for " in str(sent["answer"])
        assert "Kovács Ágnes 117" in str(sent["answer"])
        assert house.reports() == ["p0117"]
        known = house.desk.state.workplaces["p0117"]
        assert (str(known.cause), known.can_move, known.out) == ("power", False, True)
        assert await house.standin.report() == {"violations": [], "complaints": []}


async def test_nobody_searches_beyond_the_roles_matrix() -> None:
    """Not even with the form of somebody else: an agent finds nobody, a deputy those of both projects."""
    async with house_of("nora", "olga", "anna") as house:
        assert found(await house.people["nora"].search(WHO, "cili")) == []
        assert found(await house.people["olga"].search(WHO, "cili")) == ["cili"]
        with pytest.raises(Refused, match="no input"):
            await house.people["anna"].search(WHO, "k")
        anna = {"from.id": house.people["anna"].id, "from.aadObjectId": house.people["anna"].aad}
        assert found(await house.people["nora"].search(WHO, "k", override=anna)) == []
        stranger = {"from.id": "29:x", "from.aadObjectId": "x"}
        assert found(await house.people["nora"].search(WHO, "k", override=stranger)) == []


async def test_the_press_is_checked_by_the_rules() -> None:
    """Whom no search has found is refused, at the field; what was typed stays, and nothing is recorded."""
    async with house_of("nora") as house:
        nora = house.people["nora"]
        (opener,) = [one for one in (await nora.card())["actions"] if one["title"] == REPORT]
        sends = opener["card"]["actions"][0]["data"]
        for whom, said in (("cili", "only these can do this"), ("nobody", "not in the company file")):
            data = {"value.action.data": {**sends, "1.person": whom, "1.words": "smoke"}}
            sent = await nora.press(verb="report_for", override=data)
            assert sent["shown"] == "card"
            assert said in str(sent["answer"]), whom
            assert "'value': 'smoke'" in str(sent["answer"])
        assert house.reports() == []


async def test_nobody_chosen_is_said_at_the_field() -> None:
    """In Teams the field cannot be marked as required, so it is said here; never is it the presser's own report."""
    async with house_of("nora") as house:
        nora = house.people["nora"]
        sent = await nora.press(verb="report_for", under=REPORT, inputs={"words": "smoke"})
        assert "Please fill in “Whose workplace is unusable?”" in str(sent["answer"])
        assert house.reports() == []
        found(await nora.search(WHO, "agnes 1"))
        sent = await nora.press(verb="report_for", inputs={WHO: "p0001"})
        assert "Recorded for " in str(sent["answer"])
        assert house.reports() == ["p0001"]


@pytest.mark.parametrize(
    "value",
    [
        {},
        {"queryText": 1, "dataset": "report_for"},
        {"queryText": "k", "dataset": ["report_for"]},
        {"queryText": "k", "dataset": None},
        "k",
        [],
    ],
)
async def test_what_is_no_search_finds_nothing(value: object) -> None:
    """Nothing breaks, and nothing is told."""
    async with house_of("nora") as house:
        sent = await house.people["nora"].search(WHO, "k", override={"value": value})
        assert sent["attempts"][-1]["status"] == 200
        assert sent["shown"] == ""
        assert "p0" not in str(sent["answer"])


async def test_other_searches_find_nothing() -> None:
    """Of another set, or with letters nobody is called by."""
    async with house_of("nora") as house:
        nora = house.people["nora"]
        assert found(await nora.search(WHO, "k", override={"value.dataset": "graph.microsoft.com/users"})) == []
        assert found(await nora.search(WHO, "%")) == []
        assert len(found(await nora.search(WHO, ""))) == 15


async def test_a_forged_search_is_turned_away() -> None:
    """Like everything that is not from Teams."""
    async with house_of("nora") as house:
        sent = await house.people["nora"].search(WHO, "k", **FORGERIES["expired"])
        assert sent["attempts"][-1]["status"] == 401


async def test_a_search_that_cannot_be_made_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    """Teams says that it has nothing to show, and may be asked again."""
    async with house_of("nora") as house:

        def broken() -> None:
            raise StoreError("no store")

        monkeypatch.setattr(house.desk, "now", broken)
        sent = await house.people["nora"].search(WHO, "k", override={"locale": "en-GB"})
        assert sent["answer"]["statusCode"] == 500
