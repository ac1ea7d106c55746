"""Who is let in at `POST /api/messages`: the token's checks, the signing keys, bodies that nobody should send."""

from __future__ import annotations

import asyncio
import time

import aiohttp
import pytest

from adapters.teams.auth import Auth, Expected, Refused
from adapters.teams.keys import Keys, Unavailable
from adapters.teams.places import ServiceHosts
from adapters.teams.wire import open_session
from bot.ports import Json
from tests.standins.teams.client import FORGERIES, Teams, running
from tests.unit.teams_listen.house import Indoors, indoors

JSON = {"Content-Type": "application/json"}


def statuses(sent: Json) -> list[int]:
    """Of every try."""
    return [one["status"] for one in sent["attempts"]]


async def entries(house: Indoors) -> int:
    """How many are in the journal."""
    return len(await house.store.journal.read())


# --- Forged -----------------------------------------------------------------------------------------------------------


async def test_no_forgery_is_let_in() -> None:
    """401 or 403 for every kind, nothing is written, and nobody is answered."""
    async with indoors("anna") as house:
        anna = house.people["anna"]
        before, shown = await entries(house), len(await anna.messages())
        for name, how in FORGERIES.items():
            sent = await anna.say("no power", **how)
            assert statuses(sent)[0] in (401, 403), (name, sent["attempts"])
        assert await entries(house) == before
        assert house.reports() == []
        assert len([one for one in await anna.messages() if one["from"] == "bot"]) == shown


async def test_no_forged_press_is_let_in() -> None:
    """Presses are checked as messages are."""
    async with indoors("anna") as house:
        for name, how in FORGERIES.items():
            sent = await house.people["anna"].press(verb="report", under="Használhatatlan a munkahelyem", **how)
            assert statuses(sent)[0] in (401, 403), name
        assert house.reports() == []


@pytest.mark.parametrize(
    ("claims", "status"),
    [
        ({"exp": "-290"}, 200),
        ({"nbf": "+290"}, 200),
        ({"exp": "-310", "nbf": "-4000"}, 401),
        ({"exp": True}, 401),
        ({"exp": "tomorrow"}, 401),
        ({"exp": 1e400}, 401),
        ({"nbf": None}, 401),
        ({"aud": ["9b1f2c30-0000-4000-8000-00000000bbbb", "other"]}, 401),
        ({"serviceurl": 7}, 401),
        ({"serviceurl": ""}, 401),
    ],
)
async def test_the_clocks_may_differ_by_five_minutes_and_claims_are_what_they_should_be(
    claims: Json, status: int
) -> None:
    """A token without an end, with an end that is none, or for several bots is no token."""
    async with indoors("carl") as house:
        sent = await house.people["carl"].say("status", tamper={"claims": claims})
        assert statuses(sent)[0] == status


@pytest.mark.parametrize(
    "header",
    [
        "Bearer " + "a" * 7000,
        "Bearer a.b",
        "Bearer ä.b.c",
        "Bearer e30.e30.e30",
        "Bearer eyJhbGciOiJSUzI1NiIsImtpZCI6Mn0.e30.e30",
        "Bearer W10.W10.W10",
        "bearer",
    ],
)
async def test_what_is_no_token_at_all_is_401(header: str) -> None:
    """Too long, in pieces, not in its alphabet, a header that is no object."""
    async with indoors() as house:
        raw = await house.standin.raw(body="{}", headers={**JSON, "Authorization": header})
        assert raw["status"] == 401


async def test_a_token_for_one_server_does_not_do_for_another() -> None:
    """The body's address must be that of the token, and on a host of Teams."""
    async with indoors("anna") as house:
        anna = house.people["anna"]
        for url in ("https://attacker.example/", "http://127.0.0.1.attacker.example/", "file:///etc/passwd"):
            sent = await anna.say("no power", override={"serviceUrl": url}, tamper={"claims": {"serviceurl": url}})
            assert statuses(sent)[0] == 403
        assert house.reports() == []


