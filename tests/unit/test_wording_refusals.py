"""Why not, what was done, and the log: a sentence for every code, command and event, in both languages."""

from __future__ import annotations

import ast
from datetime import timedelta
from pathlib import Path
from typing import Any, get_args

import pytest

import bot
from bot import commands as cmd
from bot import events as ev
from bot.cards import Instant, Line, Mention
from bot.presses import BadPress
from bot.turn import Rejected
from bot.wording import View, answered, explanation, log_line, plain, refusal
from bot.wording.refusals import CODES
from tests.unit.wording_play import START, reader, rules, scenes

DATA: dict[str, Any] = {
    "project": "acme-de",
    "projects": ["acme-de", "globex"],
    "person": "anna",
    "people": ["carl", "dora"],
    "roles": ["account_manager", "deputy", "cmt_lead"],
    "incident": "2026-0001",
    "by": "nora",
    "at": START,
    "level": 7,
    "levels": [1, 2, 3, 4],
    "factor": "calls-arrive",
    "out": 2,
    "moving": 1,
    "longest": 500,
    "field": "people",
    "why": "inactive",
    "words": "Joe Bloggs",
    "ids": ("anna", "anna2"),
    "total": 3,
}
LANGUAGES = ("en", "hu")


def _codes() -> set[str]:
    """The codes of all `Rejected` and `BadPress` in the source."""
    codes = set()
    for path in Path(bot.__file__).parent.rglob("*.py"):
        calls = (node for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))) if isinstance(node, ast.Call))
        for call in calls:
            if isinstance(call.func, ast.Name) and call.func.id in ("Rejected", "BadPress") and call.args:
                assert isinstance(call.args[0], ast.Constant), f"{path}: a code is a literal"
                codes.add(str(call.args[0].value))
    return codes


def _said(line: Line, language: str = "en", person: str = "nora") -> str:
    return plain(line, rules().company, reader(person, language), START)


def test_every_refusal_has_a_sentence_and_no_other() -> None:
    """The codes with a sentence are the codes that the rules use."""
    assert set(CODES) == _codes()


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("code", CODES)
def test_a_refusal_reads_well(code: str, language: str) -> None:
    """A whole sentence, without a code, an id or a brace in it."""
    for view in (scenes()["offered"], scenes()["quiet"], scenes()["closed"]):
        for person in ("nora", "anna", "carl"):
            text = _said(refusal(Rejected(code, **DATA), view, reader(person, language)), language)
            assert text[-1] in ".?"
            assert not set("{}_") & set(text)
            assert "acme-de" not in text


@pytest.mark.parametrize(
    ("rejected", "person", "text"),
    [
        (
            Rejected("not_allowed", project="acme-de", roles=["cmt_lead", "deputy", "account_manager"]),
            "anna",
            (
                "Only these can do this for ACME Germany: the Account Manager, a deputy of the Account Manager"
                " or the CMT lead."
            ),
        ),
        (
            Rejected("nothing_offered", project="acme-de", by="nora", at=START + timedelta(minutes=42)),
            "olga",
            "Already decided by Nora at 10:42: no offer is left.",
        ),
        (
            Rejected("nothing_offered", project="acme-de", by=None, at=None),
            "olga",
            "Nobody has offered to cover ACME Germany yet. You are told when somebody does.",
        ),
        (
            Rejected("not_reported", person="anna"),
            "anna",
            "You have no open report. If your workplace is unusable, report it first.",
        ),
        (
            BadPress("too_long", longest=500),
            "anna",
            "That is too long: at most 500 characters. Nothing was changed; please shorten it.",
        ),
        (BadPress("missing", field="people"), "nora", "Please fill in “People”. Nothing was changed."),
    ],
)
def test_a_refusal_says_why_and_what_to_do(rejected: Rejected, person: str, text: str) -> None:
    """Who may, who was first, what is missing."""
    assert _said(refusal(rejected, scenes()["quiet"], reader(person))) == text


def test_who_cannot_cover_learns_why() -> None:
    """Somebody whose own workplace is out, or who covers elsewhere, is told just that."""
    rejected = Rejected("cannot_cover", project="globex")
    out = refusal(rejected, scenes()["offered"], reader("anna"))
    assert _said(out).startswith("Your workplace is reported as unusable.")
    busy = refusal(rejected, scenes()["approved"], reader("carl"))
    assert _said(busy) == "You cover ACME Germany. To cover Globex, give that seat back first."


def test_who_closed_the_incident_is_named() -> None:
    """A press on a closed incident is told by whom and when it was closed."""
    line = refusal(Rejected("no_incident", project="acme-de"), scenes()["closed"], reader("olga"))
    assert Mention("nora") in line
    assert any(isinstance(span, Instant) for span in line)


def test_an_unknown_code_still_has_an_answer() -> None:
    """A code that nobody has worded yet is no error to the person."""
    assert "menu" in _said(refusal(Rejected("brand_new", thing=object()), scenes()["quiet"], reader("nora")))


