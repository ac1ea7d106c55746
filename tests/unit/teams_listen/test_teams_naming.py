"""Reporting for somebody else in Teams: one of so many that a name is typed."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any

import pytest

from bot.company import company_from_tables
from bot.cover import Rulebook
from tests.standins.teams.client import Person, running
from tests.unit.stage import rulebook
from tests.unit.teams_listen.house import Indoors, served
from tests.unit.wording_play import TABLES

MANY = 1_200
REPORT = "Report for somebody else"
WHO, WHO_ID, ONE_OF = "person_named", "1.person_named", "1.person_named.who"


def crowded(many: int, more: Sequence[Mapping[str, str]] = ()) -> Rulebook:
    """Nora's project has so many agents; Olga is her deputy, and has another project with two more."""
    agents = [{"id": f"p{number:04d}", "name": f"Kovács Ágnes {number}"} for number in range(many)]
    agents += map(dict, more)
    people = [{**one, "email": f"{one['id']}@example.com"} for one in (*TABLES["people"], *agents)]
    first, second = TABLES["projects"]
    projects = [{**first, "agents": ["anna", *(one["id"] for one in agents)], "supervisors": []}, second]
    return Rulebook(rulebook().plan, company_from_tables({**TABLES, "people": people, "projects": projects}))


@asynccontextmanager
async def house_of(*names: str, many: int = MANY, more: Sequence[Mapping[str, str]] = ()) -> AsyncIterator[Indoors]:
    """Backline of that company, and these people, who have the app."""
    async with running() as standin, served(standin, rules=crowded(many, more)) as house:
        for name in names:
            house.people[name] = person = await standin.person(name, email=f"{name}@example.com", locale="en-GB")
            assert all(one["ok"] for one in await person.install())
            await person.until_that(lambda one: bool(one["card"]))
        yield house
        assert await house.standin.report() == {"violations": [], "complaints": []}


async def report(person: Person, whom: str, **inputs: str) -> str:
    """Send the form for whoever is named; the card that answers, as text."""
    sent = await person.press(verb="report_for", under=REPORT, inputs={WHO: whom, **inputs})
    assert (sent["ok"], sent["shown"]) == (True, "card")
    return str(sent["answer"])


async def again(person: Person, inputs: dict[str, str]) -> str:
    """Send the form that was shown again."""
    sent = await person.press(verb="report_for", title="Report", inputs=inputs)
    assert (sent["ok"], sent["shown"]) == (True, "card")
    return str(sent["answer"])


@pytest.mark.parametrize("many", [400, MANY])
@pytest.mark.parametrize("whom", ["p0117", "agnes 117 kovacs", "P0117@example.com"])
async def test_whoever_is_named_in_full_is_reported_at_once(whom: str, many: int) -> None:
    """By id, whole name or e-mail; without accents, whatever the list would hold. The answer says for whom."""
    async with house_of("nora", many=many) as house:
        nora = house.people["nora"]
        whom = "kovacs agnes 117" if whom.startswith("agnes") else whom
        said = await report(nora, whom, cause="power", can_move="no", words="her whole street")
        assert "Recorded for " in said
        assert "Kovács Ágnes 117" in said
        assert house.reports() == ["p0117"]
        known = house.desk.state.workplaces["p0117"]
        assert (str(known.cause), known.can_move, known.out) == ("power", False, True)


async def test_part_of_a_name_is_asked_about_and_one_is_chosen() -> None:
    """A few letters of each word; nothing is recorded before somebody is chosen, and what was filled in stays."""
    async with house_of("nora") as house:
        nora = house.people["nora"]
        said = await report(nora, "agnes kov 117", cause="power", words="her whole street")
        assert "Whom do you mean? Choose below" in said
        assert "Kovács Ágnes 1170, ACME Germany" in said
        assert "Kovács Ágnes 1199" not in said
        assert house.reports() == []
        assert "Recorded for " in await again(nora, {ONE_OF: "Kovács Ágnes 1170, ACME Germany"})
        assert house.reports() == ["p1170"]
        assert str(house.desk.state.workplaces["p1170"].cause) == "power"


async def test_of_very_many_it_is_said_that_not_all_are_shown() -> None:
    """Nobody takes the first fifteen for everybody."""
    async with house_of("nora") as house:
        assert f"Below are only 15 of {MANY}: better type" in await report(house.people["nora"], "agnes")


