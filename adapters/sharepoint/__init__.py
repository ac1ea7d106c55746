"""SharePoint Online through Microsoft Graph: the incident log, the incidents, the plan's versions, the roles matrix.

The journal is the queue: `positions` (bot.ports) keeps how much of it is written. Read in this order:

1. `schema`: the lists. `records`, `rows`, `story`: the journal → rows and reports. `cells`, `matrix`: roles ↔ rows.
2. `gate` (when may a call go), `failure` (how it can end), `client` (make it), `sdk` (Microsoft's part), `site` (what
   there is to call), `writer` (each row once).
3. `streams` (what is still to be written), `roles` (both ways), `sync` (one round after another), `app` (put together).
4. `paper`, `chart`: the report as a Word file, in a process of its own. `provision`, `check`: for operators.
"""
