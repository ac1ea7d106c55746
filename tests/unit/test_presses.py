"""The way back: presses become commands, and no button is offered to somebody whom the rules would turn away."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.cards import Button, Card, Choice, Press
from bot.commands import (
    Acknowledge,
    AnswerCover,
    AnswerMove,
    ApproveCover,
    Cause,
    ChangeRole,
    Command,
    ConfirmIvr,
    ConfirmMoved,
    ConfirmOnDuty,
    ConfirmRestored,
    DeclareLevel,
    DeclineCover,
    ReportWorkplace,
    StandDown,
)
from bot.decide import decide
from bot.presses import LONGEST_WORDS, VERBS, BadPress, command_of, words_of
from bot.turn import Rejected
from bot.wording import View, menu, roles, word
from tests.unit.wording_play import GALLERY, Play, notice, reader, rules, scenes, shown

ARGS = {"project": "acme-de", "incident": "2026-0001", "factor": "calls-arrive", "level": "1", "person": "anna"}
ARGS |= {"role": "account_manager", "since": "2026-03-02T09:05:00Z"}
FIELDS = {"people": ("carl",), "level": ("2",), "reason": "because", "cause": "fire", "row": "ert//", "person": "anna"}
# What somebody is told who has no business there, or whose card is not about what is open.
NOT_YOURS = {
    "not_allowed",
    "not_for_them",
    "not_contacted",
    "own_cover",
    "unknown_person",
    "unknown_project",
    "no_incident",
    "stale",
    "not_reported",
    "not_asked",
    "not_approved",
    "factor_not_asked",
    "unknown_level",
    "reason_needed",
    "still_out",
    "not_covering",
    "not_allowed_roles",
    "conflict_over",
}


def test_the_verbs_of_a_workplace() -> None:
    """A report with all that a form can say, an answer, and both ways to be clear."""
    fields = {"cause": ("power",), "can_move": "no", "words": "  the whole street  "}
    report = ReportWorkplace("anna", "anna", Cause.POWER, can_move=False, words="the whole street")
    assert command_of(Press("anna", "report", {}, fields)) == report
    assert command_of(Press("sam", "move_yes", {"person": "anna"})) == AnswerMove("sam", "anna", can_move=True)
    assert command_of(Press("anna", "moved", {"person": "anna"})) == ConfirmMoved("anna", "anna")
    assert command_of(Press("anna", "restored")) == ConfirmRestored("anna", "anna")


def test_a_report_for_somebody_else_is_about_whom_the_form_says() -> None:
    """Not about whom the button's arguments name, and never about oneself for want of a name."""
    fields = {"person": ("anna",), "cause": "power", "words": "her street"}
    report = ReportWorkplace("sam", "anna", Cause.POWER, words="her street")
    assert command_of(Press("sam", "report_for", {"person": "bea"}, fields)) == report


def test_nobody_presses_in_another_name() -> None:
    """Who asks is who pressed, whatever the button's arguments claim."""
    for verb in VERBS:
        args = {**ARGS, "by": "zita", "person": "anna", "user": "zita"}
        assert command_of(Press("mallory", verb, args, FIELDS)).by == "mallory"  # type: ignore[union-attr]


def test_approving_all_and_some() -> None:
    """To approve all leaves the choice to the rules; to choose people never means everybody."""
    assert command_of(Press("nora", "approve", ARGS)) == ApproveCover("nora", "acme-de", None, "2026-0001")
    some = Press("nora", "approve_some", ARGS, {"people": ("carl", "dora", "carl")})
    assert command_of(some) == ApproveCover("nora", "acme-de", ("carl", "dora"), "2026-0001")
    for nobody in ((), "", ("",)):
        with pytest.raises(BadPress) as raised:
            command_of(Press("nora", "approve_some", ARGS, {"people": nobody}))
        assert raised.value.code == "missing"


