"""How often Teams may be called: the whole app in a tenant, and each conversation in four windows at once.

A conversation takes 7 messages a second, 8 in two seconds, 60 in 30 seconds and 1,800 an hour; an app in a tenant 50
calls a second, of which we plan for 30. Source: learn.microsoft.com/microsoftteams/platform/bots/how-to/rate-limit.
"""

from __future__ import annotations

from adapters.chat.rates import Policy, Rate

CALLS = "connector"  # all calls count together, and a 429 silences all of them
AT_ONCE = 16  # an answer takes Teams about half a second
TENANT = Rate(6, 24 * 60)
# Each window's burst and refill together: 4 + 2 a second, 30 + 1 a second, 900 + 1 in four seconds.
CONVERSATION = (Rate(4, 120), Rate(30, 60), Rate(900, 15))


def teams_policy(tenant: Rate = TENANT, conversation: tuple[Rate, ...] = CONVERSATION) -> Policy:
    """Teams' limits."""
    return Policy({CALLS: tenant}, conversation, tenant)
