"""The rules of Backline: pure, and knowing no platform, database or clock.

Read in this order:

1. `company`, `plan`, `hours`: the two files everything goes by, checked and frozen.
2. `commands` (what somebody asks), `events` (what happened), `situation` (what is open now), `fold` (how events lead there).
3. `decide`: command → events, or `Rejected`. It asks `workplaces` (who is out), `cover` and `allocation` (who can cover
   what), and then `assess` draws what follows: `severity` (the level), `rto`, `ladder`. `deadlines` does the same for the clock.
4. `react`: events → notices, and `wording`: notice → neutral card (`cards`), in the reader's language. `presses` is the way back.
5. `ports`: what all this needs from outside. `desk` runs a command to its commit, `courier` brings the notices out.
"""
