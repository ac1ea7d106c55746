"""How far the company's records in SharePoint are, in words."""

from __future__ import annotations

from collections.abc import Mapping

from bot.cards import Card, Instant, Line, Text
from bot.events import SyncStopped, SyncWentOn
from bot.ports import Notice, SyncState
from bot.wording.basics import Reader, View
from bot.wording.catalogue import Tongue, mark

TROUBLES: Mapping[str, str] = {
    "unreachable": mark("it does not answer"),
    "throttled": mark("it asks us to wait"),
    "denied": mark("it refuses us access; the IT manager is needed"),
    "missing": mark("a list or a column is not there any more; the IT manager is needed"),
    "broken": mark("something is wrong with it; the service's log says what"),
}


_STOPPED: Mapping[str, str] = {
    "denied": mark("it refuses us access"),
    "missing": mark("a list or a column is not there any more"),
}


def _why(trouble: str, t: Tongue) -> str:
    """To those who can put it right."""
    return t.text(_STOPPED.get(trouble, TROUBLES["broken"]))


def sync_stopped(notice: Notice, view: View, reader: Reader) -> Card:
    """To the IT manager: what is wrong and what to do; afterwards that it is over."""
    t = reader.tongue
    if (trouble := view.state.sync_trouble) is None:
        lead = t.say("SharePoint is kept up to date again.")
        return Card(notice.kind, lead, lead, "done", id=notice.card)
    lead = t.say("SharePoint is not kept up to date: {why}.", why=_why(trouble, t))
    text = t.say(
        "Nothing is lost: everything is recorded here, and written there as soon as that is possible. On the server, "
        "“backline doctor” says what is wrong, and “backline sharepoint provision” puts lists and columns right."
    )
    return Card(notice.kind, lead, lead, "attention", (Text(text),), id=notice.card)


def sync_event(event: SyncStopped | SyncWentOn, t: Tongue) -> Line:
    """For the log."""
    if isinstance(event, SyncWentOn):
        return t.say("SharePoint is kept up to date again")
    return t.say("SharePoint is not kept up to date: {why}", why=_why(event.trouble, t))


def sync_line(state: SyncState, t: Tongue) -> Line:
    """`SharePoint: in step`, `SharePoint: 12 rows waiting since 10:42`, and why where that is known."""
    line = _waiting(state, t)
    if state.trouble:
        line = (*line, "; ", t.text(TROUBLES.get(state.trouble, TROUBLES["broken"])))
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
