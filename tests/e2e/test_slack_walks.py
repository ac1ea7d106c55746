"""Level 1 and level 4 from report to stand-down in Slack, as five people, over HTTP and in Socket Mode."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from bot.ports import Json
from tests.e2e.slack_stage import backline, enter, opened
from tests.standins.slack.client import Person, Refused, Slack, spawned

MODES = pytest.mark.parametrize("socket_mode", [False, True], ids=["http", "socket"])
PATIENCE = 3_000.0  # milliseconds: Slack's


def in_time(sent: Json) -> Json:
    """The delivery was answered, and Slack did not give up waiting."""
    assert sent["ok"], sent
    assert sent["attempts"][-1]["ms"] < PATIENCE
    return sent


async def press(person: Person, verb: str, seconds: float = 20.0) -> Json:
    """Press the newest button with this verb, once there is one. Raises TimeoutError."""
    async with asyncio.timeout(seconds):
        while True:
            try:
                return in_time(await person.press(action_id=verb))
            except Refused:
                await asyncio.sleep(0.02)


async def answer_checks(manager: Person, seconds: float = 30.0) -> None:
    """Say that every check of the level holds, one after another. Raises TimeoutError."""
    async with asyncio.timeout(seconds):
        answered: set[str] = set()
        while values := [value for value in await checks(manager) if value not in answered]:
            in_time(await manager.press(action_id="factor_yes", button_value=values[0]))
            answered.add(values[0])
        while True:
            if not await checks(manager):
                return
            await asyncio.sleep(0.02)


async def checks(manager: Person) -> list[str]:
    """The buttons for checks in their DM, by value."""
    blocks = [block for message in await manager.messages() for block in message.get("blocks") or ()]
    elements = [element for block in blocks for element in block.get("elements", ())]
    return [one["value"] for one in elements if str(one.get("action_id")).startswith("factor_yes")]


async def steering_channel(slack: Slack, seconds: float = 20.0) -> Json:
    """The channel for those who steer, once its status card is pinned. Raises TimeoutError."""
    async with asyncio.timeout(seconds):
        while True:
            for channel in await slack.control("GET", "channels"):
                if str(channel["name"]).startswith("incident-") and channel["pins"]:
                    assert "ACME Germany" in channel["topic"]
                    return dict(channel)
            await asyncio.sleep(0.05)


async def nothing_wrong(slack: Slack) -> None:
    """Slack had nothing to complain of, and took every call."""
    assert await slack.report() == {"violations": [], "complaints": []}
    refused = [call for call in await slack.calls() if call["error"] not in ("", "users_not_found")]
    assert [(call["method"], call["error"]) for call in refused] == []


@MODES
async def test_level_1_is_walked_from_report_to_stand_down(tmp_path: Path, *, socket_mode: bool) -> None:
    """The agent types one sentence, the backup accepts, the manager approves and stands down; the CMT sleeps."""
    async with spawned() as slack:
        people = await enter(slack, ["anna", "carl", "nora", "zita", "sam"])
        async with backline(slack, tmp_path, socket_mode=socket_mode):
            agent, backup, manager = people["anna"], people["carl"], people["nora"]
            in_time(await agent.say("nincs áram, nem tudok dolgozni"))
            await agent.until("R-0001")
            await press(agent, "move_no")
            await backup.until("Can you be on duty for ACME Germany")
            await press(backup, "cover_yes")
            await backup.until("your offer for ACME Germany waits for approval")
            await press(manager, "approve")
            await backup.until("Approved: please be on duty")
            await press(backup, "on_duty")
            await backup.until("You are on duty for ACME Germany")
            await answer_checks(manager)
            await press(agent, "restored")
            await agent.until("Köszönjük")
            await press(manager, "stand_down")
            await backup.until("The incident at ACME Germany is over")
            assert await people["zita"].messages() == []
            assert "ACME Germany" in str(await people["sam"].messages())
        await nothing_wrong(slack)


@MODES
async def test_level_4_is_walked_from_report_to_stand_down(tmp_path: Path, *, socket_mode: bool) -> None:
    """All report, the manager declares level 4 in a form, the CMT lead has voicemail on, all come back, it ends."""
    async with spawned() as slack:
        people = await enter(slack, ["anna", "bea", "carl", "nora", "zita"])
        async with backline(slack, tmp_path, socket_mode=socket_mode):
            manager, lead = people["nora"], people["zita"]
            for name in ("anna", "bea", "carl"):
                in_time(await people[name].command("/backline report fire, cannot move"))
                await people[name].until("R-000")
            await press(manager, "acknowledge")
            await press(manager, "declare")
            await opened(manager)
            in_time(await manager.submit({"level": "4", "reason": "Nobody is left to take calls."}))
            view = await opened(manager)
            assert view["submit"] is None
            assert "ACME Germany" in str(view["blocks"])
            await lead.until("ACME Germany")
            channel = await steering_channel(slack)
            assert {manager.id, lead.id} <= set(channel["members"])
            await press(lead, "ivr_on")
            await lead.until("rögzítve, hogy az IVR")
            for name in ("anna", "bea", "carl"):
                await press(people[name], "restored")
            await press(manager, "stand_down")
            await manager.until("lezárva")
        await nothing_wrong(slack)
