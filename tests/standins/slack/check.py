"""Checks for JSON values, put together like a schema; they speak Slack's own words.

Slack's validator is generated from JSON schemas by slackhq/hack-json-schema, whose sentences are used here. A
check takes a value, its JSON pointer and the report to write into.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

Json = dict[str, Any]
Report = list[str]
Check = Callable[[object, str, Report], None]


def note(report: Report, message: str, pointer: str) -> None:
    """Write a fault down, as Slack words it: `message [json-pointer:/blocks/0]`."""
    report.append(f"{message} [json-pointer:{pointer}]")


def length(value: str) -> int:
    """Characters as JavaScript counts them, an emoji as two: the stricter of the possible ways."""
    return len(value.encode("utf-16-le", "surrogatepass")) // 2


def string(maximum: int | None = None, minimum: int = 0, pattern: str | None = None) -> Check:
    """A string of so many characters."""

    def check(value: object, pointer: str, report: Report) -> None:
        if not isinstance(value, str):
            note(report, "must provide a string", pointer)
            return
        if length(value) < minimum:
            note(report, f"must be more than {minimum - 1} characters", pointer)
        if maximum is not None and length(value) > maximum:
            note(report, f"must be less than {maximum + 1} characters", pointer)
        if pattern is not None and value and not re.fullmatch(pattern, value):
            note(report, f"input must match regex pattern: {pattern}", pointer)

    return check


def boolean(value: object, pointer: str, report: Report) -> None:
    """True or false."""
    if not isinstance(value, bool):
        note(report, "must be a boolean", pointer)


def integer(minimum: int | None = None, maximum: int | None = None) -> Check:
    """A whole number between the two, both included."""

    def check(value: object, pointer: str, report: Report) -> None:
        if isinstance(value, bool) or not isinstance(value, int):
            note(report, "must provide an integer", pointer)
            return
        if minimum is not None and value < minimum:
            note(report, f"must be greater than {minimum - 1}", pointer)
        if maximum is not None and value > maximum:
            note(report, f"must be less than {maximum + 1}", pointer)

    return check


def one_of(*words: str) -> Check:
    """One of these strings."""

    def check(value: object, pointer: str, report: Report) -> None:
        if value not in words:
            note(report, "must be a valid enum value", pointer)

    return check


def array(item: Check, minimum: int = 0, maximum: int | None = None) -> Check:
    """A list of so many items, each checked."""

    def check(value: object, pointer: str, report: Report) -> None:
        if not isinstance(value, list):
            note(report, "must provide an array", pointer)
            return
        if len(value) < minimum:
            note(report, f"must provide at least {minimum} items", pointer)
        if maximum is not None and len(value) > maximum:
            note(report, f"no more than {maximum} items allowed", pointer)
        for index, entry in enumerate(value):
            item(entry, f"{pointer}/{index}", report)

    return check


def record(
    required: Mapping[str, Check] | None = None, optional: Mapping[str, Check] | None = None, extra: Check | None = None
) -> Check:
    """An object with these fields and no others; `extra` looks at it as a whole afterwards."""
    needed, may = dict(required or {}), dict(optional or {})

    def check(value: object, pointer: str, report: Report) -> None:
        if not isinstance(value, dict):
            note(report, "must provide an object", pointer)
            return
        for name in needed:
            if name not in value:
                note(report, f"missing required field: {name}", pointer)
        for name, entry in value.items():
            field = needed.get(name) or may.get(name)
            if field is None:
                note(report, f"invalid additional property: {name}", pointer)
            else:
                field(entry, f"{pointer}/{name}", report)
        if extra is not None:
            extra(value, pointer, report)

    return check


def tagged(variants: Mapping[str, Check]) -> Check:
    """An object whose `type` chooses how it is checked."""

    def check(value: object, pointer: str, report: Report) -> None:
        if not isinstance(value, dict):
            note(report, "must provide an object", pointer)
        elif "type" not in value:
            note(report, "missing required field: type", pointer)
        elif not isinstance(value["type"], str) or value["type"] not in variants:
            note(report, f"unsupported type: {value['type']}", f"{pointer}/type")
        else:
            variants[value["type"]](value, pointer, report)

    return check


def anything(value: object, pointer: str, report: Report) -> None:
    """Nothing to check: another check of the same object does."""


def only_one(first: str, second: str) -> Check:
    """Exactly one of two fields of an object."""

    def check(value: object, pointer: str, report: Report) -> None:
        if isinstance(value, dict) and (first in value) == (second in value):
            if first in value:
                note(report, "failed to match exactly one allowed schema", pointer)
            else:
                note(report, f"missing required field: {first}", pointer)

    return check
