"""The stand-in's items answer and refuse as SharePoint's do, seen through msgraph-sdk."""

from __future__ import annotations

from typing import Any

import pytest
from kiota_abstractions.base_request_configuration import RequestConfiguration
from msgraph.generated.models.field_value_set import FieldValueSet
from msgraph.generated.models.list_item import ListItem

from tests.standins.graph.client import Graph, Refused
from tests.standins.graph.sdk import KEY, WORDS, Sdk, refusal

pytestmark = pytest.mark.filterwarnings(
    "ignore::DeprecationWarning:msgraph", "ignore::DeprecationWarning:kiota_abstractions"
)

Json = dict[str, Any]
MIXED: list[Json] = [
    KEY,
    WORDS,
    {"name": "Out", "number": {"minimum": 0, "maximum": 9}},
    {"name": "Real", "boolean": {}},
    {"name": "Opened", "dateTime": {}, "indexed": True},
    {"name": "Day", "dateTime": {"format": "dateOnly"}},
    {"name": "Pool", "choice": {"choices": ["on site", "remote"]}},
    {"name": "Free", "choice": {"choices": ["a"], "allowTextEntry": True}},
    {"name": "Pools", "choice": {"choices": ["on site", "remote"], "displayAs": "checkBoxes"}},
    {"name": "Short", "text": {"maxLength": 5}},
    {"name": "Must", "text": {}, "required": True},
]


@pytest.mark.parametrize(
    ("fields", "stored"),
    [
        ({"Short": "2026"}, "2026"),
        ({"Key": "2026-11-22"}, "2026-11-22"),
        ({"Key": "x" * 255}, "x" * 255),
        ({"Words": "one\ntwo"}, "one\ntwo"),
        ({"Words": "x" * 60_000}, "x" * 60_000),
        ({"Out": 4.5}, 4.5),
        ({"Real": False}, False),
        ({"Opened": "2026-11-22T10:00:00.999+01:00"}, "2026-11-22T09:00:00Z"),
        ({"Day": "2026-11-22"}, "2026-11-22T00:00:00Z"),
        ({"Pool": "remote"}, "remote"),
        ({"Free": "anything"}, "anything"),
        ({"Pools@odata.type": "Collection(Edm.String)", "Pools": ["remote"]}, ["remote"]),
        ({"Key": ""}, None),
        ({"Key": None}, None),
        ({"Short": "'=1+1"}, "'=1+1"),
    ],
)
async def test_values(client: Sdk, fields: Json, stored: object) -> None:
    """What fits comes back as SharePoint keeps it: seconds in UTC, nothing for what is empty."""
    path = await client.listed(*MIXED)
    made = await client.add(path, Must="there", **fields)
    shown = await client.call("GET", f"{path}/items/{made['id']}?$expand=fields")
    name = next(reversed(fields))
    assert shown["fields"].get(name) == stored
    assert (name in shown["fields"]) == (stored is not None)


@pytest.mark.parametrize(
    "fields",
    [
        {"Nothing": "x"},
        {"key": "x"},
        {"Key": 7},
        {"Key": "one\ntwo"},
        {"Key": "one\rtwo"},
        {"Key": "x" * 256},
        {"Key": "\N{GRINNING FACE}" * 128},
        {"Key": "bell\a"},
        {"Words": "x" * 64_000},
        {"Short": "123456"},
        {"Out": "4"},
        {"Out": True},
        {"Out": 10},
        {"Real": "yes"},
        {"Real": 1},
        {"Opened": 1_790_000_000},
        {"Opened": "22 November"},
        {"Opened": "2026-11-22T10:00:00"},
        {"Opened": "2026-02-30T10:00:00Z"},
        {"Pool": "elsewhere"},
        {"Pool": ["remote"]},
        {"Pools": ["remote"]},
        {"Pools@odata.type": "Collection(Edm.String)", "Pools": "remote"},
        {"Pools@odata.type": "Collection(Edm.String)", "Pools": ["elsewhere"]},
        {"Must": None},
        {"Must": ""},
        {"Created": "2026-11-22T10:00:00Z"},
        {"Editor": "Anna"},
    ],
)
async def test_values_that_are_refused(graph: Graph, client: Sdk, fields: Json) -> None:
    """A field that is not there, is read-only, or whose value does not fit its column: 400, and no row."""
    path = await client.listed(*MIXED)
    assert (await refusal(client.add(path, **({"Must": "there"} | fields))))[:2] == (400, "invalidRequest")
    assert await graph.rows("Log") == []


