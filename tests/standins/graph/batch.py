"""`$batch`: up to twenty requests in one, each answered on its own.

Source: learn.microsoft.com/graph/json-batching. Parts are done in any order unless they say what they depend on.
"""

from __future__ import annotations

import base64
import json
import random
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from tests.standins.graph import schemas
from tests.standins.graph.asked import Answer, Asked, split
from tests.standins.graph.errors import GraphError, Json, bad

MOST, BIGGEST = 20, 4 * 1024**2
METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")
Visit = Callable[[Asked], Awaitable[Answer]]


@dataclass
class Batch:
    """A batch on its way: who does its parts, in which order, how many at most."""

    asked: Asked
    visit: Visit
    dice: random.Random
    most: int | None = None
    answers: dict[str, Json] = field(default_factory=dict)
    dropped: bool = False

    async def run(self) -> Answer:
        """The whole batch's answer; the connection is dropped if that happens to one of its parts."""
        waiting = self._read()
        done = 0
        while waiting and (self.most is None or done < self.most):
            ready = [one for one in waiting if not set(one.get("dependsOn", [])) - set(self.answers)]
            part = self.dice.choice(ready) if self.asked.tenant.settings.batch_order == "any" else ready[0]
            waiting.remove(part)
            self.answers[part["id"]] = await self._part(part)
            done += 1
        return Answer(0) if self.dropped else Answer(200, {"responses": list(self.answers.values())})

    def _read(self) -> list[Json]:
        """The parts. Raises 400 for the whole batch."""
        if self.asked.method != "POST":
            raise GraphError(405, "notAllowed", "A batch is POSTed.")
        if len(self.asked.raw) > BIGGEST:
            raise GraphError(413, "RequestEntityTooLarge", "A batch has 4 MB at most.")
        parts: list[Json] = self.asked.body(schemas.BATCH)["requests"]
        if len(parts) > MOST:
            raise bad(f"Number of batch request steps exceeds the maximum value of {MOST}.")
        seen: set[str] = set()
        for part in parts:
            _legible(part, seen)
            seen.add(part["id"])
        return list(parts)

    async def _part(self, part: Json) -> Json:
        if any(self.answers[key]["status"] >= 400 for key in part.get("dependsOn", [])):
            error = GraphError(424, "FailedDependency", "A request that this one depends on has failed.")
            return {"id": part["id"], "status": 424, "headers": {}, "body": error.body("", "", "")}
        answer = await self.visit(self._asked(part))
        self.dropped = self.dropped or answer.status == 0
        shown: Json = {"id": part["id"], "status": answer.status, "headers": dict(answer.headers)}
        if isinstance(answer.body, bytes):
            shown["body"] = base64.b64encode(answer.body).decode()
        elif answer.body is not None:
            shown["headers"].setdefault("Content-Type", "application/json")
            shown["body"] = answer.body
        return shown

    def _asked(self, part: Json) -> Asked:
        path, query = split(part["url"])
        headers = {name.lower(): value for name, value in part.get("headers", {}).items()}
        headers |= {name: self.asked.headers[name] for name in ("user-agent",) if name in self.asked.headers}
        raw = json.dumps(part["body"]).encode() if "body" in part else b""
        url = f"/v1.0{part['url']}"
        return Asked(self.asked.tenant, part["method"], path, query, headers, raw, url, self.asked.caller)


def _legible(part: Json, seen: set[str]) -> None:
    """Refuse a part that spoils the whole batch."""
    key, method, url = part.get("id"), part.get("method"), part.get("url")
    if not key or not url or method not in METHODS:
        raise bad("Every request of a batch needs id, method and url; the method is one of " + ", ".join(METHODS))
    if key in seen:
        raise bad(f"Request Id '{key}' is not unique.")
    if not url.startswith("/") or url.startswith(("//", "/v1.0/", "/beta/", "/$batch")):
        raise bad(f"The url of request '{key}' must be relative to the version: /sites/…")
    if missing := set(part.get("dependsOn", [])) - seen:
        raise bad(f"Request '{key}' depends on {sorted(missing)}, which does not stand before it.")
    kinds = {name.lower() for name in part.get("headers", {})}
    if method in ("POST", "PUT", "PATCH") and ("content-type" not in kinds or "body" not in part):
        raise bad(f"Write request id : {key} does not contain Content-Type header or body.")
