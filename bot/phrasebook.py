"""The words that `bot.phrases` looks for: patterns over plain lower-case words, without accents and apostrophes."""

from __future__ import annotations

import re
import unicodedata
from typing import Literal

from bot.commands import Cause

Kind = Literal[
    "report",
    "move_yes",
    "move_no",
    "moved",
    "restored",
    "on_duty",
    "yes",
    "no",
    "status",
    "roles",
    "log",
    "help",
    "menu",
]
_LONGEST = 1000  # characters that are looked at

# --- words and clauses ------------------------------------------------------------------------------------------------

_APOSTROPHES = re.compile(r"['’`\u00b4]")
_BREAKS = re.compile(
    r"(?<=\?)|[.,;:!\n\r()/–—]+|\b(?:but|and|so|because|since|therefore|de|es|mert|ezert|igy|szoval|hogy)\b"
)
_NOT_WORDS = re.compile(r"[^a-z0-9]+")


def clauses(text: str) -> list[str]:
    """The text as clauses of plain lower-case words; one that ends in a question mark ends in `questioned`."""
    plain = unicodedata.normalize("NFKD", _APOSTROPHES.sub("", text[:_LONGEST].lower()))
    plain = "".join(letter for letter in plain if not unicodedata.combining(letter))
    pieces = (_NOT_WORDS.sub(" ", piece.replace("?", " questioned ")).split() for piece in _BREAKS.split(plain))
    return [" ".join(map(_spelt, words)) for words in pieces if words]


# Words worth recognising with one wrong letter, and words that look like them and must stay what they are.
_VOCABULARY = """
power electricity internet connection workplace unusable usable outage blackout smoke cannot unable again restored
working nincs dolgozni dolgozom ujra aramszunet aramkimaradas villany munkahelyem hasznalhatatlan hasznalhato
atkoltoztem mashonnan szolgalatban status statusz helyzet elment lower tower mower shower workplaces helyzetem
szolgalat element aramszunetet
"""
_SPELT = frozenset(_VOCABULARY.split())
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

ELSEWHEN = re.compile(r"\b(?:if|ha|hogyha|yesterday|tegnap|tomorrow|holnap|drill|exercise|gyakorlat|probariado)\b")
SHORTS: tuple[tuple[Kind, re.Pattern[str]], ...] = (
    (
        "status",
        re.compile(r"(?:the |show |mi a |my |whats the |mutasd a )?(?:status|statusz|allapot|helyzet)(?: please)?"),
    ),
    (
        "log",
        re.compile(
            r"(?:the |show |show the |mutasd a )?"
            r"(?:log|naplot?|timeline|idovonal|incident log|esemenynaplo)(?: please)?"
        ),
    ),
    (
        "roles",
        re.compile(
            r"(?:the |show |show the |mutasd a )?"
            r"(?:roles?|matrix|roles matrix|escalation matrix|who is who|contacts"
            r"|szerep(?:ek)?|szerepkor(?:ok)?|szerepkor matrix|matrixot?|eszkalacios matrix|ki kicsoda)(?: please)?"
        ),
    ),
    ("help", re.compile(r"help|segits|segitseg|sugo|what can i do(?: here)?|mit tehetek(?: itt)?|mit tudsz")),
    ("menu", re.compile(r"menu|start|home|hello|hi|hey|szia|hello szia|szervusz|jo napot|udv")),
    (
        "yes",
        re.compile(
            r"(?:yes|yep|yeah|y|ok|okay|oke|sure|igen|ja|persze|rendben|jo|vallalom|elvallalom|accept"
            r"|i accept|elfogadom|tudok|i can)"
            r"(?: (?:i can|i can cover|please|of course|sure|igen|tudok|vallalom|persze|thanks|koszi|koszonom))?"
            r"|(?:igen )?vallalom(?: (?!nem\b)\w+){1,3}|i can (?:cover|be on duty)(?: now)?"
            r"|(?:igen )?tudom vallalni|be tudok ugrani"
        ),
    ),
    (
        "no",
        re.compile(
            r"(?:no|nope|n|nem|sajnos nem|sorry no|decline|elutasitom|i cant|i cannot|nem tudok|nem vallalom)"
            r"(?: (?:i cant|i cannot|i cant cover|sorry|thanks|nem|sajnos|tudok|vallalom|koszi|koszonom|most))?"
            r"|(?:i )?(?:cant|cannot|can not) (?:cover|be on duty)|nem tudom vallalni|nem tudok beugrani"
        ),
    ),
)


