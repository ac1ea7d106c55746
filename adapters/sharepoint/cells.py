"""A row of the roles matrix as cells that people read and edit, and back. Pure.

`Basis` remembers, in the row itself, whom Backline wrote there and how it looked: another look is somebody's edit.
People are names; an id or an e-mail in brackets where two have the same name.
"""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from adapters.sharepoint.schema import KEY, TITLE
from adapters.sharepoint.texts import line, lines, moment, typed, whole
from adapters.sharepoint.words import Words, words
from bot import roles as matrix
from bot.company import Company, Person
from bot.cover import Rulebook
from bot.naming import people_named, plain_name
from bot.roles import COMPANY_ROWS, ROWS, RoleRow
from bot.situation import RoleHeld, RoleKey
from bot.turn import Rejected
from bot.wording.basics import person_name, project_name
from bot.wording.catalogue import LANGUAGES, mark
from bot.wording.matrix import row_name

Fields = dict[str, Any]
_EDITABLE = (KEY, TITLE, "Project", "Holder", "Deputies")
_BASIS = re.compile(r"(?P<ids>[^#]*) #(?P<look>[0-9a-f]{12})")
_BRACKETS = re.compile(r"(?P<name>.*?)\s*[(<](?P<id>[^()<>]+)[)>]\s*")
_LONGEST = 4_000  # characters of people in a row
RESPONSIBILITIES: Mapping[str, str] = {
    "cmt_lead": mark("Overall management of a crisis; approves cover, declares levels, ends incidents."),
    "it_manager": mark("IT and critical systems; looks after Backline and this list."),
    "ert_lead": mark("Leads the emergency response; assesses severe events and assigns their severity."),
    "ert": mark("First response to severe events; is contacted at once."),
    "account_manager": mark("Client management; decides on cover and levels of the project, informs the client."),
    "supervisor": mark("The agents' superior; reports for them, calls in backups at level 1."),
}


@dataclass(frozen=True, slots=True)
class Bad:
    """A row that cannot be taken: `why` of `bot.roles.FAULTS`; `said`: what stands there."""

    role: str | None
    project: str | None
    why: str
    people: tuple[str, ...] = ()
    said: str | None = None


@dataclass(frozen=True, slots=True)
class Edit:
    """What somebody wants a row to be."""

    role: str
    project: str | None
    people: tuple[str, ...]


def key_of(key: RoleKey) -> str:
    """`cmt_lead:`, `account_manager:acme-de`: what no two rows of the list share."""
    role, project = key
    return f"{role}:{project or ''}"


class Names:
    """How people are written in a row: by name; with the id where a name alone would not be understood."""

    def __init__(self, people: Mapping[str, Person]) -> None:
        self.people = people
        self._counts = Counter(plain_name(person.name) for person in people.values())

    def of(self, person: str) -> str:
        """`Anna`, `Anna (anna2)`, `anna2`."""
        name = self.people[person].name
        if re.search(r"[,;()<>@\n]", name) or not whole(name):
            return person
        return name if self._counts[plain_name(name)] == 1 else f"{name} ({person})"


def cells(row: RoleRow, held: RoleHeld | None, rules: Rulebook, words: Words, names: Names) -> Fields:
    """The whole row as it is to stand in the list. `held`: the last change of it, if it was changed."""
    company = rules.company
    first, others = row.people[:1], row.people[1:]
    fields: Fields = {
        TITLE: line(row_name(words.rules, rules, (row.role, None))),
        KEY: key_of((row.role, row.project)),
        "Project": line(project_name(rules, row.project)) if row.project else None,
        "Responsibility": lines(words.t.text(RESPONSIBILITIES[row.role])),
        "Holder": line(", ".join(names.of(person) for person in first)) or None,
        "Contact": line(", ".join(filter(None, (company.people[person].email for person in first)))) or None,
        "Deputies": lines("; ".join(names.of(person) for person in others)) or None,
        "ChangedBy": line(person_name(rules, held.by)) if held and held.by else None,
        "ChangedAt": moment(held.at) if held else None,
    }
    return {**fields, "Basis": f"{';'.join(row.people)} #{_look(fields)}"}


def seen(fields: Mapping[str, Any]) -> tuple[str, ...] | None:
    """The ids of those whom Backline last wrote into the row; None: it never did."""
    found = _BASIS.fullmatch(str(fields.get("Basis") or ""))
    return tuple(one for one in found["ids"].split(";") if one) if found else None


