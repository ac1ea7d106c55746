"""An incident walked on the practice desk, and its record in SharePoint: whole, once, with its report."""

from __future__ import annotations

import asyncio
import os
import re
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from io import BytesIO
from pathlib import Path

import aiohttp
from docx import Document

from bot.ports import Entry
from store import open_store
from tests.e2e.slack_stage import ROOT, RUN, free_port
from tests.standins.graph.client import Graph, spawned

SECONDS = 60.0
CLI = (sys.executable, "-c", "from adapters.cli import main; main()")
ROLES, LOG, INCIDENTS = "Roles and escalation matrix", "Incident log", "Incidents"


def environment(graph: Graph, folder: Path, port: int) -> dict[str, str]:
    """The practice desk beside SharePoint, and nothing else."""
    ours = ("BACKLINE_", "SLACK_", "GRAPH_", "AZURE_", "MICROSOFT_", "TEAMS_")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(ours)}
    settings = {
        "BACKLINE_PORT": str(port),
        "BACKLINE_DATABASE_URL": f"sqlite:///{folder}/practice.db",
        "BACKLINE_LOG_FORMAT": "json",
        "GRAPH_BASE_URL": graph.base_url,
        "GRAPH_TOKEN": graph.token,
        "GRAPH_SITE": graph.site,
    }
    return {**kept, "PYTHONPATH": str(ROOT), **settings}


async def command(env: dict[str, str], folder: Path, *arguments: str) -> tuple[int, str]:
    """A command to its end: exit code, and what it said."""
    child = await asyncio.create_subprocess_exec(
        *CLI, *arguments, cwd=folder, env=env, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT
    )
    said, _ = await child.communicate()
    return int(child.returncode or 0), said.decode()


class Desk:
    """The page's own addresses, as the browser uses them."""

    def __init__(self, session: aiohttp.ClientSession, url: str) -> None:
        self._session = session
        self._url = url

    async def page(self, path: str) -> str:
        """A page, or a part of one."""
        async with self._session.get(self._url + path) as answer:
            return await answer.text()

    async def post(self, path: str, **fields: str) -> tuple[int, str]:
        """Do something there; the answer's status and text."""
        headers = {"Origin": self._url, "X-Requested-With": "backline", "Sec-Fetch-Site": "same-origin"}
        async with self._session.post(self._url + path, data=fields, headers=headers) as answer:
            return answer.status, await answer.text()

    async def say(self, person: str, text: str) -> None:
        """A person types."""
        status, said = await self.post("/say", **{"as": person, "text": text})
        assert status < 300, said

    async def press(self, person: str, verb: str, **arguments: str) -> None:
        """A person presses a button, and may."""
        status, said = await self.pressed(person, verb, **arguments)
        assert status < 300, said

    async def pressed(self, person: str, verb: str, **arguments: str) -> tuple[int, str]:
        """A person presses a button; 409 and the words if the rules refuse it."""
        named = {f"arg.{name}": value for name, value in arguments.items()}
        return await self.post("/press", **{"as": person, "verb": verb, "key": f"{person}.{verb}", **named})


@asynccontextmanager
async def practising(env: dict[str, str], folder: Path) -> AsyncIterator[Desk]:
    """A running practice desk."""
    child = await asyncio.create_subprocess_exec(
        *RUN, cwd=folder, env=env, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT
    )
    assert child.stdout
    reading: asyncio.Task[bytes] | None = None
    url = f"http://127.0.0.1:{env['BACKLINE_PORT']}"
    try:
        async with asyncio.timeout(SECONDS):
            while b"service.ready" not in (line := await child.stdout.readline()):
                assert line, "it did not start"
        reading = asyncio.create_task(child.stdout.read())  # a full pipe would stop it
        async with aiohttp.ClientSession() as session:
            yield Desk(session, url)
    finally:
        if child.returncode is None:
            child.terminate()
        await child.wait()
        if reading:
            said = (await reading).decode()
            print(said)  # noqa: T201 - pytest shows it when the test fails
            assert '"alarm": true' not in said
            assert env["GRAPH_TOKEN"] not in said


async def until(graph: Graph, done: Callable[[], Awaitable[bool]]) -> None:
    """Wait for something to be so. Raises TimeoutError."""
    async with asyncio.timeout(SECONDS):
        while not await done():  # noqa: ASYNC110 - another process knows
            await asyncio.sleep(0.1)


async def journal(folder: Path) -> list[Entry]:
    """The journal that is left."""
    store = await open_store(f"sqlite:///{folder}/practice.db", read_only=True)
    try:
        return list(await store.journal.read(0, 100_000))
    finally:
        await store.close()


