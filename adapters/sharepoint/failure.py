"""How a call to Graph can end badly, in one type: what is known of it, and what that means for us."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

UNKNOWN = 0  # the status of a call that nobody answered
_DENIED = (401, 403)


class Held(Exception):
    """Not now: the budget, Graph's wish or the back-off say to come back after `seconds`."""

    def __init__(self, seconds: float) -> None:
        super().__init__(f"not before {seconds:.1f} s")
        self.seconds = seconds


class GraphFailed(Exception):
    """Graph did not do it, or nobody knows. `status` 0: no answer, or one without content; `why`: for operators."""

    def __init__(self, status: int, code: str, why: str, retry_after: float | None = None) -> None:
        super().__init__(f"{status or 'no answer'} {code}: {why}".rstrip(": "))
        self.status = status
        self.code = code
        self.why = why
        self.retry_after = retry_after

    @property
    def ambiguous(self) -> bool:
        """Whether it may have been done all the same."""
        return self.status == UNKNOWN or self.status >= 500  # noqa: PLR2004 - HTTP's own border

    @property
    def unanswered(self) -> bool:
        """Whether Graph as a whole seems to be away."""
        return self.ambiguous or self.status == 408  # noqa: PLR2004 - HTTP: the request took too long

    @property
    def throttled(self) -> bool:
        """Whether we are to wait."""
        return self.status == 429 or self.retry_after is not None  # noqa: PLR2004 - HTTP: too many requests

    @property
    def gone(self) -> bool:
        """Whether what it was about is not there, or not any more: a list, an item."""
        return self.status == 404  # noqa: PLR2004 - HTTP

    @property
    def trouble(self) -> str:
        """The code of `bot.wording.sync.TROUBLES`."""
        if self.status in _DENIED or self.code == "denied":
            return "denied"
        if self.throttled:
            return "throttled"
        if self.unanswered:
            return "unreachable"
        return "missing" if self.gone else "broken"


class Missing(GraphFailed):
    """Lists or columns are not as they must be; `backline sharepoint provision` puts them right."""

    def __init__(self, faults: tuple[str, ...]) -> None:
        super().__init__(404, "missing", "; ".join(faults))
        self.faults = faults


def failure_of(error: BaseException) -> GraphFailed | None:
    """What one of the SDK's errors says; None for an error that is not about the call."""
    status = getattr(error, "response_status_code", None)
    if isinstance(status, int):
        main = getattr(error, "error", None)
        code, why = getattr(main, "code", None) or "", getattr(main, "message", None) or _brief(error)
        return GraphFailed(status, code, why, waiting(getattr(error, "response_headers", None) or {}))
    module = type(error).__module__.partition(".")[0]
    if module in ("httpx", "httpcore", "ssl", "h11") or isinstance(error, OSError | TimeoutError):
        return GraphFailed(UNKNOWN, type(error).__name__, "no answer")
    if module == "azure":
        return _login_failure(error)
    return None


def _login_failure(error: BaseException) -> GraphFailed:
    """azure-identity: refused by the login service, or not reached. A token that cannot be had changes nothing."""
    text = str(error)
    number = re.search(r"AADSTS\d+", text)
    if type(error).__name__ == "ClientAuthenticationError" and (number is None or number[0] != "AADSTS90033"):
        why = text.splitlines()[0][:300] if text else "the login service refused"
        return GraphFailed(401, "denied", f"login: {number[0] if number else ''} {why}".replace("  ", " "))
    return GraphFailed(UNKNOWN, type(error).__name__, "the login service does not answer")


def waiting(headers: Mapping[str, Any]) -> float | None:
    """Seconds of a `Retry-After`, given as a number or as a date; None without one."""
    found = next((value for name, value in headers.items() if str(name).lower() == "retry-after"), None)
    if found is None:
        return None
    text = str(found).strip()
    if re.fullmatch(r"\d+(\.\d+)?", text):
        return float(text)
    try:
        return max(0.0, (parsedate_to_datetime(text) - datetime.now(UTC)).total_seconds())
    except (TypeError, ValueError):
        return None


def part_failure(status: int, body: object, headers: Mapping[str, Any]) -> GraphFailed:
    """What the answer to a part of a batch says."""
    error = body.get("error") if isinstance(body, Mapping) else None
    error = error if isinstance(error, Mapping) else {}
    code, why = str(error.get("code") or ""), str(error.get("message") or "")
    return GraphFailed(status, code, why, waiting(headers))


def _brief(error: BaseException) -> str:
    return " ".join(str(error).split())[:300]
