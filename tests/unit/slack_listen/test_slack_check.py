"""What the doctor asks Slack."""

from __future__ import annotations

from adapters.secret import Secret
from adapters.settings import Settings
from adapters.slack.check import look
from tests.standins.slack.client import Slack, running

TOKEN, APP_TOKEN = Secret("xoxb-standin-bot"), Secret("xapp-1-standin-app")


def settings(slack: Slack, token: Secret = TOKEN, app_token: Secret | None = None) -> Settings:
    """For the stand-in."""
    return Settings(
        slack_bot_token=token,
        slack_signing_secret=Secret("standin-signing-secret"),
        slack_app_token=app_token,
        slack_api_url=slack.api,
    )


async def test_all_is_well() -> None:
    """Token, scopes, clock and the way in."""
    async with running() as slack:
        assert [one.mark for one in await look(settings(slack))] == ["ok"] * 4


async def test_a_wrong_token_is_named_with_its_remedy() -> None:
    """And nothing of the token is shown."""
    async with running() as slack:
        first = (await look(settings(slack, Secret("xoxb-wrong"))))[0]
        assert (first.mark, "invalid_auth" in first.detail, "xoxb-wrong" in first.detail) == ("fail", True, False)


async def test_missing_scopes_are_listed() -> None:
    """Each with what it is for."""
    async with running() as slack:
        await slack.settings(scopes=["chat:write"])
        found = next(one for one in await look(settings(slack)) if "scopes" in one.detail)
        assert found.mark == "fail"
        assert "im:history: " in found.detail


async def test_the_app_token_is_tried() -> None:
    """Socket Mode that is off, or a token without its scope."""
    async with running() as slack:
        await slack.settings(mode="socket")
        assert (await look(settings(slack, app_token=APP_TOKEN)))[-1].mark == "ok"
        await slack.settings(app_scopes=[])
        last = (await look(settings(slack, app_token=APP_TOKEN)))[-1]
        assert last.mark == "fail"
        assert "connections:write" in last.detail


async def test_slack_that_does_not_answer_is_a_failure_in_words() -> None:
    """No exception, no traceback."""
    async with running() as slack:
        address = settings(slack)
    assert (await look(address))[0].mark == "fail"
