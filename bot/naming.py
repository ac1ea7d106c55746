"""Whom somebody means who types names, ids or e-mails: exactly one person each, or a refusal. Pure."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Iterable

from bot.company import Company, Person
from bot.turn import Rejected

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
    """Which of `among` somebody means: by id, e-mail or whole name. Part of one is asked about, whoever fits.

    Anybody else of the company is left for the rules to refuse. Raises `Rejected`: `which_person` (`ids`: at most
    `MOST_FOUND`, by name; `total`), `nobody_meant`, `missing`.
    """
    wanted = plain_name(words).removeprefix("@")
    if not wanted:
        raise Rejected("missing", field="person")
    named = _named(company, among, wanted)
    if len(named) == 1:
        return named[0]
    if found := named or [one for one in among if _begins(company.people[one], wanted.split())]:
        ids = tuple(sorted(found, key=lambda one: (plain_name(company.people[one].name), one))[:MOST_FOUND])
        raise Rejected("which_person", words=words, ids=ids, total=len(found), field="person")
    others = _named(company, company.people, wanted)
    if len(others) == 1:
        return others[0]
    raise Rejected("nobody_meant", words=words, field="person")


def _named(company: Company, among: Iterable[str], wanted: str) -> list[str]:
    return [one for one in among if wanted in (plain_name(one), *_known_as(company.people[one]))]


def _begins(person: Person, wanted: Iterable[str]) -> bool:
    """Whether each word begins one of the person's name, id or e-mail."""
    words = " " + plain_name(f"{person.name} {person.id} {person.email or ''}")
    return all(f" {one}" in words or f"-{one}" in words for one in wanted)


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
