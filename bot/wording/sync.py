"""How far the company's records in SharePoint are, in words."""

from __future__ import annotations

from collections.abc import Mapping

from bot.cards import Instant, Line
from bot.ports import SyncState
from bot.wording.catalogue import Tongue, mark

TROUBLES: Mapping[str, str] = {
    "unreachable": mark("it does not answer"),
    "throttled": mark("it asks us to wait"),
    "denied": mark("it refuses us access; the IT manager is needed"),
    "missing": mark("a list or a column is not there any more; the IT manager is needed"),
    "broken": mark("something is wrong with it; the service's log says what"),
}


def sync_line(state: SyncState, t: Tongue) -> Line:
    """`SharePoint: in step`, `SharePoint: 12 rows waiting since 10:42`, and why where that is known."""
    line = _waiting(state, t)
    if state.trouble:
        trouble = t.text(TROUBLES.get(state.trouble, TROUBLES["broken"]))
        line = (*line, "; ", trouble)
    return line


def _waiting(state: SyncState, t: Tongue) -> Line:
    if not state.waiting:
        return t.say("SharePoint: in step") if state.trouble is None else t.say("SharePoint: nothing is waiting")
    if state.since is None:
        return t.count("SharePoint: {n} row waiting", "SharePoint: {n} rows waiting", state.waiting)
    return t.count(
        "SharePoint: {n} row waiting since {since}",
        "SharePoint: {n} rows waiting since {since}",
        state.waiting,
        since=Instant(state.since),
    )
