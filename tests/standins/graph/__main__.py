"""`python -m tests.standins.graph [--host 127.0.0.1] [--port 0]`: the stand-in as a process of its own."""

from __future__ import annotations

import argparse
import asyncio

from tests.standins.graph.app import forever


def main() -> None:
    """Read the arguments and run."""
    parser = argparse.ArgumentParser(
        prog="python -m tests.standins.graph", description="A strict local Microsoft Graph for tests."
    )
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=0, help="0: a free one")
    given = parser.parse_args()
    asyncio.run(forever(given.host, given.port))


if __name__ == "__main__":
    main()