@pytest.mark.parametrize("verb", VERBS)
def test_a_verb_needs_what_it_is_about(verb: str) -> None:
    """A press whose arguments are gone, or much too long, is a bad press and never an error of the program."""
    for args in ({}, dict.fromkeys(ARGS, ""), dict.fromkeys(ARGS, "x" * 10_000)):
        if verb in ("report", "move_yes", "move_no", "moved", "restored") and not args:
            assert command_of(Press("nora", verb)).by == "nora"  # type: ignore[union-attr]
            continue
        with pytest.raises(BadPress) as raised:
            command_of(Press("nora", verb, args))
        assert raised.value.code in ("missing", "wrong")


@pytest.mark.parametrize(
    ("verb", "fields", "code"),
    [
        ("no_such_verb", {}, "unknown_verb"),
        ("__class__", {}, "unknown_verb"),
        ("report", {"cause": "meteor"}, "wrong"),
        ("report", {"can_move": "perhaps"}, "wrong"),
        ("report", {"cause": ("fire", "power")}, "wrong"),
        ("report", {"words": "x" * (LONGEST_WORDS + 1)}, "too_long"),
        ("report_for", {"person": ""}, "missing"),
        ("report_for", {"person": "x" * 101}, "wrong"),
        ("report_for", {"person_named": "x" * 101}, "too_long"),
        ("report_for", {"person": ("anna", "bea")}, "wrong"),
        ("cause", {}, "missing"),
        ("declare", {"reason": "because"}, "missing"),
        ("declare", {"level": "²", "reason": "because"}, "wrong"),
        ("declare", {"level": "-1", "reason": "because"}, "wrong"),
        ("declare", {"level": "1" * 5000, "reason": "because"}, "wrong"),
        ("declare", {"level": "2", "reason": "x" * 1_000_000}, "too_long"),
    ],
)
def test_a_form_with_a_fault_is_refused(verb: str, fields: dict[str, str], code: str) -> None:
    """Each fault of a form has its code, for which there is a sentence."""
    with pytest.raises(BadPress) as raised:
        command_of(Press("nora", verb, ARGS, fields))
    assert raised.value.code == code


def test_blank_words_are_none() -> None:
    """Blanks alone say nothing."""
    assert words_of(" \n ") is None


@given(st.text(max_size=20), st.dictionaries(st.text(max_size=8), st.text(max_size=8), max_size=4), st.data())
def test_any_press_is_a_command_or_a_bad_press(by: str, args: dict[str, str], data: st.DataObject) -> None:
    """Whatever arrives, nothing but `BadPress` is raised."""
    verb = data.draw(st.sampled_from([*VERBS, "?"]))
    named = data.draw(st.fixed_dictionaries({}, optional={name: st.text(max_size=5) for name in ARGS}))
    values = st.one_of(st.text(max_size=5), st.tuples(), st.tuples(st.text(max_size=5), st.text(max_size=5)))
    fields = data.draw(st.fixed_dictionaries({}, optional=dict.fromkeys([*FIELDS, "can_move", "words"], values)))
    try:
        command = command_of(Press(by, verb, {**args, **named}, fields))
    except BadPress:
        return
    assert not hasattr(command, "by") or command.by == by


@pytest.mark.parametrize("name", GALLERY)
def test_every_button_of_a_card_is_understood(name: str) -> None:
    """What a card offers comes back as a command, with its form filled in."""
    for button in shown(name, "en").buttons:
        assert command_of(_pressed(button, "nora"))


PEOPLE = ("anna", "bea", "cili", "dani", "carl", "dora", "emil", "sam", "nora", "olga", "zita", "ivan", "erik")
PROJECTS = ("acme-de", "globex")


