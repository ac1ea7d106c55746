"""Who is told what when roles change: those it is about, those who watch over the matrix, open incidents' people."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from bot import events as ev
from bot.company import Role, holders
from bot.handover import affected
from bot.live_cards import MATRIX_CARD, conflict_card, incident_card, row_card, watching_roles, workplace_card
from bot.ports import Refresh, Urgency
from bot.role_changes import guardians
from bot.roles import ROWS, parts
from bot.situation import Incident

if TYPE_CHECKING:
    from bot.react import Reacting


def react_to_roles(to: Reacting, event: ev.AboutRole | ev.RoleRowRefused | ev.RoleRowMended) -> None:
    """The notices and refreshes for one event of the roles matrix."""
    match event:
        case ev.RoleChanged() if event.role in ROWS:
            _changed(to, event)
        case ev.RolesConflicted():
            data = {"role": event.role, "project": event.project}
            card = conflict_card(event.role, event.project)
            to.tell(guardians(to.rules), "role_conflict", Urgency.DECISION, event, card, data)
        case ev.RoleKept():
            _refresh_conflict(to, event)
        case ev.RoleRowRefused():
            names = ("row", "role", "project", "why", "note", "by")
            data = {name: getattr(event, name) for name in names} | {"people": list(event.people)}
            people = holders(to.rules.company, Role.IT_MANAGER, "")
            to.tell(people, "role_row_refused", Urgency.DECISION, event, row_card(event.row), data)
        case ev.RoleRowMended():
            for person in holders(to.rules.company, Role.IT_MANAGER, ""):
                to.refreshes[Refresh(person, row_card(event.row))] = None
        case _:
            pass


def _changed(to: Reacting, event: ev.RoleChanged) -> None:
    """The one who does it knows, and is told nothing but the incidents' cards."""
    before, after = parts(event.role, event.instead_of), parts(event.role, event.people)
    data = {"role": event.role, "project": event.project, "by": event.by, "source": event.source}
    for person, part in after.items():
        if before.get(person) is not part and person != event.by:
            to.tell([person], "role_given", Urgency.NOTICE, event, None, {**data, "part": part})
    for person, part in before.items():
        if person not in after and person != event.by and person in to.rules.company.people:
            to.tell([person], "role_lost", Urgency.NOTICE, event, None, {**data, "part": part})
    others = [person for person in guardians(to.rules) if person != event.by]
    if before != after or event.people != event.instead_of:
        to.tell(others, "matrix_changed", Urgency.NOTICE, event, MATRIX_CARD, data)
    for person in guardians(to.rules):
        to.refreshes[Refresh(person, MATRIX_CARD)] = None
    _refresh_conflict(to, event)
    for incident in affected(event, to.state):
        _hand_over(to, event, incident, before, after)
    if event.role == "account_manager":
        _refresh_workplaces(to, event.project)


def _hand_over(
    to: Reacting, event: ev.RoleChanged, incident: Incident, before: Mapping[str, Role], after: Mapping[str, Role]
) -> None:
    """Who is to watch the incident from now on gets its card; on the others' copies the buttons go, or come."""
    to.touched[incident.project] = None
    card = incident_card(incident.number)
    for person in {**before, **after}:
        to.refreshes[Refresh(person, card)] = None
    watching = watching_roles(incident, to.rules)
    new = [person for person, part in after.items() if part in watching and before.get(person) is not part]
    to.tell(new, "handed_over", Urgency.DECISION, event, card, {}, incident)


def _refresh_conflict(to: Reacting, event: ev.AboutRole) -> None:
    """Decided: the card that asked shows it."""
    if (event.role, event.project) in to.state.role_conflicts:
        for person in guardians(to.rules):
            to.refreshes[Refresh(person, conflict_card(event.role, event.project))] = None


def _refresh_workplaces(to: Reacting, project: str | None) -> None:
    """Whoever has reported sees whom to call."""
    for person, workplace in to.state.workplaces.items():
        if project in workplace.projects:
            to.refreshes[Refresh(person, workplace_card(workplace.receipt))] = None
