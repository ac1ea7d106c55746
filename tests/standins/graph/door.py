"""Graph's door: token, budget, faults, answer. Every request and every part of a batch goes through it.

Sources: learn.microsoft.com/graph/errors, …/graph/throttling, …/graph/json-batching.
"""

from __future__ import annotations

import asyncio
import json
import random
import re
import uuid
from dataclasses import dataclass, field, replace

from aiohttp import web

from tests.standins.graph import drive, trouble
from tests.standins.graph.asked import JSON, Answer, Asked, split
from tests.standins.graph.batch import Batch
from tests.standins.graph.budget import Budget
from tests.standins.graph.errors import GraphError, Json, missing, throttled
from tests.standins.graph.faults import Fault
from tests.standins.graph.login import Tokens
from tests.standins.graph.model import Call, Tenant
from tests.standins.graph.routes import Route, resolve, units

FULL = "application/json;odata.metadata=minimal;odata.streaming=true;IEEE754Compatible=false;charset=utf-8"


def reset(request: web.Request) -> web.Response:
    """Drop the connection without an answer."""
    if request.transport is not None:
        request.transport.abort()
    return web.Response()


@dataclass
class Visit:
    """A request on its way through the door."""

    asked: Asked
    call: Call
    route: Route | None
    refused: GraphError | None
    fault: Fault | None = None
    late: int = 0  # seconds that the call, or the batch it came in, still had to wait
    id: str = field(default_factory=lambda: str(uuid.uuid4()))


