"""Two platforms as equals: the preferred one first, the other when it must be, and never both without need."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest

from bot.circuit import FIRST_PAUSE, FORGOTTEN
from bot.commands import DeclareLevel, ReportWorkplace
from bot.company import Chat
from bot.courier import SHARE
from bot.ports import Account, Batch, Notice, SendError, Urgency
from store import Store
from tests.unit.stage import START
from tests.unit.two_platforms import ANNA_OUT, BLOCKED, DOWN, Making

# --- Where to ---------------------------------------------------------------------------------------------------------


async def test_the_preferred_platform_first(making: Making) -> None:
    """The company file's wish counts; without one, the platform used last. Nobody gets anything twice."""
    both = await making(nora=Chat.TEAMS)
    await both.desk.handle(ANNA_OUT)
    await both.deliver()
    assert [both.told(person) for person in ("anna", "nora", "sam", "carl")] == [(1, 0), (0, 1), (1, 0), (1, 0)]


async def test_a_wish_that_cannot_be_met_is_no_wish(making: Making) -> None:
    """Who wants Teams and is only in Slack is written to in Slack."""
    both = await making(on=lambda _: ("slack",), nora=Chat.TEAMS)
    await both.desk.handle(ANNA_OUT)
    await both.deliver()
    assert both.told("nora") == (1, 0)


async def test_a_card_is_changed_where_it_is(making: Making) -> None:
    """Somebody who has moved to the other platform since keeps their card, and sees it change there."""
    both = await making()
    await both.desk.handle(ANNA_OUT)
    await both.deliver()
    for person in both.desk.rules.company.people:
        await both.store.directory.link(Account(person, "teams", "here", person, "en"))
    await both.desk.handle(ReportWorkplace("bea", "bea", can_move=False))
    await both.deliver(1)
    assert "sam" in both.slack.changed
    assert both.teams.changed == []


async def test_the_older_copy_on_the_other_platform_loses_its_buttons(making: Making) -> None:
    """The Account Manager's card is posted again, now in Teams; the one in Slack cannot be pressed any more."""
    both = await making()
    await both.desk.handle(ReportWorkplace("anna", "anna"))
    await both.deliver()
    (opened,) = [key for key in both.slack.messages if key.endswith(":incident_opened:nora")]
    await both.store.directory.link(Account("nora", "teams", "here", "nora", "en"))
    both.clock.advance(minutes=5)
    await both.desk.tick()
    await both.deliver()
    assert both.told("nora") == (1, 1)
    assert both.slack.messages[opened].buttons == ()
    assert both.teams.cards["nora"][0].buttons


# --- When a platform is down ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("error", [DOWN, SendError("storm", retry_after=timedelta(minutes=1)), BLOCKED])
async def test_what_is_urgent_goes_by_the_other_one_at_once(making: Making, error: SendError) -> None:
    """Unreachable, silent for a minute or refused for good: who must act has it in the same delivery."""
    both = await making()
    both.slack.trouble[""] = error
    await both.desk.handle(ANNA_OUT)
    await both.courier.deliver_once()
    assert [both.told(person) for person in ("nora", "sam", "carl")] == [(0, 1)] * 3
    assert "nora" in both.slack.tried
    assert ("acknowledge", "elsewhere") in both.seen.deliveries


async def test_a_short_wish_is_waited_for(making: Making) -> None:
    """A second's pause is no reason to write to somebody elsewhere."""
    both = await making()
    both.slack.trouble[""] = SendError("a little later", retry_after=timedelta(seconds=1))
    await both.desk.handle(ANNA_OUT)
    await both.deliver()
    assert both.teams.tried == []
    both.slack.trouble.clear()
    await both.deliver(1)
    assert both.told("nora") == (1, 0)


