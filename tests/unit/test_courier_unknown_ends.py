"""Two platforms: ends that nobody knows, channels, and what holds whatever happens."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.cards import Card
from bot.commands import DeclareLevel
from bot.company import Chat
from bot.ports import Account, Batch, Delivery, MessageRef, Notice, Room, SendError, Urgency
from bot.routing import goes_elsewhere, joined
from store import open_store
from tests.unit.stage import START
from tests.unit.two_platforms import ANNA_OUT, BLOCKED, DOWN, MAYBE, Making, two

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
