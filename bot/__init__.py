"""The rules of Backline: pure, and knowing no platform, database or clock.

Read in this order:

1. `company`, `plan`, `hours`: the two files everything goes by, checked and frozen.
2. `commands` (what somebody asks), `events` (what happened), `situation` (what is open), `fold` (how it comes there).
3. `decide`: command → events, or `Rejected`. It uses `workplaces` (who is out) and `cover` (who can cover what).
   `assess` draws what follows: `severity` (the level, from the optimal `allocation`), `rto`, `ladder`, who is asked.
   `deadlines` does the same for the clock. `roles` lays the changes of the roles matrix over the company file.
4. `react`: events → notices; `wording`: notice → neutral card (`cards`) in the reader's language. The way back:
   `presses` (a button → command) and `phrases` (a sentence → intent), both behind the `reception` of every platform.
5. `ports`: what all this needs from outside. `desk` runs a command to its commit, `courier` brings the notices out,
   `routing` says by which platform, and `channels` has the channel of a grave incident.
6. `simulation`, `scenario`, `rehearsal`: the same rules on a simulated clock, for testing a change of the plan.
"""
