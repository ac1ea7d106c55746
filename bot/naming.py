"""Whom somebody means who types names, ids or e-mails: exactly one person each, or a refusal. Pure."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Iterable
from functools import lru_cache

from bot.company import Company, Person
from bot.turn import Rejected

_WITHIN = re.compile(r"\(([^()]+)\)")
_STROKES = str.maketrans("łøđ", "lod")  # letters that are no letter and an accent
_BETWEEN = re.compile(r"[,;\n]+")
_MOST_MEANT = 4  # people named in a refusal
MOST_FOUND = 15  # people one is asked to choose from


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


def agent_meant(company: Company, among: Collection[str], words: str) -> str:
    """Which of `among` somebody means: by id, e-mail, or whole name in any order. Part of one is asked about, always.

    What a question shows is understood, too: `Anna Kovács (anna@example.com), ACME Germany`. Of anybody else nothing is
    told. Raises `Rejected`: `which_person` (`ids`: at most `MOST_FOUND`, by name; `total`), `nobody_meant`, `missing`.
    """
    known = {one: company.people[one] for one in among}
    wanted = plain_name(words).strip("@.,; ")
    within = _WITHIN.search(wanted)
    if within and any(within[1] in _addresses(person) for person in known.values()):
        wanted = within[1]
    wanted = wanted.split(",")[0].strip()
    if not wanted:
        raise Rejected("missing", field="person")
    parts = wanted.split()
    named = [one for one, person in known.items() if wanted in _addresses(person) or _is_called(person, parts)]
    if len(named) == 1:
        return named[0]
    found = named or [one for one, person in known.items() if _begins(person, parts)]
    if not found:
        raise Rejected("nobody_meant", words=words, field="person")
    ids = tuple(sorted(found, key=lambda one: (known_name(known[one].name), one))[:MOST_FOUND])
    raise Rejected("which_person", words=words, ids=ids, total=len(found), field="person")


def _addresses(person: Person) -> tuple[str, str]:
    return known_name(person.id), known_name(person.email or "")


def _is_called(person: Person, parts: Iterable[str]) -> bool:
    return sorted(known_name(person.name).split()) == sorted(parts)


def _begins(person: Person, parts: Iterable[str]) -> bool:
    """Whether each part begins a word of the person's name, id or e-mail."""
    words = " ".join(("", known_name(person.name), *_addresses(person)))
    return all(f" {one}" in words or f"-{one}" in words for one in parts)


def plain_name(text: str) -> str:
    """Lower case, without accents, single blanks: how names are compared."""
    letters = unicodedata.normalize("NFKD", text.casefold()).translate(_STROKES)
    return " ".join("".join(letter for letter in letters if not unicodedata.combining(letter)).split())


@lru_cache(maxsize=2**16)
def known_name(text: str) -> str:
    """`plain_name` of what stands in the company file: thousands of names are compared for each one typed."""
    return plain_name(text)


def _known_as(person: Person) -> tuple[str, ...]:
    return (known_name(person.name), known_name(person.email or ""))


def _alike(wanted: str, person: Person) -> bool:
    """One of the words is in the person's name, too."""
    return bool(set(wanted.split()) & set(plain_name(person.name).split()))


def _ids(people: Iterable[Person]) -> tuple[str, ...]:
    return tuple(sorted(person.id for person in people)[:_MOST_MEANT])
