"""Faults to order: which method, how many times, what goes wrong."""

from __future__ import annotations

from dataclasses import dataclass, field

from tests.standins.slack.check import Json

KINDS = (
    "ratelimited",  # 429 with Retry-After; nothing is done
    "server_error",  # 5xx with a page of HTML; done only if `accepted`
    "error",  # {"ok": false, "error": `error`}; nothing is done
    "lost",  # done, then the connection is reset instead of an answer
    "reset",  # the connection is reset, nothing is done
    "delay",  # `seconds` later than usual
    "black_hole",  # no answer until the fault is cleared; done only if `accepted`
    "malformed",  # done, then half a JSON object
)


@dataclass
class Fault:
    """One fault. `count` calls have it (None: all), after `skip` others; `where` must be among the arguments."""

    method: str  # "*": every method; "response_url" is a name too
    kind: str
    count: int | None = 1
    skip: int = 0
    where: Json = field(default_factory=dict)
    retry_after: int = 1
    scope: str = "method"  # of a 429's window: "method" or "channel"
    status: int = 503
    error: str = "internal_error"
    seconds: float = 1.0
    accepted: bool = False
    hits: int = 0

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise ValueError(f"No fault is called {self.kind!r}. There are: {', '.join(KINDS)}.")

    def fits(self, method: str, args: Json) -> bool:
        """This call has the fault. Counts."""
        if self.method not in ("*", method) or any(str(args.get(k)) != str(v) for k, v in self.where.items()):
            return False
        if self.skip > 0:
            self.skip -= 1
            return False
        if self.count is not None and self.hits >= self.count:
            return False
        self.hits += 1
        return True


def pick(faults: list[Fault], method: str, args: Json) -> Fault | None:
    """The first fault that this call has."""
    return next((fault for fault in faults if fault.fits(method, args)), None)
