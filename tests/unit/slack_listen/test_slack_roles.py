"""The roles matrix in Slack: `/backline roles`, its form, and what becomes of somebody's buttons."""

from __future__ import annotations

import json

import pytest

from bot.roles import basis, people_in
from tests.e2e.slack_stage import opened
from tests.unit.slack_listen.house import indoors
from tests.unit.slack_listen.test_slack_intake import pressed

MANAGER = ("account_manager", "acme-de")


@pytest.mark.parametrize(("person", "may"), [("zita", True), ("ivan", True), ("nora", False), ("anna", False)])
async def test_the_matrix_is_shown_to_all_and_changed_by_two(person: str, may: bool) -> None:  # noqa: FBT001 - a table's column
    """Everybody sees who holds which role; only CMT lead and IT manager find the button."""
    async with indoors(person) as house:
        sent = await house.people[person].command("/backline roles")
        body = sent["attempts"][0]["body"]
        assert sent["sees"] == ""
        assert json.loads(body)["response_type"] == "ephemeral"
        assert ("change_role" in body) == may


async def test_a_role_is_changed_in_the_form_and_a_fault_is_said_at_its_field() -> None:
    """An unknown name comes back at the field; then the new Account Manager, and only they, may approve."""
    async with indoors("anna", "carl", "zita", "nora", "sam", courier=True) as house:
        for name in ("carl", "zita", "nora", "sam"):
            await house.linked(name)
        await house.people["anna"].command("/backline report fire, cannot move")
        await pressed(house.people["carl"], "cover_yes")
        zita, nora, sam = (house.people[name] for name in ("zita", "nora", "sam"))
        old = await nora.until("'approve'")

        await zita.command("/backline roles")
        await pressed(zita, "change_role")
        await opened(zita)
        before = people_in(house.desk.rules.company, MANAGER)
        row = f"account_manager/acme-de/{basis(before)}"
        sent = await zita.submit({"row": row, "people": "Joe Bloggs"}, anyway=True)
        answer = json.loads(sent["attempts"][0]["body"])
        assert answer["response_action"] == "errors"
        assert "Joe Bloggs" in answer["errors"]["people"]
        assert people_in(house.desk.rules.company, MANAGER) == before

        sent = await zita.submit({"row": row, "people": "sam, olga@example.com"})
        assert sent["sees"] == ""
        assert json.loads(sent["attempts"][0]["body"])["response_action"] == "update"
        assert people_in(house.desk.rules.company, MANAGER) == ("sam", "olga")

        assert (await nora.press(action_id="approve", ts=old["ts"], version=0))["ok"]
        assert "carl" not in house.desk.state.incidents["acme-de"].covered
        await pressed(sam, "approve")
        assert "carl" in house.desk.state.incidents["acme-de"].covered
