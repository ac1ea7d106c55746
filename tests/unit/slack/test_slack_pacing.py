"""Turns in a storm: receipts give way one after another; what is urgent, unsure or only a change goes on."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest

from adapters.chat.pacing import PostingTurns
from adapters.chat.rates import Gate
from adapters.slack.tiers import METHODS, slack_policy
from bot.ports import Delivery, MessageRef, Notice, Quota, SendError, Urgency

POST = "chat.postMessage"
MORNING = datetime(2026, 3, 2, tzinfo=UTC)
RECEIPT = Delivery("1", Notice("1:report_received:anna", "anna", "report_received", Urgency.NOTICE, MORNING), 1)


def turns(*, used: int = 0) -> PostingTurns:
    """The turns of a workspace that has taken so many messages just now."""
    policy = slack_policy()
    for _ in range(used):
        policy.take(POST, None, 0.0)
    return PostingTurns(Gate(policy, lambda: 0.0, asyncio.sleep), POST, "chat.update", lambda: 0.0)


def full() -> PostingTurns:
    """Of one whose burst is used up."""
    return turns(used=METHODS[POST].burst)


def test_while_there_is_room_everything_goes() -> None:
    """Nothing is sent away from a workspace that takes it."""
    turns().demand(RECEIPT)


def test_no_more_is_claimed_than_goes() -> None:
    """What is left of a burst is what is wanted of receipts; changes of cards have a rate of their own."""
    assert turns(used=57).quota() == Quota(3, METHODS["chat.update"].burst)
    assert full().quota().notices == 0


def test_receipts_get_a_turn_each() -> None:
    """Each is sent away for longer than the one before it, by the time that one message takes."""
    busy, waits = full(), list[timedelta]()
    for _ in range(3):
        with pytest.raises(SendError) as caught:
            busy.demand(RECEIPT)
        assert caught.value.retry_after
        assert not caught.value.permanent
        waits.append(caught.value.retry_after)
    step = timedelta(seconds=60.0 / METHODS[POST].per_minute)
    assert [later - sooner for sooner, later in pairwise(waits)] == [step, step]


@pytest.mark.parametrize(
    "delivery",
    [
        replace(RECEIPT, notice=replace(RECEIPT.notice, urgency=Urgency.DECISION)),
        replace(RECEIPT, notice=replace(RECEIPT.notice, urgency=Urgency.COVER)),
        replace(RECEIPT, ambiguous=True),
        replace(RECEIPT, message=MessageRef("slack", {}), is_refresh=True),
    ],
    ids=["decision", "cover", "unsure", "change"],
)
def test_what_does_not_give_way(delivery: Delivery) -> None:
    """Decisions, questions, what may have arrived already and changes of a card have no turn to wait for."""
    full().demand(delivery)
