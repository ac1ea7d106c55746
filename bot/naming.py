"""Whom somebody means who types names, ids or e-mails: exactly one person each, or a refusal. Pure."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable

from bot.company import Company, Person
from bot.turn import Rejected

_BETWEEN = re.compile(r"[,;\n]+")
_MOST_MEANT = 4  # people named in a refusal


def people_named(company: Company, text: str) -> tuple[str, ...]:
    """The people, in the order typed; between them commas, semicolons or new lines. Raises `Rejected` for a fault."""
    named = [found for part in _BETWEEN.split(text) if (found := part.strip().removeprefix("@").strip())]
    return tuple(_one(company, each) for each in named)


def _one(company: Company, named: str) -> str:
    """An id, an e-mail or a whole name. Of several with one name the active one is meant, if there is just one."""
    if named.lower() in company.people:
        return named.lower()
    wanted = plain_name(named)
    found = [person for person in company.people.values() if wanted in _known_as(person)]
    active = [person for person in found if person.active] or found
    if len(active) == 1:
        return active[0].id
    if active:
        raise Rejected("ambiguous_name", words=named, ids=_ids(active), field="people")
    similar = _ids(person for person in company.people.values() if person.active and _alike(wanted, person))
    raise Rejected("unknown_name", words=named, ids=similar, field="people")


def plain_name(text: str) -> str:
    """Lower case, without accents, single blanks: how names are compared."""
    letters = unicodedata.normalize("NFKD", text.casefold())
    return " ".join("".join(letter for letter in letters if not unicodedata.combining(letter)).split())


def _known_as(person: Person) -> tuple[str, ...]:
    return (plain_name(person.name), plain_name(person.email or ""))


def _alike(wanted: str, person: Person) -> bool:
    """One of the words is in the person's name, too."""
    return bool(set(wanted.split()) & set(plain_name(person.name).split()))


def _ids(people: Iterable[Person]) -> tuple[str, ...]:
    return tuple(sorted(person.id for person in people)[:_MOST_MEANT])
