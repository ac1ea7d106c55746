"""Calls to Teams' connector: to no other server, once, inside the rates, and with ends that say what is known."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Coroutine
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import aiohttp
import pytest

from adapters.chat.rates import Gate, Policy
from adapters.secret import Secret
from adapters.teams.clouds import PUBLIC
from adapters.teams.connector import Connector
from adapters.teams.failures import TeamsError
from adapters.teams.places import SERVICE_HOSTS, Place, ServiceHosts, place_of
from adapters.teams.rates import teams_policy
from adapters.teams.tokens import Login, Tokens
from bot.ports import Urgency
from tests.unit.teams.scripted import Asked, Say, Scripted, serving

CARD = {"attachments": [{"contentType": "application/vnd.microsoft.card.adaptive", "content": {}}], "summary": "x"}
CHAT = "a:1/..?x=1#y"
TIMEOUT = aiohttp.ClientTimeout(total=1.0, connect=0.5)


@dataclass
class Line:
    """The connector, the server it calls, and what answers there."""

    server: Scripted
    connector: Connector
    policy: Policy
    now: float = 100.0
    given: list[str] = field(default_factory=list)

    @property
    def place(self) -> Place:
        """Somebody's chat."""
        return Place(self.server.url, CHAT, "tenant")

    def answer(self, asked: Asked) -> Say:
        """As Teams would: a token, an id."""
        if asked.path.endswith("/token"):
            self.given.append(f"t{len(self.given) + 1}")
            return Say(body={"access_token": self.given[-1], "expires_in": 3600})
        return Say(201, {"id": "m1"}) if asked.method == "POST" else Say()

    @property
    def calls(self) -> list[Asked]:
        """What was asked of the connector."""
        return [one for one in self.server.asked if not one.path.endswith("/token")]


@pytest.fixture
async def line() -> AsyncIterator[Line]:
    """A line to a server that does as Teams does."""

    def answer(asked: Asked) -> Say:
        return made.answer(asked)

    async with serving(answer) as server, aiohttp.ClientSession(timeout=TIMEOUT) as session:
        tokens = Tokens(session, Login(f"{server.url}/token", "app", Secret("secret"), PUBLIC.issuer), lambda: made.now)
        policy = teams_policy()
        gate = Gate(policy, time.monotonic, asyncio.sleep, 16)
        made = Line(server, Connector(session, gate, ServiceHosts(["127.0.0.1"]), "app", tokens), policy)
        yield made
        await tokens.close()


# --- What goes out ----------------------------------------------------------------------------------------------------


async def test_a_message_is_one_post_with_our_token(line: Line) -> None:
    """Ids are escaped, whatever is in them; the answer's id comes back."""
    assert await line.connector.post(line.place, CARD) == "m1"
    (asked,) = line.calls
    assert (asked.method, asked.path) == ("POST", "/v3/conversations/a%3A1%2F..%3Fx%3D1%23y/activities")
    assert asked.headers["Authorization"] == "Bearer t1"
    assert asked.body == {"type": "message", "from": {"id": "28:app"}, "conversation": {"id": CHAT}, **CARD}


async def test_a_change_is_one_put(line: Line) -> None:
    """The message that is there gets the new card."""
    await line.connector.update(line.place, "m/1", CARD)
    (asked,) = line.calls
    assert (asked.method, asked.path) == ("PUT", "/v3/conversations/a%3A1%2F..%3Fx%3D1%23y/activities/m%2F1")
    assert asked.body["id"] == "m/1"


async def test_a_chat_is_opened_by_person_and_tenant(line: Line) -> None:
    """The place comes back; nothing is said in it yet."""
    line.server.say(Say(body={"access_token": "t", "expires_in": 3600}), Say(201, {"id": "a:new"}))
    place = await line.connector.open_chat(line.server.url, "tenant", "29:anna")
    assert place == Place(line.server.url, "a:new", "tenant")
    assert line.calls[0].body["members"] == [{"id": "29:anna"}]
    assert line.calls[0].body["tenantId"] == "tenant"
    assert "activity" not in line.calls[0].body


async def test_a_thread_begins_with_its_first_message(line: Line) -> None:
    """One call makes both; where later messages go comes back."""
    made = {"id": "19:c@thread.tacv2;messageid=17", "activityId": "17"}
    line.server.say(Say(body={"access_token": "t", "expires_in": 3600}), Say(201, made))
    channel = Place(line.server.url, "19:c@thread.tacv2", "tenant")
    thread, message = await line.connector.open_thread(channel, CARD)
    assert (thread.conversation, thread.in_thread, thread.channel, message) == (
        made["id"],
        True,
        "19:c@thread.tacv2",
        "17",
    )
    assert line.calls[0].body["channelData"]["channel"] == {"id": "19:c@thread.tacv2"}
    assert line.calls[0].body["activity"]["attachments"] == CARD["attachments"]


