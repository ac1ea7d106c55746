"""The stand-in's document library: files put, read, listed, locked."""

from __future__ import annotations

from typing import Any

import pytest
from kiota_abstractions.request_information import RequestInformation

from tests.standins.graph.client import Graph
from tests.standins.graph.sdk import Sdk, refusal

pytestmark = pytest.mark.filterwarnings(
    "ignore::DeprecationWarning:msgraph", "ignore::DeprecationWarning:kiota_abstractions"
)

WORD = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"


def file(client: Sdk, path: str) -> Any:  # noqa: ANN401 - the SDK's builder
    """A file's builder."""
    drive = client.graph.names["drive_id"]
    return client.client.drives.by_drive_id(drive).items.by_drive_item_id(f"root:/{path}:")


def put(client: Sdk, path: str, content: bytes, **headers: str) -> RequestInformation:
    """The request that writes a file."""
    info: RequestInformation = file(client, path).content.to_put_request_information(content)
    info.headers.remove("Content-Type")
    info.headers.add("Content-Type", WORD)
    for name, value in headers.items():
        info.headers.add(name.replace("_", "-"), value)
    return info


async def test_the_drive(graph: Graph, client: Sdk) -> None:
    """The site has one drive; another is not found."""
    drive = await client.send(client.site.drive.to_get_request_information())
    assert drive["id"] == graph.names["drive_id"]
    assert [one["id"] for one in (await client.send(client.site.drives.to_get_request_information()))["value"]] == [
        drive["id"]
    ]
    assert (await refusal(client.call("GET", "/drives/b!other/root/children")))[0] == 404


async def test_files_are_put_and_read(graph: Graph, client: Sdk) -> None:
    """A file is written with its folders, written over as a new version, listed, read back byte for byte."""
    made = await client.send(put(client, "Reports/2026/Incident 2026-0042.docx", b"first"))
    again = await client.send(put(client, "Reports/2026/Incident 2026-0042.docx", b"\x00second\xff"))
    assert (made["id"], made["eTag"] == again["eTag"]) == (again["id"], False)
    assert again["file"]["mimeType"] == WORD
    info = file(client, "Reports/2026/Incident 2026-0042.docx").content.to_get_request_information()
    assert await client.adapter.send_primitive_async(info, "bytes", {}) == b"\x00second\xff"
    drive = f"/drives/{graph.names['drive_id']}"
    inside = (await client.call("GET", f"{drive}/root:/Reports/2026:/children"))["value"]
    assert [(one["name"], one["size"]) for one in inside] == [("Incident 2026-0042.docx", 8)]
    top = (await client.call("GET", f"{drive}/items/root/children"))["value"]
    assert [(one["name"], one["folder"]["childCount"]) for one in top] == [("Reports", 1)]
    assert await graph.file("Reports/2026/Incident 2026-0042.docx") == b"\x00second\xff"
    assert [(one["version"], one["sizes"]) for one in await graph.files()] == [(2, [5, 8])]
    await client.call("DELETE", f"{drive}/items/{made['id']}")
    assert await graph.files() == []


async def test_conflicts(graph: Graph, client: Sdk) -> None:
    """What is there is written over, kept or left beside, as `conflictBehavior` says; an old version is 412."""
    made = await client.send(put(client, "a.docx", b"1"))
    drive = f"/drives/{graph.names['drive_id']}"
    headers = {"Authorization": f"Bearer {graph.token}", "Content-Type": WORD}
    url = f"{graph.base_url}{drive}/root:/a.docx:/content"
    for behaviour, status in (("fail", 409), ("rename", 201), ("replace", 200), ("merge", 400)):
        query = {"@microsoft.graph.conflictBehavior": behaviour}
        async with graph.session.put(url, params=query, data=b"2", headers=headers) as response:
            assert response.status == status
    assert [one["path"] for one in await graph.files()] == ["a.docx", "a 1.docx"]
    assert (await refusal(client.send(put(client, "a.docx", b"3", If_Match=made["eTag"]))))[0] == 412
    await graph.write("a.docx", b"theirs", by="anna@example.com")
    shown = await client.call("GET", f"{drive}/root:/a.docx")
    assert shown["lastModifiedBy"]["user"]["email"] == "anna@example.com"
    await client.send(put(client, "a.docx", b"3", If_Match=shown["eTag"]))


async def test_locked_files(graph: Graph, client: Sdk) -> None:
    """A file that somebody has open is 423, and stays as it is."""
    await client.send(put(client, "a.docx", b"1"))
    await graph.lock("a.docx")
    assert (await refusal(client.send(put(client, "a.docx", b"2"))))[:2] == (423, "resourceLocked")
    assert (await refusal(client.call("DELETE", f"/drives/{graph.names['drive_id']}/root:/a.docx")))[0] == 423
    assert await graph.file("a.docx") == b"1"
    await graph.lock("a.docx", locked=False)
    await client.send(put(client, "a.docx", b"2"))


@pytest.mark.parametrize("path", ['a"b.docx', "a*b.docx", " a.docx", "a .docx /b", "a./b.docx", "a|b.docx", "x" * 256])
async def test_names_that_are_refused(graph: Graph, client: Sdk, path: str) -> None:
    """Signs, blanks and lengths that SharePoint does not take."""
    assert (await refusal(client.send(put(client, path, b"1"))))[0] == 400
    assert await graph.files() == []


async def test_folders(graph: Graph, client: Sdk) -> None:
    """A folder is made once."""
    path = f"/drives/{graph.names['drive_id']}/root/children"
    await client.call("POST", path, {"name": "Reports", "folder": {}})
    assert (await refusal(client.call("POST", path, {"name": "Reports", "folder": {}})))[0] == 409
    assert (await refusal(client.call("POST", path, {"name": "File"})))[0] == 400
    assert (await refusal(client.call("GET", f"/drives/{graph.names['drive_id']}/root:/Other:/children")))[0] == 404


async def test_readers_do_not_write(graph: Graph, client: Sdk) -> None:
    """The role read reads."""
    await client.send(put(client, "a.docx", b"1"))
    await graph.settings(grants=["read"])
    assert (await refusal(client.send(put(client, "a.docx", b"2"))))[0] == 403
    assert (await client.call("GET", f"/drives/{graph.names['drive_id']}/root:/a.docx"))["size"] == 1