async def test_a_receipt_waits_for_its_platform(making: Making) -> None:
    """What nobody need act on stays where the person is, until it is up again."""
    both = await making()
    both.slack.trouble[""] = DOWN
    await both.desk.handle(ANNA_OUT)
    await both.deliver()
    assert both.told("anna") == (0, 0)
    both.slack.trouble.clear()
    await both.deliver(FIRST_PAUSE.total_seconds() * 4)
    assert both.told("anna") == (1, 0)


async def test_what_failed_for_good_goes_elsewhere_whatever_it_is(making: Making) -> None:
    """Somebody who blocked the app in Slack gets their receipt in Teams, and their card moves there."""
    both = await making()
    await both.desk.handle(ReportWorkplace("anna", "anna"))
    await both.deliver()
    both.slack.trouble["anna"] = BLOCKED
    await both.desk.handle(ANNA_OUT)
    await both.deliver(1)
    assert both.told("anna") == (1, 1)
    await both.desk.handle(ReportWorkplace("anna", "anna", words="still dark"))
    both.slack.tried.clear()
    await both.deliver(1)
    assert "anna" not in both.slack.tried


async def test_the_next_urgent_ones_do_not_try_it_again(making: Making) -> None:
    """That it is down is remembered, so that nobody else waits for its time-out."""
    both = await making()
    both.slack.trouble[""] = DOWN
    await both.desk.handle(ANNA_OUT)
    await both.deliver()
    both.slack.tried.clear()
    await both.desk.handle(ReportWorkplace("amelie", "amelie", can_move=False))
    await both.deliver()
    assert both.slack.tried == []
    asked = [
        person for person, cards in both.teams.cards.items() if any(card.kind != "report_received" for card in cards)
    ]
    assert len(asked) >= 4
    assert both.seen.standings == [("slack", False)]


async def test_when_it_is_up_again_it_is_used_again(making: Making) -> None:
    """A receipt tries it out; then what is urgent goes there again."""
    both = await making()
    both.slack.trouble[""] = DOWN
    await both.desk.handle(ANNA_OUT)
    await both.deliver()
    both.slack.trouble.clear()
    await both.deliver(5)
    assert both.seen.standings == [("slack", False), ("slack", True)]
    await both.desk.handle(ReportWorkplace("amelie", "amelie", can_move=False))
    await both.deliver()
    assert [key for key in both.slack.messages if ":acknowledge:" in key]
    assert sorted(both.teams.cards) == ["carl", "nora", "sam"]


async def test_with_nothing_to_try_it_out_the_urgent_come_back_after_a_minute(making: Making) -> None:
    """The person's wish counts again once nobody has seen the platform fail for a minute."""
    both = await making()
    both.slack.trouble["nora"] = both.slack.trouble["sam"] = DOWN
    both.slack.trouble["carl"] = DOWN
    await both.store.directory.link(Account("anna", "teams", "here", "anna", "en"))
    await both.desk.handle(ANNA_OUT)
    await both.deliver()
    both.slack.trouble.clear()
    both.clock.advance(seconds=(FIRST_PAUSE + FORGOTTEN).total_seconds())
    await both.desk.handle(DeclareLevel("zita", "acme-de", 3, "it spreads"))
    await both.deliver()
    assert both.told("nora") == (1, 1)


async def test_who_is_on_one_platform_only_waits_for_it(making: Making) -> None:
    """Nothing is lost while the only platform is down, and it is not asked again and again."""
    both = await making(on=lambda _: ("slack",))
    both.slack.trouble[""] = DOWN
    await both.desk.handle(ANNA_OUT)
    for _ in range(60):
        await both.deliver(1)
    assert len(both.slack.tried) <= 20
    both.slack.trouble.clear()
    await both.deliver(40)
    assert [both.told(person) for person in ("anna", "nora", "sam", "carl")] == [(1, 0)] * 4