ANNA = {
    "id": "29:anna",
    "objectId": "aad-anna",
    "name": "Anna",
    "email": "anna@example.com",
    "userPrincipalName": "anna@example.com",
    "tenantId": "tenant",
    "userRole": "user",
}


async def test_a_member_as_teams_knows_them(line: Line) -> None:
    """Ids, name, address, tenant; guests are told apart by role or by user name."""
    line.server.say(Say(body={"access_token": "t", "expires_in": 3600}), Say(body=ANNA))
    anna = await line.connector.member(line.place, "29:anna")
    assert (anna.id, anna.aad, anna.name, anna.email) == ("29:anna", "aad-anna", "Anna", "anna@example.com")
    assert (anna.tenant, anna.guest) == ("tenant", False)
    for change in ({"userRole": "guest"}, {"userPrincipalName": "x_other.example#EXT#@example.com"}):
        line.server.say(Say(body=ANNA | change))
        assert (await line.connector.member(line.place, "29:anna")).guest
    line.server.say(Say(body={"id": "28:another-app", "name": "App"}))
    with pytest.raises(TeamsError):
        await line.connector.member(line.place, "28:another-app")


async def test_members_come_page_by_page(line: Line) -> None:
    """All pages are read; who has no id in the tenant is left out."""
    pages = [
        {"members": [ANNA, {"id": "28:app"}], "continuationToken": "next&="},
        {"members": [ANNA | {"id": "29:bea", "objectId": "aad-bea"}]},
    ]
    line.server.say(Say(body={"access_token": "t", "expires_in": 3600}), *(Say(body=page) for page in pages))
    found = [member.id async for member in line.connector.members(line.place)]
    assert found == ["29:anna", "29:bea"]
    assert line.calls[1].path.endswith("/pagedmembers?pageSize=500&continuationToken=next%26%3D")


# --- To whom ----------------------------------------------------------------------------------------------------------

HOSTILE = [
    "https://evil.example.com/",
    "http://smba.trafficmanager.net/emea/",
    "https://smba.trafficmanager.net.evil.example.com/",
    "https://smba.trafficmanager.net@evil.example.com/",
    "https://smba.trafficmanager.net:8443/emea/",
    "https://evil.example.com\\@smba.trafficmanager.net/",
    "https://smba.trafficmanager.net/emea/?x=https://evil.example.com",
    "https://smba.trafficmanager.net/emea/#x",
    "https://smba.trafficmanager.net\n/emea/",
    "https://SMBA.trafficmanager.net:99999/",
    "https://[::1/",
    "https://127.0.0.1/",
    "https://attacker.trafficmanager.net/",
    "https://trafficmanager.net/",
    "https://emea.smba.trafficmanager.net/",
    "https://smba.trafficmanager.net./",
    "https://smba.infra.other.teams.microsoft.com/",
    "https://teams.microsoftonline.cn/",
    "https://smba\u2024trafficmanager.net/",
    "ftp://smba.trafficmanager.net/",
    "//smba.trafficmanager.net/",
    "",
]


@pytest.mark.parametrize("url", HOSTILE)
def test_only_servers_of_teams_are_talked_to(url: str) -> None:
    """By default Microsoft's over https, and nothing that looks like them."""
    with pytest.raises(ValueError, match="TEAMS_SERVICE_URLS"):
        ServiceHosts().demand(url)


def test_the_servers_of_every_cloud_are_on_the_list() -> None:
    """Worldwide and GCC, GCC High, DoD, China: the whole names, of which Microsoft's own SDK takes no other."""
    assert set(SERVICE_HOSTS) == {
        "smba.trafficmanager.net",
        "smba.onyx.prod.teams.trafficmanager.net",
        "smba.infra.gcc.teams.microsoft.com",
        "smba.infra.gov.teams.microsoft.us",
        "smba.infra.dod.teams.microsoft.us",
        "frontend.botapi.msg.infra.teams.microsoftonline.cn",
    }


@pytest.mark.parametrize("host", SERVICE_HOSTS)
def test_servers_of_teams_are_known(host: str) -> None:
    """With a path, with or without a slash at its end."""
    assert ServiceHosts().demand(f"https://{host}/emea") == f"https://{host}/emea/"
    assert ServiceHosts(()).demand(f"https://{host.upper()}/emea/")


