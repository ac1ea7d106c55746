"""Which form a button asks, as things stand now: its card is worded again, and the same button looked for. Pure.

A press carries ids only, so a form never shows what was true when the card was sent.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from types import MappingProxyType

from bot.cards import Button, Form, Press
from bot.live_cards import incident_card, workplace_card
from bot.ports import Notice, Urgency
from bot.wording import Reader, View, menu, roles, word

# What nobody and nothing can be: the rules refuse it, and say why the button is no longer there.
_NOBODY: Mapping[str, str | tuple[str, ...]] = MappingProxyType(
    {"people": ("-",), "level": "0", "reason": "-", "row": "-//"}
)
_CHOOSING = ("approve_some", "decline_some", "release_some", "declare", "change_role")


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


def _buttons(args: Mapping[str, str], view: View, reader: Reader) -> Iterator[Button]:
    """What the menu and the cards that the press may have been on offer this person now."""
    yield from menu(view, reader).buttons
    if number := args.get("incident"):
        notice = Notice(
            "now",
            reader.person,
            "incident_opened",
            Urgency.NOTICE,
            view.now,
            args.get("project"),
            number,
            incident_card(number),
        )
        yield from word(notice, view, reader, refreshed=True).buttons
    if mine := view.state.workplaces.get(args.get("person", reader.person)):
        card, data = workplace_card(mine.receipt), {"receipt": mine.receipt}
        notice = Notice("now", mine.person, "report_received", Urgency.NOTICE, view.now, card=card, data=data)
        yield from word(notice, view, reader, refreshed=True).buttons
    yield from roles(view, reader).buttons
