"""Values that cross the ports."""

from __future__ import annotations

from bot.ports import Refresh, StoreError, Urgency


def test_decisions_leave_before_cover_questions_and_refreshes_last() -> None:
    """Sorting by urgency puts what somebody must decide first and a card's refresh last."""
    shuffled = [Urgency.REFRESH, Urgency.COVER, Urgency.NOTICE, Urgency.DECISION]
    assert sorted(shuffled) == [Urgency.DECISION, Urgency.COVER, Urgency.NOTICE, Urgency.REFRESH]


def test_a_card_made_dirty_twice_is_one_refresh() -> None:
    """Refreshes of one reader's card are one and the same, another reader's is not."""
    nora = Refresh(to="nora", card="incident:2026-0042")
    zita = Refresh(to="zita", card="incident:2026-0042")
    assert len({nora, Refresh(to="nora", card="incident:2026-0042"), zita}) == 2


def test_a_store_error_may_pass_unless_it_says_otherwise() -> None:
    """A caller may try again unless the store says that it never will."""
    assert not StoreError("the database does not answer").permanent
    assert StoreError("another person has this account", permanent=True).permanent
