"""What may stand in a cell: inert in a spreadsheet, and as long as a column takes."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.sharepoint.texts import LINE, LINES, line, lines, moment, typed
from tests.standins.graph.table import Column
from tests.standins.graph.values import fitting

FORMULAS = ("=1+1", "+1", "-1", "@SUM(A1)", '=HYPERLINK("http://x")', "=cmd|' /C calc'!A0")
ONE = Column("1", "What", "What", "text", {"allowMultipleLines": False, "maxLength": 255})
MANY = Column("1", "What", "What", "text", {"allowMultipleLines": True, "textType": "plain"})


@pytest.mark.parametrize("text", FORMULAS)
def test_formulas_are_text(text: str) -> None:
    """A `'` in front, in one line and in several; what a person reads is without it."""
    assert line(text) == lines(text) == f"'{text}"
    assert typed(line(text)) == text


def test_tab_and_line_ends_in_front_are_no_way_around() -> None:
    """What a spreadsheet would skip before a formula is gone or made harmless."""
    for front in ("\t", "\r", "\n", "\r\n", " \t", "\u200b", "\u202e", "\x00", "\ufeff"):
        for text in (line(front + "=1+1"), lines(front + "=1+1")):
            assert not text.lstrip().startswith(("=", "+", "-", "@", "\t", "\r", "\n")), (front, text)


@given(st.text(max_size=400))
def test_whatever_people_type_fits_its_column(text: str) -> None:
    """The strict service takes it, and it never begins as a formula does."""
    for shown, column, most in ((line(text), ONE, LINE), (lines(text), MANY, LINES)):
        assert shown == "" or fitting(column, shown) == shown
        assert len(shown.encode("utf-16-le")) // 2 <= most
        assert not shown.startswith(("=", "+", "-", "@", "\t", "\r", "\n"))


def test_long_text_is_cut_visibly() -> None:
    """A megabyte becomes a line, or a page, with `…` at its end."""
    assert line("x" * 1_000_000).endswith("…")
    assert len(lines("x" * 1_000_000)) == LINES


def test_instants_are_to_the_second() -> None:
    """SharePoint keeps no fractions, so what is compared has none either."""
    assert moment(datetime(2026, 3, 2, 9, 0, 0, 999999, tzinfo=UTC)) == "2026-03-02T09:00:00Z"
