"""The practice desk: the bot on a local web page."""

from adapters.web.listen import add_routes
from adapters.web.messenger import enrol
from adapters.web.practice_clock import PracticeClock
from adapters.web.stage import Stage

__all__ = ["PracticeClock", "Stage", "add_routes", "enrol"]
