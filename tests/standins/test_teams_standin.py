"""The Teams stand-in as a process of its own, before a plain bot: from a message to a decision on a card."""

from __future__ import annotations

from typing import Any

import aiohttp
import jwt

from tests.standins.teams.caller import Caller
from tests.standins.teams.client import Teams, spawned
from tests.standins.teams.receiver import Receiver, receiving

Json = dict[str, Any]
FORM: Json = {
    "type": "AdaptiveCard",
    "version": "1.5",
    "fallbackText": "Report a loss",
    "body": [{"type": "TextBlock", "text": "What is down?", "wrap": True}],
    "actions": [
        {
            "type": "Action.ShowCard",
            "title": "Report",
            "card": {
                "type": "AdaptiveCard",
                "body": [
                    {
                        "type": "Input.Text",
                        "id": "0.words",
                        "label": "What",
                        "isRequired": True,
                        "errorMessage": "Please fill this in.",
                    }
                ],
                "actions": [{"type": "Action.Execute", "title": "Send", "verb": "report", "data": {"case": "1"}}],
            },
        }
    ],
}
DONE: Json = {
    "type": "AdaptiveCard",
    "version": "1.5",
    "fallbackText": "Recorded",
    "body": [{"type": "TextBlock", "text": "Recorded"}],
}


async def _claims(teams: Teams, token: str) -> Json:
    """The token's claims, checked as Microsoft's documents ask."""
    environment = teams.environment
    async with aiohttp.ClientSession() as session:
        async with session.get(environment["TEAMS_OPENID_METADATA_URL"]) as response:
            metadata = await response.json()
        async with session.get(metadata["jwks_uri"]) as response:
            keys = {key.key_id: key for key in jwt.PyJWKSet.from_dict(await response.json()).keys}
    key = keys[jwt.get_unverified_header(token)["kid"]]
    return jwt.decode(
        token,
        key.key,
        metadata["id_token_signing_alg_values_supported"],
        audience=environment["MICROSOFT_APP_ID"],
        issuer=metadata["issuer"],
    )


async def _reported(teams: Teams, bot: Receiver) -> None:
    anna = await teams.person("Anna Nagy")
    await anna.install()
    assert (await anna.say("no power"))["ok"]
    activity = bot.got[-1].activity
    assert (await _claims(teams, bot.got[-1].token))["serviceurl"] == activity["serviceUrl"] == teams.service_url
    caller = await Caller.ready(teams)
    assert (await caller.show(activity["conversation"]["id"], FORM)).status == 201
    await anna.until("What is down?")
    bot.invoke_with(200, "application/vnd.microsoft.card.adaptive", DONE)
    assert (await anna.press("Send", {"words": "power"}))["shown"] == "card"
    assert bot.got[-1].activity["value"]["action"]["data"] == {"case": "1", "0.words": "power"}
    await anna.until("Recorded")


async def test_a_bot_works_before_the_stand_in() -> None:
    """Install, message, token, card, form and answer go through real HTTP, from outside."""
    async with spawned() as teams, receiving() as bot:
        await teams.settings(endpoint=bot.address)
        await _reported(teams, bot)
        assert [one.activity["type"] for one in bot.got] == [
            "installationUpdate", "conversationUpdate", "message", "invoke",
        ]  # fmt: skip
        assert await teams.report() == {"violations": [], "complaints": []}