@pytest.mark.parametrize(
    "override",
    [
        {"channelData.tenant.id": "0ff1ce00-0000-4000-8000-000000000000"},
        {"conversation.tenantId": "0ff1ce00-0000-4000-8000-000000000000"},
        {"channelData.tenant.id": None, "conversation.tenantId": None},
        {"channelData.tenant.id": 7},
        {"channelId": None},
    ],
)
async def test_only_our_own_tenant_speaks(override: Json) -> None:
    """In both places where an activity names it, and it names it somewhere."""
    async with indoors("anna") as house:
        assert statuses(await house.people["anna"].say("no power", override=override))[0] == 403
        assert house.reports() == []


# --- Keys -------------------------------------------------------------------------------------------------------------


async def openid_calls(teams: Teams) -> int:
    """How often the metadata were asked for."""
    return len(await teams.calls("openid"))


async def test_a_new_key_works_at_once_and_a_withdrawn_one_no_more() -> None:
    """Rotation needs no restart and no wait."""
    async with indoors("carl") as house:
        carl = house.people["carl"]
        old = await carl.say("status")
        await house.standin.rotate(keep=False)
        assert statuses(await carl.say("status")) == [200]
        assert (await house.standin.again(old, exact=True))["status"] == 401


async def test_known_keys_stay_good_while_the_metadata_are_gone() -> None:
    """A black hole at Microsoft's door does not shut ours, and nothing waits for it."""
    async with indoors("carl") as house:
        for where in ("openid", "keys"):
            await house.standin.fault(where, "black_hole", count=None)
        began = time.monotonic()
        for _ in range(5):
            assert statuses(await house.people["carl"].say("status")) == [200]
        assert time.monotonic() - began < 3.0


async def test_a_black_hole_holds_up_neither_the_loop_nor_who_is_known() -> None:
    """A token with an unknown key waits for the metadata; others are answered meanwhile."""
    async with indoors("carl") as house:
        carl = house.people["carl"]
        await house.standin.fault("openid", "black_hole", count=None)
        stranger = asyncio.create_task(carl.say("status", tamper={"token": "unknown_kid"}))
        took = []
        for _ in range(5):
            began = time.monotonic()
            assert statuses(await carl.say("status")) == [200]
            took.append(time.monotonic() - began)
        assert statuses(await stranger)[0] == 401
        assert max(took) < 1.0


async def test_unknown_keys_do_not_make_us_ask_microsoft_again_and_again() -> None:
    """Anybody can make up a key's id."""
    async with indoors("carl") as house:
        before = await openid_calls(house.standin)
        sent = await asyncio.gather(
            *(house.people["carl"].say("status", tamper={"token": "unknown_kid"}) for _ in range(40))
        )
        assert {status for one in sent for status in statuses(one)} == {401}
        assert await openid_calls(house.standin) - before <= 4


async def test_keys_that_are_none_change_nothing() -> None:
    """An answer without keys, or with broken ones, leaves the known ones as they are."""
    async with running() as teams:
        session = open_session(loopback=True)
        try:
            keys = Keys(session, teams.environment["TEAMS_OPENID_METADATA_URL"], time.monotonic)
            await keys.renew()
            known = keys.version
            await teams.fault("keys", "malformed", count=1)
            with pytest.raises(Unavailable):
                await keys.renew()
            await teams.fault("openid", "server_error", count=1)
            with pytest.raises(Unavailable):
                await keys.renew()
            assert keys.version == known
            await keys.close()
        finally:
            await session.close()


async def test_one_clock_that_agrees_will_do() -> None:
    """When the computer's clock is set while the service runs, Teams is not shut out."""
    async with running() as teams:
        anna = await teams.person("anna")
        session = open_session(loopback=True)
        keys = Keys(session, teams.environment["TEAMS_OPENID_METADATA_URL"], time.monotonic)
        expected = Expected(teams.environment["MICROSOFT_APP_ID"], None, "https://api.botframework.com")
        await teams.settings(endpoint=f"{teams.address}/nowhere")
        sent = await anna.install()
        headers = (await teams.deliveries())[0]
        assert headers["id"] == sent[0]["id"]
        try:
            token = await signed(teams)
            off = time.time() + 3600 * 5
            good = Auth(expected, keys, ServiceHosts(("127.0.0.1",)), (lambda: off, time.time))
            assert await good.claims(token)
            with pytest.raises(Refused, match="token_time"):
                await Auth(expected, keys, ServiceHosts(("127.0.0.1",)), (lambda: off,)).claims(token)
            await keys.close()
        finally:
            await session.close()


