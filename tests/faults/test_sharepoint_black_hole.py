"""Promise 6: Graph, or the login service before it, is a black hole; the chat goes on, and no row is lost."""

from __future__ import annotations

import asyncio
import os
import sys
from pathlib import Path
from typing import Literal

import pytest

from tests.e2e.slack_stage import ROOT, SECRETS, free_port, service
from tests.faults.lag import lag_of
from tests.faults.slack_side import FULL, sending, settle_in, through_the_silence
from tests.faults.test_kill import journal as entries
from tests.standins.graph.client import Graph
from tests.standins.graph.client import spawned as graph_spawned
from tests.standins.slack.client import spawned as slack_spawned

HOLE_SECONDS, PROJECTS = (600.0, 40) if FULL else (10.0, 10)
CAUGHT_UP = 600.0 if FULL else 180.0  # seconds: a call ends after 30 s, and it is tried again after a minute at most
LOG = "Incident log"
PROVISION = (sys.executable, "-c", "from adapters.cli import main; main()", "sharepoint", "provision")


def settings(graph: Graph) -> dict[str, str]:
    """An app with a secret of its own, so that it has to log in."""
    return {
        "GRAPH_BASE_URL": graph.base_url,
        "GRAPH_SITE": graph.site,
        "AZURE_TENANT_ID": str(graph.names["tenant"]),
        "AZURE_CLIENT_ID": str(graph.names["client_id"]),
        "AZURE_CLIENT_SECRET": str(graph.names["client_secret"]),
        "AZURE_AUTHORITY_HOST": graph.authority,
        "SSL_CERT_FILE": graph.trusted,
    }


async def provision(graph: Graph, folder: Path) -> None:
    """The lists are there."""
    env = {**os.environ, **settings(graph), "PYTHONPATH": str(ROOT)}
    child = await asyncio.create_subprocess_exec(*PROVISION, cwd=folder, env=env, stdout=asyncio.subprocess.DEVNULL)
    assert await child.wait() == 0


async def written(graph: Graph, least: int) -> None:
    """Return when so many rows are there. Raises TimeoutError."""
    async with asyncio.timeout(CAUGHT_UP):
        while len(await graph.rows(LOG)) < least:  # noqa: ASYNC110 - another process writes them
            await asyncio.sleep(0.2)


@pytest.mark.parametrize("hole", ["graph", "login"])
async def test_the_chat_goes_on_and_the_record_follows(tmp_path: Path, hole: Literal["graph", "login"]) -> None:
    """Reports are answered, the service is ready, the loop is free; afterwards every row is there once."""
    database = tmp_path / "backline.db"
    async with slack_spawned() as slack, graph_spawned() as graph:
        await slack.settings(rates=False)
        await settle_in(slack, tmp_path, PROJECTS, PROJECTS)
        await provision(graph, tmp_path)
        port = free_port()
        await slack.settings(request_url=f"http://127.0.0.1:{port}/slack/events")
        in_slack = {"SLACK_BOT_TOKEN": SECRETS[0], "SLACK_SIGNING_SECRET": SECRETS[1], "SLACK_API_URL": slack.api}
        secrets = [*SECRETS, str(graph.names["client_secret"])]
        async with (
            service({**in_slack, **settings(graph)}, tmp_path, secrets, port=port) as running,
            sending(running.url) as sender,
        ):
            assert (await sender.report("a0", "0.0.x")).recorded
            await written(graph, 1)
            if hole == "login":
                await graph.expire_tokens()
                await graph.fault("login", "black_hole", count=None)
            else:
                await graph.fault("*", "black_hole", count=None)
            silence = await through_the_silence(running, sender, PROJECTS, HOLE_SECONDS)
            assert (await graph.faults())[0]["hits"] > 0
            lag, missing = (
                await lag_of(running),
                len(await entries(database)) - len(await graph.rows(LOG)),
            )
            await graph.heal()
            await written(graph, len(await entries(database)))
        journal, log, report = await entries(database), await graph.rows(LOG), await graph.report()
    print(
        f"\n{hole} silent for {HOLE_SECONDS:.0f} s: {silence}; {lag}; "
        f"{missing} rows waited, {len(log)} there in the end"
    )
    silence.demand()
    assert missing > 0
    lag.demand(HOLE_SECONDS)
    assert [(row["Seq"], row["Hash"]) for row in log] == [(one.seq, one.hash) for one in journal[: len(log)]]
    assert report == {"violations": [], "complaints": []}