@pytest.mark.parametrize(
    "body", [{}, {"fields": []}, {"fields": {}, "eTag": "x"}, {"Key": "x"}, [], {"fields": {"id": "7"}}]
)
async def test_bodies_that_are_refused(client: Sdk, body: object) -> None:
    """Only `fields`, and as an object."""
    path = await client.listed(KEY)
    assert (await refusal(client.call("POST", f"{path}/items", body)))[0] == 400


async def test_content_types(graph: Graph, client: Sdk) -> None:
    """JSON must be called JSON, and be some."""
    path = await client.listed(KEY)
    url, headers = f"{graph.base_url}{path}/items", {"Authorization": f"Bearer {graph.token}"}
    for data, kind, status in (
        (b'{"fields": {}}', "text/plain", 415),
        (b'{"fields": {}}', "application/x-www-form-urlencoded", 415),
        (b'{"fields": {', "application/json", 400),
        (b"[" * 5000, "application/json", 400),
        (b'{"fields": {"Key": "\\ud800"}}', "application/json", 400),
        (b'{"fields": {"Key": "\\ud83d\\ude00"}}', "application/json", 201),
        (b'{"fields": {}}', "application/json; charset=utf-8", 201),
    ):
        async with graph.session.post(url, data=data, headers=headers | {"Content-Type": kind}) as response:
            assert response.status == status


async def test_unique_values(client: Sdk) -> None:
    """A second row with the same key is refused whatever its capitals; a change and an empty key are not."""
    path = await client.listed(KEY)
    first = await client.add(path, Key="2026-0042/7")
    status, code, words = await refusal(client.add(path, Key="2026-0042/7"))
    assert (status, code) == (400, "invalidRequest")
    assert "unique constraints" in words
    other = await client.add(path, Key="Abc")
    assert (await refusal(client.add(path, Key="aBC")))[0] == 400
    fields = f"{path}/items/{other['id']}/fields"
    assert (await refusal(client.call("PATCH", fields, {"Key": "2026-0042/7"})))[0] == 400
    await client.call("PATCH", fields, {"Key": "ABC"})
    await client.call("PATCH", fields, {"Key": None})
    await client.add(path)
    await client.call("DELETE", f"{path}/items/{first['id']}")
    await client.add(path, Key="2026-0042/7")


@pytest.mark.parametrize("code", ["resourceModified", "preconditionFailed"])
async def test_etags(graph: Graph, client: Sdk, code: str) -> None:
    """A change with the version it is based on is refused with 412 once another came between, whatever the code."""
    await graph.settings(conflict_code=code)
    path = await client.listed(KEY, WORDS)
    made = await client.add(path, Key="k", Words="mine")
    builder = client.items(path.rpartition("/")[2]).by_list_item_id(made["id"]).fields

    def change(etag: str, words: str) -> Any:  # noqa: ANN401 - the SDK's request
        info = builder.to_patch_request_information(FieldValueSet(additional_data={"Words": words}))
        info.headers.try_add("If-Match", etag)
        return info

    changed = await client.send(change(made["eTag"], "mine again"))
    assert changed["@odata.etag"] == made["eTag"].replace(",1", ",2")
    await graph.edit("Log", made["id"], {"Words": "theirs"}, by="anna@example.com")
    assert (await refusal(client.send(change(changed["@odata.etag"], "lost"))))[:2] == (412, code)
    gone = client.call("DELETE", f"{path}/items/{made['id']}", If_Match=changed["@odata.etag"])
    assert (await refusal(gone))[0] == 412
    await client.send(change("*", "anyway"))
    assert await graph.rows("Log") == [{"Key": "k", "Words": "anyway"}]
    await client.send(builder.to_patch_request_information(FieldValueSet(additional_data={"Words": None})))
    assert await graph.rows("Log") == [{"Key": "k"}]


