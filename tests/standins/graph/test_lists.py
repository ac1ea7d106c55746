"""The stand-in's site, lists and columns answer and refuse as SharePoint's do, seen through msgraph-sdk."""

from __future__ import annotations

from typing import Any

import pytest
from msgraph.generated.models.column_definition import ColumnDefinition
from msgraph.generated.models.list_ import List_
from msgraph.generated.models.list_info import ListInfo
from msgraph.generated.models.text_column import TextColumn

from tests.standins.graph.client import Graph, Refused
from tests.standins.graph.sdk import KEY, WORDS, Sdk, refusal

pytestmark = pytest.mark.filterwarnings(
    "ignore::DeprecationWarning:msgraph", "ignore::DeprecationWarning:kiota_abstractions"
)

Json = dict[str, Any]
GENERIC = {"template": "genericList"}


async def test_the_site_by_path_and_id(graph: Graph, client: Sdk) -> None:
    """The site answers to host and path, with a colon behind it or not, and to its id; another one is not found."""
    by_id = graph.names["site_id"]
    for key in (graph.site, f"{graph.site}:", by_id):
        site = await client.send(client.client.sites.by_site_id(key).to_get_request_information())
        assert site["id"] == by_id
    assert (await client.call("GET", f"/sites/{graph.site}"))["name"] == "continuity"
    assert (await client.call("GET", f"/sites/{graph.site}:/lists"))["value"][-1]["displayName"] == "Documents"
    other = client.call("GET", "/sites/standin.sharepoint.com:/sites/other")
    assert (await refusal(other))[:2] == (404, "itemNotFound")


@pytest.mark.parametrize(
    ("roles", "grants", "able"),
    [
        (["Sites.Selected"], [], []),
        (["Sites.Selected"], ["read"], ["read"]),
        (["Sites.Selected"], ["write"], ["read", "write"]),
        (["Sites.Selected"], ["manage"], ["read", "write", "manage"]),
        (["Sites.Selected"], ["fullcontrol"], ["read", "write", "manage", "see grants"]),
        (["Sites.Selected"], ["owner"], ["read", "write", "manage", "see grants"]),
        (["Sites.Read.All"], ["fullcontrol"], ["read"]),
        (["Sites.ReadWrite.All"], [], ["read", "write"]),
        (["Sites.FullControl.All"], [], ["read", "write", "manage", "see grants"]),
        (["User.Read.All"], ["fullcontrol"], []),
    ],
)
async def test_who_may_what(
    graph: Graph,
    client: Sdk,
    roles: list[str],
    grants: list[str],
    able: list[str],
) -> None:
    """A grant on the site or a permission for all sites decides; writing rows does not mean making lists."""
    path = await client.listed(KEY)
    await graph.settings(roles=roles, grants=grants)
    new = {"displayName": "More", "list": GENERIC}
    for call, act in (
        (client.call("GET", f"{path}/items"), "read"),
        (client.add(path, Key="k"), "write"),
        (client.call("POST", path.rpartition("/")[0], new), "manage"),
        (client.call("POST", f"{path}/columns", {"name": "N", "number": {}}), "manage"),
        (client.call("GET", f"{path.partition('/lists')[0]}/permissions"), "see grants"),
    ):
        if act in able:
            await call
        else:
            assert (await refusal(call))[:2] == (403, "accessDenied")


async def test_an_admin_grants(graph: Graph, client: Sdk) -> None:
    """Only Sites.FullControl.All hands out roles on a site, to an app that is known, one by one."""
    path = f"/sites/{graph.names['site_id']}/permissions"
    app = {"application": {"id": graph.names["client_id"], "displayName": "Backline"}}
    grant = {"roles": ["write"], "grantedToIdentities": [app]}
    assert (await refusal(client.call("POST", path, grant)))[0] == 403
    await graph.settings(roles=["Sites.FullControl.All"])
    assert (await client.call("POST", path, grant))["roles"] == ["write"]
    assert (await client.call("GET", path))["value"][0]["roles"] == ["write"]
    stranger = {"roles": ["write"], "grantedToIdentities": [{"application": {"id": "other"}}]}
    assert (await refusal(client.call("POST", path, stranger)))[0] == 400
    assert (await refusal(client.call("POST", path, grant | {"roles": ["all"]})))[0] == 400


