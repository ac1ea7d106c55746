"""Two platforms as equals: the preferred one first, the other when it must be, and never both without need."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.cards import Card
from bot.circuit import FIRST_PAUSE, FORGOTTEN
from bot.commands import DeclareLevel, ReportWorkplace
from bot.company import Chat, Company
from bot.courier import SHARE, Courier
from bot.cover import Rulebook
from bot.desk import Desk
from bot.ports import Account, Batch, Delivery, MessageRef, Notice, Room, Rooms, SendError, Urgency
from bot.routing import Finder, goes_elsewhere, joined
from store import Store, open_store
from tests.unit.stage import START, HandClock, Seen, Wall, rulebook

ANNA_OUT = ReportWorkplace("anna", "anna", can_move=False)  # a receipt for her, decisions for nora and sam, carl asked
BOTH = ("slack", "teams")
Making = Callable[..., Awaitable["Two"]]
DOWN = SendError("no answer", down=True)
MAYBE = SendError("no answer", ambiguous=True, down=True)
BLOCKED = SendError("blocked", permanent=True)


@dataclass
class Chatting(Wall):
    """A wall that may be in trouble; `tried` counts who was to be written to. `trouble`: for one person, or ''."""

    trouble: dict[str, SendError] = field(default_factory=dict)
    tried: list[str] = field(default_factory=list)
    hangs: asyncio.Event | None = None
    enough: int = 1  # tries after which it is `full`
    full: asyncio.Event = field(default_factory=asyncio.Event)
    changed: list[str] = field(default_factory=list)

    async def send(self, to: Account, card: Card, delivery: Delivery) -> MessageRef:
        """Pin it up, unless there is trouble."""
        await self._try(to)
        return await super().send(to, card, delivery)

    async def update(self, message: MessageRef, to: Account, card: Card) -> MessageRef:
        """Pin it over, unless there is trouble."""
        await self._try(to)
        self.changed.append(to.person)
        return await super().update(message, to, card)

    async def _try(self, to: Account) -> None:
        self.tried.append(to.person)
        if len(self.tried) >= self.enough:
            self.full.set()
        if self.hangs:
            await self.hangs.wait()
        if error := self.trouble.get(to.person, self.trouble.get("")):
            raise error


@dataclass
class Two:
    """A desk and a courier with two platforms. Everybody is on both, on Slack last."""

    store: Store
    desk: Desk
    clock: HandClock
    seen: Seen
    slack: Chatting
    teams: Chatting
    courier: Courier

    async def deliver(self, seconds: float = 0.0) -> None:
        """Bring out all that is due after so many seconds."""
        self.clock.advance(seconds=seconds)
        while await self.courier.deliver_once():
            pass

    def told(self, person: str) -> tuple[int, int]:
        """How many messages the person has on Slack, and on Teams."""
        return len(self.slack.cards.get(person, ())), len(self.teams.cards.get(person, ()))


def preferring(company: Company, **chats: Chat) -> Company:
    """The company with these people's wishes."""
    people = {name: replace(person, chat=chats.get(name, person.chat)) for name, person in company.people.items()}
    return replace(company, people=people)


async def two(
    store: Store,
    *,
    on: Callable[[str], tuple[str, ...]] = lambda _: BOTH,
    finders: Mapping[str, Finder] | None = None,
    rooms: Mapping[str, Rooms] | None = None,
    within: float = 50.0,
    **chats: Chat,
) -> Two:
    """All of it. `on`: where somebody is, the one used last at the end; `chats`: where they want to be written to."""
    clock, seen = HandClock(), Seen()
    rules = Rulebook(rulebook().plan, preferring(rulebook().company, **chats))
    desk = Desk(journal=store.journal, clock=clock, rules=rules, watch=seen, stopwatch=lambda: 0.0)
    await desk.start()
    for person in rules.company.people:
        for platform in reversed(on(person)):
            await store.directory.link(Account(person, platform, "here", person))
    slack, teams = Chatting("slack"), Chatting("teams")
    courier = Courier(
        desk=desk,
        outbox=store.outbox,
        journal=store.journal,
        directory=store.directory,
        messengers={"slack": slack, "teams": teams},
        clock=clock,
        watch=seen,
        finders=finders or {},
        rooms=rooms or {},
        within=within,
    )
    return Two(store, desk, clock, seen, slack, teams, courier)


@pytest.fixture
async def making(store: Store) -> AsyncIterator[Making]:
    """Makes it on the store, and closes its desk."""
    made: list[Two] = []

    async def make(**details: Any) -> Two:  # noqa: ANN401 - as for `two`
        made.append(await two(store, **details))
        return made[-1]

    yield make
    for one in made:
        await one.desk.close()


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


# --- Ends that nobody knows -------------------------------------------------------------------------------------------


async def test_an_unknown_end_may_be_on_both(making: Making) -> None:
    """The answer was lost: who must act gets it elsewhere too, since nobody can tell."""
    both = await making()
    both.slack.trouble["nora"] = MAYBE
    await both.desk.handle(ANNA_OUT)
    await both.courier.deliver_once()
    assert both.told("nora") == (0, 1)