async def test_who_changed_it(graph: Graph, client: Sdk) -> None:
    """A person has an e-mail address; an app has an id, and a user without an address beside it."""
    path = await client.listed(KEY)
    made = await client.add(path, Key="k")
    assert made["lastModifiedBy"]["application"]["id"] == graph.names["client_id"]
    assert "email" not in made["lastModifiedBy"]["user"]
    await graph.edit("Log", made["id"], {"Key": "l"}, by="anna.kiss@example.com")
    shown = await client.call("GET", f"{path}/items/{made['id']}")
    assert shown["lastModifiedBy"]["user"]["email"] == "anna.kiss@example.com"
    assert shown["lastModifiedBy"]["user"]["displayName"] == "Anna Kiss"
    assert "application" not in shown["lastModifiedBy"]
    assert shown["createdBy"] == made["createdBy"]
    assert "fields" not in shown
    await graph.add("Log", {"Key": "m"}, by="béla@example.com")
    await graph.delete("Log", made["id"])
    with pytest.raises(Refused, match="unique"):
        await graph.add("Log", {"Key": "M"})
    assert await graph.rows("Log") == [{"Key": "m"}]


async def test_items_by_the_sdks_models(graph: Graph, client: Sdk) -> None:
    """An item made by the SDK's model, found by its key through the SDK's query."""
    key = (await client.listed(KEY, WORDS)).rpartition("/")[2]
    fields = FieldValueSet(additional_data={"Key": "it's", "Words": "w"})
    await client.send(client.items(key).to_post_request_information(ListItem(fields=fields)))
    query = client.items(key).ItemsRequestBuilderGetQueryParameters(
        filter="fields/Key eq 'it''s'", expand=["fields($select=Key)"], top=2
    )
    info = client.items(key).to_get_request_information(RequestConfiguration(query_parameters=query))
    found = (await client.send(info))["value"]
    assert [{name: value for name, value in one["fields"].items() if "@" not in name} for one in found] == [
        {"Key": "it's"}
    ]


@pytest.mark.parametrize(
    ("filtered", "keys"),
    [
        ("fields/Key eq 'K3'", ["k3"]),
        ("fields/Key ne 'k3' and fields/Level le 2", ["k0", "k1", "k2"]),
        ("fields/Level gt 2 or fields/Key eq 'k0'", ["k0", "k3", "k4"]),
        ("(fields/Level gt 2 or fields/Key eq 'k0') and fields/Level lt 4", ["k0", "k3"]),
        ("startswith(fields/Key,'K')", ["k0", "k1", "k2", "k3", "k4"]),
        ("fields/At ge '2026-11-25T00:00:03Z'", ["k3", "k4"]),
        ("fields/Level eq null", []),
    ],
)
async def test_filters(client: Sdk, filtered: str, keys: list[str]) -> None:
    """Indexed columns are found by equality, order and beginning."""
    columns: list[Json] = [{"name": "Level", "number": {}, "indexed": True}, {"name": "At", "dateTime": {}}]
    path = await client.listed(KEY, *(one | {"indexed": True} for one in columns))
    for number in range(5):
        await client.add(path, Key=f"k{number}", Level=number, At=f"2026-11-25T00:00:0{number}Z")
    found = await client.call("GET", f"{path}/items?$expand=fields&$filter={filtered}")
    assert [one["fields"]["Key"] for one in found["value"]] == keys


