"""The stand-in's change feed: links, repeats, deletions, tokens that are too old."""

from __future__ import annotations

from typing import Any

import pytest

from tests.standins.graph.client import Graph
from tests.standins.graph.sdk import KEY, Sdk, refusal

pytestmark = pytest.mark.filterwarnings(
    "ignore::DeprecationWarning:msgraph", "ignore::DeprecationWarning:kiota_abstractions"
)

Json = dict[str, Any]


async def drained(client: Sdk, url: str) -> tuple[list[Json], str]:
    """Everything up to the link for the next time, and that link."""
    found: list[Json] = []
    while True:
        page = await client.call("GET", url.removeprefix(client.graph.base_url))
        found += page["value"]
        if "@odata.deltaLink" in page:
            return found, str(page["@odata.deltaLink"])
        url = page["@odata.nextLink"]


async def test_from_now_on(graph: Graph, client: Sdk) -> None:
    """`token=latest` is empty; afterwards what was added, changed and deleted comes, with who did it."""
    path = await client.listed(KEY)
    for key in ("a", "b"):
        await client.add(path, Key=key)
    found, link = await drained(client, f"{path}/items/delta?token=latest&$expand=fields")
    assert found == []
    assert (await drained(client, link))[0] == []
    await graph.edit("Log", "1", {"Key": "c"}, by="anna@example.com")
    await graph.delete("Log", "2")
    await graph.add("Log", {"Key": "d"}, by="anna@example.com")
    builder = client.items(path.rpartition("/")[2]).delta
    page = await client.send(builder.with_url(link).to_get_request_information())
    changed, deleted, added = page["value"]
    assert changed["fields"]["Key"] == "c"
    assert changed["lastModifiedBy"]["user"]["email"] == "anna@example.com"
    assert (deleted["id"], deleted["deleted"], "fields" in deleted) == ("2", {"state": "deleted"}, False)
    assert (added["id"], added["fields"]["Key"]) == ("3", "d")
    assert (await drained(client, page["@odata.deltaLink"]))[0] == []


async def test_items_repeat_and_the_last_one_counts(graph: Graph, client: Sdk) -> None:
    """An item changed twice comes twice, the old state first; without repeats it comes once."""
    path = await client.listed(KEY)
    _, link = await drained(client, f"{path}/items/delta?token=latest&$expand=fields($select=Key)")
    await client.add(path, Key="a")
    await graph.edit("Log", "1", {"Key": "b"})
    found, _ = await drained(client, link)
    assert [(one["eTag"][-3:-1], one["fields"]["Key"]) for one in found] == [(",1", "a"), (",2", "b")]
    await graph.settings(delta_repeats=False)
    found, _ = await drained(client, link)
    assert [one["fields"]["Key"] for one in found] == ["b"]


async def test_whole_lists_come_in_pages(graph: Graph, client: Sdk) -> None:
    """Without a token everything comes, page by page; what changes meanwhile comes the next time."""
    await graph.settings(delta_page=2)
    path = await client.listed(KEY)
    for number in range(5):
        await client.add(path, Key=f"k{number}")
    first = await client.call("GET", f"{path}/items/delta?$expand=fields")
    assert len(first["value"]) == 2
    await graph.edit("Log", "1", {"Key": "changed"})
    await graph.delete("Log", "5")
    rest, link = await drained(client, first["@odata.nextLink"])
    assert [one["fields"]["Key"] for one in rest] == ["k2", "k3"]
    found, _ = await drained(client, link)
    assert [(one["id"], "deleted" in one) for one in found] == [("1", False), ("5", True)]


async def test_tokens_that_are_too_old(graph: Graph, client: Sdk) -> None:
    """410 says where to begin anew, and there everything comes; a token made up is 400."""
    path = await client.listed(KEY)
    await client.add(path, Key="a")
    _, link = await drained(client, f"{path}/items/delta?token=latest&$expand=fields")
    await graph.resync("Log")
    headers = {"Authorization": f"Bearer {graph.token}"}
    async with graph.session.get(link, headers=headers) as response:
        assert response.status == 410
        error, location = (await response.json())["error"], response.headers["Location"]
    assert (error["code"], error["innerError"]["code"]) == ("resyncRequired", "resyncChangesApplyDifferences")
    found, link = await drained(client, location)
    assert [one["fields"]["Key"] for one in found] == ["a"]
    await graph.add("Log", {"Key": "b"})
    assert [one["fields"]["Key"] for one in (await drained(client, link))[0]] == ["b"]
    assert (await refusal(client.call("GET", f"{path}/items/delta?token=mine")))[0] == 400


async def test_a_deleted_list_has_no_feed(graph: Graph, client: Sdk) -> None:
    """404, with a token or without."""
    path = await client.listed(KEY)
    _, link = await drained(client, f"{path}/items/delta?token=latest")
    await graph.delete_list("Log")
    assert (await refusal(client.call("GET", link.removeprefix(graph.base_url))))[0] == 404
