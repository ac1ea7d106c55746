"""The Graph stand-in as a process of its own, with Microsoft's libraries before it: from login to 10,000 rows."""

from __future__ import annotations

import itertools
from typing import Any

import httpx
import pytest
from azure.identity.aio import ClientSecretCredential

from tests.standins.graph.client import Graph, spawned
from tests.standins.graph.sdk import KEY, WORDS, Sdk, sdk

pytestmark = pytest.mark.filterwarnings(
    "ignore::DeprecationWarning:msgraph", "ignore::DeprecationWarning:kiota_abstractions"
)

Json = dict[str, Any]
AS_JSON = {"Content-Type": "application/json"}


async def logged_in(graph: Graph) -> str:
    """A token from the login service."""
    names = graph.names
    async with ClientSecretCredential(
        names["tenant"], names["client_id"], names["client_secret"], authority=graph.authority,
        connection_verify=graph.trusted, disable_instance_discovery=True,
    ) as credential:  # fmt: skip
        return (await credential.get_token("https://graph.microsoft.com/.default")).token


def batch(path: str, first: int) -> Json:
    """Twenty rows."""
    fields = ({"Key": f"k{number}", "Words": f"line {number}\n" * 5} for number in range(first, first + 20))
    parts = [
        {"id": str(number), "method": "POST", "url": f"{path}/items", "headers": AS_JSON, "body": {"fields": one}}
        for number, one in enumerate(fields)
    ]
    return {"requests": parts}


async def found(client: Sdk, path: str, key: str) -> int:
    """How many rows have that key."""
    return len((await client.call("GET", f"{path}/items?$filter=fields/Key eq '{key}'"))["value"])


async def put(client: Sdk, path: str, first: int) -> int:
    """Send twenty rows until there is an answer; how often it took. A row that is there already is refused."""
    for times in itertools.count(1):
        try:
            answers = (await client.call("POST", "/$batch", batch(path, first)))["responses"]
        except (httpx.RemoteProtocolError, httpx.ReadError):
            continue
        assert {one["status"] for one in answers} <= ({201} if times == 1 else {201, 400})
        return times
    raise AssertionError("counting has no end")


async def test_ten_thousand_rows() -> None:
    """They go in by batches of twenty, some again because the answer was lost, and each is there once."""
    async with spawned() as graph, sdk(graph, await logged_in(graph)) as client:
        await graph.settings(throttle=False)
        path = await client.listed(KEY, WORDS)
        link = (await client.call("GET", f"{path}/items/delta?token=latest"))["@odata.deltaLink"]
        await graph.fault("batch", "lost", count=None, chance=0.05)
        await graph.fault("batch", "lost", count=None, chance=0.05, parts=7, seed=2)
        times = [await put(client, path, first) for first in range(0, 10_000, 20)]
        hits = sum(one["hits"] for one in await graph.faults())
        assert hits > 10
        assert sum(times) == len(times) + hits == len(await graph.calls("batch"))
        assert sorted(one["Key"] for one in await graph.rows("Log")) == sorted(f"k{n}" for n in range(10_000))
        assert [await found(client, path, key) for key in ("k0", "K9999", "k10000")] == [1, 1, 0]
        changes, seen = 0, link.removeprefix(graph.base_url)
        while True:
            page = await client.call("GET", seen)
            changes += len(page["value"])
            if "@odata.deltaLink" in page:
                break
            seen = page["@odata.nextLink"].removeprefix(graph.base_url)
        assert changes == 10_000
        assert await graph.report() == {"violations": [], "complaints": []}


async def test_the_budget_holds_for_a_day_of_rows() -> None:
    """Who sends 100 batches inside the budget, waiting as long as told, needs no violation to get all rows in."""
    async with spawned() as graph, sdk(graph) as client:
        path = await client.listed(KEY, WORDS)
        waiting = {f"{number}": number for number in range(2_000)}
        minutes = 0
        while waiting:
            numbers = list(waiting.values())[:20]
            parts = [batch(path, number)["requests"][0] | {"id": str(number)} for number in numbers]
            answers = (await client.call("POST", "/$batch", {"requests": parts}))["responses"]
            for one in answers:
                if one["status"] == 201:
                    del waiting[one["id"]]
            waits = [int(one["headers"]["Retry-After"]) for one in answers if one["status"] == 429]
            if waits:
                minutes += 1
                await graph.advance(max(waits))
        assert len(await graph.rows("Log")) == 2_000
        assert minutes >= 3
        assert (await graph.report())["violations"] == []
