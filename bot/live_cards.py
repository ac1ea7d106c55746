"""The names of live cards, and who has an incident's."""

from __future__ import annotations

from bot.company import Role, holders
from bot.cover import Rulebook
from bot.situation import Incident

ROOM = "#"  # no person's id begins with it
SYNC_CARD = "sync"  # of the IT manager, while SharePoint is not kept up to date
MATRIX_CARD = "roles"  # of those who may change the roles matrix


def incident_card(number: str) -> str:
    """The live card of those who steer an incident."""
    return f"incident:{number}"


def room_of(number: str) -> str:
    """The incident's channel, where a person's id would stand."""
    return f"{ROOM}{number}"


def cover_card(number: str) -> str:
    """The live card of a person asked to cover."""
    return f"cover:{number}"


def workplace_card(receipt: int) -> str:
    """The live card of a person who reported."""
    return f"workplace:{receipt}"


def conflict_card(role: str, project: str | None) -> str:
    """The live card of two values for one row of the roles matrix."""
    return f"role-conflict:{role}:{project or ''}"


def row_card(row: str) -> str:
    """The live card of a bad row in SharePoint."""
    return f"role-row:{row}"


def watchers(incident: Incident, rules: Rulebook) -> tuple[str, ...]:
    """Everybody who has the incident's card: Account Manager, those its levels are told to, those contacted.

    Whoever has lost every role in it since then is left out.
    """
    company, project = rules.company, incident.project
    people = [person for role in watching_roles(incident, rules) for person in holders(company, role, project)]
    people += [person for person in sorted(incident.contacted) if company.roles_in(person, project)]
    return tuple(dict.fromkeys(people))


def watching_roles(incident: Incident, rules: Rulebook) -> list[Role]:
    """The roles that have the incident's card, whoever holds them."""
    roles = [Role.ACCOUNT_MANAGER]
    for number, level in rules.plan.levels.items():
        if number <= incident.worst_level:
            roles += level.tell
    return roles
