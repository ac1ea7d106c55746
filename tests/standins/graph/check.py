"""Checks for bodies, put together like a schema: unknown names, wrong types and read-only fields are all faults.

OData control information (`@odata.…`, `name@odata.…`, `@microsoft.graph.…`) may stand anywhere.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from tests.standins.graph.errors import bad

Check = Callable[[object, str, list[str]], None]


def control(name: str) -> bool:
    """The name is OData's own or an annotation of it."""
    return "@odata." in name or "@microsoft.graph." in name


def string(value: object, path: str, faults: list[str]) -> None:
    """A string or null."""
    if value is not None and not isinstance(value, str):
        faults.append(f"{path} must be a string")


def text(value: object, path: str, faults: list[str]) -> None:
    """A string with something in it."""
    if not isinstance(value, str) or not value.strip():
        faults.append(f"{path} must be a string that is not empty")


def boolean(value: object, path: str, faults: list[str]) -> None:
    """True, false or null."""
    if value is not None and not isinstance(value, bool):
        faults.append(f"{path} must be a boolean")


def number(value: object, path: str, faults: list[str]) -> None:
    """A number or null."""
    if value is not None and (isinstance(value, bool) or not isinstance(value, int | float)):
        faults.append(f"{path} must be a number")


def integer(value: object, path: str, faults: list[str]) -> None:
    """A 32-bit whole number or null."""
    if value is None:
        return
    if isinstance(value, bool) or not isinstance(value, int) or not -(2**31) <= value < 2**31:
        faults.append(f"{path} must be a 32-bit integer")


def read_only(_: object, path: str, faults: list[str]) -> None:
    """A field that only the service writes."""
    faults.append(f"{path} is read-only")


def anything(value: object, path: str, faults: list[str]) -> None:
    """Whatever there is: somebody else looks closer."""


def one_of(*words: str, nullable: bool = True) -> Check:
    """One of these words, or null."""

    def check(value: object, path: str, faults: list[str]) -> None:
        if value not in words and not (nullable and value is None):
            faults.append(f"{path} must be one of {', '.join(words)}")

    return check


def array(item: Check, least: int = 0, most: int | None = None) -> Check:
    """A list of so many items, each checked."""

    def check(value: object, path: str, faults: list[str]) -> None:
        if not isinstance(value, list):
            faults.append(f"{path} must be an array")
            return
        if len(value) < least or (most is not None and len(value) > most):
            faults.append(f"{path} must have {least} to {most} entries")
        for index, entry in enumerate(value):
            item(entry, f"{path}[{index}]", faults)

    return check


def mapping(value: object, path: str, faults: list[str]) -> None:
    """An object whose values are strings."""
    if not isinstance(value, dict) or not all(isinstance(one, str) for one in value.values()):
        faults.append(f"{path} must be an object of strings")


def record(fields: Mapping[str, Check], needs: Sequence[str] = (), *, nullable: bool = False) -> Check:
    """An object with some of these fields and no others; `needs` must be there."""

    def check(value: object, path: str, faults: list[str]) -> None:
        if value is None and nullable:
            return
        if not isinstance(value, dict):
            faults.append(f"{path} must be an object")
            return
        faults.extend(f"{path}.{name} is missing" for name in needs if name not in value)
        for name, entry in value.items():
            if name in fields:
                fields[name](entry, f"{path}.{name}", faults)
            elif not control(name):
                faults.append(f"{path}.{name} is not a property of the type")

    return check


def open_record(fields: Mapping[str, Check]) -> Check:
    """An object with these fields and any others."""

    def check(value: object, path: str, faults: list[str]) -> None:
        if not isinstance(value, dict):
            faults.append(f"{path} must be an object")
            return
        for name, entry in value.items():
            if name in fields:
                fields[name](entry, f"{path}.{name}", faults)

    return check


def checked(schema: Check, value: object) -> dict[str, object]:
    """The body, if the schema takes it. Raises 400 with every fault."""
    faults: list[str] = []
    schema(value, "body", faults)
    if faults:
        raise bad("Invalid request body: " + "; ".join(faults))
    assert isinstance(value, dict)
    return value
