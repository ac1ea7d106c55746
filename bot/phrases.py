"""What a typed sentence asks, in English or Hungarian: with or without accents, typos in moderation. Pure.

1. The text becomes plain lower-case words in clauses ("no power, cannot move" has two).
2. Each clause gives signals: something is wrong, something works, can or cannot move, has moved, is on duty.
3. The signals become one intent. What contradicts itself, is about somebody else, another day, an "if" or a drill, or
   is not understood, is the menu: nobody is ever reported on a guess.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from bot.commands import (
    AnswerCover,
    AnswerMove,
    Cause,
    Command,
    ConfirmMoved,
    ConfirmOnDuty,
    ConfirmRestored,
    ReportWorkplace,
)
from bot.phrasebook import (
    BEFORE_CANNOT,
    CAN_WORK,
    CANNOT_WORK,
    ELSEWHEN,
    FAULTS,
    GONE,
    MOVE_NO,
    MOVE_YES,
    MOVED,
    NEGATED,
    NOUNS,
    ON_DUTY,
    PLACE,
    QUESTION,
    SHORTS,
    SOMEBODY_ELSE,
    THERE,
    Kind,
    clauses,
)
from bot.presses import LONGEST_WORDS, BadPress
from bot.situation import COVERED, CoverStatus, Situation

_LONGEST_MESSAGE = 4000  # more is a paste, not a sentence
_SHORT = 6  # words; a bare yes or no is no longer than that


@dataclass(frozen=True, slots=True)
class Intent:
    """What is asked. `cause` and `can_move` as far as a report says them. Not `clear`: it may have meant anything."""

    kind: Kind
    cause: Cause | None = None
    can_move: bool | None = None
    clear: bool = True


MENU, UNCLEAR = Intent("menu"), Intent("menu", clear=False)


def understand(text: str) -> Intent:
    """The intent of a sentence; the menu when it is not clear, or empty."""
    parts = clauses(text)
    whole = " ".join(parts).replace(" questioned", "")
    if short := _short(whole):
        return short
    if not whole:
        return UNCLEAR if text.strip() else MENU
    if ELSEWHEN.search(whole):
        return UNCLEAR
    signals = _Signals()
    for clause in parts:
        signals.look_at(clause)
    return signals.intent()


def command_for(intent: Intent, person: str, state: Situation, text: str = "") -> Command | None:
    """The command behind the intent, with what is open for the person; None: show what they asked for, else the menu.

    A yes, a no and "on duty" need exactly one thing they can be about. Raises `BadPress` when `text` is too long.
    """
    match intent.kind:
        case "report":
            return ReportWorkplace(person, person, intent.cause, intent.can_move, _words(text))
        case "move_yes" | "move_no":
            return AnswerMove(person, person, intent.kind == "move_yes")
        case "moved":
            return ConfirmMoved(person, person)
        case "restored":
            return ConfirmRestored(person, person)
        case "on_duty":
            return _on_duty(person, state)
        case "yes" | "no":
            return _answer(person, state, yes=intent.kind == "yes")
        case _:
            return None


def _words(text: str) -> str | None:
    """A long sentence is cut rather than refused: the report counts more than its wording."""
    if len(text) > _LONGEST_MESSAGE:
        raise BadPress("too_long", longest=_LONGEST_MESSAGE)
    return text.strip()[:LONGEST_WORDS] or None


def _on_duty(person: str, state: Situation) -> Command | None:
    awaited = {CoverStatus.LAPSED, *COVERED}
    found = [one for one in state.incidents.values() if person in one.covers and one.covers[person].status in awaited]
    approved = [one for one in found if one.covers[person].status in COVERED] or found
    return ConfirmOnDuty(person, approved[0].project, approved[0].number) if len(approved) == 1 else None


def _answer(person: str, state: Situation, *, yes: bool) -> Command | None:
    known = state.workplaces.get(person)
    asked = [
        one
        for one in state.incidents.values()
        if person in one.covers and one.covers[person].status is CoverStatus.ASKED
    ]
    if known and known.answer_due and not asked:
        return AnswerMove(person, person, yes)
    if len(asked) == 1 and not (known and known.answer_due):
        return AnswerCover(person, asked[0].project, yes, asked[0].number)
    return None


def _short(whole: str) -> Intent | None:
    if len(whole.split()) > _SHORT:
        return None
    return next((Intent(kind) for kind, pattern in SHORTS if pattern.fullmatch(whole)), None)


@dataclass(slots=True)
class _Signals:
    """What the clauses said."""

    wrong: list[Cause | None] = field(default_factory=list)
    right: list[Cause | None] = field(default_factory=list)
    can_work: bool = False
    can_move: set[bool] = field(default_factory=set)
    moved: bool = False
    on_duty: bool = False

    def look_at(self, clause: str) -> None:
        """Add what this clause says."""
        if QUESTION.search(clause) or SOMEBODY_ELSE.search(clause):
            return
        negated = bool(NEGATED.search(clause))
        if self._moving(clause, negated=negated):
            return
        if ON_DUTY.search(clause) and not negated:
            self.on_duty = True
        if (cannot := CANNOT_WORK.search(clause)) and self._oneself(clause, cannot):
            self.wrong.append(None)
        elif CAN_WORK.search(clause) and not negated:
            self.can_work = True
        self._things(clause, negated=negated)

    def _moving(self, clause: str, *, negated: bool) -> bool:
        """Whether the clause is about moving; then it says nothing about the workplace."""
        if MOVE_NO.search(clause):
            self.can_move.add(False)
        elif MOVED.search(clause):
            self.moved = self.moved or not negated
        elif MOVE_YES.search(clause) and not negated:
            self.can_move.add(True)
        else:
            return False
        return True

    @staticmethod
    def _oneself(clause: str, cannot: re.Match[str]) -> bool:
        """In Hungarian the verb says so; in English the word before it."""
        return cannot.group().startswith(("nem", "dolgozni")) or bool(BEFORE_CANNOT.search(clause[: cannot.start()]))

    def _things(self, clause: str, *, negated: bool) -> None:
        for cause, pattern in FAULTS:
            if pattern.search(clause) and not negated:
                over = THERE.search(pattern.sub("", clause)) and cause is not Cause.FIRE
                (self.right if over and not re.search(r"\b(?:van|on)\b", clause) else self.wrong).append(cause)
                return
            if pattern.search(clause):
                return
        named = [cause for cause, pattern in NOUNS if pattern.search(clause)]
        if not named and PLACE.search(clause):
            self._place(clause, negated=negated)
        for cause in named:
            self._supply(clause, cause, negated=negated)
        if (
            not named
            and not PLACE.search(clause)
            and re.fullmatch(r"(?:its |it is )?(?:restored|fixed)(?: again| now)?", clause)
        ):
            self.right.append(None)

    def _supply(self, clause: str, cause: Cause, *, negated: bool) -> None:
        """Power or internet: trouble when it is not there, or gone."""
        gone, there = GONE.search(clause), THERE.search(clause)
        if (negated and not (gone and gone.group() not in ("nincs", "nincsen") and not there)) or (
            gone and not negated and not re.search(r"\b(?:back|vissza\w*)\b", clause)
        ):
            self.wrong.append(cause)
        elif there and not negated:
            self.right.append(cause)

    def _place(self, clause: str, *, negated: bool) -> None:
        gone, there = GONE.search(clause), THERE.search(clause)
        if (
            (gone and not negated)
            or (there and negated)
            or re.search(r"\b(?:doesnt|does not|wont|will not) (?:work|start|turn on)\b|\bbe used\b", clause)
        ):
            self.wrong.append(None)
        elif there and not negated:
            self.right.append(None)

    def intent(self) -> Intent:
        """One intent from all signals."""
        if len(self.can_move) > 1:
            return UNCLEAR
        can_move = next(iter(self.can_move), None)
        if self.wrong:
            if self.can_work or set(self.wrong) & set(self.right) - {None}:
                return UNCLEAR
            named = set(self.wrong) - {None}
            cause = next((one for one in Cause if one in named), None)
            return Intent("report", cause, True if self.moved else can_move)
        if self.moved:
            return Intent("moved")
        if can_move is not None:
            return Intent("move_yes" if can_move else "move_no")
        if self.can_work or self.right:
            return Intent("restored")
        return Intent("on_duty") if self.on_duty else UNCLEAR