def _commands() -> list[cmd.Command]:
    """One of each command."""
    made: list[cmd.Command] = []
    for kind in get_args(cmd.Command):
        values = {"by": "nora", "person": "anna", "project": "acme-de", "level": 2, "factor": "calls-arrive"}
        values |= {"can_move": True, "yes": True, "holds": True, "kind": "cover_request", "trouble": "missing"}
        if kind in get_args(cmd.AboutRoles):
            values |= {"role": "account_manager", "people": ("nora",), "named": "Nora", "take": True, "since": "now"}
            values |= {"row": "7", "why": "inactive"}
        made.append(kind(**{name: values[name] for name in kind.__slots__ if name in values}))
    return made


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("command", _commands(), ids=lambda command: type(command).__name__)
def test_every_command_is_answered(command: cmd.Command, language: str) -> None:
    """What was done is said in a sentence, and so is that nothing changed."""
    view = scenes()["offered"]
    for changed in (True, False):
        text = _said(answered(command, view, reader("nora", language), changed=changed, receipt=17), language)
        assert text.endswith((".", "?"))
        assert not set("{}_") & set(text)
    already = answered(command, view, reader("nora"), changed=False, receipt=None)
    assert "already recorded" in _said(already)


def test_the_answer_to_a_report_has_its_number() -> None:
    """The receipt's number, and the question that decides what happens next."""
    command = cmd.ReportWorkplace("anna", "anna")
    text = _said(answered(command, scenes()["moving"], reader("anna"), changed=True, receipt=17))
    assert "R-0017" in text
    assert "Can you move" in text


def test_a_report_for_another_names_them() -> None:
    """On behalf: whom it was recorded for."""
    command = cmd.ReportWorkplace("sam", "bea")
    assert Mention("bea") in answered(command, scenes()["offered"], reader("sam"), changed=True, receipt=2)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("kind", ev.EVENTS, ids=lambda kind: kind.__name__)
def test_every_event_has_a_log_line(kind: type[ev.Event], language: str) -> None:
    """The log has a line for every event, with names and times as nodes and the project's name before it."""
    event = _event(kind)
    line = log_line(event, rules(), language)
    text = _said(line, language)
    assert text
    assert not set("{}_") & set(text)
    if isinstance(event, ev.AboutIncident):
        assert text.startswith("ACME Germany: ")
    people = {getattr(event, name, None) for name in ("person", "by")} - {None}
    assert {span.person for span in line if isinstance(span, Mention)} >= people - {"nora" if _silent(event) else ""}


def _silent(event: ev.Event) -> bool:
    return isinstance(event, ev.AboutPerson) and event.by == event.person


def _event(kind: type[ev.Event]) -> ev.Event:
    """One of that kind, every field filled."""
    values: dict[str, Any] = {
        "at": START,
        "due": START,
        "answer_due": START,
        "move_due": START,
        "decide_by": START,
        "person": "anna",
        "by": "nora",
        "project": "acme-de",
        "incident": "2026-0001",
        "incidents": ("2026-0001",),
        "projects": ("acme-de", "globex"),
        "people": ("carl", "dora"),
        "released": ("carl",),
        "receipt": 17,
        "cause": "power",
        "note": "n1",
        "can_move": True,
        "why": "filled" if "people" in kind.__slots__ else "no_answer",
        "how": "moved",
        "plan": "4.0",
        "plan_digest": "abc",
        "level": 2,
        "scope": "several",
        "factors": ("calls-arrive",),
        "factor": "calls-arrive",
        "holds": False,
        "warnings": (),
        "gave_back": True,
        "ladder": "report",
        "role": "account_manager",
        "kind": "cover_request",
        "ours": ("nora",),
        "theirs": (),
        "source": "sharepoint",
        "instead_of": ("nora", "olga"),
        "filed": ("nora",),
        "row": "7",
        "version": "v1",
        "trouble": "missing",
    }
    if kind is ev.RoleRowRefused:
        values["why"] = "inactive"
    names = {name for base in kind.__mro__ for name in getattr(base, "__slots__", ())}
    return kind(**{name: values.get(name, 1) for name in names})


def test_the_explanation_says_what_the_level_was_computed_from() -> None:
    """Seats, what each pool offers, the rule and the plan's version; nobody out is a sentence too."""
    found = ev.LevelRecommended(START, "acme-de", "2026-0001", 2, 4, 1, 3, 5, 0, "4.0")
    assert explanation(found, rules(), "en") == (
        "Level 2: 4 seats; 1 native left, 3 non-native from other locations, 5 English-only;"
        " rule: native backups cannot fill every seat of all projects; plan 4.0"
    )
    nobody = ev.LevelRecommended(START, "acme-de", "2026-0001", None, 0, 1, 3, 5, 0, "4.0")
    assert explanation(nobody, rules(), "en") == "No level: nobody is out; plan 4.0"
    unfilled = ev.LevelRecommended(START, "acme-de", "2026-0001", 4, 9, 1, 3, 4, 1, "4.0")
    assert "1 hely, amelyet senki sem tud betölteni" in explanation(unfilled, rules(), "hu")


def test_times_are_the_readers_own() -> None:
    """Local time; with the date when it is not the reader's today; how long it still is for a countdown."""
    view: View = scenes()["quiet"]
    company, who, now = rules().company, reader("nora"), view.now
    assert plain((Instant(START),), company, who, now) == "10:00"
    assert plain((Instant(START + timedelta(days=1)),), company, who, now) == "Tue 3 Mar, 10:00"
    assert plain((Instant(START - timedelta(days=365)),), company, who, now) == "Sun, 2 Mar 2025, 10:00"
    soon = Instant(START + timedelta(minutes=29, seconds=59), "countdown")
    assert plain((soon,), company, who, now) == "10:29 (in 29 minutes)"
    assert plain((soon,), company, reader("nora", "hu"), now) == "10:29 (még 29 perc)"
    assert plain((Mention("gone"), " ", Mention("nora")), company, who) == "gone Nora"
