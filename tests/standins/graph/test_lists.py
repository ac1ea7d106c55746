"""The stand-in's lists answer and refuse as SharePoint's do, seen through msgraph-sdk."""

from __future__ import annotations

import pytest

from tests.standins.graph.client import Graph
from tests.standins.graph.sdk import Sdk

pytestmark = pytest.mark.filterwarnings(
    "ignore::DeprecationWarning:msgraph", "ignore::DeprecationWarning:kiota_abstractions"
)

KEY = {"name": "Key", "text": {}, "indexed": True, "enforceUniqueValues": True}
WORDS = {"name": "Words", "text": {"allowMultipleLines": True, "textType": "plain"}}


async def test_rows_of_a_batch(graph: Graph, client: Sdk) -> None:
    """A batch's parts are answered one by one: a second row with the same key is refused, the others are there."""
    site = await client.send(client.client.sites.by_site_id(graph.site).to_get_request_information())
    assert site["id"] == graph.names["site_id"]
    path = f"/sites/{site['id']}/lists"
    made = await client.call(
        "POST", path, {"displayName": "Log", "list": {"template": "genericList"}, "columns": [KEY, WORDS]}
    )
    parts = [
        {
            "id": str(number),
            "method": "POST",
            "url": f"{path}/{made['id']}/items",
            "headers": {"Content-Type": "application/json"},
            "body": {"fields": {"Key": f"k{number % 19}", "Words": "one\ntwo"}},
        }
        for number in range(20)
    ]
    answers = (await client.call("POST", "/$batch", {"requests": parts}))["responses"]
    assert sorted(one["status"] for one in answers) == [201] * 19 + [400]
    assert {row["Key"] for row in await graph.rows("Log")} == {f"k{number}" for number in range(19)}
    assert await graph.report() == {"violations": [], "complaints": []}
