"""Reporting for somebody else in Slack: one of so many that a name is typed."""

from __future__ import annotations

import json

from bot.company import company_from_tables
from bot.cover import Rulebook
from tests.e2e.slack_stage import home_with, opened
from tests.standins.slack.client import running
from tests.unit.slack_listen.house import served
from tests.unit.stage import rulebook
from tests.unit.wording_play import TABLES


async def test_of_very_many_agents_one_is_named_in_the_form() -> None:
    """More than a list takes: whom part of a name could mean is said at the field, a whole name is enough."""
    agents = [{"id": f"p{number:04d}", "name": f"Kovács Ágnes {number}"} for number in range(1_001)]
    first, second = TABLES["projects"]
    crowd = {**first, "agents": [one["id"] for one in agents], "supervisors": ["sam"]}
    known = [{**one, "email": f"{one['id']}@example.com"} for one in TABLES["people"]]
    tables = {**TABLES, "people": [*known, *agents], "projects": [crowd, second]}
    async with running() as standin:
        sam = await standin.person("sam", email="sam@example.com")
        async with served(standin, rules=Rulebook(rulebook().plan, company_from_tables(tables))) as house:
            await sam.open_home()
            await home_with(sam, "Report for somebody else")
            assert (await sam.press(action_id="report_for", where="home"))["ok"]
            await opened(sam)
            sent = await sam.submit({"person_named": "agnes 10", "words": "her street"})
            errors = json.loads(sent["attempts"][0]["body"])["errors"]
            assert errors["person_named"].startswith("Whom do you mean by “agnes 10”: Kovács Ágnes 10 (p0010), ")
            assert house.reports() == []
            await sam.submit({"person_named": "kovacs agnes 10", "words": "her street"})
            assert "Recorded for" in str(await sam.view())
            assert house.reports() == ["p0010"]
        assert (await standin.report())["complaints"] == []
