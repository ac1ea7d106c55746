"""Faults to order: of which operation, how many times, what goes wrong."""

from __future__ import annotations

import random
from dataclasses import dataclass, field

from tests.standins.graph.errors import Json
from tests.standins.graph.routes import OPS

KINDS = (
    "throttled",  # 429 with Retry-After `retry_after`; nothing is done
    "server_error",  # `status` (503, 504, …) as Graph words it; done only if `accepted`
    "html",  # `status` (502, …) as a gateway's page; done only if `accepted`
    "error",  # `status`, `code`, `message` as they are given (423, 403, …); nothing is done
    "lost",  # done, then the connection is reset instead of an answer; of a batch only the first `parts`
    "reset",  # the connection is reset, nothing is done
    "empty",  # 200 without a body; done only if `accepted`
    "malformed",  # done, then half a JSON object
    "black_hole",  # no answer until the faults are cleared; done only if `accepted`
    "slow",  # `seconds` later than usual
    "conflict",  # a person (`by`) edits the item (`fields`) a moment before
    "expired",  # 401: the token is over
)


@dataclass
class Fault:
    """One fault. `count` calls have it (None: all) after `skip` others, each with `chance`.

    `list`: only in the list of that title; `where`: only if the address or the body has these words; `batched`: only
    parts of batches (True) or only calls of their own (False).
    """

    op: str  # "*": every operation of Graph; "login" is the login service's
    kind: str
    count: int | None = 1
    skip: int = 0
    chance: float = 1.0
    seed: int = 1
    list: str = ""
    where: str = ""
    batched: bool | None = None
    retry_after: int | None = None  # of a 429: 5 unless said; of a server_error: none unless said
    status: int = 503
    code: str = "serviceNotAvailable"
    message: str = "The service is not available. Try again."
    accepted: bool = False
    parts: int | None = None
    seconds: float = 1.0
    fields: Json = field(default_factory=dict)
    by: str = "somebody@example.com"
    hits: int = 0

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise ValueError(f"No fault is called {self.kind!r}. There are: {', '.join(KINDS)}.")
        if self.op not in (*OPS, "*"):
            raise ValueError(f"No operation is called {self.op!r}. There are: {', '.join(OPS)}.")
        self._dice = random.Random(self.seed)

    def fits(self, op: str, title: str, words: str, *, batched: bool) -> bool:
        """This call has the fault. Counts."""
        if self.op not in ("*", op) or (self.op == "*" and op == "login"):
            return False
        if (self.list and self.list.lower() != title.lower()) or self.where not in words:
            return False
        if self.batched is not None and self.batched != batched:
            return False
        if self.count is not None and self.hits >= self.count:
            return False
        if self.skip > 0:
            self.skip -= 1
            return False
        if self._dice.random() >= self.chance:
            return False
        self.hits += 1
        return True