# --- signals ----------------------------------------------------------------------------------------------------------

_NOT = (
    r"(?:no|not|isnt|arent|wasnt|doesnt|dont|didnt|hasnt|havent|wont|aint|without|never|cant|cannot|couldnt"
    r"|nincs|nincsen|nincsenek|sincs|nem|sem|se|soha)"
)
NEGATED = re.compile(rf"\b{_NOT}\b")
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
MOVE_NO = re.compile(
    rf"\b{_CANNOT} {_FEW}{_MOVE}\b|\b{_CANNOT} {_FEW}work {_FEW}{_ELSEWHERE}\b|\b(?:nowhere|no place|no other place)\b"
    rf"|\bnincs(?:en)? (?:mas )?(?:hova|hol|hely)\b|\bnem (?:\w+ )?tud(?:ok|unk) {_FEW}(?:{_MOVE}|{_ELSEWHERE})\b"
    rf"|\bat nem tud(?:ok|unk)\b|\b(?:{_MOVE}|{_ELSEWHERE}) (?:\w+ )?(?:nem|sem|se) tud(?:ok|unk)\b|\bnem megyek\b"
)
MOVE_YES = re.compile(
    rf"\b(?:can|able to|will|ill|going to) {_FEW}(?:move|relocate)\b|\bcan {_FEW}work {_FEW}{_ELSEWHERE}\b"
    rf"|\bmoving(?: now| to)?\b|\bon my way\b|\bat tud(?:ok|unk) (?:menni|koltozni)\b|\batmegy(?:ek|unk)\b"
    rf"|\batkoltoz(?:om|unk)\b|\bmashova megy(?:ek|unk)\b|\btud(?:ok|unk) {_FEW}(?:{_MOVE}|{_ELSEWHERE})\b"
    rf"|\b(?:{_MOVE}|{_ELSEWHERE}) (?:is |viszont |azert )?tud(?:ok|unk)\b|\bel tudok menni\b"
)
MOVED = re.compile(
    rf"\b(?:have|ive|i|just|already) (?:\w+ )?(?:moved|relocated)\b|^(?:moved|relocated)\b"
    rf"|\b(?:am|im|now) (?:now )?working {_FEW}{_ELSEWHERE}\b|^working {_FEW}{_ELSEWHERE}\b"
    rf"|\b(?:atkoltoztem|atmentem|atjottem|atertem|atkoltoztunk|attelepultem|koltoztem at|mentem at)\b"
    rf"|\b{_ELSEWHERE} (?:mar )?dolgoz(?:om|unk)\b|\bdolgoz(?:om|unk) (?:mar )?{_ELSEWHERE}\b"
)
CANNOT_WORK = re.compile(
    rf"\b{_CANNOT} {_FEW}(?:work|log ?in|connect|get online|take (?:any )?calls)\b|\bnot working from\b"
    r"|\bnem (?:\w+ )?(?:tud(?:ok|unk)|bir(?:ok|unk)|lehet) (?:\w+ ){0,3}dolgozni\b"
    r"|\bdolgozni (?:most )?nem (?:tud|bir)\w*\b"
    r"|\bnem (?:tud(?:ok|unk)) (?:\w+ )?(?:belepni|bejelentkezni|hivast fogadni|hivasokat fogadni)\b"
)
CAN_WORK = re.compile(
    r"\b(?:can|able to) (?:\w+ ){0,2}work\b|\b(?:im|am|are|were|back)(?: \w+)? (?:working|online|at work|to work)\b"
    r"|^(?:working|back|online) again\b|\bworks? again\b|\bworking again\b|\b(?:i am|im) back\b"
    r"|\btud(?:ok|unk) (?:\w+ ){0,3}dolgozni\b|\b(?:ujra|ismet|megint|mar) dolgoz(?:om|unk)\b"
    r"|\bdolgozni (?:mar |ujra |ismet )*tud(?:ok|unk)\b"
)
BEFORE_CANNOT = re.compile(
    r"(?:^|\b(?:i|im|am|we|still|now|also|really|just|simply|currently|temporarily|it|its|is|sorry|unfortunately|today|here"
    r"|again|yes|no|hi|hello|help) )$"
)
SOMEBODY_ELSE = re.compile(
    r"\b(?:she|he|they|her|his|their|has|hes|shes|theyre|colleague\w*|coworker\w*|boss|teammate\w*|kolleg\w+|fonok\w*"
    r"|munkatars\w*|neki|nekik|(?!nalam\b|nalunk\b)\w{2,}n[ae]l)\b"
)
QUESTION = re.compile(r"\bquestioned\b|\b(?:can|could|should|may) (?:i|you|we|they)\b|\b(?:when|mikor|will it|vajon)\b")
ON_DUTY = re.compile(
    r"\b(?:on duty|szolgalatban|ugyeletben|szolgalatba alltam|szolgalatba leptem|beallok szolgalatba)\b"
)

