"""Messages that are no live card: the scope of the disruption, and what could not be brought to somebody."""

from __future__ import annotations

from bot.cards import Card, Facts, Line, Mention, Text
from bot.ports import Notice
from bot.react import ROLE_KINDS
from bot.severity import scopes_reached
from bot.wording.basics import Reader, View
from bot.wording.catalogue import Tongue, mark


def scope_reached(notice: Notice, view: View, reader: Reader) -> Card:
    """For information: several agents across several projects, or most agents, are out."""
    t, data = reader.tongue, notice.data
    projects = list(scopes_reached(view.state, view.rules).get(data["scope"], data["projects"]))
    lead = (
        t.say("For information: most agents are out, across several projects.")
        if data["scope"] == "most"
        else t.say("For information: several agents are out in several projects.")
    )
    rows: list[tuple[str, Line]] = [
        (t.text("Out"), t.say("{out} of {agents} agents", out=view.state.out_agents, agents=int(data["agents"]))),
        (t.text("Projects"), (_projects(t, view, projects),)),
    ]
    text = t.say("Nothing to decide yet: this is told whatever the level. Write “status” to see the incidents.")
    return Card(notice.kind, lead, lead, "attention", (Text(text), Facts(tuple(rows))), id=notice.card)


def _projects(t: Tongue, view: View, projects: list[str]) -> str:
    most = 10
    shown = ", ".join(view.project(one) for one in projects[:most])
    left = len(projects) - most
    return f"{shown} {t.amount('and {n} more', 'and {n} more', left)}" if left > 0 else shown


_ABOUT = {
    "cover_request": mark("a question to cover"),
    "cover_approved": mark("that their cover is approved"),
    "report_received": mark("the receipt of their report"),
    **dict.fromkeys(ROLE_KINDS, mark("a change of roles")),
}
_ABOUT_INCIDENT = mark("what to decide on the incident")
_ABOUT_COVER = mark("how their cover stands")


def undelivered(notice: Notice, view: View, reader: Reader) -> Card:
    """Somebody could not be reached on any platform: who, about what, and what to do."""
    t, data = reader.tongue, notice.data
    who, kind = Mention(data["person"]), str(data["kind"])
    lead = t.say("Could not be reached: {person}. Please call them.", person=who)
    about = _ABOUT.get(kind) or (_ABOUT_COVER if kind.startswith("cover_") else _ABOUT_INCIDENT)
    rows: list[tuple[str, Line]] = [(t.text("About"), (t.text(about),))]
    if data.get("project"):
        rows.append((t.text("Project"), (view.project(data["project"]),)))
    if data.get("incident"):
        rows.append((t.text("Incident"), (str(data["incident"]),)))
    text = t.say("Then check that they have the app, and that their e-mail address is right in the company file.")
    return Card(notice.kind, lead, lead, "attention", (Facts(tuple(rows)), Text(text)))
