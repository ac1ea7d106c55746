"""Is this request from Slack, now, and for the first time? Pure: bytes, headers and the time in, a reason or None out.

The scheme: HMAC-SHA256 over `v0:<timestamp>:<raw body>` with the signing secret, in `X-Slack-Signature`
(docs.slack.dev/authentication/verifying-requests-from-slack). Nothing of the body is parsed or logged before that.
"""

from __future__ import annotations

import hmac
import re
from collections import OrderedDict
from collections.abc import Iterable, Mapping

WINDOW = 300.0  # seconds that a request's timestamp may be off, either way
REMEMBERED = 100_000  # signatures against replay: about 15 MB
LARGEST_BODY = 1024 * 1024  # bytes
SIGNATURE = "X-Slack-Signature"
TIMESTAMP = "X-Slack-Request-Timestamp"
_VERSION = "v0="
_SIGNATURE_FORM = re.compile(r"v0=[0-9a-f]{64}", re.ASCII)
_TIMESTAMP_FORM = re.compile(r"[0-9]{1,12}", re.ASCII)


def signature(secret: str, timestamp: str, body: bytes) -> str:
    """What Slack puts into `X-Slack-Signature`."""
    base = b"v0:" + timestamp.encode() + b":" + body
    return _VERSION + hmac.digest(secret.encode(), base, "sha256").hex()


def fault(body: bytes, headers: Mapping[str, str], secret: str, now: Iterable[float]) -> str | None:
    """Why this request is not from Slack, or not from now; None when it is.

    `headers` finds names whatever their case. `now`: seconds since 1970 by each clock there is; one that agrees will
    do, so that a computer's clock that is set while the service runs does not shut Slack out.
    """
    given, timestamp = headers.get(SIGNATURE, ""), headers.get(TIMESTAMP, "")
    if not _SIGNATURE_FORM.fullmatch(given):
        return "signature_missing"
    if not _TIMESTAMP_FORM.fullmatch(timestamp):
        return "timestamp_missing"
    if all(abs(clock - int(timestamp)) > WINDOW for clock in now):
        return "timestamp_off"
    if not hmac.compare_digest(signature(secret, timestamp, body), given):
        return "signature_wrong"
    return None


class Replays:
    """The signatures of the last ten minutes; each is good once. Bounded: the oldest go first."""

    def __init__(self, most: int = REMEMBERED) -> None:
        self._most = most
        self._until: OrderedDict[bytes, float] = OrderedDict()

    def __len__(self) -> int:
        return len(self._until)

    def seen(self, given: str, now: float) -> bool:
        """Whether this verified signature was here before; notes it. `now`: seconds on a clock that only grows."""
        key = _key(given)
        while self._until:
            first, until = next(iter(self._until.items()))
            if until > now and len(self._until) < self._most:
                break
            del self._until[first]
        if key in self._until:
            return True
        self._until[key] = now + 2 * WINDOW
        return False

    def forget(self, given: str) -> None:
        """It has not counted: Slack may try again at once, with the same signature in the same second."""
        self._until.pop(_key(given), None)


def _key(given: str) -> bytes:
    return bytes.fromhex(given.removeprefix(_VERSION))[:16]
