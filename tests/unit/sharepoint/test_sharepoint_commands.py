"""What operators ask: provision, status, doctor."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from adapters.secret import Secret
from adapters.sharepoint.check import Finding, look
from adapters.sharepoint.login import Login
from adapters.sharepoint.place import READER
from adapters.sharepoint.provision import NotAllowed
from adapters.sharepoint.schema import INCIDENTS, LISTS, LOG, ROLES, titles
from adapters.sharepoint.site import Site
from adapters.sharepoint.words import words
from store import open_store
from tests.standins.graph.client import Graph as StandIn
from tests.standins.graph.client import running
from tests.unit.sharepoint.side import Side, Watch, beside, make_lists
from tests.unit.sharepoint.test_sharepoint_client import trust, with_login
from tests.unit.terminal import Run

# --- provision --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("language", ["en", "hu"])
async def test_lists_are_made_as_people_and_programs_need_them(language: str) -> None:
    """Internal names short and ASCII, titles in the language, the key indexed and unique; and a folder."""
    async with running() as standin:
        said = await make_lists(standin, Watch(standin), language)
        assert sum("made list" in line for line in said) == len(LISTS)
        shown = {one["name"]: one for one in await standin.lists()}
        for spec in LISTS:
            found = {column["name"]: column for column in shown[spec.name]["columns"]}
            assert shown[spec.name]["displayName"] == words(language).t.text(spec.title)
            for name, title in titles(spec, words(language)).items():
                assert found[name]["displayName"] == title
                assert name.isascii()
                assert len(name) <= 16
            assert found["Key"]["indexed"]
            assert found["Key"]["enforceUniqueValues"]
        assert await standin.report() == {"violations": [], "complaints": []}


async def test_provisioning_again_changes_nothing() -> None:
    """What is right is left alone, also titles that people have changed."""
    async with running() as standin:
        watch = Watch(standin)
        await make_lists(standin, watch)
        await standin.rename_list("Incident log", "Our log")
        await standin.change_column("Our log", "What", displayName="Story")
        before = len(await standin.calls())
        said = await make_lists(standin, watch)
        assert "list BacklineLog (Our log) is as it must be" in said
        writes = [call["op"] for call in (await standin.calls())[before:] if call["method"] != "GET"]
        assert writes == ["folders.create"]


async def test_what_people_broke_is_mended() -> None:
    """A list and a column that are gone, an index and a uniqueness that were taken away."""
    async with running() as standin:
        watch = Watch(standin)
        await make_lists(standin, watch)
        await standin.delete_list("Incidents")
        await standin.delete_column("Incident log", "What")
        await standin.change_column("Incident log", "Seq", indexed=False)
        await standin.change_column("Roles and escalation matrix", "Key", enforceUniqueValues=False)
        said = await make_lists(standin, watch)
        assert sorted(line for line in said if "made" in line or "mended" in line) == [
            "made column What of list BacklineLog",
            f"made list BacklineIncidents (Incidents) with {len(INCIDENTS.all_columns)} columns",
            "mended column Key of list BacklineRoles",
            "mended column Seq of list BacklineLog",
        ]
        again = await make_lists(standin, watch)
        assert sum("is as it must be" in line for line in again) == len(LISTS)


async def test_a_column_of_another_kind_is_for_a_person() -> None:
    """Graph cannot change that: it is said what to do, and that it is not done."""
    async with running() as standin:
        watch = Watch(standin)
        await make_lists(standin, watch)
        await standin.change_column("Incident log", "What", number={})
        with pytest.raises(Exception, match="column What of list BacklineLog is of another type"):
            await make_lists(standin, watch)


async def test_without_the_grant_the_words_are_clear() -> None:
    """The role write cannot make lists; the message says which role can, and where the steps are."""
    async with running() as standin:
        await standin.settings(grants=["write"])
        with pytest.raises(NotAllowed, match="manage or fullcontrol") as caught:
            await make_lists(standin, Watch(standin))
        assert "docs/how-to/sharepoint.md" in str(caught.value)


async def test_provisioning_goes_on_where_it_was_stopped() -> None:
    """A call that fails in the middle leaves what was done; the next run does the rest."""
    async with running() as standin:
        watch = Watch(standin)
        await standin.fault("lists.create", "lost", skip=2)
        with pytest.raises(Exception, match="no answer"):
            await make_lists(standin, watch)
        await watch.sleep(60)
        await make_lists(standin, watch)
        assert sum("is as it must be" in line for line in await make_lists(standin, watch)) == len(LISTS)
        assert len(await standin.lists()) == len(LISTS)


# --- doctor -----------------------------------------------------------------------------------------------------------


async def marks(**settings: Any) -> list[tuple[str, str]]:  # noqa: ANN401 - the stand-in's own settings
    """What the doctor finds with the stand-in set like this."""
    async with beside() as side:
        await side.standin.settings(**settings)
        return [(one.mark, one.detail) for one in await found(side)]


async def found(side: Side) -> list[Finding]:
    """All findings."""
    return [one async for one in look(side.site)]


async def test_all_is_well() -> None:
    """A line for the login, the site and the lists."""
    assert [mark for mark, _ in await marks()] == ["ok", "ok", "ok"]


async def test_no_grant_on_the_site() -> None:
    """Denied, with where to look."""
    login, site = await marks(grants=[])
    assert (login[0], site[0]) == ("ok", "fail")
    assert "Sites.Selected" in site[1]


async def test_lists_that_are_missing() -> None:
    """All of them by name, with the command."""
    async with beside() as side:
        await side.standin.delete_list(side.title(LOG.title))
        await side.standin.delete_column(side.title(ROLES.title), "Holder")
        findings = await found(side)
        assert findings[-1].mark == "fail"
        for words_ in ("sharepoint provision", "list BacklineLog is missing", "column Holder of list BacklineRoles"):
            assert words_ in findings[-1].detail


@pytest.mark.parametrize(
    ("roles", "mark", "said"),
    [
        (["Sites.Selected"], "ok", "nothing else"),
        (["Sites.Selected", "Sites.ReadWrite.All"], "warn", "Sites.ReadWrite.All"),
        (["Sites.FullControl.All"], "warn", "Sites.Selected is missing"),
        ([], "fail", "no permission"),
    ],
)
async def test_the_grant_is_the_least(roles: list[str], mark: str, said: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Anything broader than Sites.Selected is a warning."""
    async with running() as standin:
        trust(monkeypatch, standin)
        await standin.settings(roles=roles)
        names = standin.names
        graph = with_login(standin, Login(names["tenant"], names["client_id"], Secret(names["client_secret"])))
        findings = [one async for one in look(Site(graph, standin.site))]
        await graph.close()
        assert findings[0].mark == mark
        assert said in findings[0].detail


