"""How Microsoft's services say no."""

from __future__ import annotations

import json

from tests.standins.slack.check import Json


class Refusal(Exception):
    """A status, and `{"error": {"code": …, "message": …}}` unless another body is given."""

    def __init__(self, status: int, code: str, message: str, body: Json | None = None) -> None:
        super().__init__(f"{status} {code}: {message}")
        self.status = status
        self.code = code
        self.body: Json = body if body is not None else {"error": {"code": code, "message": message}}


def blocked(shape: str) -> Refusal:
    """Nobody may write there: blocked, muted or uninstalled. Two shapes are documented."""
    why = "Thread is blocked from message writes."
    if shape == "error":
        return Refusal(403, "MessageWritesBlocked", why)
    inner = {"subCode": "MessageWritesBlocked", "details": why, "errorCode": None, "errorSubCode": None}
    return Refusal(403, "MessageWritesBlocked", why, {"errorCode": 209, "message": json.dumps(inner, indent=2)})


def unauthorized() -> Refusal:
    """No token, or one that is not good here."""
    why = "Authorization has been denied for this request."
    return Refusal(401, "Unauthorized", why, {"message": why})