async def signed(teams: Teams) -> str:
    """An Authorization header of Teams', caught on its way."""
    caught: asyncio.Future[str] = asyncio.get_running_loop().create_future()

    async def catch(request: aiohttp.web.Request) -> aiohttp.web.Response:
        caught.set_result(request.headers["Authorization"])
        return aiohttp.web.Response()

    app = aiohttp.web.Application()
    app.router.add_post("/", catch)
    runner = aiohttp.web.AppRunner(app)
    await runner.setup()
    try:
        await aiohttp.web.TCPSite(runner, "127.0.0.1", 0).start()
        await teams.raw(body="{}", url=f"http://127.0.0.1:{runner.addresses[0][1]}/")
        return await caught
    finally:
        await runner.cleanup()


# --- Bodies -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("body", "headers", "status"),
    [
        ("{", JSON, 400),
        ("[1]", JSON, 400),
        ('{"a":' + "[" * 5000 + "]" * 5000 + "}", JSON, 400),
        ('{"a":' + "[" * 100 + "]" * 100 + "}", JSON, 400),
        ('{"text":"\\ud800"}', JSON, 400),
        ("x" * 300_000, JSON, 413),
        ("{}", {"Content-Type": "text/plain"}, 415),
        ("{}", {**JSON, "Content-Encoding": "gzip"}, 415),
        ("{}", JSON, 403),
        ('{"serviceUrl": 1, "channelId": {}}', JSON, 403),
    ],
)
async def test_odd_bodies_are_turned_away(body: str, headers: Json, status: int) -> None:
    """4xx, also when they come with a good token."""
    async with indoors() as house:
        assert (await house.standin.raw(body=body, headers=headers))["status"] == status


async def test_invalid_utf8_is_turned_away() -> None:
    """Bytes that are no text."""
    async with indoors() as house:
        assert (await house.standin.raw(hex="fffe7b7d", headers=JSON))["status"] == 400


async def test_no_changed_bytes_make_a_5xx() -> None:
    """The token does not cover the body, so anything may be in it."""
    async with indoors("anna") as house:
        anna = house.people["anna"]
        kinds = [await anna.say("no power"), (await anna.install())[0], (await anna.install())[1]]
        kinds.append(await anna.press(verb="report", under="Használhatatlan a munkahelyem"))
        for number, sent in enumerate(kinds):
            seen = await house.standin.storm(sent, 150, seed=1000 * number)
            assert not [status for status in seen if not status.isdigit() or int(status) >= 500], seen


async def test_half_a_body_is_not_waited_for() -> None:
    """A socket that sends a little and stops is turned away after a second."""
    async with indoors() as house:
        port = int(house.url.rpartition(":")[2])
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        head = (
            "POST /api/messages HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{"
        )
        writer.write(head.encode())
        async with asyncio.timeout(20):
            assert b" 408 " in await reader.readline()
        writer.close()


# --- TEAMS_AUTH=off ---------------------------------------------------------------------------------------------------


async def test_without_authentication_no_token_is_wanted_on_this_computer() -> None:
    """For trying it out: anybody here is let in, and only servers here are talked to."""
    async with indoors("anna", auth="off") as house:
        anna = house.people["anna"]
        assert (await anna.say("no power", tamper={"token": "missing"}))["ok"]
        await anna.until("R-0001")
        assert statuses(await anna.say("status", **FORGERIES["elsewhere"]))[0] == 403
        raw = await house.standin.raw(body="{}", headers={"Content-Type": "text/plain"})
        assert raw["status"] == 415
        rebound = await house.standin.raw(body="{}", headers={**JSON, "Host": "attacker.example"})
        assert rebound["status"] == 403
