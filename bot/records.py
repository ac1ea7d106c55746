"""Events to journal records and back: plain JSON, one converter a field, built once from the annotations."""

from __future__ import annotations

import dataclasses
import types
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from functools import cache, lru_cache
from typing import Any, Union, get_args, get_origin, get_type_hints

from bot.events import EVENTS, Event
from bot.ports import Draft, Entry

Convert = Callable[[Any], Any]
_BY_NAME = {kind.__name__: kind for kind in EVENTS}


class UnknownEvent(ValueError):
    """The journal holds an event this version does not know: it was written by a newer one."""


@lru_cache(1024)  # what is decided together has the same few instants
def instant(at: datetime) -> str:
    """`2026-03-02T10:30:00Z`; microseconds only where there are any. Refuses naive datetimes."""
    if at.utcoffset() is None:
        msg = f"naive datetime {at!r}: every instant here is aware UTC"
        raise ValueError(msg)
    return at.astimezone(UTC).replace(tzinfo=None).isoformat() + "Z"


def to_record(event: Event) -> Draft:
    """The event as the journal keeps it."""
    encode = _codec(type(event).__name__)
    data = {name: convert(getattr(event, name)) if convert else getattr(event, name) for name, convert, _ in encode}
    return Draft(event.at, type(event).__name__, data)


def from_record(entry: Draft | Entry) -> Event:
    """The event in a record. Raises `UnknownEvent`."""
    kind = _BY_NAME.get(entry.type)
    if kind is None:
        msg = f"event {entry.type!r} is unknown: the journal was written by a newer version; upgrade this one"
        raise UnknownEvent(msg)
    data: Mapping[str, Any] = entry.data
    values = {
        name: convert(data[name]) if convert and data[name] is not None else data[name]
        for name, _, convert in _codec(entry.type)
        if name in data
    }
    return kind(at=entry.at, **values)


@cache
def _codec(name: str) -> tuple[tuple[str, Convert | None, Convert | None], ...]:
    kind = _BY_NAME[name]
    hints = get_type_hints(kind)
    return tuple(
        (field.name, *_converters(hints[field.name])) for field in dataclasses.fields(kind) if field.name != "at"
    )


def _or_none(convert: Convert) -> Convert:
    return lambda value: None if value is None else convert(value)


def _converters(hint: Any) -> tuple[Convert | None, Convert | None]:  # noqa: ANN401 - an annotation can be anything
    """(to JSON, from JSON) for one annotation; None where the value is JSON already."""
    if get_origin(hint) in (Union, types.UnionType):
        (inner,) = [part for part in get_args(hint) if part is not type(None)]
        to, back = _converters(inner)
        return _or_none(to) if to else None, back
    if hint is datetime:
        return instant, datetime.fromisoformat
    if get_origin(hint) is tuple:
        parts = get_args(hint)
        if parts[-1] is Ellipsis:
            to, back = _converters(parts[0])
            return (
                (lambda value: [to(item) for item in value]) if to else list,
                (lambda value: tuple(back(item) for item in value)) if back else tuple,
            )
        pairs = [_converters(part) for part in parts]
        return (
            lambda value: [to(item) if to else item for (to, _), item in zip(pairs, value, strict=True)],
            lambda value: tuple(back(item) if back else item for (_, back), item in zip(pairs, value, strict=True)),
        )
    return None, None
