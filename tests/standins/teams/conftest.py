"""A running stand-in, a token for its connector, and a bot that it can send to."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from tests.standins.teams.caller import Caller
from tests.standins.teams.client import Person, Teams, running
from tests.standins.teams.receiver import Receiver, receiving


@pytest.fixture
async def teams() -> AsyncIterator[Teams]:
    """The stand-in in this process."""
    async with running() as stand_in:
        yield stand_in


@pytest.fixture
async def caller(teams: Teams) -> Caller:
    """The bot's side of the connector, with a good token."""
    return await Caller.ready(teams)


@pytest.fixture
async def bot(teams: Teams) -> AsyncIterator[Receiver]:
    """A bot at the stand-in's endpoint."""
    async with receiving() as receiver:
        await teams.settings(endpoint=receiver.address)
        yield receiver


@pytest.fixture
async def anna(teams: Teams, bot: Receiver) -> Person:
    """Somebody who has the app."""
    somebody = await teams.person("Anna Nagy")
    await somebody.install()
    return somebody