async def test_lists_made_by_the_sdks_models(graph: Graph, client: Sdk) -> None:
    """What the SDK's own models say is taken; names are found again whatever their capitals, and are taken once."""
    column = ColumnDefinition(name="Key", text=TextColumn(max_length=80), indexed=True, enforce_unique_values=True)
    body = List_(display_name="Incident log", list_=ListInfo(template="genericList"), columns=[column])
    made = await client.send(client.site.lists.to_post_request_information(body))
    found = await client.send(client.site.lists.by_list_id("incident LOG").to_get_request_information())
    assert found["id"] == made["id"]
    again = client.send(client.site.lists.to_post_request_information(body))
    assert (await refusal(again))[:2] == (409, "nameAlreadyExists")
    path = f"/sites/{graph.names['site_id']}/lists"
    shown = await client.call("GET", f"{path}?$filter=displayName eq 'Incident log'&$expand=columns")
    assert [one["name"] for one in shown["value"]] == ["Incident log"]
    own = [one for one in shown["value"][0]["columns"] if not one["readOnly"]]
    assert [(one["name"], one["indexed"], one["enforceUniqueValues"]) for one in own] == [
        ("Title", False, False),
        ("Key", True, True),
    ]
    assert own[1]["text"]["maxLength"] == 80


@pytest.mark.parametrize(
    "body",
    [
        {"displayName": "Log"},
        {"list": GENERIC},
        {"displayName": "", "list": GENERIC},
        {"displayName": "a/b", "list": GENERIC},
        {"displayName": 7, "list": GENERIC},
        {"displayName": "Log", "list": {"template": "documentLibrary"}},
        {"displayName": "Log", "list": {"template": "nothing"}},
        {"displayName": "Log", "list": GENERIC, "columns": {}},
        {"displayName": "Log", "list": GENERIC, "colour": "red"},
        {"displayName": "Log", "list": GENERIC, "eTag": "x"},
        {"displayName": "Log", "list": GENERIC, "columns": [KEY, KEY | {"name": "key"}]},
    ],
)
async def test_lists_that_are_refused(graph: Graph, client: Sdk, body: Json) -> None:
    """Nothing is left of a list that is not right in every part."""
    status, _, _ = await refusal(client.call("POST", f"/sites/{graph.names['site_id']}/lists", body))
    assert status in (400, 409)
    assert await graph.lists() == []


@pytest.mark.parametrize(
    ("definition", "status"),
    [
        ({"text": {}}, 400),
        ({"name": "Ügyek", "text": {}}, 400),
        ({"name": "two words", "text": {}}, 400),
        ({"name": "2nd", "text": {}}, 400),
        ({"name": "x" * 33, "text": {}}, 400),
        ({"name": "Title", "text": {}}, 409),
        ({"name": "modified", "text": {}}, 409),
        ({"name": "KEY", "text": {}}, 409),
        ({"name": "N"}, 400),
        ({"name": "N", "text": {}, "number": {}}, 400),
        ({"name": "N", "personOrGroup": {}}, 400),
        ({"name": "N", "text": {"maxLength": 256}}, 400),
        ({"name": "N", "text": {"maxLength": 0}}, 400),
        ({"name": "N", "text": {"maxLength": "80"}}, 400),
        ({"name": "N", "text": {"textType": "plain"}}, 400),
        ({"name": "N", "text": {"allowMultipleLines": True, "maxLength": 80}}, 400),
        ({"name": "N", "text": {"allowMultipleLines": True, "textType": "markdown"}}, 400),
        ({"name": "N", "text": {"allowMultipleLines": True}, "indexed": True}, 400),
        ({"name": "N", "text": {}, "enforceUniqueValues": True}, 400),
        ({"name": "N", "boolean": {}, "indexed": True, "enforceUniqueValues": True}, 400),
        ({"name": "N", "text": {"allowMultipleLines": True, "appendChangesToExistingText": True}}, 400),
        ({"name": "N", "number": {}, "defaultValue": {"value": "0"}}, 400),
        ({"name": "N", "choice": {"choices": []}}, 400),
        ({"name": "N", "choice": {"choices": ["a", "a"]}}, 400),
        ({"name": "N", "choice": {"choices": ["a"], "displayAs": "checkBoxes"}, "indexed": True}, 400),
        ({"name": "N", "number": {"decimalPlaces": "two dozen"}}, 400),
        ({"name": "N", "dateTime": {"format": "week"}}, 400),
        ({"name": "N", "text": {}, "isSealed": True}, 400),
        ({"name": "N", "text": {}, "unique": True}, 400),
    ],
)
async def test_columns_that_are_refused(client: Sdk, definition: Json, status: int) -> None:
    """One type, a short plain name of its own, and only what that type has; unique only where there is an index."""
    path = await client.listed(KEY)
    assert (await refusal(client.call("POST", f"{path}/columns", definition)))[0] == status


