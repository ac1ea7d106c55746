"""The App Home: what needs this person first, then their live cards with their buttons, then what else is open."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

from adapters.slack.lines import Reading
from adapters.slack.render import Piece, action_blocks, fitting, numbered, pieces
from bot.cards import Card
from bot.live_cards import cover_card, incident_card, workplace_card
from bot.ports import Json, Notice, Urgency
from bot.situation import CoverStatus, Incident
from bot.wording import Reader, View, menu, status, word
from bot.wording.home import visible
from bot.wording.incident import needed

MOST_BLOCKS = 100
LONGEST = 100_000  # characters as JSON; Slack takes 250 kB of a view
_MOST_CARDS = 10
_REPORTS = ("report", "report_for")
_DIVIDER: Json = {"type": "divider"}
_MINE = (CoverStatus.ASKED, CoverStatus.OFFERED, CoverStatus.APPROVED, CoverStatus.ON_DUTY)


def home(cards: tuple[Card, ...], reading: Reading) -> Json:
    """The view for `views.publish`, from `home_cards`. Raises `ValueError` for what Slack cannot show."""
    blocks: list[Json] = []
    for place, card in enumerate(cards):
        divider = [_DIVIDER] if place else []
        actions = action_blocks(card.buttons)
        room = MOST_BLOCKS - len(blocks) - len(divider) - 1  # one for what is left out
        if len(actions) + 2 > room:
            left = [Piece(_DIVIDER)] * (len(cards) - place)
            blocks += fitting([Piece(_DIVIDER), *left], [], reading, 2, LONGEST)[-1:]
            break
        blocks += [*divider, *fitting(pieces(card, reading), actions, reading, room, LONGEST // _MOST_CARDS), *actions]
    return {"type": "home", "callback_id": "home", "blocks": numbered(blocks, "home-")}


def home_cards(view: View, reader: Reader) -> tuple[Card, ...]:
    """The cards of the Home: the menu, the reader's own workplace and covers, the incidents they steer, the others.

    Each thing has its buttons once: on its own card.
    """
    top = menu(view, reader)
    report = tuple(button for button in top.buttons if button.verb in _REPORTS)
    live = tuple(_with_primary(_mine(view, reader)))
    if any(button.style == "primary" for card in live for button in card.buttons):
        report = tuple(replace(button, style="normal") for button in report)
    return (replace(top, buttons=report), *live, *_others(view, reader))


def _with_primary(cards: Iterable[Card]) -> Iterator[Card]:
    """The first primary button stays one: a screen has one thing to do first."""
    found = False
    for card in cards:
        styles = [button.style for button in card.buttons]
        plain = (replace(one, style="normal") if one.style == "primary" else one for one in card.buttons)
        yield replace(card, buttons=tuple(plain)) if found else card
        found = found or "primary" in styles


def _mine(view: View, reader: Reader) -> Iterator[Card]:
    if mine := view.state.workplaces.get(reader.person):
        notice = _notice("report_received", workplace_card(mine.receipt), view, reader)
        yield word(replace(notice, data={"receipt": mine.receipt}), view, reader, refreshed=True)
    found = visible(view, reader.person)
    for one in found:
        cover = one.covers.get(reader.person)
        if cover and cover.status in _MINE:
            notice = _notice("cover_request", cover_card(one.number), view, reader, one)
            yield word(notice, view, reader, refreshed=True)
    steered = [one for one in found if view.roles(reader.person, one.project) or reader.person in one.contacted]
    steered.sort(key=lambda one: needed(one, view, reader) is None)  # stable: then by priority
    for one in steered[:_MOST_CARDS]:
        notice = _notice("incident_opened", incident_card(one.number), view, reader, one)
        yield word(notice, view, reader, refreshed=True)


def _others(view: View, reader: Reader) -> Iterator[Card]:
    """Somebody without a role sees how the incidents of their projects stand."""
    found = visible(view, reader.person)
    if any(not view.roles(reader.person, one.project) for one in found) or len(found) > _MOST_CARDS:
        yield status(view, reader)


def _notice(kind: str, card: str, view: View, reader: Reader, about: Incident | None = None) -> Notice:
    """As if the live card were sent now."""
    project, number = (about.project, about.number) if about else (None, None)
    return Notice(f"home:{card}", reader.person, kind, Urgency.NOTICE, view.now, project, number, card)