async def test_filters_that_are_refused(graph: Graph, client: Sdk) -> None:
    """A column without an index, or not there, or compared with something else: 400; dared, only in small lists."""
    path = await client.listed(KEY, {"name": "Level", "number": {}})
    for number in range(6):
        await client.add(path, Key=f"k{number}", Level=number)
    bare = f"{path}/items?$filter=fields/Level eq 3"
    _, code, words = await refusal(client.call("GET", bare))
    assert code == "invalidRequest"
    assert "'Level' cannot be referenced in filter or orderby as it is not indexed" in words
    assert "HonorNonIndexedQueriesWarningMayFailRandomly" in words
    assert (await refusal(client.call("GET", f"{path}/items?$orderby=fields/Level")))[0] == 400
    dared = {"Prefer": "HonorNonIndexedQueriesWarningMayFailRandomly"}
    assert len((await client.call("GET", bare, None, **dared))["value"]) == 1
    await graph.settings(threshold=5)
    assert "threshold" in (await refusal(client.call("GET", bare, None, **dared)))[2]
    assert "threshold" in (await refusal(client.call("GET", f"{path}/items?$filter=fields/Key ge 'k'")))[2]
    assert len((await client.call("GET", f"{path}/items?$filter=fields/Key eq 'k3'"))["value"]) == 1
    for wrong in ("Key eq 'k'", "fields/Gone eq 'k'", "fields/Key eq 3", "fields/Key like 'k'", "fields/Key eq 'k' and",
                  "fields/Key eq", "(fields/Key eq 'k'", "contains(fields/Key,'k')"):  # fmt: skip
        assert (await refusal(client.call("GET", f"{path}/items?$filter={wrong}")))[0] == 400


async def test_pages(graph: Graph, client: Sdk) -> None:
    """Links lead through a list whose items come and go meanwhile; what was asked for stays asked for."""
    await graph.settings(page=3)
    path = await client.listed(KEY)
    for number in range(8):
        await client.add(path, Key=f"k{number}")
    page = await client.call("GET", f"{path}/items?$expand=fields($select=Key)")
    await graph.delete("Log", "2")
    await graph.add("Log", {"Key": "late"})
    keys = []
    builder = client.items(path.rpartition("/")[2])
    while True:
        keys += [one["fields"]["Key"] for one in page["value"]]
        if "@odata.nextLink" not in page:
            break
        page = await client.send(builder.with_url(page["@odata.nextLink"]).to_get_request_information())
    assert keys == [*(f"k{number}" for number in range(8)), "late"]
    ordered = await client.call("GET", f"{path}/items?$expand=fields&$orderby=fields/Key desc&$top=2")
    assert [one["fields"]["Key"] for one in ordered["value"]] == ["late", "k7"]
    assert (await refusal(client.call("GET", f"{path}/items?$top=0")))[0] == 400


async def test_select_and_expand(client: Sdk) -> None:
    """`$select` keeps what it names, `$expand` takes fields that are there."""
    path = await client.listed(KEY, WORDS)
    made = await client.add(path, Key="k", Words="w", Title="t")
    shown = await client.call("GET", f"{path}/items?$select=id&$expand=fields($select=Words,Modified)")
    assert set(shown["value"][0]) == {"@odata.etag", "id", "fields", "fields@odata.context"}
    assert set(shown["value"][0]["fields"]) == {"@odata.etag", "Words", "Modified"}
    fields = await client.call("GET", f"{path}/items/{made['id']}/fields?$select=Title")
    assert set(fields) == {"@odata.etag", "Title"}
    assert (await refusal(client.call("GET", f"{path}/items?$expand=fields($select=Gone)")))[0] == 400
    assert (await refusal(client.call("GET", f"{path}/items?$expand=driveItem")))[0] == 400
    assert (await refusal(client.call("GET", f"{path}/items/99")))[:2] == (404, "itemNotFound")