async def test_another_name_can_be_typed_instead() -> None:
    """Even when one of those found was chosen by mistake."""
    async with house_of("nora") as house:
        nora = house.people["nora"]
        await report(nora, "agnes 11")
        said = await again(nora, {WHO: "agnes 1199", ONE_OF: "p0011"})
        assert "Whom do you mean?" in said
        assert "p0011" not in said
        assert house.reports() == []
        assert "Recorded for " in await again(nora, {ONE_OF: "p1199"})
        assert house.reports() == ["p1199"]


async def test_whose_name_is_somebody_elses_id_is_told_apart() -> None:
    """Both are asked about, and the one who was chosen is the one who is reported."""
    people = [{"id": "kata", "name": "Kovács Katalin"}, {"id": "k2", "name": "Kata"}]
    for chosen in ("kata", "k2"):
        async with house_of("nora", more=people) as house:
            nora = house.people["nora"]
            assert "Whom do you mean?" in await report(nora, "Kata")
            assert "Recorded for " in await again(nora, {ONE_OF: chosen})
            assert house.reports() == [chosen]


async def test_nobody_is_found_beyond_the_roles_matrix() -> None:
    """Of others nothing is told, nor is it the manager's own report; a deputy finds the people of both projects."""
    async with house_of("nora", "olga") as house:
        nora, olga = house.people["nora"], house.people["olga"]
        assert "You report for nobody called “cil”" in await report(nora, "cil")
        for whom in ("cili", "Nora", "nora@example.com"):
            assert f"You report for nobody called “{whom}”" in await again(nora, {WHO: whom})
        assert house.reports() == []
        assert "Recorded for " in await report(olga, "cili@example.com")
        assert house.reports() == ["cili"]


async def test_a_choice_that_is_refused_is_refused_at_the_field() -> None:
    """It was possible when it was offered, and is not any more; another name can be typed there."""
    async with house_of("nora") as house:
        nora = house.people["nora"]
        await report(nora, "agnes 117")
        send = next(one for one in _actions(await nora.card()) if "named" in one["data"]["backline"])
        data = {"value.action.data": {**send["data"], WHO_ID: "agnes 117", ONE_OF: "cili"}}
        answer = (await nora.press(verb="report_for", title="Report", inputs={WHO: "x"}, override=data))["answer"]
        (form,) = [one for one in answer["value"]["body"] if WHO_ID in str(one)]
        texts = [str(one) for one in form["items"]]
        at = next(place for place, one in enumerate(texts) if WHO_ID in one)
        assert "For Cili only these can do this" in texts[at + 1]
        assert house.reports() == []


def _actions(card: dict[str, Any]) -> list[dict[str, Any]]:
    """Those that stand in the card's body."""
    return [action for one in card["body"] for row in one.get("items", []) for action in row.get("actions", [])]


async def test_the_form_of_somebody_else_is_of_no_use() -> None:
    """Whoever may report for nobody finds nobody, whatever they send."""
    async with house_of("nora", "anna") as house:
        nora, anna = house.people["nora"], house.people["anna"]
        assert REPORT not in str(await anna.card())
        sends = await _sends(nora)
        for whom in ("kov", "p0117"):
            data = {"value.action.verb": "report_for", "value.action.data": {**sends, "1.person_named": whom}}
            sent = await anna.press(verb="report", override=data)
            assert sent["ok"], whom
            assert "Only these can report for others: " in str(sent["answer"])
        assert house.reports() == []


@pytest.mark.parametrize(
    ("whom", "said"), [("", "Please fill in “Whose"), ("  ", "Please fill in “Whose"), ("x" * 101, "too long")]
)
async def test_what_no_client_sends_is_refused_at_the_field(whom: str, said: str) -> None:
    """Nobody named, and more than a name; never is it the presser's own report."""
    async with house_of("nora") as house:
        nora = house.people["nora"]
        data = {"value.action.data": {**await _sends(nora), "1.person_named": whom, "1.words": "smoke"}}
        sent = await nora.press(verb="report_for", under=REPORT, inputs={WHO: "x"}, override=data)
        assert said in str(sent["answer"])
        assert "'value': 'smoke'" in str(sent["answer"])
        assert house.reports() == []


async def _sends(person: Person) -> dict[str, Any]:
    """What the form's button sends."""
    (opener,) = [one for one in (await person.card())["actions"] if one["title"] == REPORT]
    data: dict[str, Any] = opener["card"]["actions"][0]["data"]
    return data