NOUNS = (
    (Cause.POWER, re.compile(r"\b(?:power|electricity|electric|aram(?:om|unk|ot|a|am)?|villany\w*)\b")),
    (
        Cause.INTERNET,
        re.compile(r"\b(?:internet\w*|wi ?fi\w*|net(?:em|unk|et)?|network|connection|broadband|halozat\w*)\b"),
    ),
)
FAULTS = (  # what is trouble by being there
    (
        Cause.FIRE,
        re.compile(
            r"\b(?:fire|smoke|smoky|burning|flames|toxic|gas leak|tuz|tuzet|tuzeset|fust\w*|kigyulladt|leegett"
            r"|mergezo|gazszivargas|eg (?:a|az) \w+)\b"
        ),
    ),
    (
        Cause.POWER,
        re.compile(
            r"\b(?:(?:power|electricity) ?(?:cut|outage|failure|loss)|blackout|aramszunet\w*|aramkimaradas\w*)\b"
        ),
    ),
    (
        Cause.INTERNET,
        re.compile(r"\b(?:(?:internet|network|wifi) (?:outage|failure)|internetkimaradas\w*|netkimaradas\w*)\b"),
    ),
    (Cause.OTHER, re.compile(r"\b(?:flood(?:ed)?|burst pipe|csotores|beazas|beazott|elontott\w*)\b")),
)
PLACE = re.compile(
    r"\b(?:workplaces?|workstation|office|computer|laptop|pc|desk|headset|munkahely\w*|munkaallomas\w*|munkahelyem"
    r"|(?:szamito)?gep(?:em|unk)?|laptop\w*|irod\w+)\b"
)
GONE = re.compile(
    r"\b(?:down|out|gone|off|lost|dead|cut|failed|failing|broken|broke|dropped|went|died|crashed|stolen|unusable|disappeared|elment|kiment|kiesett"
    r"|megszunt|elszallt|lekapcsolt\w*|szunetel|szakadt|megszakadt|leallt|kikapcsolt\w*|rossz|elromlott|tonkrement"
    r"|bedoglott|hasznalhatatlan\w*|akadozik|nincs|nincsen)\b"
)
THERE = re.compile(
    r"\b(?:back|restored|returned|on|works?|working|available|fixed|repaired|usable|over|ended|ok|okay|fine|again|van"
    r"|visszajott|visszatert|jott vissza|megjott|megjavult|megjavitottak|megvan|helyreallt|allt helyre|mukodik"
    r"|hasznalhato|vege|elmult|jo)\b"
)