async def test_an_incident_from_report_to_record(tmp_path: Path) -> None:
    """Provision, run, walk: everything is in the lists once, with a report; board and status say so; an edit counts."""
    async with spawned() as graph:
        env = environment(graph, tmp_path, free_port())
        code, said = await command(env, tmp_path, "sharepoint", "provision")
        assert code == 0, said
        async with practising(env, tmp_path) as desk:
            await walk(desk)

            async def reported() -> bool:
                return bool(await graph.files())

            await until(graph, reported)
            await edited(graph)
            await until(graph, lambda: in_step(graph, desk))
            code, said = await command(env, tmp_path, "sharepoint", "status")
            assert (code, "in step" in said) == (0, True), said
        await compare(graph, tmp_path)


async def test_who_lost_the_role_in_the_list_approves_nothing(tmp_path: Path) -> None:
    """The Account Manager is replaced in SharePoint while an incident waits for her: only Sam may."""
    async with spawned() as graph:
        env = environment(graph, tmp_path, free_port())
        assert (await command(env, tmp_path, "sharepoint", "provision"))[0] == 0
        async with practising(env, tmp_path) as desk:
            await desk.say("anna", "no power, cannot move")
            about = {"project": "acme-de", "incident": await incident_number(desk)}
            await desk.press("carl", "cover_yes", **about)
            await edited(graph, lambda: desk.say("bea", "no power, cannot move"))
            assert (await desk.pressed("nora", "approve", **about))[0] == 409
            await desk.press("sam", "approve", **about)
        approved = [one.data["by"] for one in await journal(tmp_path) if one.type == "CoverApproved"]
        assert approved == ["sam"]


async def walk(desk: Desk) -> None:
    """Level 1: reported, covered, closed."""
    await desk.say("anna", "no power, cannot move")
    number = await incident_number(desk)
    about = {"project": "acme-de", "incident": number}
    await desk.press("carl", "cover_yes", **about)
    await desk.press("nora", "approve", **about)
    await desk.press("carl", "on_duty", **about)
    await desk.say("anna", "power is back, works again")
    await desk.press("nora", "stand_down", **about)


async def incident_number(desk: Desk) -> str:
    """As the Account Manager's card has it."""
    async with asyncio.timeout(SECONDS):
        while True:
            found = re.search(r"\d{4}-\d{4}", await desk.page("/parts/conversation?as=nora"))
            if found:
                return found[0]
            await asyncio.sleep(0.05)


async def edited(graph: Graph, then: Callable[[], Awaitable[None]] | None = None) -> None:
    """The Account Manager is another one in SharePoint: Backline has taken it when it writes who did it.

    `then`: something that is recorded while an incident is open, after which nobody waits for the minute to be over.
    """

    async def there() -> bool:
        return any(one["fields"]["Key"] == "account_manager:acme-de" for one in await graph.items(ROLES))

    await until(graph, there)
    (row,) = [one for one in await graph.items(ROLES) if one["fields"]["Key"] == "account_manager:acme-de"]
    await graph.edit(ROLES, row["id"], {"Holder": "Sam", "Deputies": "Olga"}, by="zita@example.com")
    if then:
        await then()

    async def taken() -> bool:
        (now,) = [one for one in await graph.items(ROLES) if one["id"] == row["id"]]
        return bool(now["fields"].get("ChangedBy") == "Zita")

    await until(graph, taken)


async def in_step(graph: Graph, desk: Desk) -> bool:
    """What the board says."""
    return "SharePoint: in step" in await desk.page("/parts/board?lang=en")


async def compare(graph: Graph, folder: Path) -> None:
    """Whole and once."""
    entries = await journal(folder)
    assert [(row["Seq"], row["Hash"]) for row in await graph.rows(LOG)] == [(one.seq, one.hash) for one in entries]
    (incident,) = await graph.rows(INCIDENTS)
    assert (incident["State"], incident["Kind"], incident["RtoMet"]) == ("closed", "exercise", "yes")
    (file,) = await graph.files()
    assert file["version"] == 1
    paper = Document(BytesIO(await graph.file(file["path"])))
    assert paper.paragraphs[0].text == f"Incident {incident['Key']}: ACME Germany"
    assert len(paper.inline_shapes) == 1
    assert [one.type for one in entries if one.type == "RoleChanged"] == ["RoleChanged"]
    assert await graph.report() == {"violations": [], "complaints": []}