# --- the commands themselves ------------------------------------------------------------------------------------------


@contextmanager
def elsewhere() -> Iterator[tuple[StandIn, Callable[[Any], Any]]]:
    """A stand-in on a thread of its own, for commands that bring their own loop."""
    loop, ready, stop = asyncio.new_event_loop(), threading.Event(), asyncio.Event()
    there: list[StandIn] = []

    async def serve() -> None:
        async with running() as standin:
            there.append(standin)
            ready.set()
            await stop.wait()

    thread = threading.Thread(target=loop.run_until_complete, args=(serve(),))
    thread.start()
    ready.wait(20)
    try:
        yield there[0], lambda work: asyncio.run_coroutine_threadsafe(work, loop).result(20)
    finally:
        loop.call_soon_threadsafe(stop.set)
        thread.join(20)
        loop.close()


def settings_of(standin: StandIn) -> dict[str, str]:
    """What an operator would set."""
    return {"GRAPH_BASE_URL": standin.base_url, "GRAPH_TOKEN": standin.token, "GRAPH_SITE": standin.site}


def test_the_commands(backline: Run) -> None:
    """Provision says what it did, the doctor has its lines, the status has nothing yet."""
    with elsewhere() as (standin, do):
        settings = settings_of(standin)
        do(standin.settings(grants=["write"]))
        denied = backline("sharepoint", "provision", **settings)
        assert (denied.code, "manage or fullcontrol" in denied.err) == (1, True)
        do(standin.settings(grants=["manage"]))
        made = backline("sharepoint", "provision", BACKLINE_LANGUAGE="hu", **settings)
        assert made.code == 0
        assert "made list BacklineLog (Incidensnapló)" in made.out
        doctor = backline("doctor", **settings)
        assert "4 lists with all their columns" in doctor.out
        assert doctor.out.count("  sharepoint  ") == 3


async def _kept(url: str) -> None:
    """A running service has come so far."""
    store = await open_store(url)
    await store.positions.claim(READER, "me", datetime(2026, 3, 2, tzinfo=UTC), timedelta(seconds=1))
    place = {"log": 2, "incidents": 5, "plans": 5, "reports": 5, "trouble": "unreachable", "again": "soon"}
    await store.positions.keep(READER, "me", place)
    await store.close()


def test_status_says_what_waits(backline: Run, history: Path) -> None:
    """Before anything was written all of it waits; then as far as it was kept, and why it goes no further."""
    settings = {"GRAPH_BASE_URL": "http://127.0.0.1:9", "GRAPH_TOKEN": "x", "GRAPH_SITE": "a.sharepoint.com:/sites/b"}
    first = backline("sharepoint", "status", **settings)
    assert first.code == 0
    assert "entries wait since 2026-03-02 09:30:00 UTC" in first.out
    asyncio.run(_kept(f"sqlite:///{history}"))
    then = backline("sharepoint", "status", **settings)
    assert then.code == 1
    assert "up to entry 2" in then.out
    assert "unreachable: it does not answer" in then.out
    assert "tried again at soon" in then.out


def test_without_a_site_there_is_nothing_to_ask(backline: Run) -> None:
    """Exit code 2, and where to begin."""
    for command in ("provision", "status"):
        ran = backline("sharepoint", command)
        assert (ran.code, "GRAPH_SITE is not set" in ran.err) == (2, True)


def test_provisioning_into_the_void_names_the_address(backline: Run) -> None:
    """Exit code 1; what happened, where, and what to do."""
    where = "http://127.0.0.1:9/v1.0"
    settings = {"GRAPH_BASE_URL": where, "GRAPH_TOKEN": "x", "GRAPH_SITE": "a.sharepoint.com:/sites/b"}
    ran = backline("sharepoint", "provision", **settings)
    assert ran.code == 1
    assert ran.err.startswith(f"no answer from {where} (ConnectError); check the network")
    assert "run it again" in ran.err