@dataclass
class Door:
    """Answers everything under `/v1.0/`."""

    tenant: Tenant
    budget: Budget
    tokens: Tokens
    faults: list[Fault] = field(default_factory=list)
    cleared: asyncio.Event = field(default_factory=asyncio.Event)
    agents: set[str] = field(default_factory=set)
    dice: random.Random = field(default_factory=lambda: random.Random(7))

    async def handle(self, request: web.Request) -> web.StreamResponse:
        """One HTTP request."""
        target = request.raw_path.removeprefix("/v1.0")
        path, query = split(target)
        headers = {name.lower(): value for name, value in request.headers.items()}
        asked = Asked(self.tenant, request.method, path, query, headers, await request.read(), request.raw_path)
        answer = await self.visit(asked)
        if answer.status == 0:
            return reset(request)
        headers = {"OData-Version": "4.0"} | self.budget.headers() | answer.headers
        headers["client-request-id"] = asked.headers.get("client-request-id", headers["request-id"])
        if isinstance(answer.body, dict):
            headers.setdefault("Content-Type", FULL)
            return web.Response(status=answer.status, text=json.dumps(answer.body), headers=headers)
        return web.Response(status=answer.status, body=answer.body or b"", headers=headers)

    async def download(self, request: web.Request) -> web.StreamResponse:
        """A file's content, at the address that was handed out for it."""
        key = request.match_info["key"]
        for file in self.tenant.files.values():
            if file.id == key:
                return web.Response(body=file.content, content_type=file.media, headers={"ETag": drive.etag(file)})
        return web.Response(status=404)

    async def visit(self, asked: Asked, batch: int = 0, late: int = 0) -> Answer:
        """The answer to a request or a part of the batch with that number."""
        route, refused = None, None
        try:
            route = BATCH if asked.path == "$batch" and not batch else resolve(asked)
        except GraphError as error:
            refused = error
        call = self._noted(asked, batch, route)
        visit = Visit(asked, call, route, refused, late=late if batch else self.budget.waiting(call.op))
        call.inside_window = visit.late > 0
        if self.tenant.settings.outage and not batch:
            visit.call.fault = "outage"
            fail = self._fail(visit)
            return self._ended(visit, await trouble.outage(self.tenant.settings.outage, fail, self.cleared))
        visit.fault = self._fault(visit)
        if visit.fault is None:
            return self._ended(visit, await self._act(visit))
        visit.call.fault = visit.fault.kind
        if visit.fault.kind == "conflict":
            self._edit(visit, visit.fault)
        answer = await trouble.through(
            visit.fault, lambda: self._act(visit), self._fail(visit), self.cleared, self.budget.hold
        )
        return self._ended(visit, answer)

    def _noted(self, asked: Asked, batch: int, route: Route | None) -> Call:
        body: object = None
        if asked.raw and asked.headers.get("content-type", "").startswith(JSON):
            try:
                body = json.loads(asked.raw)
            except (ValueError, RecursionError):
                body = asked.raw.decode(errors="replace")
        call = Call(len(self.tenant.calls) + 1, self.tenant.now(), route.op if route else "unknown", asked.method,
                    asked.url, body, batch=batch)  # fmt: skip
        if table := self.tenant.table(asked.params.get("list", "")):
            call.list = table.display_name
        call.user_agent = asked.headers.get("user-agent", "")
        call.client_request_id = asked.headers.get("client-request-id", "")
        if call.user_agent not in self.agents and not re.match(self.tenant.settings.agent, call.user_agent):
            self.tenant.complain("User-Agent is not decorated: NONISV|Company|App/1.0", user_agent=call.user_agent)
        self.agents.add(call.user_agent)
        self.tenant.calls.append(call)
        return call

    def _fault(self, visit: Visit) -> Fault | None:
        call = visit.call
        words = f"{call.url} {visit.asked.raw.decode(errors='replace') if self.faults else ''}"
        return next((one for one in self.faults if one.fits(call.op, call.list, words, batched=bool(call.batch))), None)

    def _edit(self, visit: Visit, fault: Fault) -> None:
        """A person changes the item that the request is about, a moment before it arrives."""
        params = visit.asked.params
        table = self.tenant.table(params.get("list", ""))
        key = params.get("item", "")
        if table and key.isdigit() and (item := table.items.get(int(key))):
            table.change(item, fault.fields, self.tenant.stamp(), self.tenant.person(fault.by))

    def _fail(self, visit: Visit) -> trouble.Fail:
        def fail(error: GraphError) -> Answer:
            visit.call.code, visit.call.why = error.code, error.message
            date = self.tenant.stamp().removesuffix("Z")
            body = error.body(date, visit.id, visit.call.client_request_id)
            return Answer(error.status, body, dict(error.headers))

        return fail

    def _ended(self, visit: Visit, answer: Answer) -> Answer:
        visit.call.status = answer.status
        return replace(answer, headers={"request-id": visit.id} | answer.headers)

    async def _act(self, visit: Visit) -> Answer:
        """The answer with nothing broken."""
        call, asked = visit.call, visit.asked
        try:
            if asked.caller is None:
                asked.caller = self.tokens.caller(asked.headers.get("authorization", ""))
            if visit.refused is not None:
                raise visit.refused
            assert visit.route
            if visit.route is BATCH:
                return await self._batch(visit)
            call.units = units(visit.route, asked)
            seconds = self.budget.charge(call.units)
            if seconds or visit.late:
                raise throttled(max(seconds, visit.late))
            answer = visit.route.handler(asked)
            call.written = asked.method != "GET"
        except GraphError as error:
            return self._fail(visit)(error)
        return _selected(answer, asked)

    async def _batch(self, visit: Visit) -> Answer:
        most = visit.fault.parts if visit.fault else None

        async def part(asked: Asked) -> Answer:
            return await self.visit(asked, visit.call.number, visit.late)

        return await Batch(visit.asked, part, self.dice, most).run()


def _no_handler(_: Asked) -> Answer:
    """A batch is not handled by itself: its parts are."""
    raise missing()


BATCH = Route("batch", 0, _no_handler)


def _selected(answer: Answer, asked: Asked) -> Answer:
    """`$select` of whole things: only these names, and the control information."""
    names = asked.query.get("$select")
    if not names or not isinstance(answer.body, dict) or asked.path.endswith("/fields"):
        return answer
    kept = {name.strip() for name in names.split(",")} | {"fields", "columns", "deleted"}

    def cut(one: Json) -> Json:
        return {name: value for name, value in one.items() if name in kept or "@" in name}

    body = answer.body
    body = body | {"value": [cut(one) for one in body["value"]]} if "value" in body else cut(body)
    return Answer(answer.status, body, answer.headers)
