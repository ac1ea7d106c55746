"""The courier: every notice once, in the reader's language, and somebody hears of those that cannot be brought."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from datetime import timedelta

import pytest

from bot.cards import Card, Mention
from bot.commands import DeclareLevel, ReportWorkplace
from bot.courier import LONGEST_WAIT, URGENT_WAIT, Courier, Turns, wait_before
from bot.desk import Desk
from bot.ports import Account, Delivery, MessageRef, Messenger, Quota, Room, SendError, Urgency
from store import Store
from tests.unit.stage import HandClock, Seen, Wall, courier_on

ANNA_OUT = ReportWorkplace("anna", "anna", can_move=False)


@pytest.fixture
def wall() -> Wall:
    """Where cards are pinned."""
    return Wall()


@pytest.fixture
async def courier(store: Store, desk: Desk, clock: HandClock, seen: Seen, wall: Wall) -> Courier:
    """A courier for it."""
    return await courier_on(store, desk, clock, seen, wall)


def verbs(card: Card) -> set[str]:
    """What can be pressed on a card."""
    return {button.verb for button in card.buttons}


async def test_everybody_is_told_once(desk: Desk, courier: Courier, wall: Wall) -> None:
    """Agent, Account Manager, supervisor and backup each get their card, and nothing comes twice."""
    await desk.handle(ANNA_OUT)
    assert await courier.deliver_once() == 4
    assert await courier.deliver_once() == 0
    assert {person: len(cards) for person, cards in wall.cards.items()} == {"anna": 1, "nora": 1, "sam": 1, "carl": 1}


async def test_a_card_is_in_the_readers_language(desk: Desk, courier: Courier, wall: Wall) -> None:
    """Anna reads Hungarian, and is asked in Hungarian."""
    await desk.handle(ReportWorkplace("anna", "anna"))
    await courier.deliver_once()
    (card,) = wall.cards["anna"]
    words = "".join(span for span in card.lead if isinstance(span, str))
    assert desk.rules.company.people["anna"].locale == "hu"
    assert any(letter in words for letter in "áéíóöőúüű")


async def test_a_temporary_failure_comes_back_later(
    desk: Desk, courier: Courier, wall: Wall, clock: HandClock, seen: Seen
) -> None:
    """A platform that is down gets its messages when it is up again, each one once."""
    wall.broken = [SendError("down")] * 4
    await desk.handle(ANNA_OUT)
    await courier.deliver_once()
    assert wall.cards == {}
    assert await courier.deliver_once() == 0

    clock.advance(seconds=1)
    await courier.deliver_once()
    assert sorted(wall.cards) == ["anna", "carl", "nora", "sam"]
    assert [outcome for _, outcome in seen.deliveries] == ["later"] * 4 + ["sent"] * 4


async def test_the_platforms_wish_to_wait_is_honoured(
    desk: Desk, courier: Courier, wall: Wall, clock: HandClock
) -> None:
    """Nothing is sent before Retry-After is over."""
    wall.broken = [SendError("slow down", retry_after=timedelta(seconds=30))] * 4
    await desk.handle(ANNA_OUT)
    await courier.deliver_once()
    clock.advance(seconds=29)
    assert await courier.deliver_once() == 0
    clock.advance(seconds=1)
    assert await courier.deliver_once() == 4


async def test_a_dead_letter_reaches_the_it_manager(desk: Desk, courier: Courier, wall: Wall) -> None:
    """Somebody who can help learns who could not be reached."""
    wall.broken = [SendError("no such account", permanent=True)]
    await desk.handle(ANNA_OUT)
    await courier.deliver_once()
    await courier.deliver_once()
    (card,) = wall.cards["ivan"]
    assert card.kind == "undelivered"
    assert any(isinstance(span, Mention) for span in card.lead)


async def test_a_dead_alarm_raises_no_alarm(desk: Desk, courier: Courier, wall: Wall, seen: Seen) -> None:
    """When even the IT manager cannot be reached it ends there."""
    wall.broken = [SendError("no such account", permanent=True)] * 5
    await desk.handle(ANNA_OUT)
    while await courier.deliver_once():
        pass
    assert [outcome for kind, outcome in seen.deliveries if kind == "undelivered"].count("dead") == 1


async def test_a_card_posted_again_leaves_no_button_behind(
    desk: Desk, courier: Courier, wall: Wall, clock: HandClock
) -> None:
    """The older copy of the Account Manager's card cannot be pressed any more."""
    await desk.handle(ReportWorkplace("anna", "anna"))
    await courier.deliver_once()
    (opened,) = [key for key in wall.messages if key.endswith(":incident_opened:nora")]
    clock.advance(minutes=5)
    await desk.tick()
    await courier.deliver_once()

    assert len(wall.cards["nora"]) == 2
    assert wall.messages[opened].buttons == ()
    assert "acknowledge" in verbs(wall.cards["nora"][-1])


