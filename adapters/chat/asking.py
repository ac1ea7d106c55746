"""What a button is about, as things stand now: its card worded again, and the form that it asks. Pure.

A press carries ids only, so neither a card nor a form ever shows what was true when the card was sent.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from types import MappingProxyType

from bot.cards import NAMED, Button, Form, Press
from bot.live_cards import cover_card, incident_card, workplace_card
from bot.ports import Notice, Urgency
from bot.situation import Incident
from bot.turn import Rejected
from bot.wording import Reader, View, menu, roles, word

# What nobody and nothing can be: the rules refuse it, and say why the button is no longer there.
_NOBODY: Mapping[str, str | tuple[str, ...]] = MappingProxyType(
    {"people": ("-",), "person": "-", "level": "0", "reason": "-", "row": "-//"}
)
_CHOOSING = ("report_for", "approve_some", "decline_some", "release_some", "declare", "change_role")
_COVERING = ("cover_yes", "cover_no", "on_duty")
_LONGEST_RECEIPT = 9


# --- Forms ------------------------------------------------------------------------------------------------------------


def form_for(press: Press, view: View, reader: Reader) -> Form | None:
    """The form behind the button; None when it is not offered to this person any more."""
    for button in _buttons(press.args, view, reader):
        if button.form and button.verb == press.verb and dict(button.args) == dict(press.args):
            return button.form
    return None


def without_form(press: Press) -> Press:
    """The press when its form is gone: about what does not exist, so that the rules say why and do nothing."""
    if press.verb not in _CHOOSING:
        return press
    return Press(press.by, press.verb, press.args, _NOBODY, press.key)


def guilty_field(rejected: Rejected, fields: Collection[str]) -> str | None:
    """The field that the refusal is about; None: it is about none of them."""
    guilty = rejected.data.get("field")
    if rejected.code == "too_long" and guilty is None:
        guilty = next((name for name in ("words", "reason") if name in fields), None)
    elif rejected.code == "reason_needed":
        guilty = "reason"
    elif rejected.code in ("not_offered", "no_longer_able", "not_covering"):
        guilty = "people"
    elif rejected.code in ("unknown_person", "not_for_them"):
        guilty = "person"
    elif rejected.code == "unknown_level":
        guilty = "level"
    return next((name for name in (f"{guilty}{NAMED}", str(guilty)) if name in fields), None)


def _buttons(args: Mapping[str, str], view: View, reader: Reader) -> Iterator[Button]:
    """What the menu and the cards that the press may have been on offer this person now."""
    yield from menu(view, reader).buttons
    if number := args.get("incident"):
        notice = _notice("incident_opened", reader.person, view, incident_card(number), args.get("project"), number)
        yield from word(notice, view, reader, refreshed=True).buttons
    if mine := view.state.workplaces.get(args.get("person", reader.person)):
        yield from word(_workplace(mine.person, mine.receipt, view), view, reader, refreshed=True).buttons
    yield from roles(view, reader).buttons


# --- Live cards -------------------------------------------------------------------------------------------------------


def live_card(press: Press, view: View) -> Notice | None:
    """The live card that the button is on, of whoever pressed it; None: none of them, or not theirs to see."""
    receipt = press.args.get("receipt", "")
    if receipt:
        mine = press.args.get("person", press.by) == press.by
        right = receipt.isascii() and receipt.isdigit() and len(receipt) <= _LONGEST_RECEIPT
        return _workplace(press.by, int(receipt), view) if mine and right else None
    incident = view.state.numbered(press.args.get("project", ""), press.args.get("incident", ""))
    if incident is None:
        return None
    if press.verb in _COVERING:
        card = cover_card(incident.number)
        return _notice("cover_request", press.by, view, card, incident.project, incident.number)
    return _steering(incident, press.by, view)


def named_card(card: str, person: str, view: View) -> Notice | None:
    """The incident's card of this name, for this person; None: there is none, or it is not theirs to see."""
    for incident in (*view.state.incidents.values(), *view.state.closed.values()):
        if incident_card(incident.number) == card:
            return _steering(incident, person, view)
    return None


def _steering(incident: Incident, person: str, view: View) -> Notice | None:
    if not view.roles(person, incident.project) and person not in incident.contacted:
        return None
    card = incident_card(incident.number)
    return _notice("incident_opened", person, view, card, incident.project, incident.number)


def _notice(  # noqa: PLR0917 - what a card is made from
    kind: str, to: str, view: View, card: str, project: str | None, incident: str
) -> Notice:
    return Notice("now", to, kind, Urgency.NOTICE, view.now, project, incident, card)


def _workplace(person: str, receipt: int, view: View) -> Notice:
    card, data = workplace_card(receipt), {"receipt": receipt}
    return Notice("now", person, "report_received", Urgency.NOTICE, view.now, card=card, data=data)
