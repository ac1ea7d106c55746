"""What stops a command and is not its fault: told in a sentence, without a traceback."""

from __future__ import annotations


class Problem(Exception):
    """What happened and what to do about it; several lines when there are several things. Ends the command with 2."""
