"""The token for calls to Teams: kept, renewed beside, asked for once at a time, and never waited for in a queue."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from itertools import count

import aiohttp
import pytest

from adapters.secret import Secret
from adapters.settings import Settings
from adapters.teams.clouds import PUBLIC, cloud_of
from adapters.teams.failures import TeamsError
from adapters.teams.tokens import Login, Tokens, login_of
from tests.unit.teams.scripted import Asked, Say, Scripted, serving

HOUR = 3600.0


@dataclass
class LoginDesk:
    """A login service that numbers its tokens, and `tokens` that ask it."""

    server: Scripted
    tokens: Tokens
    seconds: float = 0.0
    life: object = HOUR
    numbers: count[int] = field(default_factory=lambda: count(1))

    def give(self, _: Asked) -> Say:
        """The next token."""
        return Say(body={"token_type": "Bearer", "expires_in": self.life, "access_token": f"t{next(self.numbers)}"})

    async def settled(self) -> None:
        """Until what is fetched beside has come."""
        if self.tokens._fetching:
            await self.tokens._fetching


@pytest.fixture
async def desk() -> AsyncIterator[LoginDesk]:
    """At the beginning of time."""
    async with serving(lambda asked: made.give(asked)) as server, aiohttp.ClientSession() as session:  # noqa: PLW0108 - made below
        login = Login(f"{server.url}/tenant/oauth2/v2.0/token", "app", Secret("s3cret"), PUBLIC.issuer)
        tokens = Tokens(session, login, lambda: made.seconds)
        made = LoginDesk(server, tokens)
        yield made
        await tokens.close()


async def test_it_asks_as_the_app_for_the_connector(desk: LoginDesk) -> None:
    """Client credentials, with the scope of the Bot Framework."""
    assert await desk.tokens.token() == "t1"
    (asked,) = desk.server.asked
    assert (asked.method, asked.path) == ("POST", "/tenant/oauth2/v2.0/token")
    assert asked.body == {
        "grant_type": "client_credentials",
        "client_id": "app",
        "client_secret": "s3cret",
        "scope": "https://api.botframework.com/.default",
    }


@pytest.mark.parametrize(
    ("keys", "login", "scope"),
    [
        (
            "https://login.botframework.com/v1/.well-known/openidconfiguration",
            "https://login.microsoftonline.com/tenant/oauth2/v2.0/token",
            "https://api.botframework.com/.default",
        ),
        (
            "https://login.botframework.azure.us/v1/.well-known/openidconfiguration",
            "https://login.microsoftonline.us/tenant/oauth2/v2.0/token",
            "https://api.botframework.us/.default",
        ),
        (
            "https://login.botframework.azure.cn/v1/.well-known/openidconfiguration",
            "https://login.partner.microsoftonline.cn/tenant/oauth2/v2.0/token",
            "https://api.botframework.azure.cn/.default",
        ),
    ],
)
def test_the_login_is_that_of_the_cloud_whose_keys_are_used(keys: str, login: str, scope: str) -> None:
    """The US government's and China's have their own; and the issuer that is let in is the one that the scope names."""
    settings = Settings(
        microsoft_app_id="app",
        microsoft_app_password=Secret("s3cret"),
        microsoft_app_tenant_id="tenant",
        teams_openid_metadata_url=keys,
    )
    found = login_of(settings)
    assert found
    assert (found.url, found.form()["scope"]) == (login, scope)
    assert scope == f"{cloud_of(keys).issuer}/.default"
    assert login_of(Settings(teams_auth="off")) is None


async def test_many_who_need_it_ask_once(desk: LoginDesk) -> None:
    """Sixty-four deliveries at the start are one request."""
    tokens = await asyncio.gather(*(desk.tokens.token() for _ in range(64)))
    assert set(tokens) == {"t1"}
    assert len(desk.server.asked) == 1


async def test_it_is_renewed_beside_before_it_ends(desk: LoginDesk) -> None:
    """Near its end the old one is given out at once while a new one is fetched; nobody waits."""
    await desk.tokens.token()
    desk.seconds = HOUR - 400
    assert await desk.tokens.token() == "t1"
    assert len(desk.server.asked) == 1
    desk.seconds = HOUR - 300
    assert await desk.tokens.token() == "t1"
    await desk.settled()
    assert await desk.tokens.token() == "t2"
    assert len(desk.server.asked) == 2


async def test_an_old_one_is_not_used(desk: LoginDesk) -> None:
    """In its last seconds it might end on the way."""
    await desk.tokens.token()
    desk.seconds = HOUR - 29
    assert await desk.tokens.token() == "t2"


@pytest.mark.parametrize("life", ["3599", 3599, None, "soon"])
async def test_a_life_in_any_form_is_understood(desk: LoginDesk, life: object) -> None:
    """A number, a text, or nothing: then an hour."""
    desk.life = life
    await desk.tokens.token()
    desk.seconds = 3000
    assert await desk.tokens.token() == "t1"


async def test_a_refused_one_is_fetched_anew_once(desk: LoginDesk) -> None:
    """Teams did not take it: everybody asks for another, one of them fetches it."""
    await desk.tokens.token()
    desk.seconds = 60
    for _ in range(3):
        desk.tokens.refused("t1")
    assert await asyncio.gather(*(desk.tokens.token() for _ in range(8))) == ["t2"] * 8
    desk.tokens.refused("t1")  # somebody who is late
    assert await desk.tokens.token() == "t2"


async def test_a_new_one_that_is_refused_is_not_fetched_again_and_again(desk: LoginDesk) -> None:
    """It is refused for something else than its age."""
    await desk.tokens.token()
    desk.tokens.refused("t1")
    assert await desk.tokens.token() == "t1"


TROUBLES = [
    (Say(401, {"error": "invalid_client", "error_description": "AADSTS7000215 s3cret"}), "invalid_client"),
    (Say(400, {"error": "unauthorized_client"}), "unauthorized_client"),
    (Say(503, "busy"), "http_503"),
    (Say(200, {"error": "what"}), "bad_answer"),
    (Say(200, "<html>"), "bad_answer"),
    (Say(302, "", {"Location": "https://evil.example.com/"}), "http_302"),
    (Say(end=True), "no_answer"),
]


@pytest.mark.parametrize(("answer", "code"), TROUBLES, ids=[code for _, code in TROUBLES])
async def test_without_one_nothing_was_sent(desk: LoginDesk, answer: Say, code: str) -> None:
    """Whatever the login service says: it is known that nothing left, and it may work later. The secret is not told."""
    desk.server.say(answer)
    with pytest.raises(TeamsError) as failed:
        await desk.tokens.token()
    error = failed.value
    assert (error.code, error.permanent, error.ambiguous, error.down) == (code, False, False, True)
    assert error.retry_after
    assert "s3cret" not in str(error)


async def test_a_login_that_fails_is_left_alone_for_a_while(desk: LoginDesk) -> None:
    """Pauses grow from a second to half a minute; in between nobody asks, and nobody waits."""
    asked = []
    for second in range(100):
        desk.server.says.clear()
        desk.server.say(Say(503))
        desk.seconds = second
        with pytest.raises(TeamsError):
            await desk.tokens.token()
        if not desk.server.says:
            asked.append(second)
    assert asked == [0, 1, 3, 7, 15, 31, 61, 91]
    desk.server.says.clear()
    desk.seconds = 121
    assert await desk.tokens.token() == "t1"


async def test_its_wish_to_wait_is_honoured(desk: LoginDesk) -> None:
    """Retry-After counts when it is longer."""
    desk.server.say(Say(429, {"error": "throttled"}, {"Retry-After": "40"}))
    for second in (0, 39):
        desk.seconds = second
        with pytest.raises(TeamsError) as failed:
            await desk.tokens.token()
        assert failed.value.retry_after
        assert failed.value.retry_after.total_seconds() == pytest.approx(40 - second)
    desk.seconds = 40
    assert await desk.tokens.token() == "t1"


async def test_a_silent_login_stops_nobody_who_has_a_token(desk: LoginDesk) -> None:
    """While it is a black hole, the token that lives is given out at once, and the next one asked for once."""
    await desk.tokens.token()
    silent = asyncio.Event()
    desk.server.say(Say(hang=silent))
    desk.seconds = HOUR - 200
    for _ in range(100):
        async with asyncio.timeout(5):
            assert await desk.tokens.token() == "t1"
    assert len(desk.server.asked) <= 2
    silent.set()
    await desk.settled()


async def test_whoever_gives_up_waiting_keeps_it_from_nobody(desk: LoginDesk) -> None:
    """The fetch goes on for the others."""
    silent = asyncio.Event()
    desk.server.say(Say(body={"access_token": "t0", "expires_in": HOUR}, hang=silent))
    first, second = (asyncio.create_task(desk.tokens.token()) for _ in range(2))
    await asyncio.sleep(0)
    first.cancel()
    silent.set()
    assert await second == "t0"
    with pytest.raises(asyncio.CancelledError):
        await first
