"""A running stand-in, and msgraph-sdk's client for it as Backline is to use it."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from tests.standins.graph.client import Graph, running
from tests.standins.graph.sdk import Sdk, sdk


@pytest.fixture
async def graph() -> AsyncIterator[Graph]:
    """The stand-in in this process."""
    async with running() as stand_in:
        yield stand_in


@pytest.fixture
async def client(graph: Graph) -> AsyncIterator[Sdk]:
    """msgraph-sdk with the static token, its own retries off, answers as JSON."""
    async with sdk(graph) as made:
        yield made
