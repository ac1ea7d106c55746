"""A small company and an incident from first report to stand-down: what the tests of the wording look at."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, is_dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any

from bot.cards import Card, Instant, Mention, Words
from bot.commands import (
    AnswerCover,
    ApproveCover,
    Cause,
    ChangeRole,
    Command,
    ConfirmMoved,
    ConfirmOnDuty,
    ConfirmRestored,
    DeclareLevel,
    DeclineCover,
    ReportRoleRow,
    ReportSync,
    ReportWorkplace,
    SettleRole,
    StandDown,
)
from bot.company import company_from_tables
from bot.cover import Rulebook
from bot.data import packaged
from bot.deadlines import Agenda
from bot.decide import apply, settle
from bot.events import CoverApproved, Event, LevelDeclared
from bot.plan import parse_plan
from bot.ports import Notice, Urgency
from bot.react import ROLE_KINDS
from bot.records import instant
from bot.situation import Situation
from bot.timeline import as_data
from bot.turn import Turn
from bot.wording import Reader, View, word

START = datetime(2026, 3, 2, 9, tzinfo=UTC)
REASON = "<!channel> *the CMT* said so & so"
ZONE = "Europe/Budapest"


def _person(name: str, location: str | None = None, **languages: str) -> dict[str, Any]:
    placed = {"location": location, "emergency_cover": True} if location else {}
    return {"id": name.lower(), "name": name, "languages": languages, **placed}


def _project(id_: str, name: str, agents: list[str], backups: list[str], **more: Any) -> dict[str, Any]:  # noqa: ANN401
    return {
        "id": id_,
        "name": name,
        "language": "de",
        "country": "DE",
        "timezone": "Europe/Berlin",
        "hours": "Mo-Fr 08:00-20:00",
        "agents": agents,
        "backups": backups,
        "supervisors": ["sam"],
        **more,
    }


TABLES: Mapping[str, Any] = {
    "people": [
        *(_person(name, "gyor", de="native") for name in ("Anna", "Bea", "Cili", "Dani")),
        _person("Carl", "wien", de="native"),
        _person("Dora", "pecs", de="fluent", en="fluent"),
        _person("Emil", "pecs", en="fluent"),
        *(_person(name) for name in ("Sam", "Nora", "Olga", "Zita", "Ivan", "Erik")),
    ],
    "projects": [
        _project("acme-de", "ACME Germany", ["anna", "bea"], ["carl"], account_manager="nora", deputies=["olga"]),
        _project("globex", "Globex", ["cili", "dani"], ["carl"], account_manager="olga", priority=2),
    ],
    "roles": {"cmt_lead": ["zita"], "it_manager": ["ivan"], "ert_lead": ["erik"], "ert": ["erik"]},
}


@cache
def rules() -> Rulebook:
    """The packaged plan and this company."""
    return Rulebook(parse_plan(packaged("plan.toml")), company_from_tables(TABLES))


@dataclass
class Play:
    """The rules, driven by hand."""

    state: Situation = field(default_factory=Situation)
    now: datetime = START
    events: list[Event] = field(default_factory=list)

    def do(self, *commands: Command, after: float = 0, note: str | None = None) -> Play:
        """Let minutes pass, then do these. Raises `Rejected`."""
        agenda = Agenda(self.state)
        until = self.now + timedelta(minutes=after)
        while (due := agenda.next_due(self.state)) and due <= until:
            self._turn(due, None, None)
            agenda = Agenda(self.state)
        self.now = until
        for command in commands:
            self._turn(self.now, command, note)
        return self

    def _turn(self, now: datetime, command: Command | None, note: str | None) -> None:
        turn = Turn(self.state, now, rules())
        settle(turn, Agenda(turn.state))
        if command:
            apply(turn, command, note)
            settle(turn, Agenda(turn.state))
        self.state = turn.state
        self.events += turn.events

    def view(self) -> View:
        """What cards are made from, now."""
        return View(self.state, rules().in_force(self.state.roles), self.now, {"n1": REASON})


@cache
def scenes() -> Mapping[str, View]:
    """Moments of one incident, by name."""
    play, views = Play(), {"quiet": View(Situation(), rules(), START)}

    def scene(name: str, *commands: Command, after: float = 0, note: str | None = None) -> None:
        views[name] = play.do(*commands, after=after, note=note).view()

    scene("moving", ReportWorkplace("anna", "anna"))
    scene("asked", after=6)
    report = ReportWorkplace("sam", "bea", Cause.POWER, can_move=False)
    scene("offered", report, AnswerCover("carl", "acme-de", yes=True), AnswerCover("dora", "acme-de", yes=True))
    declined = replace(play, events=list(play.events)).do(DeclineCover("nora", "acme-de", ("carl",)), after=1)
    views["declined"] = declined.view()
    scene("approved", ApproveCover("nora", "acme-de"), after=1)
    late = replace(play, events=list(play.events)).do(after=40)
    views["late"] = late.view()
    scene("covered", *(ConfirmOnDuty(one, "acme-de") for one in ("carl", "dora")), after=5)
    declared = replace(play, events=list(play.events)).do(DeclareLevel("erik", "acme-de", 4, REASON), note="n1")
    views["declared"] = declared.view()
    scene("surplus", ConfirmMoved("anna", "anna"), after=5)
    scene("clear", ConfirmRestored("bea", "bea"), after=5)
    scene("closed", StandDown("nora", "acme-de"), after=5)
    return views | _role_scenes(views["offered"].state)


def _role_scenes(offered: Situation) -> Mapping[str, View]:
    """Moments of the roles matrix: the Account Manager is another one while two offers wait; what cannot be taken."""
    change = ChangeRole("zita", "account_manager", "acme-de", ("sam", "olga"))
    handed = Play(offered, START + timedelta(minutes=6)).do(change, after=2)
    theirs = replace(change, by="ivan", people=("erik",), seen=("nora", "olga"), source="sharepoint")
    conflict = Play().do(change).do(theirs, after=5)
    since = instant(conflict.now)
    kept = replace(conflict).do(SettleRole("zita", "account_manager", "acme-de", take=False, since=since), after=3)
    row = ReportRoleRow("account_manager", "acme-de", "7", "unknown_person", (), "ivan", "v1", "Joe Bloggs")
    bad = Play().do(row, note="n1")
    mended = replace(bad).do(replace(theirs, people=("nora", "olga"), row="7"), after=3)
    unread = Play().do(ReportRoleRow(None, None, "9", "unknown_role"))
    played = {"handed": handed, "conflict": conflict, "kept": kept, "bad": bad, "mended": mended, "unread": unread}
    stopped = Play().do(ReportSync("missing"))
    played |= {"stopped": stopped, "went_on": replace(stopped).do(ReportSync(None), after=5)}
    return {name: play.view() for name, play in played.items()}


def reader(person: str, locale: str = "en") -> Reader:
    """Somebody of the company."""
    return Reader(person, locale, ZONE)


def notice(kind: str, to: str, data: Mapping[str, Any] | None = None) -> Notice:
    """A notice about the incident, or the workplace, of the play."""
    number = "2026-0001"
    card = f"incident:{number}"
    if kind.startswith("cover_") and kind not in ("cover_lost", "cover_lapsed"):
        card = f"cover:{number}"
    if kind == "report_received":
        card = f"workplace:{(data or {})['receipt']}"
    if kind in ROLE_KINDS:
        return Notice(f"1:{kind}:{to}", to, kind, Urgency.DECISION, START, card="roles", data=data or {})
    return Notice(f"1:{kind}:{to}", to, kind, Urgency.DECISION, START, "acme-de", number, card, data or {})


_SCOPE = {"scope": "several", "projects": ["acme-de", "globex"], "out": 4, "agents": 4}
_READY = {"level": 3, "seats": 2, "native": 1, "non_native": 0, "english": 4, "unfilled": 0, "plan": "4.0"}
_LADDER = {"ladder": "report", "role": "account_manager", "round": 1}
_REACHED = {"person": "carl", "kind": "cover_request", "project": "acme-de", "incident": "2026-0001"}
_MINE = {"receipt": 1, "by": "anna"}
_LINES = as_data(
    [
        LevelDeclared(START, "acme-de", "2026-0001", 4, "erik", "n1"),
        CoverApproved(
            START + timedelta(minutes=3), "acme-de", "2026-0001", "nora", 1, ("carl",), START + timedelta(minutes=33)
        ),
    ]
)
_MANAGER = {"role": "account_manager", "project": "acme-de", "by": "zita", "source": "chat", "part": "account_manager"}
_LEAD = {"role": "cmt_lead", "project": None, "by": None, "source": "file", "part": "cmt_lead"}

# By name. Which scene, kind of notice and reader it is, the notice's data, and whether it is a refresh.
Shown = tuple[str, str, str, Mapping[str, Any], bool]
GALLERY: Mapping[str, Shown] = {
    "report_received": ("moving", "report_received", "anna", _MINE, False),
    "report_received-out": ("asked", "report_received", "anna", _MINE, True),
    "report_received-on-behalf": ("offered", "report_received", "bea", {"receipt": 2, "by": "sam"}, False),
    "report_received-moved": ("surplus", "report_received", "anna", _MINE, True),
    "report_received-restored": ("clear", "report_received", "bea", {"receipt": 2, "by": "sam"}, True),
    "cover_request": ("asked", "cover_request", "carl", {"pool": 1}, False),
    "cover_request-offered": ("offered", "cover_request", "carl", {"pool": 1}, True),
    "cover_request-other": ("offered", "cover_request", "emil", {"pool": 3}, True),
    "cover_approved": ("approved", "cover_approved", "carl", {"by": "nora"}, False),
    "cover_approved-on-duty": ("covered", "cover_approved", "carl", {"by": "nora"}, True),
    "cover_missed": ("late", "cover_missed", "carl", {}, False),
    "cover_declined": ("declined", "cover_declined", "carl", {"by": "nora"}, False),
    "cover_declined-refreshed": ("declined", "cover_declined", "carl", {"by": "nora"}, True),
    "cover_withdrawn": ("covered", "cover_withdrawn", "emil", {}, False),
    "cover_released": ("surplus", "cover_released", "emil", {}, False),
    "cover_released-closed": ("closed", "cover_released", "dora", {}, False),
    "incident_opened": ("moving", "incident_opened", "nora", {}, False),
    "incident_opened-refreshed": ("moving", "incident_opened", "nora", {}, True),
    "acknowledge": ("asked", "acknowledge", "nora", _LADDER, False),
    "acknowledge-offers": ("offered", "acknowledge", "olga", {**_LADDER, "ladder": "offers"}, False),
    "level_raised": ("asked", "level_raised", "sam", {"level": 1, "by": None}, False),
    "level_raised-refreshed": ("asked", "level_raised", "sam", {"level": 1, "by": None}, True),
    "offers_waiting": ("offered", "offers_waiting", "nora", {}, False),
    "offers_waiting-approved": ("approved", "offers_waiting", "nora", {}, True),
    "cover_lapsed": ("late", "cover_lapsed", "nora", {"people": ["carl", "dora"]}, False),
    "cover_lost": ("offered", "cover_lost", "nora", {"person": "emil"}, False),
    "rto_warning": ("approved", "rto_warning", "nora", {"percent": 50}, False),
    "rto_breached": ("late", "rto_breached", "zita", {}, False),
    "crisis_contact": ("declared", "crisis_contact", "zita", {"level": 4}, False),
    "level_declared": ("declared", "level_declared", "nora", {"level": 4, "by": "erik"}, False),
    "factors_asked": ("covered", "factors_asked", "nora", {}, False),
    "factors_asked-covered": ("covered", "factors_asked", "ivan", {}, True),
    "factor_failed": ("covered", "factor_failed", "zita", {"factor": "calls-arrive", "by": "nora"}, False),
    "surplus_proposed": ("surplus", "surplus_proposed", "nora", {}, False),
    "lower_level_proposed": ("surplus", "lower_level_proposed", "nora", {}, False),
    "stand_down_proposed": ("clear", "stand_down_proposed", "nora", {}, False),
    "stood_down": ("closed", "stood_down", "sam", {"by": "nora"}, False),
    "room_opened": ("declared", "room_opened", "#2026-0001", {}, False),
    "timeline": ("declared", "timeline", "#2026-0001", _LINES, False),
    "scope_reached": ("offered", "scope_reached", "zita", _SCOPE, False),
    "scope_reached-most": ("offered", "scope_reached", "zita", {**_SCOPE, "scope": "most"}, False),
    "undelivered": ("asked", "undelivered", "ivan", _REACHED, False),
    "sync_stopped": ("stopped", "sync_stopped", "ivan", {"trouble": "missing"}, False),
    "sync_stopped-over": ("went_on", "sync_stopped", "ivan", {"trouble": "missing"}, True),
    "readiness": ("quiet", "readiness", "nora", _READY, False),
    "handed_over": ("handed", "handed_over", "sam", {}, False),
    "handed_over-lost": ("handed", "incident_opened", "nora", {}, True),
    "role_given": ("handed", "role_given", "sam", _MANAGER, False),
    "role_given-company": ("quiet", "role_given", "zita", _LEAD, False),
    "role_lost": ("handed", "role_lost", "nora", _MANAGER, False),
    "role_lost-company": ("quiet", "role_lost", "sam", {**_LEAD, "source": "sharepoint"}, False),
    "matrix_changed": ("handed", "matrix_changed", "ivan", _MANAGER, False),
    "role_conflict": ("conflict", "role_conflict", "zita", _MANAGER, False),
    "role_conflict-kept": ("kept", "role_conflict", "zita", _MANAGER, True),
    "role_row_refused": ("bad", "role_row_refused", "ivan", {"row": "7"}, False),
    "role_row_refused-unread": ("unread", "role_row_refused", "ivan", {"row": "9"}, False),
    "role_row_refused-mended": ("mended", "role_row_refused", "ivan", {"row": "7"}, True),
}


def shown(name: str, locale: str) -> Card:
    """A card of the gallery."""
    scene, kind, to, data, refreshed = GALLERY[name]
    return word(notice(kind, to, data), scenes()[scene], reader(to, locale), refreshed=refreshed)


def plain_json(card: object) -> str:
    """The card as text that is good to read and to compare; nodes are marked by their kind."""
    return json.dumps(_tree(card), ensure_ascii=False, indent=1) + "\n"


def _tree(value: object) -> object:
    match value:
        case Instant(at, style):
            return {style: at.isoformat()}
        case Mention(person):
            return {"mention": person}
        case Words(text):
            return {"words": text}
        case tuple() | list():
            return [_tree(one) for one in value]
        case Mapping():
            return {str(key): _tree(one) for key, one in value.items()}
        case _ if is_dataclass(value) and not isinstance(value, type):
            found = {name: _tree(getattr(value, name)) for name in value.__slots__}
            return {name: one for name, one in found.items() if one not in (None, [], {}, "")}
    return value