def _commands() -> st.SearchStrategy[Command]:
    person, project = st.sampled_from(PEOPLE), st.sampled_from(PROJECTS)
    agent, flag = st.sampled_from(PEOPLE[:7]), st.booleans()
    boss = st.sampled_from(("nora", "olga", "zita", "sam"))
    return st.one_of(
        st.builds(lambda who, can: ReportWorkplace(who, who, None, can), agent, st.one_of(st.none(), flag)),
        st.builds(lambda who, can: AnswerMove(who, who, can), agent, flag),
        st.builds(lambda who: ConfirmMoved(who, who), agent),
        st.builds(AnswerCover, agent, project, flag),
        st.builds(ConfirmOnDuty, agent, project),
        st.builds(ApproveCover, boss, project),
        st.builds(DeclineCover, boss, project),
        st.builds(DeclareLevel, boss, project, st.integers(1, 4), st.just("because")),
        st.builds(ConfirmIvr, boss, project),
        st.builds(Acknowledge, person, project),
        st.builds(StandDown, boss, project),
        st.builds(_change, st.sampled_from(("zita", "ivan")), project, st.lists(person, min_size=1, max_size=3)),
    )


def _change(by: str, project: str, people: list[str]) -> Command:
    return ChangeRole(by, "account_manager", project, tuple(dict.fromkeys(people)))


@settings(max_examples=40, deadline=None)
@given(st.lists(st.tuples(_commands(), st.sampled_from([0, 0, 1, 6, 20, 40])), max_size=14))
def test_no_button_is_offered_that_the_rules_refuse(steps: list[tuple[Command, int]]) -> None:
    """In any state and for anybody, a button that is shown is not turned away for the role or for being stale."""
    play = Play()
    for command, minutes in steps:
        try:
            play.do(command, after=minutes)
        except Rejected:
            continue
    _press_everything(play.view())


@pytest.mark.parametrize("scene", scenes())
def test_no_button_of_the_play_is_refused(scene: str) -> None:
    """The same for each moment of an incident that runs its course, with offers to decide on and levels to lower."""
    _press_everything(scenes()[scene])


def _press_everything(view: View) -> None:
    for person in PEOPLE:
        for card in _cards(view, person):
            for button in card.buttons:
                _try(view, button, person)


def _cards(view: View, person: str) -> list[Card]:
    who = reader(person)
    cards = [menu(view, who), roles(view, who)]
    for role, project in view.state.role_conflicts:
        cards.append(word(notice("role_conflict", person, {"role": role, "project": project}), view, who))
    for incident in [*view.state.incidents.values(), *view.state.closed.values()]:
        for kind in ("level_raised", "offers_waiting", "cover_request"):
            about = notice(kind, person)
            about = type(about)(**{**_fields(about), "project": incident.project, "incident": incident.number})
            cards += [word(about, view, who, refreshed=refreshed) for refreshed in (False, True)]
    if mine := view.state.workplaces.get(person):
        cards.append(word(notice("report_received", person, {"receipt": mine.receipt, "by": person}), view, who))
    return cards


def _fields(about: object) -> dict[str, object]:
    return {name: getattr(about, name) for name in about.__slots__}  # type: ignore[attr-defined]


def _pressed(button: Button, by: str) -> Press:
    """The button with the first option of every choice, and a reason."""
    fields: dict[str, str | tuple[str, ...]] = {}
    for asked in button.form.fields if button.form else ():
        fields[asked.id] = (asked.options[0].value,) if isinstance(asked, Choice) else "because"
    return Press(by, button.verb, button.args, fields)


def _try(view: View, button: Button, person: str) -> None:
    command, refused = command_of(_pressed(button, person)), ""
    try:
        decide(view.state, command, view.now, rules())
    except Rejected as rejected:
        refused = rejected.code
    assert refused not in NOT_YOURS, (button, person)


def test_scenes_offer_each_verb_to_somebody() -> None:
    """Every verb is the button of some card of the play, for somebody."""
    seen = set()
    for view in scenes().values():
        for person in PEOPLE:
            cards = _cards(view, person)
            cards += [word(notice(kind, person), view, reader(person)) for kind in ("level_raised", "cover_request")]
            for receipt in (1, 2):
                about = notice("report_received", person, {"receipt": receipt, "by": person})
                cards.append(word(about, view, reader(person)))
            seen |= {button.verb for card in cards for button in card.buttons}
    assert seen == set(VERBS)