async def test_nothing_leaves_for_another_server(line: Line) -> None:
    """A conversation that claims to be elsewhere gets no message and no token; it never will."""
    other = Place(line.server.url.replace("127.0.0.1", "localhost"), "a:1", "tenant")
    with pytest.raises(TeamsError) as failed:
        await line.connector.post(other, CARD)
    assert (failed.value.code, failed.value.permanent) == ("service_url_refused", True)
    assert line.server.asked == []


async def test_a_redirect_is_not_followed(line: Line) -> None:
    """It would take our token along."""
    line.server.say(
        Say(body={"access_token": "t", "expires_in": 3600}), Say(307, "", {"Location": f"{line.server.url}/x"})
    )
    with pytest.raises(TeamsError) as failed:
        await line.connector.post(line.place, CARD)
    assert (failed.value.code, failed.value.down) == ("http_307", True)
    assert len(line.calls) == 1


# --- How it ended -----------------------------------------------------------------------------------------------------


def says(code: str) -> dict[str, object]:
    """An error as Teams has it."""
    return {"error": {"code": code, "message": "secret words"}}


SOON = timedelta(seconds=7)
WISH = {"Retry-After": "7"}
# What was answered, the code, and then: for good, unknown, when again, whether Teams is down.
POSTED = [
    (Say(400, says("BadSyntax")), "BadSyntax", (True, False, None, False)),
    (Say(403, says("BotNotInConversationRoster")), "BotNotInConversationRoster", (True, False, None, False)),
    (Say(404, says("ConversationNotFound")), "ConversationNotFound", (True, False, None, False)),
    (Say(413, says("MessageSizeTooBig")), "MessageSizeTooBig", (True, False, None, False)),
    (Say(409, "conflict"), "http_409", (False, False, None, False)),
    (Say(412, says("PreconditionFailed"), WISH), "PreconditionFailed", (False, False, SOON, False)),
    (Say(500, says("ServiceError")), "ServiceError", (False, True, None, True)),
    (Say(502, "<html>"), "http_502", (False, True, None, True)),
    (Say(503, "", WISH), "http_503", (False, True, SOON, True)),
    (Say(504, ""), "http_504", (False, True, None, True)),
    (Say(end=True), "no_answer", (False, True, None, True)),
    (Say(201, {}), "bad_answer", (False, True, None, False)),
    (Say(200, "<html>"), "bad_answer", (False, True, None, False)),
    (Say(400, {"error": {"code": "<b>\n" + "x" * 900}}), "_b_" + "x" * 57, (True, False, None, False)),
    (Say(400, "[" * 100_000), "http_400", (True, False, None, False)),
]


@pytest.mark.parametrize(
    ("answer", "code", "known"), POSTED, ids=[f"{say.status}-{code[:20]}" for say, code, _ in POSTED]
)
async def test_how_a_post_ended(
    line: Line, answer: Say, code: str, known: tuple[bool, bool, timedelta | None, bool]
) -> None:
    """One request, whatever it ends in; what is known of it is said, and nothing of what was in it."""
    line.server.say(Say(body={"access_token": "t", "expires_in": 3600}), answer)
    with pytest.raises(TeamsError) as failed:
        await line.connector.post(line.place, CARD)
    error = failed.value
    assert error.code == code
    assert (error.permanent, error.ambiguous, error.retry_after, error.down) == known
    assert len(line.calls) == 1
    assert "words" not in str(error)


async def test_a_post_without_an_answer_is_unknown(line: Line) -> None:
    """After the time-out nobody can tell; it was sent once."""
    silent = asyncio.Event()
    line.server.say(Say(body={"access_token": "t", "expires_in": 3600}), Say(hang=silent))
    with pytest.raises(TeamsError) as failed:
        await line.connector.post(line.place, CARD)
    silent.set()
    assert (failed.value.code, failed.value.ambiguous, failed.value.down) == ("no_answer", True, True)
    assert len(line.calls) == 1


@pytest.mark.parametrize("answer", [Say(502), Say(end=True), Say(500, says("x"))])
@pytest.mark.parametrize("what", ["update", "open_chat", "look", "member"])
async def test_what_may_be_done_twice_is_never_unknown(line: Line, what: str, answer: Say) -> None:
    """A change, a look, the opening of a chat: the same again does no harm."""
    calls: dict[str, Callable[[], Coroutine[Any, Any, object]]] = {
        "update": lambda: line.connector.update(line.place, "1", CARD),
        "open_chat": lambda: line.connector.open_chat(line.server.url, "tenant", "29:anna"),
        "look": lambda: line.connector.look(line.place, urgency=Urgency.NOTICE),
        "member": lambda: line.connector.member(line.place, "29:anna"),
    }
    line.server.say(Say(body={"access_token": "t", "expires_in": 3600}), *[answer] * 3)
    with pytest.raises(TeamsError) as failed:
        await calls[what]()
    assert not failed.value.ambiguous
    assert failed.value.down


