"""Trouble on order: lost answers, gateways, silence, conflicts, budgets, outages, tokens that end."""

from __future__ import annotations

import asyncio
from typing import Any

import httpx
import pytest
from kiota_abstractions.api_error import APIError
from msgraph.generated.models.o_data_errors.o_data_error import ODataError

from tests.standins.graph.client import Graph, Refused
from tests.standins.graph.sdk import KEY, Sdk, refusal

pytestmark = pytest.mark.filterwarnings(
    "ignore::DeprecationWarning:msgraph", "ignore::DeprecationWarning:kiota_abstractions"
)

Json = dict[str, Any]


async def ended(call: Any) -> str:  # noqa: ANN401 - whatever is awaited
    """How a call ended, as whoever made it sees it."""
    try:
        answer = await asyncio.wait_for(call, 30)
    except ODataError as error:
        return f"graph {error.response_status_code}"
    except APIError as error:
        return f"gateway {error.response_status_code}"
    except httpx.RemoteProtocolError:
        return "dropped"
    except httpx.ReadError:
        return "dropped"
    except ValueError:
        return "malformed"
    return "empty" if answer is None else "fine"


@pytest.mark.parametrize(
    ("order", "sees", "rows"),
    [
        (("lost", {}), "dropped", 1),
        (("reset", {}), "dropped", 0),
        (("server_error", {"status": 503}), "graph 503", 0),
        (("server_error", {"status": 503, "accepted": True}), "graph 503", 1),
        (("server_error", {"status": 504, "accepted": True}), "graph 504", 1),
        (("html", {"status": 502}), "gateway 502", 0),
        (("html", {"status": 502, "accepted": True}), "gateway 502", 1),
        (("empty", {}), "empty", 0),
        (("empty", {"accepted": True}), "empty", 1),
        (("malformed", {}), "malformed", 1),
        (("throttled", {"retry_after": 3}), "graph 429", 0),
        (("error", {"status": 423, "code": "resourceLocked", "message": "locked"}), "graph 423", 0),
        (("expired", {}), "graph 401", 0),
        (("slow", {"seconds": 0.05}), "fine", 1),
    ],
)
async def test_faults(graph: Graph, client: Sdk, order: tuple[str, Json], sees: str, rows: int) -> None:
    """Each fault happens once, and what it did is told by the list alone; the SDK sends nothing a second time."""
    kind, details = order
    path = await client.listed(KEY)
    await graph.fault("items.create", kind, list="Log", **details)
    assert await ended(client.add(path, Key="k")) == sees
    assert await graph.rows("Log") == [{"Key": "k"}] * rows
    (call,) = await graph.calls("items.create")
    assert (call["written"], call["fault"]) == (rows == 1, kind)
    assert [one["hits"] for one in await graph.faults()] == [1]
    await graph.advance(5)
    assert await ended(client.add(path, Key="l")) == "fine"


async def test_batches_lost_halfway(graph: Graph, client: Sdk) -> None:
    """Of a batch whose answer is lost, any number of parts may have been done."""
    path = await client.listed(KEY)
    await graph.fault("batch", "lost", parts=3)
    parts = [
        {"id": str(number), "method": "POST", "url": f"{path}/items", "headers": {"Content-Type": "application/json"},
         "body": {"fields": {"Key": f"k{number}"}}}
        for number in range(8)
    ]  # fmt: skip
    assert await ended(client.call("POST", "/$batch", {"requests": parts})) == "dropped"
    assert len(await graph.rows("Log")) == 3


async def test_silence(graph: Graph, client: Sdk) -> None:
    """A black hole swallows calls until it is healed; others go on."""
    path = await client.listed(KEY)
    await graph.fault("items.create", "black_hole", count=None, accepted=True)
    waiting = asyncio.ensure_future(ended(client.add(path, Key="k")))
    await graph.called("items.create")
    assert len((await client.call("GET", f"{path}/items"))["value"]) == 1
    assert not waiting.done()
    await graph.heal()
    assert await waiting == "dropped"


async def test_a_person_is_faster(graph: Graph, client: Sdk) -> None:
    """A conflict on order: a person edits the row a moment before the change arrives."""
    path = await client.listed(KEY, {"name": "Level", "number": {}})
    made = await client.add(path, Key="k", Level=1)
    await graph.fault("fields.update", "conflict", fields={"Level": 4}, by="anna@example.com")
    fields = f"{path}/items/{made['id']}/fields"
    assert (await refusal(client.call("PATCH", fields, {"Level": 2}, If_Match=made["eTag"])))[0] == 412
    assert await graph.rows("Log") == [{"Key": "k", "Level": 4}]


