"""Is this call from Teams, for us, and from our own company? Its token first, then whether its body fits the token.

The scheme: a JWT signed with RS256 by the Bot Connector (learn.microsoft.com/azure/bot-service/rest-api/
bot-framework-rest-connector-authentication). botbuilder's own validation lets tokens without an end pass, and answers
500 to most bad ones. Nothing of a body is parsed before its token is known to be good.
"""

from __future__ import annotations

import hashlib
import math
from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from jwt.types import Options

from adapters.teams.keys import Keys
from adapters.teams.places import ServiceHosts
from bot.ports import Json

LEEWAY = 300.0  # seconds by which clocks may differ
CHANNEL = "msteams"
_LONGEST = 8 * 1024
_LONGEST_KEY_ID = 200
_KEPT = 1_000  # tokens known to be good; Teams uses one for about an hour
_UNAUTHORIZED, _FORBIDDEN = 401, 403
# What PyJWT would compare with the computer's clock, or take as a list, is compared here.
_OPTIONS: Options = {
    "require": ["exp", "nbf", "iss", "aud", "serviceurl"],
    "verify_exp": False,
    "verify_nbf": False,
    "verify_iat": False,
    "verify_aud": False,
    "verify_iss": False,
    "verify_sub": False,
    "verify_jti": False,
}


class Refused(Exception):
    """Not from Teams, or not for us. `why`: a word for the log; `status`: of the HTTP answer."""

    def __init__(self, why: str, status: int = _UNAUTHORIZED) -> None:
        super().__init__(why)
        self.why = why
        self.status = status


@dataclass(frozen=True, slots=True)
class Claims:
    """What a good token says: whose calls it is for, and until when it is good (seconds since 1970)."""

    service_url: str
    channels: frozenset[str]
    begins: float
    ends: float


@dataclass(frozen=True, slots=True)
class Expected:
    """Who we are. `tenant` None: any, which only a test on this computer wants."""

    app_id: str
    tenant: str | None
    issuer: str


class Auth:
    """One per process. `keys` None: no token is asked for (`TEAMS_AUTH=off`), and only this computer is talked to.

    `clocks`: seconds since 1970, one of which Teams must agree with.
    """

    def __init__(
        self, expected: Expected, keys: Keys | None, hosts: ServiceHosts, clocks: Sequence[Callable[[], float]]
    ) -> None:
        self._expected = expected
        self._keys = keys
        self._hosts = hosts
        self._clocks = clocks
        self._good: OrderedDict[bytes, Claims] = OrderedDict()
        self._version = 0

    async def claims(self, header: str | None) -> Claims | None:
        """What the token says; None where none is asked for. Raises `Refused`."""
        if self._keys is None:
            return None
        token = _bearer(header)
        digest = hashlib.sha256(token.encode()).digest()
        if self._version != self._keys.version:
            self._good.clear()  # the key may be one that was withdrawn
            self._version = self._keys.version
        claims = self._good.get(digest)
        if claims is None:
            claims = await self._verified(token, self._keys)
            self._good[digest] = claims
            if len(self._good) > _KEPT:
                self._good.popitem(last=False)
        now = [clock() for clock in self._clocks]
        if not any(claims.begins - LEEWAY <= clock < claims.ends + LEEWAY for clock in now):
            raise Refused("token_time")
        return claims

    def demand(self, claims: Claims | None, activity: Json) -> None:
        """Whether the body is what the token was given out for, and about our own company. Raises `Refused`."""
        service_url, channel = activity.get("serviceUrl"), activity.get("channelId")
        if not isinstance(service_url, str) or not isinstance(channel, str):
            raise Refused("activity_incomplete", _FORBIDDEN)
        if channel != CHANNEL:
            raise Refused("channel_foreign", _FORBIDDEN)
        if claims and channel not in claims.channels:
            raise Refused("key_not_endorsed", _FORBIDDEN)
        if claims and claims.service_url.rstrip("/") != service_url.rstrip("/"):
            raise Refused("service_url_differs", _FORBIDDEN)
        try:
            self._hosts.demand(service_url)
        except ValueError:
            raise Refused("service_url_foreign", _FORBIDDEN) from None
        if not self._is_ours(activity):
            raise Refused("tenant_foreign", _FORBIDDEN)

    def _is_ours(self, activity: Json) -> bool:
        """Every tenant that it names is ours, and it names one. The signature does not cover them."""
        tenant = self._expected.tenant
        if tenant is None:
            return True
        named = list(tenants_in(activity))
        return bool(named) and all(isinstance(one, str) and one.lower() == tenant.lower() for one in named)

    async def _verified(self, token: str, keys: Keys) -> Claims:
        """What a token says that nobody has looked at yet. Raises `Refused`."""
        key = await keys.find(_key_id(token))
        if key is None:
            raise Refused("key_unknown")
        said = _payload(token, key.public)
        audience, service_url = said.get("aud"), said.get("serviceurl")
        if not isinstance(audience, str) or audience.lower() != self._expected.app_id.lower():
            raise Refused("audience_other")
        if said.get("iss") != self._expected.issuer:
            raise Refused("issuer_other")
        if not isinstance(service_url, str) or not service_url:
            raise Refused("token_incomplete")
        return Claims(service_url, key.endorsements, _instant(said.get("nbf")), _instant(said.get("exp")))


def tenants_in(activity: Json) -> list[object]:
    """Every tenant that an activity names."""
    data, conversation = activity.get("channelData"), activity.get("conversation")
    tenant = data.get("tenant") if isinstance(data, Mapping) else None
    named = [tenant.get("id") if isinstance(tenant, Mapping) else None]
    named.append(conversation.get("tenantId") if isinstance(conversation, Mapping) else None)
    return [one for one in named if one is not None]


def _bearer(header: str | None) -> str:
    scheme, _, token = (header or "").partition(" ")
    if scheme.lower() != "bearer" or not token:
        raise Refused("token_missing")
    if len(token) > _LONGEST or not token.isascii() or not token.isprintable():
        raise Refused("token_malformed")
    return token


def _key_id(token: str) -> str:
    try:
        header = jwt.get_unverified_header(token)
    except (jwt.PyJWTError, ValueError, TypeError, AttributeError, RecursionError):
        raise Refused("token_malformed") from None
    if header.get("alg") != "RS256":
        raise Refused("algorithm_other")
    name = header.get("kid")
    if not isinstance(name, str) or not 0 < len(name) <= _LONGEST_KEY_ID:
        raise Refused("key_unknown")
    return name


def _payload(token: str, key: RSAPublicKey) -> Mapping[str, Any]:
    try:
        return jwt.decode(token, key, algorithms=["RS256"], options=_OPTIONS)
    except jwt.InvalidSignatureError:
        raise Refused("signature_wrong") from None
    except jwt.MissingRequiredClaimError:
        raise Refused("token_incomplete") from None
    except (jwt.PyJWTError, ValueError, TypeError, AttributeError, RecursionError):
        raise Refused("token_malformed") from None


def _instant(value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise Refused("token_incomplete")
    try:
        seconds = float(value)
    except OverflowError:
        raise Refused("token_incomplete") from None
    if not math.isfinite(seconds):
        raise Refused("token_incomplete")
    return seconds