async def test_a_burst_of_reports_is_one_refresh(
    desk: Desk, courier: Courier, wall: Wall, clock: HandClock, seen: Seen
) -> None:
    """More reports change the card that is there instead of adding messages."""
    await desk.handle(ANNA_OUT)
    await courier.deliver_once()
    for agent in desk.rules.company.active_agents("acme-de"):
        await desk.handle(ReportWorkplace(agent, agent))
    before = len(wall.cards["sam"])
    seen.deliveries.clear()
    clock.advance(seconds=1)
    await courier.deliver_once()
    assert len(wall.cards["sam"]) == before
    assert ("level_raised", "updated") in seen.deliveries
    assert await courier.deliver_once() == 0


@dataclass
class Full:
    """`Turns` of a platform that takes nothing for two seconds, or only what is urgent and says so before (`quota`)."""

    known: Quota | None = None

    def quota(self) -> Quota:
        """As far as it is known."""
        return self.known or Quota(9, 9)

    def demand(self, delivery: Delivery) -> None:
        """Not now."""
        if self.known is None:
            raise SendError("not its turn", retry_after=timedelta(seconds=2))


def courier_with(turns: Turns, courier: Courier, **more: Messenger) -> Courier:
    """The courier beside a platform with turns; `more` have none."""
    wall = courier._messengers["wall"]
    return Courier(
        desk=courier._desk,
        outbox=courier._outbox,
        journal=courier._journal,
        directory=courier._routes._directory,
        messengers={"wall": wall, **more},
        clock=courier._clock,
        watch=courier._watch,
        turns={"wall": turns},
    )


async def test_what_is_not_its_turn_comes_back_then(desk: Desk, courier: Courier, clock: HandClock, wall: Wall) -> None:
    """While the platform takes no more nothing is handed to it, and all of it comes when its turn has come."""
    waiting = courier_with(Full(), courier)
    await desk.handle(ANNA_OUT)
    assert await waiting.deliver_once() == 4
    assert wall.cards == {}

    clock.advance(seconds=1)
    assert await courier.deliver_once() == 0
    clock.advance(seconds=1)
    assert await courier.deliver_once() == 4
    assert sorted(wall.cards) == ["anna", "carl", "nora", "sam"]


async def test_what_can_wait_is_not_claimed_from_a_full_platform(desk: Desk, courier: Courier, wall: Wall) -> None:
    """Only decisions and questions come out; whoever takes the rest later takes it at once."""
    await desk.handle(ANNA_OUT)
    assert await courier_with(Full(Quota(0, 0)), courier).deliver_once() == 3
    assert sorted(wall.cards) == ["carl", "nora", "sam"]
    assert await courier.deliver_once() == 1
    assert "anna" in wall.cards


async def test_a_full_platform_holds_up_no_other(desk: Desk, courier: Courier) -> None:
    """Beside a platform that takes whatever comes, everything is claimed."""
    await desk.handle(ANNA_OUT)
    assert await courier_with(Full(Quota(0, 0)), courier, other=Wall("other")).deliver_once() == 4


async def test_without_an_account_it_waits(desk: Desk, store: Store, clock: HandClock, seen: Seen, wall: Wall) -> None:
    """Who is on no platform yet gets it once they are, within a day."""
    courier = await courier_on(store, desk, clock, seen, Wall("elsewhere"))
    await desk.handle(ANNA_OUT)
    await courier.deliver_once()
    late = Courier(
        desk=desk,
        outbox=store.outbox,
        journal=store.journal,
        directory=store.directory,
        messengers={"wall": wall},
        clock=clock,
        watch=seen,
    )
    await desk.handle(ReportWorkplace("bea", "bea"))
    await late.deliver_once()
    assert wall.cards == {}
    await store.directory.link(Account("bea", "wall", "here", "bea"))
    clock.advance(seconds=2)
    await late.deliver_once()
    assert sorted(wall.cards) == ["bea"]