async def test_both_down_is_later_and_once(making: Making) -> None:
    """When neither takes it, it waits, and goes by the first that is up again."""
    both = await making()
    both.slack.trouble[""] = both.teams.trouble[""] = DOWN
    await both.desk.handle(ANNA_OUT)
    await both.deliver()
    assert both.slack.cards == both.teams.cards == {}
    both.teams.trouble.clear()
    for _ in range(5):
        await both.deliver(10)
    assert [both.told(person) for person in ("nora", "sam", "carl")] == [(0, 1)] * 3


async def test_nobody_reaches_them_anywhere(making: Making) -> None:
    """Blocked on both: given up, and the IT manager hears of it."""
    both = await making()
    both.slack.trouble["nora"] = both.teams.trouble["nora"] = BLOCKED
    await both.desk.handle(ANNA_OUT)
    await both.deliver()
    assert ("acknowledge", "dead") in both.seen.deliveries
    assert [card.kind for card in both.slack.cards["ivan"]] == ["undelivered"]


async def test_blocked_on_one_and_the_other_down_is_not_given_up(making: Making) -> None:
    """As long as one way is left it waits for that."""
    both = await making()
    both.slack.trouble["nora"], both.teams.trouble["nora"] = BLOCKED, DOWN
    await both.desk.handle(ANNA_OUT)
    await both.deliver()
    both.teams.trouble.clear()
    await both.deliver(2)
    assert both.told("nora") == (0, 1)
    assert "dead" not in [outcome for _, outcome in both.seen.deliveries]


class PhoneBook:
    """`Finder` on Teams, in which everybody is."""

    def __init__(self, store: Store) -> None:
        self.store = store

    async def account_for(self, person: str) -> Account | None:
        """Linked now."""
        account = Account(person, "teams", "here", person)
        await self.store.directory.link(account)
        return account


async def test_who_was_never_linked_is_looked_for_elsewhere(store: Store, making: Making) -> None:
    """The only platform somebody ever used is down: the other one's directory may know them."""
    both = await making(on=lambda _: ("slack",), finders={"teams": PhoneBook(store)})
    both.slack.trouble[""] = DOWN
    await both.desk.handle(ANNA_OUT)
    await both.courier.deliver_once()
    assert [both.told(person) for person in ("anna", "nora", "sam", "carl")] == [(0, 0), (0, 1), (0, 1), (0, 1)]


async def test_a_delivery_ends_before_its_claim(making: Making) -> None:
    """Nobody may begin it again while it is still tried; and whether it is there is not known then."""
    both = await making(within=0.05, on=lambda _: ("slack",))
    both.slack.hangs = asyncio.Event()
    await both.desk.handle(ANNA_OUT)
    await both.courier.deliver_once()
    assert [outcome for _, outcome in both.seen.deliveries] == ["later"] * 4
    both.slack.hangs.set()
    both.clock.advance(seconds=1)
    claimed = await both.store.outbox.claim(both.clock.now(), timedelta(minutes=1), 64)
    assert [delivery.ambiguous for delivery in claimed] == [True] * 4


async def test_a_silent_platform_does_not_take_all_hands(making: Making) -> None:
    """Two hundred receipts hang in Slack; who is in Teams has theirs at once."""
    both = await making(on=lambda person: ("teams",) if person == "nora" else ("slack",))
    both.slack.hangs, both.slack.enough = asyncio.Event(), SHARE
    working = asyncio.create_task(both.courier.run(lambda: None))
    data = {"person": "bea", "kind": "acknowledge", "project": None, "incident": None}
    many = [Notice(f"{n}:undelivered:sam", "sam", "undelivered", Urgency.NOTICE, START, data=data) for n in range(200)]
    await both.store.journal.append(Batch(0, notices=many))
    async with asyncio.timeout(20):
        await both.slack.full.wait()
        await both.desk.handle(ANNA_OUT)
        both.courier.wake()
        await both.teams.full.wait()
    assert "nora" in both.teams.tried
    assert len(both.slack.tried) == SHARE
    both.slack.hangs.set()
    working.cancel()
    await asyncio.gather(working, return_exceptions=True)
