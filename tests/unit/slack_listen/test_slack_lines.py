"""Socket Mode: lines that die, end or are renewed, and what was said meanwhile."""

from __future__ import annotations

import asyncio

import pytest

from tests.unit.slack_listen.house import connected, indoors, see, until_lines

MODES = pytest.mark.parametrize("socket_mode", [False, True], ids=["http", "socket"])


async def test_a_dead_line_is_noticed_within_seconds_and_nothing_is_lost() -> None:
    """The connection stays open and says nothing: it is given up, and a new one takes its place."""
    async with indoors("anna", socket_mode=True) as house:
        lines = {line["id"] for line in await house.standin.socket()}
        for line in lines:
            await house.standin.socket("dead", line)
        async with asyncio.timeout(30):
            while True:
                alive = {line["id"] for line in await house.standin.socket() if not line["dead"]} - lines
                if len(alive) == 2:
                    break
                await asyncio.sleep(0.05)
        await house.standin.settings(ack_seconds=0.5, retry_seconds=[0.0] * 4)  # it still sends into the dead ones
        assert (await house.standin.settle(await house.people["anna"].say("no power")))["ok"]
        assert house.reports() == ["anna"]


@pytest.mark.parametrize("action", ["drop", "close", "warning", "refresh_requested"])
async def test_lines_come_back_whatever_ends_them(action: str) -> None:
    """Dropped, closed, or renewed at Slack's wish."""
    async with indoors("anna", socket_mode=True) as house:
        await house.standin.socket(action)
        await connected(house.standin)
        assert (await house.people["anna"].command("/backline report"))["ok"]


@pytest.mark.parametrize("action", ["warning", "refresh_requested"])
async def test_what_is_in_work_when_a_line_is_renewed_is_answered(action: str) -> None:
    """The old lines stay until the answers are out; meanwhile the new ones are up and take commands."""
    async with indoors("anna", "bea", socket_mode=True) as house:
        await house.standin.settings(refresh_seconds=2.5)
        old = {line["id"] for line in await house.standin.socket()}
        house.journal.slow = 1.5
        asking = asyncio.create_task(house.people["anna"].command("/backline report"))
        await until_lines(house.standin, lambda lines: any(line["sent"] for line in lines))
        await house.standin.socket(action)
        await until_lines(house.standin, lambda lines: len({line["id"] for line in lines} - old) == 2)
        assert not asking.done()
        assert (await asking)["ok"]
        house.journal.slow = 0.0
        assert (await house.people["bea"].command("/backline report"))["ok"]
        assert house.reports() == ["anna", "bea"]
        assert (await house.standin.report())["complaints"] == []


async def test_what_was_said_while_nobody_listened_is_read_afterwards() -> None:
    """A message that Slack gave up delivering is in the history; those answered are not taken again."""
    async with indoors("carl", socket_mode=True) as house:
        carl = house.people["carl"]
        await carl.say("status")
        await see(carl, "No open incident")
        await house.standin.settings(mode="http", request_url="")
        await house.standin.socket("drop")
        await house.standin.control("POST", "write", {"user": carl.id, "where": "dm", "text": "no power, cannot move"})
        await house.standin.settings(mode="socket")
        await see(carl, "R-0001")
        assert house.reports() == ["carl"]
        assert len([one for one in await carl.messages() if "No open incident" in one["text"]]) == 1


async def test_one_person_in_a_hurry_counts_once() -> None:
    """A hundred reports of one person at once are one."""
    async with indoors("anna", "carl") as house:
        anna, carl = house.people["anna"], house.people["carl"]
        sent = await asyncio.gather(
            *(anna.command("/backline report no power") for _ in range(100)), carl.command("/backline report")
        )
        assert all(one["ok"] for one in sent)
        assert sorted(house.reports()) == ["anna", "carl"]