class PhoneBook:
    """`Finder` that knows Bea, and links her."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self.asked: list[str] = []

    async def account_for(self, person: str) -> Account | None:
        """Bea is on the wall."""
        self.asked.append(person)
        if person == "sam":
            raise SendError("the phone book is shut", retry_after=timedelta(seconds=7))
        if person != "bea":
            return None
        account = Account(person, "wall", "here", person)
        await self.store.directory.link(account)
        return account


async def test_who_never_wrote_is_looked_for(
    desk: Desk, store: Store, clock: HandClock, seen: Seen, wall: Wall
) -> None:
    """Somebody without an account is found once and told; whoever cannot be found now is tried again later."""
    book = PhoneBook(store)
    courier = Courier(
        desk=desk,
        outbox=store.outbox,
        journal=store.journal,
        directory=store.directory,
        messengers={"wall": wall},
        clock=clock,
        watch=seen,
        finders={"wall": book},
    )
    await desk.handle(ReportWorkplace("bea", "bea", can_move=False))
    await courier.deliver_once()
    assert sorted(wall.cards) == ["bea"]
    assert {"bea", "nora", "sam"} <= set(book.asked)
    assert book.asked.count("bea") == 1
    clock.advance(seconds=6)
    await courier.deliver_once()
    assert book.asked.count("sam") == 1
    clock.advance(seconds=1)
    await courier.deliver_once()
    assert book.asked.count("sam") == 2


@pytest.mark.parametrize("turns", range(5))
async def test_a_courier_that_is_woken_and_ended_at_once_ends(courier: Courier, turns: int) -> None:
    """Whatever the turn of the loop in which the end comes after new mail, it is not taken for the mail."""
    begun = asyncio.Event()
    work = asyncio.create_task(courier.run(begun.set))
    await begun.wait()
    await asyncio.sleep(0.05)  # at rest: nothing is in the outbox
    courier.wake()
    for _ in range(turns):
        await asyncio.sleep(0)
    work.cancel()
    _, late = await asyncio.wait({work}, timeout=5)
    for task in late:
        task.cancel()
    assert not late


def test_waiting_grows_and_ends() -> None:
    """Each failure waits twice as long, up to a limit; but when the platform says how long, that counts."""
    waits = [wait_before(attempt, None) for attempt in range(1, 30)]
    assert waits[:4] == [timedelta(seconds=seconds) for seconds in (1, 2, 4, 8)]
    assert waits[-1] == LONGEST_WAIT
    assert wait_before(29, None, Urgency.DECISION) == wait_before(29, None, Urgency.COVER) == URGENT_WAIT
    assert wait_before(1, timedelta(minutes=9)) == timedelta(minutes=9)
    assert wait_before(9, timedelta(seconds=2)) == timedelta(seconds=2)


@dataclass
class Halls:
    """`Rooms` that remember. `none`: the platform has no channel to give."""

    none: bool = False
    asked: list[Room] = field(default_factory=list)
    pinned: list[str] = field(default_factory=list)

    async def room(self, room: Room) -> Account | None:
        """The hall of that name."""
        self.asked.append(room)
        return None if self.none else Account(room.id, "wall", "here", room.name)

    async def pin(self, account: Account, message: MessageRef) -> None:
        """Remember it."""
        self.pinned.append(account.user)


@pytest.mark.parametrize("none", [False, True])
async def test_a_grave_incident_has_a_channel(  # noqa: PLR0917 - fixtures
    desk: Desk,
    store: Store,
    clock: HandClock,
    seen: Seen,
    wall: Wall,
    none: bool,  # noqa: FBT001 - a parameter of the test
) -> None:
    """At the higher levels those who steer get a channel with a status card; without one nobody is missed."""
    halls = Halls(none)
    courier = await courier_on(store, desk, clock, seen, wall, {"wall": halls})
    await desk.handle(ANNA_OUT)
    number = desk.state.incidents["acme-de"].number
    await desk.handle(DeclareLevel("zita", "acme-de", 3, "it spreads"))
    while await courier.deliver_once():
        pass

    assert halls.asked[0].name == f"incident-{number}-acme-de"
    assert {"nora", "zita"} <= set(halls.asked[0].people)
    assert "3" in halls.asked[0].topic
    cards = wall.cards.get(f"#{number}", [])
    assert [card.kind for card in cards] == ([] if none else ["room_opened"])
    assert not any(card.buttons for card in cards)
    assert halls.pinned == ([] if none else [f"incident-{number}-acme-de"])
    assert "undelivered" not in [kind for kind, _ in seen.deliveries]


async def test_a_channel_has_the_timeline(desk: Desk, store: Store, clock: HandClock, seen: Seen, wall: Wall) -> None:
    """What is decided after it was opened is a line below its card, one message for what came together."""
    courier = await courier_on(store, desk, clock, seen, wall, {"wall": Halls()})
    await desk.handle(ANNA_OUT)
    number = desk.state.incidents["acme-de"].number
    for level, reason in ((3, "it spreads"), (4, "all of it")):
        await desk.handle(DeclareLevel("zita", "acme-de", level, reason))
        while await courier.deliver_once():
            pass
    await desk.handle(ReportWorkplace("bea", "bea", can_move=False))
    while await courier.deliver_once():
        pass
    status, *lines = wall.cards[f"#{number}"]
    assert status.kind == "room_opened"
    assert [card.kind for card in lines] == ["timeline"]
    assert Mention("zita") in lines[0].lead
    assert "all of it" not in str(lines[0])
