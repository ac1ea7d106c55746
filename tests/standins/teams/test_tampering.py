"""What comes to the bot: a real token each time, forged in every way to order, again when nobody answers."""

from __future__ import annotations

import asyncio
from typing import Any

import jwt
import pytest

from tests.standins.teams.client import FORGERIES, Person, Teams
from tests.standins.teams.model import APP
from tests.standins.teams.receiver import Got, Receiver

Json = dict[str, Any]
ONLY_THE_BODY = ("elsewhere", "other channel", "other tenant")


async def _verified(teams: Teams, got: Got) -> Json:
    """The claims of a token that the rules of Microsoft's documents let in. Raises `jwt.InvalidTokenError`."""
    async with teams.session.get(f"{teams.address}/v1/.well-known/keys") as response:
        keys = (await response.json())["keys"]
    scheme, _, token = got.headers.get("Authorization", "").partition(" ")
    if scheme != "Bearer":
        raise jwt.InvalidTokenError("no bearer token")
    kid = jwt.get_unverified_header(token).get("kid")
    named = [one for one in keys if one["kid"] == kid and "msteams" in one["endorsements"]]
    if not named:
        raise jwt.InvalidTokenError("no key that Microsoft has for Teams")
    needed: Any = {"require": ["exp", "nbf", "iss", "aud", "serviceurl"]}
    issuer = "https://api.botframework.com"
    claims = jwt.decode(token, jwt.PyJWK(named[0]).key, ["RS256"], needed, audience=APP, issuer=issuer, leeway=300)
    if claims["serviceurl"] != teams.service_url:
        raise jwt.InvalidTokenError("another service's token")
    return claims


async def test_what_is_sent_is_signed(teams: Teams, bot: Receiver, anna: Person) -> None:
    """Everything that is sent has a token by the documents' rules."""
    await anna.say("hello")
    for got in bot.got:
        claims = await _verified(teams, got)
        assert claims["exp"] - claims["nbf"] == 3600


@pytest.mark.parametrize("name", sorted(set(FORGERIES) - set(ONLY_THE_BODY)))
async def test_every_forgery_is_one(teams: Teams, bot: Receiver, anna: Person, name: str) -> None:
    """No forged token passes the documents' rules."""
    await anna.say("hello", **FORGERIES[name])
    with pytest.raises(jwt.InvalidTokenError):
        await _verified(teams, bot.got[-1])


@pytest.mark.parametrize("name", ONLY_THE_BODY)
async def test_a_forged_body_has_a_good_token(teams: Teams, bot: Receiver, anna: Person, name: str) -> None:
    """A token does not cover the body: these must be seen by comparing."""
    await anna.say("hello", **FORGERIES[name])
    await _verified(teams, bot.got[-1])
    activity = bot.got[-1].activity
    expected = {
        "elsewhere": activity["serviceUrl"] != teams.service_url,
        "other channel": activity["channelId"] != "msteams",
        "other tenant": activity["channelData"]["tenant"]["id"] != teams.environment["MICROSOFT_APP_TENANT_ID"],
    }
    assert expected[name]


async def test_the_forger_knows_the_public_key(bot: Receiver, anna: Person) -> None:
    """`hs256` is what those let in who check by the algorithm that the token names."""
    await anna.say("hello", **FORGERIES["hs256"])
    header = jwt.get_unverified_header(bot.got[-1].token)
    assert header["alg"] == "HS256"
    await anna.say("hello", **FORGERIES["alg_none"])
    assert bot.got[-1].token.endswith(".")


async def test_replays(teams: Teams, bot: Receiver, anna: Person) -> None:
    """A delivery comes again byte for byte, or as a new one under another id."""
    sent = await anna.say("hello")
    first = bot.got[-1]
    assert (await teams.again(sent, exact=True))["status"] == 200
    assert (bot.got[-1].raw, bot.got[-1].token) == (first.raw, first.token)
    await teams.again(sent, new_id=True)
    assert bot.got[-1].activity == {**first.activity, "id": bot.got[-1].activity["id"]}
    assert bot.got[-1].activity["id"] != first.activity["id"]
    await anna.say("twice at once", tamper={"repeat": 2})
    assert bot.got[-1].raw == bot.got[-2].raw


@pytest.mark.parametrize("new_id", [False, True])
async def test_nobody_answers(teams: Teams, bot: Receiver, anna: Person, new_id: bool) -> None:  # noqa: FBT001 - a case
    """A message that nobody answers in time comes again, with the same id or another one, as often as is set."""
    await teams.settings(answer_seconds=0.1, retry_seconds=[0.1, 0.1], retry_new_id=new_id)
    before = len(bot.got)
    bot.answers += [-1, 503]
    sent = await teams.settle(await anna.say("hello"))
    assert [one["reason"] for one in sent["attempts"]] == ["timeout", "http_error", ""]
    ids = [one.activity["id"] for one in bot.got[before:]]
    assert len(ids) == 3
    assert len(set(ids)) == (3 if new_id else 1)


async def test_what_is_answered_does_not_come_again(teams: Teams, bot: Receiver, anna: Person) -> None:
    """A refusal is an answer."""
    await teams.settings(retry_seconds=[0.0])
    bot.answers.append(401)
    sent = await anna.say("hello")
    assert (sent["done"], sent["ok"], len(sent["attempts"])) == (True, False, 1)


@pytest.mark.parametrize(("status", "complaints"), [(200, 0), (403, 0), (503, 0), (500, 1)])
async def test_a_bot_that_breaks(teams: Teams, bot: Receiver, anna: Person, status: int, complaints: int) -> None:
    """A bot may refuse, and say that it cannot now; that it breaks is complained of."""
    await teams.settings(retry_seconds=[])
    bot.answers.append(status)
    await anna.say("hello", **FORGERIES["wrong_key"])
    assert len((await teams.report())["complaints"]) == complaints


async def test_a_bot_that_is_not_there(teams: Teams, anna: Person, bot: Receiver) -> None:
    """A message is tried again when nobody listens, and arrives when somebody does."""
    await teams.settings(endpoint="http://127.0.0.1:9/api/messages", retry_seconds=[0.05] * 100)
    sent = await anna.say("hello")
    assert sent["attempts"][0]["reason"] == "connection_failed"
    await teams.settings(endpoint=bot.address)
    async with asyncio.timeout(20):
        assert (await teams.settle(sent))["ok"]


async def test_storms_and_anything_at_all(teams: Teams, bot: Receiver, anna: Person) -> None:
    """A good token with broken bodies, and any bytes at all."""
    sent = await anna.say("hello")
    assert await teams.storm(sent, 20, parallel=4) == {"200": 20}
    assert all(one.raw != bot.got[2].raw for one in bot.got[3:])
    assert (await teams.raw(hex="fffe00", headers={"Content-Type": "text/plain"}))["status"] == 200
    assert bot.got[-1].raw == b"\xff\xfe\x00"
    await teams.activity({"type": "event", "name": "anything"})
    assert bot.got[-1].activity == {"type": "event", "name": "anything"}
