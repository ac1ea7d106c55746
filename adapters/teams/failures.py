"""How a call to Teams or to the login service ended: sent or not, for good or not, and when again."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import aiohttp

from bot.ports import SendError

_UNAUTHORIZED, _TIMEOUT, _TOO_MANY, _REDIRECT, _SERVER = 401, 408, 429, 300, 500
# The same bytes will be refused again: malformed, blocked or not installed, gone, too large, not understood.
_PERMANENT = frozenset({400, 403, 404, 405, 410, 413, 415, 422})
_NO_WISH = 30.0  # seconds to wait after a 429 without Retry-After
_LONGEST_WISH = 3600.0
_LONGEST_CODE = 60
RATE_LIMITED = "rate_limited"


class TeamsError(SendError):
    """A call that failed. `code`: Teams' word for it, or ours: `unreachable`, `no_answer`, `bad_answer`, `busy`, …"""

    def __init__(
        self,
        what: str,
        code: str,
        *,
        permanent: bool = False,
        ambiguous: bool = False,
        retry_after: timedelta | None = None,
        down: bool = False,
    ) -> None:
        super().__init__(
            f"{what}: {code}", permanent=permanent, ambiguous=ambiguous, retry_after=retry_after, down=down
        )
        self.code = code


def broken(what: str, error: Exception, *, creates: bool) -> TeamsError:
    """What an exception of aiohttp says. `creates`: a second call would make a second message."""
    if isinstance(error, aiohttp.ClientConnectorError | aiohttp.ConnectionTimeoutError | aiohttp.InvalidURL):
        return TeamsError(what, "unreachable", down=True)  # refused, no such host, no TLS: nothing has left
    # Reset, cut off, too slow, half an answer: Teams may have done it.
    return TeamsError(what, "no_answer", ambiguous=creates, down=True)


def answered(
    what: str, status: int, headers: Mapping[str, str], body: Mapping[str, Any] | None, *, creates: bool
) -> TeamsError:
    """What an answer that is not a success says. `body`: its JSON; None if it is none."""
    code = _code(body) or f"http_{status}"
    wish = _wish(headers)
    if status == _TOO_MANY:
        return TeamsError(what, RATE_LIMITED, retry_after=wish or timedelta(seconds=_NO_WISH))
    if status >= _SERVER or status == _TIMEOUT:
        return TeamsError(what, code, ambiguous=creates, retry_after=wish, down=True)
    nobody_gets_in = status == _UNAUTHORIZED or status // 100 * 100 == _REDIRECT
    return TeamsError(what, code, permanent=status in _PERMANENT, retry_after=wish, down=nobody_gets_in)


def unreadable(what: str, *, creates: bool) -> TeamsError:
    """A success without what was to be in it."""
    return TeamsError(what, "bad_answer", ambiguous=creates)


def _code(body: Mapping[str, Any] | None) -> str:
    """`error.code`, or `error` where that is a text, as the login service has it."""
    error = (body or {}).get("error")
    code = error.get("code") if isinstance(error, dict) else error
    return re.sub(r"[^A-Za-z0-9_.-]+", "_", code)[:_LONGEST_CODE] if isinstance(code, str) else ""


def _wish(headers: Mapping[str, str]) -> timedelta | None:
    """Retry-After in whole seconds; a date in it, or nonsense, is none."""
    text = headers.get("Retry-After", "")
    if not (text.isascii() and text.isdigit()):
        return None
    return timedelta(seconds=min(max(1.0, float(text)), _LONGEST_WISH))
