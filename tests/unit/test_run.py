"""`backline run`: on which event loop."""

from __future__ import annotations

import asyncio
import sys

import pytest

from adapters.commands.run import quickest_loop


def test_it_runs_on_uvloop_where_there_is_one() -> None:
    """The lock brings it along on Linux and macOS."""
    uvloop = pytest.importorskip("uvloop")
    with asyncio.Runner(loop_factory=quickest_loop()) as runner:
        assert isinstance(runner.get_loop(), uvloop.Loop)


def test_it_runs_on_pythons_own_loop_elsewhere(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is lacking without it but speed."""
    monkeypatch.setitem(sys.modules, "uvloop", None)
    assert quickest_loop() is None