async def test_an_unknown_end_stays_unknown_until_it_is_sent(making: Making) -> None:
    """First nobody knows, then both are down: the next attempt is told that it may be a repeat."""
    both = await making(on=lambda _: ("slack",))
    seen: list[tuple[int, bool]] = []
    send = both.slack.send

    async def watched(to: Account, card: Card, delivery: Delivery) -> MessageRef:
        if to.person == "nora":
            seen.append((delivery.attempt, delivery.ambiguous))
        return await send(to, card, delivery)

    both.slack.send = watched  # type: ignore[method-assign]
    both.slack.trouble["nora"] = MAYBE
    await both.desk.handle(ANNA_OUT)
    await both.deliver()
    both.slack.trouble["nora"] = DOWN
    await both.deliver(2)
    both.slack.trouble.clear()
    await both.deliver(20)
    assert [ambiguous for _, ambiguous in seen] == [False, True, True]
    assert both.told("nora") == (1, 0)


# --- Channels ---------------------------------------------------------------------------------------------------------


@dataclass
class Halls:
    """`Rooms` of a platform that has channels, or none."""

    platform: str
    none: bool = False

    async def room(self, room: Room) -> Account | None:
        """The hall."""
        return None if self.none else Account(room.id, self.platform, "channel", room.name)

    async def pin(self, account: Account, message: MessageRef) -> None:
        """It is there all the same."""


@pytest.mark.parametrize(("none", "where"), [(False, (1, 0)), (True, (0, 1))])
async def test_a_room_is_on_the_first_platform_that_has_one(
    making: Making,
    none: bool,  # noqa: FBT001 - a parameter of the test
    where: tuple[int, int],
) -> None:
    """One channel an incident, and on the other platform where the first cannot give one."""
    both = await making(rooms={"slack": Halls("slack", none), "teams": Halls("teams")})
    await both.desk.handle(ANNA_OUT)
    number = both.desk.state.incidents["acme-de"].number
    await both.desk.handle(DeclareLevel("zita", "acme-de", 3, "it spreads"))
    await both.deliver()
    assert both.told(f"#{number}") == where


# --- The rules by themselves ------------------------------------------------------------------------------------------


ENDS = st.builds(
    SendError,
    st.just("failed"),
    permanent=st.booleans(),
    ambiguous=st.booleans(),
    down=st.booleans(),
    retry_after=st.none() | st.timedeltas(timedelta(seconds=1), timedelta(hours=1)),
)


@given(st.sampled_from(Urgency), ENDS)
def test_only_what_is_urgent_or_hopeless_goes_elsewhere(urgency: Urgency, error: SendError) -> None:
    """Receipts and changes wait for their platform unless it failed for good; nothing goes elsewhere for a mishap."""
    elsewhere = goes_elsewhere(urgency, error)
    if urgency >= Urgency.NOTICE:
        assert elsewhere == error.permanent
    if not (error.permanent or error.down or error.retry_after):
        assert not elsewhere


@given(st.lists(ENDS, min_size=1, max_size=3))
def test_several_ends_as_one(failures: list[SendError]) -> None:
    """For good only if all were, unknown if one was, and no later than the first that may go again."""
    end = joined(failures)
    assert end.permanent == all(one.permanent for one in failures)
    assert end.ambiguous == any(one.ambiguous for one in failures)
    if end.retry_after:
        assert end.retry_after in [one.retry_after for one in failures if not one.permanent]
        assert all(one.retry_after and one.retry_after >= end.retry_after for one in failures if not one.permanent)


NORA, SAM = "nora", "sam"
AWAY = st.sampled_from([BLOCKED, SendError("storm", retry_after=timedelta(minutes=1))])
WAITING = st.sampled_from([SendError("odd"), SendError("soon", retry_after=timedelta(seconds=1))])
UNREACHABLE = st.sampled_from([DOWN, MAYBE, SendError("shut", down=True, retry_after=timedelta(hours=1))])
# One platform: nobody gets through, or some people have troubles of their own there.
SIDE = st.fixed_dictionaries({"": UNREACHABLE}) | st.dictionaries(st.sampled_from([NORA, SAM]), AWAY | WAITING)


@settings(max_examples=80, deadline=None)
@given(slack=SIDE, teams=SIDE, wish=st.none() | st.sampled_from(Chat), urgency=st.sampled_from([0, 1]))
async def test_an_urgent_notice_goes_by_any_platform_that_lives(
    slack: dict[str, SendError], teams: dict[str, SendError], wish: Chat | None, urgency: int
) -> None:
    """Where one takes it, it is there in the first delivery, and only there; a second try needs a reason to go."""
    store = await open_store("memory:")
    both = await two(store, **({NORA: wish, SAM: wish} if wish else {}))
    both.slack.trouble, both.teams.trouble = slack, teams
    data = {"person": "bea", "kind": "acknowledge", "project": None, "incident": None}
    notices = [Notice(f"1:x:{to}", to, "undelivered", Urgency(urgency), START, data=data) for to in (NORA, SAM)]
    await store.journal.append(Batch(0, notices=notices))
    await both.courier.deliver_once()

    first, second = ("teams", "slack") if wish is Chat.TEAMS else ("slack", "teams")
    sides = {"slack": both.slack, "teams": both.teams}
    for person in (NORA, SAM):
        ends = {name: one.trouble.get(person, one.trouble.get("")) for name, one in sides.items()}
        told = [name for name, one in sides.items() if person in one.cards]
        end = ends[first]
        if end is None:
            assert told == [first]
        elif goes_elsewhere(Urgency(urgency), end):
            assert told == ([] if ends[second] else [second])
        else:
            assert told == []
        assert all(one.tried.count(person) <= 1 for one in sides.values())
    await both.desk.close()
    await store.close()
