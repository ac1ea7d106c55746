"""How often Slack may be called: a method and workspace by its tier, and one message a second a channel.

Source: docs.slack.dev/apis/web-api/rate-limits. Burst and refill of a minute add up to the tier.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from adapters.chat.rates import Policy, Rate

TIER_2, TIER_3, TIER_4 = Rate(5, 15), Rate(10, 40), Rate(20, 80)
SPECIAL = Rate(20, 80)
POSTING = Rate(60, 240)  # of "several hundred a minute" in a workspace
CHANNEL = Rate(3, 60)

METHODS: Mapping[str, Rate] = MappingProxyType(
    {
        "auth.test": SPECIAL,
        "chat.postEphemeral": TIER_4,
        "chat.postMessage": POSTING,
        "chat.update": TIER_3,
        "conversations.create": TIER_2,
        "conversations.history": TIER_3,
        "conversations.invite": TIER_3,
        "conversations.members": TIER_4,
        "conversations.open": TIER_3,
        "conversations.setTopic": TIER_2,
        "pins.add": TIER_2,
        "users.info": TIER_4,
        "users.list": TIER_2,
        "users.lookupByEmail": TIER_3,
        "views.open": TIER_4,
        "views.publish": TIER_4,
        "views.push": TIER_4,
        "views.update": TIER_4,
    }
)


def slack_policy(methods: Mapping[str, Rate] = METHODS) -> Policy:
    """Slack's limits."""
    return Policy(methods, (CHANNEL,), TIER_2)
