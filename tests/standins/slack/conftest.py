"""A running stand-in, and slack_sdk's client for it."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
from slack_sdk.web.async_client import AsyncWebClient

from tests.standins.slack.client import Slack, running


@pytest.fixture
async def slack() -> AsyncIterator[Slack]:
    """The stand-in in this process."""
    async with running() as stand_in:
        yield stand_in


@pytest.fixture
def client(slack: Slack) -> AsyncWebClient:
    """slack_sdk's client with the bot's token, without its own retries."""
    return AsyncWebClient("xoxb-standin-bot", base_url=slack.api, session=slack.session, retry_handlers=[])
