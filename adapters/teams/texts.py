"""The sentences that only the listening side says: who is refused, what was not recorded. English and Hungarian.

Everything about reports, cover and levels is worded in `bot.wording`.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

TEXTS: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        "not_recorded": (
            "This was NOT recorded. Please try again; if that fails too, call your supervisor.",
            "Ez NEM lett rögzítve. Próbáld újra; ha akkor sem megy, hívd fel a felügyelődet.",
        ),
        "not_confirmed": (
            (
                "It is not certain that this was recorded: it took too long. Please try again; it counts only once."
                " If that fails too, call your supervisor."
            ),
            (
                "Nem biztos, hogy ez rögzítve lett: túl sokáig tartott. Próbáld újra; csak egyszer számít."
                " Ha akkor sem megy, hívd fel a felügyelődet."
            ),
        ),
        "unknown": (
            (
                "Nothing was recorded: this Teams account is not in the company file. Please call your supervisor;"
                " the IT manager can add your e-mail address."
            ),
            (
                "Semmi sem lett rögzítve: ez a Teams-fiók nem szerepel a céges fájlban. Hívd fel a felügyelődet;"
                " az e-mail-címedet az informatikai vezető tudja felvenni."
            ),
        ),
        "foreign": (
            "Nothing was recorded: only people of our own company can use this. Please call your supervisor.",
            "Semmi sem lett rögzítve: ezt csak a saját cégünk munkatársai használhatják. Hívd fel a felügyelődet.",
        ),
        "guest": (
            "Nothing was recorded: guests cannot use this. Please call your supervisor.",
            "Semmi sem lett rögzítve: vendégek ezt nem használhatják. Hívd fel a felügyelődet.",
        ),
        "unreachable": (
            (
                "Nothing was recorded: Teams did not tell us who you are. Please try again in a minute;"
                " if that fails too, call your supervisor."
            ),
            (
                "Semmi sem lett rögzítve: a Teams nem mondta meg, ki vagy. Próbáld újra egy perc múlva;"
                " ha akkor sem megy, hívd fel a felügyelődet."
            ),
        ),
        "not_theirs": (
            "Nothing was recorded: the person you named is not in the company file, or is a guest here.",
            "Semmi sem lett rögzítve: akit megneveztél, nem szerepel a céges fájlban, vagy itt vendég.",
        ),
        "not_known": (
            "This button is not known any more. Please use the newest card, or write “menu”.",
            "Ezt a gombot már nem ismerjük. Használd a legújabb kártyát, vagy írd be: „menü”.",
        ),
        "said_again": (
            "You wrote the same a moment ago, and it counts once. This is how things stand now.",
            "Ugyanezt írtad az imént is, és csak egyszer számít. Most így állnak a dolgok.",
        ),
        "in_our_chat": (
            "I have answered you in our chat.",
            "A kettőnk csevegésében válaszoltam.",
        ),
        "no_chat": (
            "It was heard, but I cannot write to you. Please open a chat with me, and write “status”.",
            "Megkaptam, de nem tudok neked írni. Nyiss velem csevegést, és írd be: „helyzet”.",
        ),
        "team_joined": (
            "Incidents that need it get a thread in this channel: its status card is kept up to date.",
            "Az ilyet igénylő események ebben a csatornában kapnak szálat, az állapotkártyájuk mindig friss.",
        ),
    }
)


def text_of(name: str, locale: str) -> str:
    """The sentence in the reader's language. Raises `KeyError` for an unknown name."""
    english, hungarian = TEXTS[name]
    return hungarian if locale.lower().startswith("hu") else english
