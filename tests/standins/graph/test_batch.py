"""The stand-in's `$batch`: parts that are answered on their own, in any order, inside the budget."""

from __future__ import annotations

from typing import Any

import pytest

from tests.standins.graph.client import Graph
from tests.standins.graph.sdk import KEY, Sdk, refusal

pytestmark = pytest.mark.filterwarnings(
    "ignore::DeprecationWarning:msgraph", "ignore::DeprecationWarning:kiota_abstractions"
)

Json = dict[str, Any]
AS_JSON = {"Content-Type": "application/json"}


def row(path: str, number: int, **more: object) -> Json:
    """The part that adds row number so and so."""
    part = {"id": str(number), "method": "POST", "url": f"{path}/items", "headers": AS_JSON}
    return part | {"body": {"fields": {"Key": f"k{number}"}}} | more


async def sent(client: Sdk, *parts: Json) -> dict[str, Json]:
    """The answers by id."""
    answers = await client.call("POST", "/$batch", {"requests": list(parts)})
    return {one["id"]: one for one in answers["responses"]}


async def test_parts_are_answered_one_by_one(graph: Graph, client: Sdk) -> None:
    """Each part has its own status, headers and body; what one does, the next may see only by depending on it."""
    path = await client.listed(KEY)
    answers = await sent(
        client,
        row(path, 1),
        {"id": "2", "method": "GET", "url": f"{path}/items?$expand=fields", "dependsOn": ["1"]},
        {"id": "3", "method": "PATCH", "url": f"{path}/items/1/fields", "headers": AS_JSON | {"If-Match": '"x,1"'},
         "body": {"Key": "no"}, "dependsOn": ["2"]},
        row(path, 4, dependsOn=["3"]),
        {"id": "5", "method": "DELETE", "url": f"{path}/items/9"},
    )  # fmt: skip
    assert {key: one["status"] for key, one in answers.items()} == {"1": 201, "2": 200, "3": 412, "4": 424, "5": 404}
    assert answers["2"]["body"]["value"][0]["fields"]["Key"] == "k1"
    assert answers["3"]["body"]["error"]["innerError"]["request-id"]
    assert answers["1"]["headers"]["Content-Type"] == "application/json"
    calls = await graph.calls(after=1)
    assert calls[0]["op"] == "batch"
    assert {one["batch"] for one in calls[1:]} == {calls[0]["number"]}


async def test_any_order_unless_it_is_said(graph: Graph, client: Sdk) -> None:
    """Parts are done in another order than they stand, unless each depends on the one before it."""
    path = await client.listed(KEY)
    await sent(client, *(row(path, number) for number in range(20)))
    keys = [one["Key"] for one in await graph.rows("Log")]
    assert sorted(keys) == sorted(f"k{number}" for number in range(20))
    assert keys != [f"k{number}" for number in range(20)]
    chain = [row(path, number, dependsOn=[str(number - 1)]) for number in range(21, 40)]
    await sent(client, row(path, 20), *chain)
    assert [one["Key"] for one in await graph.rows("Log")][20:] == [f"k{number}" for number in range(20, 40)]


async def test_batches_that_are_refused(graph: Graph, client: Sdk) -> None:
    """One part that cannot be read spoils the whole batch, and nothing is done."""
    path = await client.listed(KEY)
    get = {"id": "2", "method": "GET", "url": path}
    for parts in (
        [],
        [row(path, number) for number in range(21)],
        [row(path, 1), row(path, 1)],
        [row(path, 1), get | {"dependsOn": ["3"]}],
        [row(path, 1), get | {"url": f"{graph.base_url}{path}"}],
        [row(path, 1), get | {"url": f"/v1.0{path}"}],
        [row(path, 1), get | {"url": path[1:]}],
        [row(path, 1), get | {"url": "/$batch"}],
        [row(path, 1), get | {"method": "HEAD"}],
        [row(path, 1), get | {"id": 2}],
        [row(path, 1), get | {"headers": {"If-Match": 1}}],
        [row(path, 1), row(path, 2) | {"headers": {}}],
        [row(path, 1), {name: value for name, value in row(path, 2).items() if name != "body"}],
        [row(path, 1), {name: value for name, value in get.items() if name != "url"}],
    ):
        assert (await refusal(client.call("POST", "/$batch", {"requests": parts})))[0] == 400
    assert (await refusal(client.call("POST", "/$batch", {"requests": [row(path, 1)], "atomic": True})))[0] == 400
    assert (await refusal(client.call("GET", "/$batch")))[0] == 405
    assert await graph.rows("Log") == []


async def test_parts_are_throttled_inside_a_batch(graph: Graph, client: Sdk) -> None:
    """When the budget ends within a batch, the parts after it are 429 with Retry-After, and the batch itself is 200."""
    path = await client.listed(KEY)
    await graph.settings(units_per_minute=12)
    answers = await sent(client, *(row(path, number) for number in range(8)))
    assert sorted(one["status"] for one in answers.values()) == [201] * 5 + [429] * 3
    waits = {int(one["headers"]["Retry-After"]) for one in answers.values() if one["status"] == 429}
    assert len(await graph.rows("Log")) == 5
    assert (await graph.report())["violations"] == []
    again = await sent(client, row(path, 9))
    assert again["9"]["status"] == 429
    assert len((await graph.report())["violations"]) == 1
    await graph.settings(units_per_minute=1200)
    await graph.advance(max(*waits, int(again["9"]["headers"]["Retry-After"])))
    assert (await sent(client, row(path, 9)))["9"]["status"] == 201


async def test_faults_of_single_parts(graph: Graph, client: Sdk) -> None:
    """A part may fail alone, before or after it is done; a page of HTML comes in base64."""
    await graph.settings(batch_order="given")
    path = await client.listed(KEY)
    await graph.fault("items.create", "server_error", batched=True, where='"k1"', accepted=True, status=504)
    await graph.fault("items.create", "throttled", batched=True, where='"k2"', retry_after=7)
    await graph.fault("items.create", "html", batched=True, where='"k3"', status=502)
    await graph.fault("items.create", "empty", batched=True, where='"k4"', accepted=True)
    answers = await sent(client, *(row(path, number) for number in range(5)))
    assert [answers[str(number)]["status"] for number in range(5)] == [201, 504, 429, 502, 200]
    assert answers["2"]["headers"]["Retry-After"] == "7"
    assert isinstance(answers["3"]["body"], str)
    assert "body" not in answers["4"]
    assert [one["Key"] for one in await graph.rows("Log")] == ["k0", "k1", "k4"]
    written = [one["written"] for one in await graph.calls("items.create")]
    assert written == [True, True, False, False, True]
