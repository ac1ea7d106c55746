"""Calls to Graph before the strict stand-in: how each can end, and that nothing is ever sent twice in silence."""

from __future__ import annotations

import asyncio
import datetime as dt
import time
from pathlib import Path

import pytest
from aiohttp import web
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

from adapters.secret import Secret
from adapters.sharepoint.client import Graph, connector
from adapters.sharepoint.failure import GraphFailed, Held
from adapters.sharepoint.login import Address, Login
from adapters.sharepoint.schema import LOG
from adapters.sharepoint.site import Site
from tests.standins.graph.client import Graph as StandIn
from tests.standins.graph.client import running
from tests.unit.sharepoint.side import AGENT, Side, Watch, beside, graph_before

TROUBLE = [
    ("lost", {}, 0, True),
    ("reset", {}, 0, False),
    ("html", {"status": 502}, 502, False),
    ("html", {"status": 502, "accepted": True}, 502, True),
    ("server_error", {"status": 503, "accepted": True}, 503, True),
    ("server_error", {"status": 504}, 504, False),
    ("empty", {"accepted": True}, 0, True),
    ("empty", {}, 0, False),
    ("malformed", {}, 0, True),
]


async def opened(side: Side) -> Site:
    """The site, its lists found."""
    await side.site.look()
    return side.site


@pytest.mark.parametrize(("kind", "details", "status", "written"), TROUBLE)
async def test_one_post_an_attempt(kind: str, details: dict[str, object], status: int, *, written: bool) -> None:
    """However a POST ends, it was sent once, and its end is one kind of error that says whether it may be there."""
    async with beside() as side:
        site = await opened(side)
        await side.standin.fault("batch", kind, **details)
        with pytest.raises(GraphFailed) as caught:
            await side.graph.batch([site.adding(LOG, {"Key": "1", "Seq": 1})])
        assert (caught.value.status, caught.value.ambiguous) == (status, True)
        assert len(await side.standin.calls("batch")) == 1
        assert len(await side.log()) == int(written)
        assert side.graph.wait() > 0


async def test_a_part_fails_alone() -> None:
    """In a batch each part has its own end; in a chain what comes after a failure is not tried."""
    async with beside() as side:
        site = await opened(side)
        rows = [{"Key": str(number), "Seq": number} for number in (1, 2, 1, 3)]
        free = await side.graph.batch([site.adding(LOG, row) for row in rows[:2]])
        assert [reply.failed for reply in free] == [None, None]
        chained = await side.graph.batch([site.adding(LOG, row) for row in rows[2:]], chain=True)
        assert [reply.failed.status if reply.failed else 0 for reply in chained] == [400, 424]
        assert len(await side.log()) == 2


async def test_no_call_before_its_time() -> None:
    """After a 429 nothing is sent until the seconds are over, and then it goes."""
    async with beside() as side:
        site = await opened(side)
        await side.standin.fault("items.list", "throttled", retry_after=120)
        with pytest.raises(GraphFailed):
            await site.with_keys(LOG, ["1"])
        for _ in range(3):
            with pytest.raises(Held):
                await site.with_keys(LOG, ["1"])
            await side.watch.sleep(39.9)
        await side.watch.sleep(0.4)
        assert await site.with_keys(LOG, ["1"]) == {}
        await side.clean()
        assert len(await side.standin.calls("items.list")) == 2


async def test_a_part_that_is_throttled_holds_everything() -> None:
    """429 inside a batch counts for the whole app."""
    async with beside() as side:
        site = await opened(side)
        await side.standin.fault("items.create", "throttled", retry_after=30)
        replies = await side.graph.batch([site.adding(LOG, {"Key": str(n), "Seq": n}) for n in range(3)], chain=True)
        assert [reply.failed.status if reply.failed else 0 for reply in replies] == [429, 424, 424]
        with pytest.raises(Held):
            await site.probe()
        assert 29 < side.graph.wait() <= 30


async def test_a_token_that_is_over_is_renewed_once() -> None:
    """401 is asked once more with a new token, a second 401 is denied; a write that was refused so was not done."""
    async with beside() as side:
        site = await opened(side)
        await side.standin.fault("items.list", "expired")
        assert await site.with_keys(LOG, ["1"]) == {}
        await side.standin.fault("items.list", "expired", count=2)
        with pytest.raises(GraphFailed) as caught:
            await site.with_keys(LOG, ["1"])
        assert caught.value.trouble == "denied"


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
async def test_a_redirect_is_not_followed(status: int) -> None:
    """Neither a record nor a token goes where somebody else points, and nothing is asked that was not counted."""
    asked: list[str] = []

    async def answer(request: web.Request) -> web.Response:
        asked.append(request.host)
        return web.Response(status=status, headers={"Location": f"http://localhost:{port}/v1.0/elsewhere"})

    app = web.Application()
    app.router.add_route("*", "/{path:.*}", answer)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    port = runner.addresses[0][1]
    login = Login("", "", token=Secret("token"))
    graph = Graph(connector(login, Address(f"http://127.0.0.1:{port}/v1.0", AGENT)), time.monotonic)
    with pytest.raises(GraphFailed):
        await graph.send(lambda wire: wire.request("POST", "/sites/x/lists", {"a": 1}), 2)
    assert asked == [f"127.0.0.1:{port}"]
    await graph.close()
    await runner.cleanup()


