"""A call's arguments, whether they came as a form or as JSON."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from urllib.parse import parse_qsl

from tests.standins.slack.check import Json
from tests.standins.slack.errors import ApiError, missing

FORM, JSON, MULTIPART = "application/x-www-form-urlencoded", "application/json", "multipart/form-data"


@dataclass
class Args:
    """Named values; in a form all of them are strings."""

    values: Json = field(default_factory=dict)
    warnings: list[str] = field(default_factory=list)

    def text(self, name: str) -> str:
        """A required string: refused when missing or empty."""
        value = self.maybe(name)
        if not value:
            raise missing(name)
        return value

    def maybe(self, name: str) -> str:
        """An optional string, empty when missing; a number is as good as its digits."""
        value = self.values.get(name)
        if value is None:
            return ""
        if isinstance(value, bool) or not isinstance(value, (str, int, float)):
            raise ApiError("invalid_arguments", [f"must provide a string [json-pointer:/{name}]"])
        return str(value)

    def flag(self, name: str) -> bool:
        """A truth: true, "true", 1, "1"."""
        return str(self.values.get(name)).lower() in ("true", "1")

    def limit(self, default: int, most: int) -> int:
        """`limit`, at most so many. Raises `invalid_limit`."""
        value = self.maybe("limit") or str(default)
        if not value.isdigit() or not 0 < int(value) <= most:
            raise ApiError("invalid_limit")
        return int(value)

    def structure(self, name: str, bad: str) -> object:
        """JSON, plain or in a string; None when missing. Raises `bad` when it cannot be read."""
        value: object = self.values.get(name)
        if value is None or value == "":
            return None
        if isinstance(value, str):
            try:
                value = json.loads(value)
            except (ValueError, RecursionError):
                raise ApiError(bad) from None
        return value


def read(content_type: str, charset: str | None, body: bytes, query: str) -> Args:
    """The arguments of a request, with the warnings Slack gives about its content type.

    Raises the errors of docs.slack.dev/apis/web-api/#post_bodies.
    """
    args = Args(dict(parse_qsl(query, keep_blank_values=True)))
    if not body:
        return args
    if content_type == JSON:
        try:
            values = json.loads(body)
        except (ValueError, RecursionError):
            raise ApiError("invalid_json") from None
        if not isinstance(values, dict):
            raise ApiError("json_not_object")
        if not charset:
            args.warnings.append("missing_charset")
        args.values |= values
    elif content_type == FORM:
        try:
            args.values |= dict(parse_qsl(body.decode(), keep_blank_values=True))
        except UnicodeDecodeError:
            raise ApiError("invalid_form_data") from None
        if charset:
            args.warnings.append("superfluous_charset")
    elif not content_type or content_type == "application/octet-stream":
        raise ApiError("missing_post_type")
    else:  # multipart is Slack's for files alone, which this stand-in does not take
        raise ApiError("invalid_post_type")
    return args
