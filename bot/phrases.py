"""What a typed sentence asks, in English or Hungarian: with or without accents, typos in moderation. Pure.

1. The text becomes plain lower-case words in clauses ("no power, cannot move" has two).
2. Each clause gives signals: something is wrong, something works, can or cannot move, has moved, is on duty.
3. The signals become one intent. What contradicts itself, is about another day, an "if" or a drill, or is not understood,
   is the menu: nobody is ever reported on a guess.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass, field
from typing import Literal

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
from bot.presses import words_of
from bot.situation import COVERED, CoverStatus, Situation

Kind = Literal[
    "report", "move_yes", "move_no", "moved", "restored", "on_duty", "yes", "no", "status", "log", "help", "menu"
]
_LONGEST = 1000  # characters that are looked at
_SHORT = 4  # words; a bare yes or no is no longer than that


@dataclass(frozen=True, slots=True)
class Intent:
    """What is asked. `cause` and `can_move` as far as a report says them."""

    kind: Kind
    cause: Cause | None = None
    can_move: bool | None = None


MENU = Intent("menu")


def understand(text: str) -> Intent:
    """The intent of a sentence; the menu when it is not clear."""
    clauses = _clauses(text)
    whole = " ".join(clauses)
    if short := _short(whole):
        return short
    if not whole or _ELSEWHEN.search(whole):
        return MENU
    signals = _Signals()
    for clause in clauses:
        signals.look_at(clause)
    return signals.intent()


def command_for(intent: Intent, person: str, state: Situation, text: str = "") -> Command | None:
    """The command behind the intent, with what is open for the person; None: show what they asked for, else the menu.

    A yes, a no and "on duty" need exactly one thing they can be about. Raises `BadPress` when `text` is too long.
    """
    match intent.kind:
        case "report":
            return ReportWorkplace(person, person, intent.cause, intent.can_move, words_of(text))
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


# --- words and clauses ------------------------------------------------------------------------------------------------

_APOSTROPHES = re.compile(r"['’`´]")
_BREAKS = re.compile(r"[.,;:!?\n\r()/–—]+|\b(?:but|and|so|because|since|therefore|de|es|mert|ezert|igy|szoval|hogy)\b")
_NOT_WORDS = re.compile(r"[^a-z0-9]+")


def _clauses(text: str) -> list[str]:
    plain = unicodedata.normalize("NFKD", _APOSTROPHES.sub("", text[:_LONGEST].lower()))
    plain = "".join(letter for letter in plain if not unicodedata.combining(letter))
    pieces = (_NOT_WORDS.sub(" ", piece).split() for piece in _BREAKS.split(plain))
    return [" ".join(map(_spelt, words)) for words in pieces if words]


# Words worth recognising with one wrong letter, and words that look like them and must stay what they are.
_SPELT = frozenset(
    "power electricity internet connection workplace unusable usable outage blackout smoke cannot unable again restored"
    " working nincs dolgozni dolgozom ujra aramszunet aramkimaradas villany munkahelyem hasznalhatatlan hasznalhato"
    " atkoltoztem mashonnan szolgalatban status statusz helyzet elment"
    " lower tower mower shower workplaces helyzetem szolgalat element aramszunetet".split()
)
_SHORTEST_SPELT = 4


def _spelt(word: str) -> str:
    if word in _SPELT or len(word) < _SHORTEST_SPELT:
        return word
    near = [known for known in _SPELT if abs(len(known) - len(word)) <= 1 and _one_off(word, known)]
    return near[0] if len(near) == 1 else word


def _one_off(a: str, b: str) -> bool:
    """One letter more, less, other, or two neighbours swapped."""
    start = 0
    while start < min(len(a), len(b)) and a[start] == b[start]:
        start += 1
    a, b = a[start:], b[start:]
    if a[1:] == b[1:] or a[1:] == b or a == b[1:]:
        return True
    return len(a) > 1 and len(b) > 1 and a[0] == b[1] and a[1] == b[0] and a[2:] == b[2:]


# --- short words ------------------------------------------------------------------------------------------------------

_ELSEWHEN = re.compile(r"\b(?:if|ha|hogyha|yesterday|tegnap|tomorrow|holnap|drill|exercise|gyakorlat|probariado)\b")
_SHORTS: tuple[tuple[Kind, re.Pattern[str]], ...] = (
    ("status", re.compile(r"(?:the |show |mi a |my )?(?:status|statusz|allapot|helyzet)(?: please)?")),
    ("log", re.compile(r"(?:the |show )?(?:log|naplo|timeline|idovonal|incident log|esemenynaplo)(?: please)?")),
    ("help", re.compile(r"help|segits|segitseg|sugo|what can i do(?: here)?|mit tehetek(?: itt)?|mit tudsz")),
    ("menu", re.compile(r"menu|start|home|hello|hi|hey|szia|hello szia|szervusz|jo napot|udv")),
    (
        "yes",
        re.compile(
            r"(?:yes|yep|yeah|y|ok|okay|oke|sure|igen|ja|persze|rendben|jo|vallalom|elvallalom|accept|elfogadom|tudok|i can)"
            r"(?: (?:i can|i can cover|please|of course|sure|igen|tudok|vallalom|persze|thanks|koszi|koszonom))?"
            r"|i can (?:cover|be on duty)|(?:igen )?tudom vallalni|be tudok ugrani"
        ),
    ),
    (
        "no",
        re.compile(
            r"(?:no|nope|n|nem|sajnos nem|sorry no|decline|elutasitom|i cant|i cannot|nem tudok|nem vallalom)"
            r"(?: (?:i cant|i cannot|i cant cover|sorry|thanks|nem|sajnos|tudok|vallalom|koszi|koszonom|most))?"
            r"|i (?:cant|cannot) (?:cover|be on duty)|nem tudom vallalni|nem tudok beugrani"
        ),
    ),
)


def _short(whole: str) -> Intent | None:
    if len(whole.split()) > _SHORT:
        return None
    return next((Intent(kind) for kind, pattern in _SHORTS if pattern.fullmatch(whole)), None)


# --- signals ----------------------------------------------------------------------------------------------------------

_NOT = (
    r"(?:no|not|isnt|arent|wasnt|doesnt|dont|didnt|hasnt|havent|wont|aint|without|never|cant|cannot|couldnt"
    r"|nincs|nincsen|nincsenek|sincs|nem|sem|soha)"
)
_NEGATED = re.compile(rf"\b{_NOT}\b")
_CANNOT = (
    r"(?:cant|cannot|can not|can no longer|couldnt|could not|unable to|not able to|wont be able to|impossible to"
    r"|dont have anywhere to)"
)
_FEW = r"(?:\w+ ){0,3}?"
_ELSEWHERE = (
    r"(?:elsewhere|somewhere else|anywhere else|another (?:place|location|office|desk)|other (?:place|location)"
    r"|coworking|hotel|library|cafe|mashonnan|mashol|mashova|mashova|masik (?:helyen|helyrol|helyre|irodabol|irodaban))"
)
_MOVE = r"(?:move|relocate|go anywhere|leave here|atmenni|atkoltozni|koltozni|elmenni|mashova menni|menni mashova)"
_MOVE_NO = re.compile(
    rf"\b{_CANNOT} {_FEW}{_MOVE}\b|\b{_CANNOT} {_FEW}work {_FEW}{_ELSEWHERE}\b|\b(?:nowhere|no place|no other place)\b"
    rf"|\bnincs(?:en)? (?:mas )?(?:hova|hol|hely)\b|\bnem (?:\w+ )?tud(?:ok|unk) {_FEW}(?:{_MOVE}|{_ELSEWHERE})\b"
    rf"|\bat nem tud(?:ok|unk)\b|\b{_ELSEWHERE} (?:\w+ )?(?:nem tud(?:ok|unk)|sem tud(?:ok|unk))\b|\bnem megyek\b"
)
_MOVE_YES = re.compile(
    rf"\b(?:can|able to|will|ill|going to) {_FEW}(?:move|relocate)\b|\bcan {_FEW}work {_FEW}{_ELSEWHERE}\b"
    rf"|\bmoving(?: now| to)?\b|\bon my way\b|\bat tud(?:ok|unk) (?:menni|koltozni)\b|\batmegy(?:ek|unk)\b"
    rf"|\batkoltoz(?:om|unk)\b|\bmashova megy(?:ek|unk)\b|\btud(?:ok|unk) {_FEW}(?:{_MOVE}|{_ELSEWHERE})\b"
    rf"|\b{_ELSEWHERE} (?:is )?tud(?:ok|unk)\b|\bel tudok menni\b"
)
_MOVED = re.compile(
    rf"\b(?:have|ive|i|just|already) (?:\w+ )?(?:moved|relocated)\b|^(?:moved|relocated)\b"
    rf"|\b(?:am|im|now) (?:now )?working {_FEW}{_ELSEWHERE}\b|^working {_FEW}{_ELSEWHERE}\b"
    rf"|\b(?:atkoltoztem|atmentem|atjottem|atertem|atkoltoztunk|attelepultem|koltoztem at|mentem at)\b"
    rf"|\b{_ELSEWHERE} (?:mar )?dolgoz(?:om|unk)\b|\bdolgoz(?:om|unk) (?:mar )?{_ELSEWHERE}\b"
)
_CANNOT_WORK = re.compile(
    rf"\b{_CANNOT} {_FEW}(?:work|log ?in|take (?:any )?calls)\b|\bnot working from\b"
    r"|\bnem (?:\w+ )?(?:tud(?:ok|unk)|bir(?:ok|unk)|lehet) (?:\w+ ){0,3}dolgozni\b|\bdolgozni (?:most )?nem (?:tud|bir)\w*\b"
    r"|\bnem (?:tud(?:ok|unk)) (?:\w+ )?(?:belepni|bejelentkezni|hivast fogadni|hivasokat fogadni)\b"
)
_CAN_WORK = re.compile(
    r"\b(?:can|able to) (?:\w+ ){0,2}work\b|\b(?:im|am|are|were|back)(?: \w+)? (?:working|online|at work|to work)\b"
    r"|^(?:working|back|online) again\b|\bworks? again\b|\bworking again\b|\b(?:i am|im) back\b"
    r"|\btud(?:ok|unk) (?:\w+ ){0,3}dolgozni\b|\b(?:ujra|ismet|megint|mar) dolgoz(?:om|unk)\b"
    r"|\bdolgozni (?:mar |ujra |ismet )*tud(?:ok|unk)\b"
)
_QUESTION = re.compile(r"\b(?:can|could|should|may) (?:i|you|we|they)\b|\b(?:when|mikor|will it|vajon)\b")
_ON_DUTY = re.compile(r"\b(?:on duty|szolgalatban|ugyeletben|szolgalatba alltam|szolgalatba leptem|beallok szolgalatba)\b")

_NOUNS = (
    (Cause.POWER, re.compile(r"\b(?:power|electricity|electric|aram(?:om|unk|ot|a|am)?|villany\w*)\b")),
    (Cause.INTERNET, re.compile(r"\b(?:internet\w*|wi ?fi\w*|net(?:em|unk|et)?|network|connection|broadband|halozat\w*)\b")),
)
_FAULTS = (  # what is trouble by being there
    (
        Cause.FIRE,
        re.compile(
            r"\b(?:fire|smoke|smoky|burning|flames|toxic|gas leak|tuz|tuzet|tuzeset|fust\w*|kigyulladt|leegett"
            r"|mergezo|gazszivargas|eg (?:a|az) \w+)\b"
        ),
    ),
    (
        Cause.POWER,
        re.compile(r"\b(?:(?:power|electricity) ?(?:cut|outage|failure|loss)|blackout|aramszunet\w*|aramkimaradas\w*)\b"),
    ),
    (Cause.INTERNET, re.compile(r"\b(?:(?:internet|network|wifi) (?:outage|failure)|internetkimaradas\w*|netkimaradas\w*)\b")),
    (Cause.OTHER, re.compile(r"\b(?:flood(?:ed)?|burst pipe|csotores|beazas|beazott|elontott\w*)\b")),
)
_PLACE = re.compile(
    r"\b(?:workplaces?|workstation|office|computer|laptop|pc|desk|headset|munkahely\w*|munkaallomas\w*|munkahelyem"
    r"|(?:szamito)?gep(?:em|unk)?|laptop\w*|irod\w+)\b"
)
_GONE = re.compile(
    r"\b(?:down|out|gone|off|lost|dead|cut|failed|failing|broken|broke|dropped|went|unusable|disappeared|elment|kiesett"
    r"|megszunt|elszallt|lekapcsolt\w*|szunetel|szakadt|megszakadt|leallt|kikapcsolt\w*|rossz|elromlott|tonkrement"
    r"|bedoglott|hasznalhatatlan\w*|akadozik|nincs|nincsen)\b"
)
_THERE = re.compile(
    r"\b(?:back|restored|returned|on|works?|working|available|fixed|repaired|usable|over|ended|ok|okay|fine|van|visszajott"
    r"|visszatert|jott vissza|megjott|megjavult|megjavitottak|helyreallt|allt helyre|mukodik|hasznalhato|vege|elmult|jo)\b"
)


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
        if _QUESTION.search(clause):
            return
        negated = bool(_NEGATED.search(clause))
        if self._moving(clause, negated=negated):
            return
        if _ON_DUTY.search(clause) and not negated:
            self.on_duty = True
        if _CANNOT_WORK.search(clause):
            self.wrong.append(None)
        elif _CAN_WORK.search(clause) and not negated:
            self.can_work = True
        self._things(clause, negated=negated)

    def _moving(self, clause: str, *, negated: bool) -> bool:
        """Whether the clause is about moving; then it says nothing about the workplace."""
        if _MOVE_NO.search(clause):
            self.can_move.add(False)
        elif _MOVED.search(clause):
            self.moved = self.moved or not negated
        elif _MOVE_YES.search(clause) and not negated:
            self.can_move.add(True)
        else:
            return False
        return True

    def _things(self, clause: str, *, negated: bool) -> None:
        for cause, pattern in _FAULTS:
            if pattern.search(clause) and not negated:
                over = _THERE.search(pattern.sub("", clause)) and cause is not Cause.FIRE
                (self.right if over and not re.search(r"\b(?:van|on)\b", clause) else self.wrong).append(cause)
                return
            if pattern.search(clause):
                return
        named = [cause for cause, pattern in _NOUNS if pattern.search(clause)]
        if not named and _PLACE.search(clause):
            self._place(clause, negated=negated)
        for cause in named:
            self._supply(clause, cause, negated=negated)
        if not named and not _PLACE.search(clause) and re.fullmatch(r"(?:its |it is )?(?:restored|fixed)(?: again| now)?", clause):
            self.right.append(None)

    def _supply(self, clause: str, cause: Cause, *, negated: bool) -> None:
        """Power or internet: trouble when it is not there, or gone."""
        gone, there = _GONE.search(clause), _THERE.search(clause)
        if negated and not (gone and gone.group() not in ("nincs", "nincsen") and not there):
            self.wrong.append(cause)
        elif gone and not negated and not re.search(r"\bback|again|vissza|ujra\b", clause):
            self.wrong.append(cause)
        elif there and not negated:
            self.right.append(cause)

    def _place(self, clause: str, *, negated: bool) -> None:
        gone, there = _GONE.search(clause), _THERE.search(clause)
        if (gone and not negated) or (there and negated) or re.search(r"\b(?:doesnt|does not) work\b|be used\b", clause):
            self.wrong.append(None)
        elif there and not negated:
            self.right.append(None)

    def intent(self) -> Intent:
        """One intent from all signals."""
        if len(self.can_move) > 1:
            return MENU
        can_move = next(iter(self.can_move), None)
        if self.wrong:
            if self.can_work or set(self.wrong) & set(self.right) - {None}:
                return MENU
            named = set(self.wrong) - {None}
            cause = next((one for one in Cause if one in named), None)
            return Intent("report", cause, True if self.moved else can_move)
        if self.moved:
            return Intent("moved")
        if can_move is not None:
            return Intent("move_yes" if can_move else "move_no")
        if self.can_work or self.right:
            return Intent("restored")
        return Intent("on_duty") if self.on_duty else MENU
