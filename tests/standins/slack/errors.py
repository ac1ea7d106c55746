"""How the Web API says no."""

from __future__ import annotations

from typing import Any

from tests.standins.slack.check import Json


class ApiError(Exception):
    """`{"ok": false, "error": …}`, with `messages` as Slack's `response_metadata` has them."""

    def __init__(self, error: str, messages: list[str] | None = None, **more: Any) -> None:  # noqa: ANN401 - JSON
        super().__init__(error)
        self.error = error
        self.messages = messages or []
        self.more = more

    def body(self) -> Json:
        """The answer's JSON."""
        body: Json = {"ok": False, "error": self.error} | self.more
        if self.messages:
            body["errors"] = self.messages
            body["response_metadata"] = {"messages": [f"[ERROR] {message}" for message in self.messages]}
        return body


def missing(name: str) -> ApiError:
    """A required argument is not there."""
    return ApiError("invalid_arguments", [f"missing required field: {name}"])