async def test_chance_and_turns(graph: Graph, client: Sdk) -> None:
    """Faults come after so many calls, or by chance, the same way every time."""
    path = await client.listed(KEY)
    await graph.fault("items.create", "reset", skip=2)
    ends = [await ended(client.add(path, Key=f"a{number}")) for number in range(4)]
    assert ends == ["fine", "fine", "dropped", "fine"]
    await graph.heal()
    await graph.fault("items.create", "reset", count=None, chance=0.5)
    ends = [await ended(client.add(path, Key=f"b{number}")) for number in range(40)]
    assert 10 < ends.count("dropped") < 30
    with pytest.raises(Refused, match="No fault is called"):
        await graph.fault("items.create", "flood")
    with pytest.raises(Refused, match="No operation is called"):
        await graph.fault("items.explode", "reset")


async def test_the_budget(graph: Graph, client: Sdk) -> None:
    """A minute's units are counted call by call, throttled ones too; who waits as told is let in, to the second."""
    path = await client.listed(KEY)
    await graph.advance(60)
    await graph.settings(units_per_minute=10)
    await client.add(path, Key="a")
    await client.call("GET", f"{path}/items")
    link = (await client.call("GET", f"{path}/items/delta?token=latest"))["@odata.deltaLink"]
    await client.call("GET", link.removeprefix(graph.base_url))
    await client.call("GET", f"{path}/items/1")
    assert [one["units"] for one in (await graph.calls())[-5:]] == [2, 2, 2, 1, 1]
    await client.call("GET", f"{path}/items/1")
    with pytest.raises(ODataError) as caught:
        await client.add(path, Key="b")
    headers: Any = caught.value.response_headers
    assert caught.value.response_status_code == 429
    assert headers["RateLimit-Limit"] == "10"
    wait = int(headers["Retry-After"])
    assert 0 < wait <= 60
    units = await graph.units()
    assert (units["used"], units["most"]) == (11, 11)
    await graph.advance(wait)
    await client.add(path, Key="b")
    assert (await graph.report())["violations"] == []
    assert [row["Key"] for row in await graph.rows("Log")] == ["a", "b"]


async def test_calls_inside_a_window_are_violations(graph: Graph, client: Sdk) -> None:
    """Whoever calls before Retry-After is over is refused again, whatever the call, and it is written down."""
    path = await client.listed(KEY)
    await graph.fault("items.create", "throttled", retry_after=300)
    assert await ended(client.add(path, Key="a")) == "graph 429"
    await graph.advance(270)  # a machine may take its time for the next call
    assert await ended(client.call("GET", path)) == "graph 429"
    (violation,) = (await graph.report())["violations"]
    assert violation["op"] == "lists.get"
    assert 0 < violation["left"] <= 30
    assert (await graph.calls())[-1]["inside_window"]
    await graph.advance(30)
    assert await ended(client.add(path, Key="a")) == "fine"
    assert len((await graph.report())["violations"]) == 1


async def test_trouble_excuses_nobody(graph: Graph, client: Sdk) -> None:
    """A call inside a Retry-After is a violation even if it meets an outage or a fault; 503 may say how long, too."""
    path = await client.listed(KEY)
    await graph.fault("lists.get", "server_error", retry_after=60)
    assert await ended(client.call("GET", path)) == "graph 503"
    await graph.fault("lists.get", "reset")
    assert await ended(client.call("GET", path)) == "dropped"
    await graph.outage("503")
    assert await ended(client.call("GET", path)) == "graph 503"
    assert len((await graph.report())["violations"]) == 2


@pytest.mark.parametrize(("kind", "sees"), [("503", "graph 503"), ("html", "gateway 502"), ("reset", "dropped")])
async def test_outages(graph: Graph, client: Sdk, kind: str, sees: str) -> None:
    """Everything is away until it is back."""
    path = await client.listed(KEY)
    await graph.outage(kind)
    assert {await ended(client.call("GET", path)), await ended(client.add(path, Key="k"))} == {sees}
    await graph.advance(24 * 3600)
    await graph.outage("")
    assert await ended(client.add(path, Key="k")) == "fine"


async def test_a_silent_outage(graph: Graph, client: Sdk) -> None:
    """Nobody is answered until it is back."""
    path = await client.listed(KEY)
    await graph.outage("black_hole")
    waiting = asyncio.ensure_future(ended(client.call("GET", path)))
    await graph.called("lists.get")
    assert not waiting.done()
    await graph.outage("")
    assert await waiting == "dropped"


async def test_agents(graph: Graph) -> None:
    """A User-Agent that does not say who calls is a complaint, once."""
    headers = {"Authorization": f"Bearer {graph.token}", "client-request-id": "7"}
    for _ in range(2):
        async with graph.session.get(f"{graph.base_url}/sites/{graph.site}", headers=headers) as response:
            assert response.status == 200
            assert response.headers["client-request-id"] == "7"
            assert response.headers["request-id"]
    assert len((await graph.report())["complaints"]) == 1