async def test_columns_change(graph: Graph, client: Sdk) -> None:
    """Display names, indexes and limits change, names and types do not; values must be unique to be made so."""
    path = await client.listed(KEY, {"name": "Level", "number": {}})
    column = f"{path}/columns/Level"
    shown = await client.call("PATCH", column, {"displayName": "Súlyosság", "indexed": True, "number": {"minimum": 1}})
    assert (shown["name"], shown["displayName"], shown["indexed"]) == ("Level", "Súlyosság", True)
    assert (await client.call("GET", f"{path}/columns/{shown['id']}"))["number"]["minimum"] == 1
    assert (await refusal(client.call("PATCH", column, {"name": "Other"})))[0] == 400
    assert (await refusal(client.call("PATCH", column, {"text": {}})))[0] == 400
    for number in (1, 2):
        await client.add(path, Key=str(number), Level=3)
    status, _, words = await refusal(client.call("PATCH", column, {"enforceUniqueValues": True}))
    assert (status, "unique" in words) == (400, True)
    await client.call("PATCH", column, {"indexed": False})
    await client.call("DELETE", column)
    assert await graph.rows("Log") == [{"Key": "1"}, {"Key": "2"}]
    assert (await refusal(client.call("GET", column)))[0] == 404


async def test_a_line_becomes_several(client: Sdk) -> None:
    """A text column may take several lines later, if it has no index; its limit is gone then."""
    path = await client.listed(KEY, {"name": "Words", "text": {"maxLength": 80}})
    several = {"text": {"allowMultipleLines": True}}
    shown = await client.call("PATCH", f"{path}/columns/Words", several)
    assert shown["text"]["textType"] == "plain"
    assert "maxLength" not in shown["text"]
    await client.add(path, Words="x" * 300 + "\n")
    assert (await refusal(client.call("PATCH", f"{path}/columns/Key", several)))[0] == 400


async def test_twenty_indexes(client: Sdk) -> None:
    """A list has at most twenty of them."""
    path = await client.listed(*({"name": f"C{number}", "text": {}, "indexed": True} for number in range(20)))
    assert (await refusal(client.call("POST", f"{path}/columns", KEY)))[0] == 400


async def test_display_names_at_creation_are_a_complaint(graph: Graph, client: Sdk) -> None:
    """A display name that differs may become the internal name: it is better set afterwards."""
    await client.listed(KEY | {"displayName": "Kulcs"})
    assert [one["name"] for one in (await graph.report())["complaints"]] == ["Key"]


async def test_people_rename_and_delete(graph: Graph, client: Sdk) -> None:
    """A list renamed by a person keeps its id; one that was deleted is gone, and so is a column."""
    path = await client.listed(KEY, WORDS)
    await graph.rename_list("Log", "Napló")
    assert (await client.call("GET", path))["displayName"] == "Napló"
    assert (await refusal(client.call("GET", path.rpartition("/")[0] + "/Log")))[0] == 404
    await graph.delete_column("Napló", "Words")
    status, code, words = await refusal(client.add(path, Key="k", Words="w"))
    assert (status, code, words) == (400, "invalidRequest", "Field 'Words' is not recognized")
    await graph.delete_list("Napló")
    assert (await refusal(client.add(path, Key="k")))[:2] == (404, "itemNotFound")
    with pytest.raises(Refused):
        await graph.delete_list("Napló")


async def test_people_change_a_column(graph: Graph, client: Sdk) -> None:
    """A column of another kind keeps what fits and loses the rest; another display name changes nothing."""
    path = await client.listed(KEY, {"name": "Level", "text": {}})
    await client.add(path, Key="k", Level="three")
    await graph.change_column("Log", "Level", displayName="Súlyosság")
    await client.add(path, Key="l", Level="four")
    await graph.change_column("Log", "Level", number={})
    assert await graph.rows("Log") == [{"Key": "k"}, {"Key": "l"}]
    assert (await refusal(client.add(path, Key="m", Level="three")))[0] == 400
    await client.add(path, Key="m", Level=3)


async def test_the_apps_own_renames(graph: Graph, client: Sdk) -> None:
    """An app gives a list another display name, with the version it knows, and deletes it."""
    path = await client.listed(KEY)
    etag = (await client.call("GET", path))["eTag"]
    await client.call("PATCH", path, {"displayName": "Napló"}, If_Match=etag)
    assert (await refusal(client.call("PATCH", path, {"displayName": "Other"}, If_Match=etag)))[0] == 412
    assert (await refusal(client.call("PATCH", path, {"displayName": "Documents"})))[0] == 409
    assert [(one["name"], one["displayName"]) for one in await graph.lists()] == [("Log", "Napló")]
    await client.call("DELETE", path)
    assert await graph.lists() == []


async def test_addresses_that_are_not_there(client: Sdk) -> None:
    """An unknown segment is 400, a method that is not taken 405, a query option that is not known 400."""
    path = await client.listed(KEY)
    assert (await refusal(client.call("GET", "/planets")))[:2] == (400, "BadRequest")
    assert (await refusal(client.call("DELETE", f"{path}/items")))[0] == 405
    assert (await refusal(client.call("GET", f"{path}/items?$skip=5")))[0] == 400