async def test_nobody_there_is_known_not_to_be_sent(line: Line, unused_tcp_port: int) -> None:
    """Refused connections: nothing has left."""
    await line.connector.post(line.place, CARD)
    with pytest.raises(TeamsError) as failed:
        await line.connector.post(Place(f"http://127.0.0.1:{unused_tcp_port}", "a:1", "tenant"), CARD)
    assert (failed.value.code, failed.value.ambiguous, failed.value.down) == ("unreachable", False, True)


async def test_a_token_that_ended_early_is_replaced_once(line: Line) -> None:
    """401: a new token and the same call again; when that is refused too it may be put right while the notice waits."""
    await line.connector.post(line.place, CARD)
    line.now += 60
    line.server.say(Say(401))
    assert await line.connector.post(line.place, CARD) == "m1"
    assert [asked.headers["Authorization"] for asked in line.calls] == ["Bearer t1", "Bearer t1", "Bearer t2"]
    line.now += 60
    line.server.say(Say(401), Say(body={"access_token": "t3", "expires_in": 3600}), Say(401, says("Unauthorized")))
    with pytest.raises(TeamsError) as failed:
        await line.connector.post(line.place, CARD)
    assert (failed.value.code, failed.value.permanent, failed.value.ambiguous, failed.value.down) == (
        "Unauthorized",
        False,
        False,
        True,
    )
    assert len(line.calls) == 5


async def test_without_a_token_nothing_is_sent(line: Line) -> None:
    """The login service is down: Teams hears nothing, and the message is known not to be there."""
    line.server.say(Say(503))
    with pytest.raises(TeamsError) as failed:
        await line.connector.post(line.place, CARD)
    assert (failed.value.ambiguous, failed.value.down) == (False, True)
    assert line.calls == []


# --- How often --------------------------------------------------------------------------------------------------------

LOGIN = Say(body={"access_token": "t", "expires_in": 3600})


@pytest.mark.parametrize(
    ("wish", "seconds"), [("60", 60), ("Wed, 21 Oct 2026 07:28:00 GMT", 30)], ids=["seconds", "a date"]
)
async def test_after_a_429_nobody_calls(line: Line, wish: str, seconds: int) -> None:
    """Whatever it is about, Teams is left alone for as long as it wants; half a minute if that is not known."""
    line.server.say(LOGIN, Say(429, "", {"Retry-After": wish}))
    ends: list[TeamsError] = []
    for urgency in (Urgency.DECISION, *Urgency):
        with pytest.raises(TeamsError) as failed:
            await line.connector.post(Place(line.server.url, f"a:{urgency}", "tenant"), CARD, urgency=urgency)
        ends.append(failed.value)
    assert {(end.code, end.permanent, end.ambiguous, end.down) for end in ends} == {("busy", False, False, False)}
    assert all(end.retry_after and end.retry_after > timedelta(seconds=seconds - 10) for end in ends)
    assert len(line.calls) == 1


async def test_who_was_refused_keeps_their_place(line: Line) -> None:
    """A decision that Teams did not take waits at the gate and goes first; what comes meanwhile is less urgent."""
    line.server.say(LOGIN, Say(429, "", {"Retry-After": "1"}), Say(201, {"id": "1"}), Say(201, {"id": "2"}))
    places = [Place(line.server.url, f"a:{number}", "tenant") for number in (1, 2)]
    decision = line.connector.post(places[0], CARD, urgency=Urgency.DECISION)
    question = line.connector.post(places[1], CARD, urgency=Urgency.COVER)
    assert await asyncio.gather(decision, question) == ["1", "2"]
    assert len(line.calls) == 3


# --- Places -----------------------------------------------------------------------------------------------------------


def test_a_place_survives_the_store() -> None:
    """As JSON and back."""
    place = Place("https://smba.trafficmanager.net/emea/", "a:1", "tenant")
    assert place_of(dict(place.as_json())) == place


@pytest.mark.parametrize("value", [None, {}, [], "a", {"service_url": "x", "conversation": "", "tenant": "t"}])
def test_what_is_no_place_is_an_error(value: object) -> None:
    """Never half a place."""
    with pytest.raises(ValueError, match="no place"):
        place_of(value)