def edited(fields: Mapping[str, Any]) -> bool:
    """Whether the row looks otherwise than when Backline wrote it."""
    found = _BASIS.fullmatch(str(fields.get("Basis") or ""))
    return found is None or found["look"] != _look(fields)


def blank(fields: Mapping[str, Any]) -> bool:
    """Nothing in it that could be meant."""
    return not any(str(fields.get(name) or "").strip() for name in _EDITABLE)


def read(fields: Mapping[str, Any], key: RoleKey | None, rules: Rulebook) -> Edit | Bad:
    """What somebody wrote. `key`: of the row that this was when Backline wrote it; None: a row of their own."""
    named = _row_named(fields, rules)
    if isinstance(named, Bad):
        return Bad(*(key or (named.role, named.project)), named.why, said=named.said)
    if key is not None and named != key:
        return Bad(*key, matrix.ROW_TWICE, said=_said(fields, TITLE, "Project"))
    people = _people(fields, named, rules.company)
    if isinstance(people, Bad):
        return people
    if fault := matrix.checked(*named, people, rules.company):
        return Bad(*named, fault.code, fault.people, _said(fields, "Holder", "Deputies"))
    return Edit(*named, people)


def _row_named(fields: Mapping[str, Any], rules: Rulebook) -> RoleKey | Bad:
    """Which row the cells Role and Project mean, in any language of ours, by names or ids."""
    said = _said(fields, TITLE, "Project")
    role = _role(typed(fields.get(TITLE)), rules)
    if role is None:
        return Bad(None, None, matrix.UNKNOWN_ROLE, said=said)
    wanted = typed(fields.get("Project")).strip()
    if role in COMPANY_ROWS:
        return (role, None) if not wanted else Bad(role, None, matrix.UNREADABLE, said=said)
    if not wanted:
        return Bad(role, None, matrix.NO_PROJECT, said=said)
    name = plain_name(wanted)
    found = [one.id for one in rules.company.projects.values() if name in (plain_name(one.name), one.id)]
    return (role, found[0]) if len(found) == 1 else Bad(role, None, matrix.UNKNOWN_PROJECT, said=said)


def _role(text: str, rules: Rulebook) -> str | None:
    wanted = plain_name(text.replace("_", " "))
    for role in ROWS:
        shown = (row_name(words(language).rules, rules, (role, None)) for language in LANGUAGES)
        if wanted in {role.replace("_", " "), *map(plain_name, shown)}:
            return role
    return None


def _people(fields: Mapping[str, Any], key: RoleKey, company: Company) -> tuple[str, ...] | Bad:
    """The holder first, then the deputies; also when all of them stand in one cell."""
    holder, deputies = fields.get("Holder"), fields.get("Deputies")
    said = _said(fields, "Holder", "Deputies")
    if any(cell is not None and not isinstance(cell, str) for cell in (holder, deputies)) or len(said) > _LONGEST:
        return Bad(*key, matrix.UNREADABLE, said=said)
    first, others = typed(holder).strip(), typed(deputies).strip()
    if not first and key[0] in matrix.NEEDED:
        return Bad(*key, matrix.NOBODY, said=said or None)
    try:
        return people_named(company, f"{_unbracketed(company, first)};{_unbracketed(company, others)}")
    except Rejected as rejected:
        named = str(rejected.data.get("words") or said)
        if rejected.code == "ambiguous_name":
            return Bad(*key, matrix.AMBIGUOUS, tuple(rejected.data.get("ids") or ()), named)
        return Bad(*key, matrix.UNKNOWN_PERSON, (), named)


def _unbracketed(company: Company, text: str) -> str:
    """`Anna (anna2)` is meant by what stands in brackets, if that is somebody."""
    parts = []
    for part in re.split(r"[,;\n]+", text):
        found = _BRACKETS.fullmatch(part)
        known = found is not None and (found["id"].lower() in company.people or "@" in found["id"])
        parts.append(found["id"] if found and known else part)
    return ";".join(parts)


def _look(fields: Mapping[str, Any]) -> str:
    text = "\x1f".join(str(fields.get(name) or "") for name in _EDITABLE)
    return hashlib.sha256(text.encode()).hexdigest()[:12]


def _said(fields: Mapping[str, Any], *names: str) -> str:
    """What stands in these cells."""
    return " / ".join(typed(fields[name])[:_LONGEST] for name in names if fields.get(name))
