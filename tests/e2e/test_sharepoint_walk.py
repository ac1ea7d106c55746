"""An incident played on the practice desk stands in SharePoint, whole and once, with its report."""

from __future__ import annotations

import asyncio
import io
import os
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path

import aiohttp
from docx import Document

from bot.ports import Json
from tests.e2e.slack_stage import Backline, service
from tests.standins.graph.client import Graph, spawned

PATIENCE = 60.0  # seconds
LOG, INCIDENTS, ROLES = "Incident log", "Incidents", "Roles and escalation matrix"


async def post(running: Backline, path: str, fields: Json) -> None:
    """What the desk's page sends. Refused presses raise."""
    async with (
        aiohttp.ClientSession(headers={"Origin": running.url}) as session,
        session.post(running.url + path, data=fields) as answer,
    ):
        assert answer.status in (200, 204), await answer.text()


async def until(look: Callable[[], Awaitable[bool]]) -> None:
    """Return when it is so. Raises TimeoutError."""
    async with asyncio.timeout(PATIENCE):
        while True:
            if await look():
                return
            await asyncio.sleep(0.1)


async def press(running: Backline, person: str, verb: str) -> None:
    """A button about the only incident."""
    args = {"arg.project": "acme-de"} | ({"arg.incident": "2026-0001"} if verb != "restored" else {})
    await post(running, "/press", {"as": person, "verb": verb, "key": f"{person}-{verb}", **args})


async def test_an_incident_stands_in_sharepoint_whole_and_once(tmp_path: Path) -> None:
    """Provisioned, played and stood down: every entry has its row, the incident one, the report one file."""
    async with spawned() as graph:
        settings = {"GRAPH_BASE_URL": graph.base_url, "GRAPH_TOKEN": graph.token, "GRAPH_SITE": graph.site}
        await provision(settings, tmp_path)
        async with service(settings, tmp_path, [graph.token]) as running:
            await post(running, "/say", {"as": "anna", "text": "no power, cannot move"})
            await press(running, "carl", "cover_yes")
            await press(running, "nora", "approve")
            await press(running, "carl", "on_duty")
            await post(running, "/say", {"as": "anna", "text": "I can work again"})
            await press(running, "nora", "stand_down")

            async def told() -> bool:
                return bool(await graph.files())

            await until(told)
        entries = await log_of(settings, tmp_path)
        rows = await graph.rows(LOG)
        assert sorted(int(row["Key"]) for row in rows) == list(range(1, entries + 1))
        (incident,) = await graph.rows(INCIDENTS)
        assert "2026-0001" in (incident["Key"], incident["Title"])
        (report,) = await graph.files()
        document = Document(io.BytesIO(await graph.file(report["path"])))
        assert "2026-0001" in "\n".join(one.text for one in document.paragraphs)
        assert {row["Key"] for row in await graph.rows(ROLES)} >= {"cmt_lead:", "account_manager:acme-de"}
        await nothing_wrong(graph)


async def provision(settings: Json, folder: Path) -> None:
    """`backline sharepoint provision`."""
    await command(settings, folder, "sharepoint", "provision")


async def log_of(settings: Json, folder: Path) -> int:
    """How many entries the log has."""
    return len((await command(settings, folder, "log", "--json")).splitlines())


async def command(settings: Json, folder: Path, *words: str) -> str:
    """What a command prints; it ends well."""
    env = {**os.environ, **settings, "PYTHONPATH": str(Path(__file__).parents[2])}
    child = await asyncio.create_subprocess_exec(
        sys.executable,
        "-c",
        "from adapters.cli import main; main()",
        *words,
        cwd=folder,
        env=env,
        stdout=asyncio.subprocess.PIPE,
    )
    out, _ = await child.communicate()
    assert child.returncode == 0
    return out.decode()


async def nothing_wrong(graph: Graph) -> None:
    """Graph had nothing to complain of."""
    found = await graph.report()
    assert found["violations"] == []
