"""The login service and the signing keys: who gets a token, who does not, and what the world learns of keys."""

from __future__ import annotations

import asyncio

import aiohttp
import jwt
import pytest

from tests.standins.teams.caller import Caller, log_in
from tests.standins.teams.client import Person, Teams
from tests.standins.teams.model import HOME
from tests.standins.teams.receiver import Receiver

PATIENCE = aiohttp.ClientTimeout(total=0.3)


async def _keys(teams: Teams) -> list[str]:
    async with teams.session.get(f"{teams.address}/v1/.well-known/keys") as response:
        return [one["kid"] for one in (await response.json())["keys"]]


async def test_a_token_for_the_right_secret(teams: Teams) -> None:
    """Client credentials give a bearer token of an hour for the connector; every fetch is counted."""
    told = await log_in(teams)
    assert (told.status, told.body["token_type"], told.body["expires_in"]) == (200, "Bearer", 3600)
    claims = jwt.decode(told.body["access_token"], options={"verify_signature": False})
    assert claims["aud"] == "https://api.botframework.com"
    assert claims["exp"] - claims["nbf"] == 3600
    assert len(await teams.calls("token")) == 1
    assert "standin-app-secret" not in str(await teams.calls())


@pytest.mark.parametrize(
    ("changes", "status", "code"),
    [
        ({"client_secret": "guessed"}, 401, 7000215),
        ({"client_id": "00000000-0000-4000-8000-000000000000"}, 400, 700016),
        ({"scope": "https://graph.microsoft.com/.default"}, 400, 70011),
        ({"grant_type": "password"}, 400, 70003),
        ({"client_secret": ""}, 400, 900144),
    ],
)
async def test_no_token_otherwise(teams: Teams, changes: dict[str, str], status: int, code: int) -> None:
    """Each thing that is wrong has Microsoft's own number."""
    told = await log_in(teams, **changes)
    assert (told.status, told.body["error_codes"]) == (status, [code])
    assert told.body["error_description"].startswith(f"AADSTS{code}: ")


async def test_no_token_in_another_tenant(teams: Teams) -> None:
    """The app is of one tenant; the old multi-tenant address does not know it."""
    assert (await log_in(teams, tenant="botframework.com")).body["error_codes"] == [90002]
    assert (await log_in(teams, tenant=HOME)).status == 200


async def test_the_login_service_can_fail(teams: Teams) -> None:
    """It can be down, broken, and silent, to order, and heal."""
    await teams.fault("token", "server_error", status=500)
    async with teams.session.post(f"{teams.address}/{HOME}/oauth2/v2.0/token") as response:
        assert (response.status, response.content_type) == (500, "text/html")
    await teams.fault("token", "black_hole", count=None)
    with pytest.raises(TimeoutError):
        await teams.session.post(f"{teams.address}/{HOME}/oauth2/v2.0/token", timeout=PATIENCE)
    await teams.heal()
    assert (await log_in(teams)).status == 200


async def test_a_black_hole_lets_go_when_healed(teams: Teams) -> None:
    """Who waits in a black hole is dropped when it is taken away."""
    await teams.fault("token", "black_hole")
    waiting = asyncio.create_task(log_in(teams))
    async with asyncio.timeout(20):
        while not (await teams.control("GET", "faults"))[0]["hits"]:
            pass
    await teams.heal()
    with pytest.raises(aiohttp.ClientError):
        await waiting


async def test_keys_are_rotated(teams: Teams, bot: Receiver, anna: Person) -> None:
    """A new key signs from now on; the old one stays published, or is gone at once."""
    old = jwt.get_unverified_header(bot.got[-1].token)["kid"]
    assert (await _keys(teams))[0] == old
    *kept, new = await teams.rotate(keep=True)
    assert (kept, (await _keys(teams))[:2]) == ([old], [old, new])
    await anna.say("after a rotation")
    assert jwt.get_unverified_header(bot.got[-1].token)["kid"] == new
    (newest,) = await teams.rotate(keep=False)
    assert old not in await _keys(teams)
    assert newest in await _keys(teams)


async def test_one_published_key_is_not_for_teams(teams: Teams) -> None:
    """Among the keys is one that is endorsed for another channel only."""
    async with teams.session.get(f"{teams.address}/v1/.well-known/keys") as response:
        endorsements = [one["endorsements"] for one in (await response.json())["keys"]]
    assert endorsements == [["msteams"], ["webchat"]]


async def test_the_connector_wants_a_good_token(teams: Teams, bot: Receiver, anna: Person) -> None:
    """No token, a foreign one, one for another audience, and an old one are 401."""
    good = await Caller.ready(teams)
    key = jwt.utils.base64url_encode(b"not a key of Microsoft's at all, but long enough").decode()
    foreign = jwt.encode({"aud": "https://api.botframework.com", "exp": 2**33, "nbf": 0, "appid": "x"}, key, "HS256")
    for token in ("", "nonsense", foreign, bot.got[-1].token):
        assert (await Caller(teams, token).open(anna)).status == 401
    assert (await good.open(anna)).status == 201
    await teams.advance(3601)
    assert (await good.open(anna)).status == 401
    assert (await (await Caller.ready(teams)).open(anna)).status == 201


async def test_a_revoked_token_and_another_app(teams: Teams, anna: Person, caller: Caller) -> None:
    """A token can be revoked; one of an app that is not this bot's is not registered."""
    await teams.control("POST", "revoke", {"token": caller.token})
    assert (await caller.open(anna)).status == 401
    other = await Caller.ready(teams)
    await teams.settings(app_id="11111111-0000-4000-8000-000000000000")
    told = await other.open(anna)
    assert (told.status, told.code) == (401, "BotNotRegistered")