async def test_a_link_to_another_host_is_not_followed() -> None:
    """A token goes to Graph's host and to no other."""
    async with running() as standin, running() as other:
        graph = graph_before(standin, Watch(standin))
        wire = await graph.wire()
        info = wire.request("GET", "/sites/x")
        with pytest.raises(GraphFailed, match="another host"):
            wire.follow(info, f"{other.base_url}/sites/x")
        info.url = "https://graph.example.com/v1.0/sites/x"
        assert await wire._tokens.get_authorization_token(info.url) == ""
        await graph.close()
        assert await other.calls() == []


async def test_a_batch_is_not_too_dear_for_the_budget() -> None:
    """Twenty rows cost forty units; when they are gone the next batch waits, and the stand-in never throttles."""
    async with beside() as side:
        site, sent = await opened(side), 0
        while sent < 60:
            parts = [site.adding(LOG, {"Key": f"{sent}.{n}", "Seq": sent}) for n in range(20)]
            try:
                await side.graph.batch(parts)
                sent += 1
            except Held as held:
                await side.watch.sleep(held.seconds)
        units = await side.standin.units()
        assert units["most"] <= 1200  # those for making the lists among them
        assert not [call for call in await side.standin.calls() if call["status"] == 429]
        await side.clean()


async def test_the_loop_is_not_held_up_while_the_sdk_loads() -> None:
    """The first call loads and opens Microsoft's packages in a thread; others go on meanwhile."""
    async with running() as standin:
        graph = graph_before(standin, Watch(standin))
        longest, last, loop = 0.0, 0.0, asyncio.get_running_loop()
        call = asyncio.create_task(Site(graph, standin.site).probe())
        last = loop.time()
        while not call.done():
            await asyncio.sleep(0.005)
            longest, last = max(longest, loop.time() - last), loop.time()
        await call
        await graph.close()
        assert longest < 1.5  # a busy test machine; the bench has the figure


# --- logging in -------------------------------------------------------------------------------------------------------


def with_login(standin: StandIn, login: Login) -> Graph:
    """Calls to the stand-in as somebody who has to log in."""
    watch = Watch(standin)
    return Graph(connector(login, Address(standin.base_url, AGENT)), watch.elapsed)


def trust(monkeypatch: pytest.MonkeyPatch, standin: StandIn) -> None:
    """The login service is the stand-in's."""
    monkeypatch.setenv("AZURE_AUTHORITY_HOST", standin.authority)
    monkeypatch.setenv("SSL_CERT_FILE", standin.trusted)


async def test_by_secret(monkeypatch: pytest.MonkeyPatch) -> None:
    """A secret gets a token, and the token the site; a wrong one is denied, with the number that tells why."""
    async with running() as standin:
        trust(monkeypatch, standin)
        names = standin.names
        login = Login(names["tenant"], names["client_id"], Secret(names["client_secret"]))
        graph = with_login(standin, login)
        site = Site(graph, standin.site)
        assert await site.id() == names["site_id"]
        await standin.expire_tokens()
        await site.probe()
        assert len(await standin.calls("login")) == 2
        await graph.close()
        graph = with_login(standin, Login(names["tenant"], names["client_id"], Secret("wrong")))
        with pytest.raises(GraphFailed, match="AADSTS7000215") as caught:
            await Site(graph, standin.site).id()
        assert caught.value.trouble == "denied"
        await graph.close()


async def test_by_certificate(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A certificate with its key in one file gets a token once the app knows it."""
    async with running() as standin:
        trust(monkeypatch, standin)
        file = tmp_path / "app.pem"
        pem, both = certificate()
        file.write_bytes(both)
        names = standin.names
        graph = with_login(standin, Login(names["tenant"], names["client_id"], certificate=file))
        with pytest.raises(GraphFailed) as caught:
            await Site(graph, standin.site).id()
        assert caught.value.trouble == "denied"
        await standin.certificate(pem)
        assert await Site(graph, standin.site).id() == names["site_id"]
        await graph.close()


async def test_by_managed_identity(monkeypatch: pytest.MonkeyPatch) -> None:
    """With nothing but a client id the host's managed identity is asked."""
    async with running() as standin:
        monkeypatch.setenv("IDENTITY_ENDPOINT", standin.names["identity_endpoint"])
        monkeypatch.setenv("IDENTITY_HEADER", standin.names["identity_header"])
        graph = with_login(standin, Login("", standin.names["client_id"]))
        assert await Site(graph, standin.site).id() == standin.names["site_id"]
        await graph.close()


async def test_the_login_service_is_away(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody is denied then; it is tried again later."""
    async with running() as standin:
        trust(monkeypatch, standin)
        names = standin.names
        graph = with_login(standin, Login(names["tenant"], names["client_id"], Secret(names["client_secret"])))
        await standin.settings(login_outage="reset")
        with pytest.raises(GraphFailed) as caught:
            await Site(graph, standin.site).id()
        assert caught.value.trouble == "unreachable"
        assert len(await standin.calls("login")) == 1
        await graph.close()


def certificate() -> tuple[str, bytes]:
    """A certificate, and it with its key."""
    key = rsa.generate_private_key(65537, 2048)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "backline")])
    now = dt.datetime.now(dt.UTC)
    built = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
    built = built.serial_number(1).not_valid_before(now).not_valid_after(now + dt.timedelta(days=1))
    pem = built.sign(key, hashes.SHA256()).public_bytes(Encoding.PEM)
    return pem.decode(), key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()) + pem
