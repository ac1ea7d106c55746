"""The journal's hash chain: canonical text, the next link, and finding where a chain is broken.

Pure functions. An entry's hash is SHA-256 over the previous hash and the canonical JSON of
`[seq, at, type, data]`: keys sorted, no spaces, ASCII only, instants in ISO 8601 with microseconds and `Z`.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from bot.ports import Entry, Journal, StoreError
from store.instants import to_text

_dumps = json.JSONEncoder(sort_keys=True, separators=(",", ":"), allow_nan=False).encode

_PLAIN = frozenset({str, int, float, bool, type(None)})


@dataclass(frozen=True, slots=True)
class Head:
    """Where a chain stands: its last `seq` and that entry's `hash`."""

    seq: int
    hash: str


ORIGIN = Head(0, "0" * 64)


class Broken(StoreError):
    """The journal is not what was written. `seq` is the first entry that is wrong or missing."""

    def __init__(self, seq: int, why: str) -> None:
        super().__init__(f"journal entry {seq}: {why}", permanent=True)
        self.seq = seq


def canonical(value: object) -> str:
    """The one JSON text of `value`. Raises `ValueError` or `TypeError` for what JSON would not give back as it was."""
    _refuse_odd_keys(value)
    return _dumps(value)


def link(previous: str, seq: int, at: str, kind: str, data: str) -> str:
    """The hash of an entry, given the hash before it and the canonical texts of its instant and data."""
    return hashlib.sha256(f'{previous}[{seq},"{at}",{_dumps(kind)},{data}]'.encode("ascii")).hexdigest()


def verify(entries: Iterable[Entry], start: Head = ORIGIN, known: Head | None = None) -> Head:
    """Follow the chain from `start` through `entries` and return its new head.

    `known` is a head noted elsewhere: the chain must pass through it when it gets that far (see `verify_journal`
    for "must get that far"). Raises `Broken` with the first seq that was edited, cut, reordered or replaced.
    """
    head = start
    for entry in entries:
        if entry.seq != head.seq + 1:
            raise Broken(head.seq + 1, f"missing; {entry.seq} is in its place")
        if _hash(head, entry) != entry.hash:
            raise Broken(entry.seq, "its contents do not match its hash and the entry before it")
        head = Head(entry.seq, entry.hash)
        if known is not None and head.seq == known.seq and head.hash != known.hash:
            raise Broken(head.seq, "its hash is not the one noted elsewhere: the journal up to here was rewritten")
    return head


async def verify_journal(journal: Journal, known: Head | None = None) -> Head:
    """Read all of `journal` and verify it; the head. Raises `Broken`, also when it ends before `known`."""
    head = ORIGIN
    while page := await journal.read(head.seq):
        head = verify(page, head, known)
    if known is not None and head.seq < known.seq:
        raise Broken(head.seq + 1, f"missing: the journal was cut off; it once reached {known.seq}")
    return head


def _hash(head: Head, entry: Entry) -> str | None:
    try:
        return link(head.hash, entry.seq, to_text(entry.at), entry.type, canonical(entry.data))
    except (TypeError, ValueError):
        return None  # somebody wrote what `canonical` never would


def _refuse_odd_keys(value: object) -> None:
    """Keys that are not text sort differently once they have been through JSON: the chain would not verify."""
    if type(value) in _PLAIN:
        return  # nearly all of it, and asking for a Mapping takes long
    if isinstance(value, Mapping):
        for key, inner in value.items():
            if not isinstance(key, str):
                message = f"JSON data has the key {key!r}; use text keys only"
                raise TypeError(message)
            _refuse_odd_keys(inner)
    elif isinstance(value, Sequence):
        for inner in value:
            _refuse_odd_keys(inner)
