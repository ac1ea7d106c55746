"""The stand-in from a test's side: `async with running() as graph:` and then people edit, one line each."""

from __future__ import annotations

import asyncio
import base64
import os
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

import aiohttp

from tests.standins.graph.app import serve
from tests.standins.graph.errors import Json

ROOT = Path(__file__).parents[3]


class Refused(Exception):
    """The control API said no: a person cannot do that, or the order makes no sense."""


@dataclass(frozen=True, slots=True)
class Graph:
    """A running stand-in; `names` is what the control API's `where` says."""

    names: Json
    session: aiohttp.ClientSession

    @property
    def address(self) -> str:
        """Where it is, in the clear."""
        return str(self.names["address"])

    @property
    def base_url(self) -> str:
        """What GRAPH_BASE_URL is to be set to."""
        return f"{self.address}/v1.0"

    @property
    def authority(self) -> str:
        """What AZURE_AUTHORITY_HOST is to be set to: with TLS, by a certificate that only `trusted` vouches for."""
        return str(self.names["tls_address"])

    @property
    def trusted(self) -> str:
        """The file (PEM) with which the login service is trusted."""
        return str(self.names["trusted"])

    @property
    def token(self) -> str:
        """What GRAPH_TOKEN may be set to."""
        return str(self.names["token"])

    @property
    def site(self) -> str:
        """What GRAPH_SITE is to be set to: `host:/sites/name`."""
        return str(self.names["site"])

    async def control(self, verb: str, path: str, body: Json | None = None, /, **query: str) -> Any:  # noqa: ANN401 - JSON
        """Any order of the control API. Raises Refused with its words."""
        url = f"{self.address}/_control/{path}"
        async with self.session.request(verb, url, params=query, json=body) as response:
            answer = await response.json()
            if response.status != 200:
                raise Refused(answer["error"])
            return answer

    async def settings(self, **changes: object) -> Json:
        """Change settings (`model.Settings`); all of them as they are then."""
        return dict(await self.control("PATCH", "settings", changes))

    async def fault(self, op: str, kind: str, **details: object) -> None:
        """Order a fault (`faults.Fault`): `count`, `skip`, `chance`, `list`, `where`, `batched`, `accepted`, …"""
        await self.control("POST", "faults", {"op": op, "kind": kind, **details})

    async def faults(self) -> list[Json]:
        """The faults ordered, with their `hits`."""
        return list(await self.control("GET", "faults"))

    async def heal(self) -> None:
        """No more faults."""
        await self.control("DELETE", "faults")

    async def outage(self, kind: str = "503", login: str | None = None) -> None:
        """Graph is away ("reset", "503", "html", "black_hole"), or back (""); so is the login service if said."""
        await self.settings(outage=kind, **({} if login is None else {"login_outage": login}))

    async def advance(self, seconds: float) -> None:
        """Put the service's clock ahead: windows, budgets and tokens go by it."""
        await self.control("POST", "clock", {"advance": seconds})

    async def expire_tokens(self) -> None:
        """Every token issued so far is over."""
        await self.control("POST", "expire", {})

    async def certificate(self, pem: str) -> None:
        """The app may log in with this certificate."""
        await self.control("POST", "certificate", {"pem": pem})

    async def calls(self, op: str = "", after: int = 0) -> list[Json]:
        """Calls so far (`model.Call`), parts of batches among them, of one operation if named."""
        return list(await self.control("GET", "calls", op=op, after=str(after)))

    async def called(self, op: str, times: int = 1, seconds: float = 20.0) -> None:
        """Wait until an operation has been called so often. Raises TimeoutError."""
        async with asyncio.timeout(seconds):
            while True:
                if len(await self.calls(op)) >= times:
                    return
                await asyncio.sleep(0.01)

    async def report(self) -> Json:
        """`violations` of Retry-After, and `complaints`."""
        return dict(await self.control("GET", "report"))

    async def units(self) -> Json:
        """Resource units: `minutes` [[minute, units], …], `most` within any minute, `used` within the last."""
        return dict(await self.control("GET", "units"))

    async def lists(self) -> list[Json]:
        """The lists as Graph shows them, with their columns."""
        return list(await self.control("GET", "lists"))

    async def rename_list(self, title: str, new: str) -> None:
        """A person renames a list; its id and its name stay."""
        await self.control("PATCH", f"lists/{quote(title, safe='')}", {"displayName": new})

    async def delete_list(self, title: str) -> None:
        """A person deletes a list."""
        await self.control("DELETE", f"lists/{quote(title, safe='')}")

    async def resync(self, title: str) -> None:
        """A list's delta tokens are too old from now on: 410."""
        await self.control("POST", f"lists/{quote(title, safe='')}/resync", {})

    async def add_column(self, title: str, definition: Json) -> None:
        """A person adds a column."""
        await self.control("POST", f"lists/{quote(title, safe='')}/columns", {"definition": definition})

    async def change_column(self, title: str, column: str, **changes: object) -> None:
        """A person changes a column: `displayName`, `indexed`, a facet, another kind (`number={}`), …"""
        await self.control("PATCH", f"lists/{quote(title, safe='')}/columns/{column}", {"changes": changes})

    async def delete_column(self, title: str, column: str) -> None:
        """A person deletes a column."""
        await self.control("DELETE", f"lists/{quote(title, safe='')}/columns/{column}")

    async def rows(self, title: str) -> list[Json]:
        """What stands in a list's own columns, oldest item first."""
        return list(await self.control("GET", f"lists/{quote(title, safe='')}/rows"))

    async def items(self, title: str) -> list[Json]:
        """A list's items as Graph shows them: `id`, `eTag`, `lastModifiedBy`, `fields`, …"""
        return list(await self.control("GET", f"lists/{quote(title, safe='')}/items"))

    async def add(self, title: str, fields: Json, by: str = "somebody@example.com") -> Json:
        """A person adds an item."""
        return dict(await self.control("POST", f"lists/{quote(title, safe='')}/items", {"fields": fields, "by": by}))

    async def edit(self, title: str, item: str, fields: Json, by: str = "somebody@example.com") -> Json:
        """A person changes an item; None empties a field."""
        path = f"lists/{quote(title, safe='')}/items/{item}"
        return dict(await self.control("PATCH", path, {"fields": fields, "by": by}))

    async def delete(self, title: str, item: str) -> None:
        """A person deletes an item."""
        await self.control("DELETE", f"lists/{quote(title, safe='')}/items/{item}")

    async def files(self) -> list[Json]:
        """The files: `path`, `version`, `size`, `sizes`, `media`, `locked`, `by`."""
        return list(await self.control("GET", "files"))

    async def file(self, path: str) -> bytes:
        """What is in a file."""
        return base64.b64decode((await self.control("GET", "file", path=path))["content"])

    async def write(self, path: str, content: bytes, by: str = "somebody@example.com") -> None:
        """A person writes a file."""
        body = {"path": path, "content": base64.b64encode(content).decode(), "by": by}
        await self.control("POST", "file", body)

    async def lock(self, path: str, *, locked: bool = True) -> None:
        """Somebody opens or closes a file."""
        await self.control("POST", "lock", {"path": path, "locked": locked})


@asynccontextmanager
async def running() -> AsyncIterator[Graph]:
    """The stand-in in this process."""
    async with serve() as control, aiohttp.ClientSession() as session:
        yield Graph(await control.where({}), session)


@asynccontextmanager
async def spawned() -> AsyncIterator[Graph]:
    """The stand-in as a process of its own."""
    command = [sys.executable, "-m", "tests.standins.graph", "--port", "0"]
    env = {**os.environ, "PYTHONUNBUFFERED": "1"}
    process = await asyncio.create_subprocess_exec(*command, cwd=ROOT, env=env, stdout=asyncio.subprocess.PIPE)
    try:
        assert process.stdout
        address = (await process.stdout.readline()).decode().strip()
        async with aiohttp.ClientSession() as session, session.get(f"{address}/_control/where") as response:
            yield Graph(await response.json(), session)
    finally:
        if process.returncode is None:
            process.terminate()
        await process.wait()
