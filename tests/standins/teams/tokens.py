"""The token that comes with whatever is sent to the bot, and how it is spoilt to order.

Source: learn.microsoft.com/azure/bot-service/rest-api/bot-framework-rest-connector-authentication.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

import jwt
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from tests.standins.slack.check import Json
from tests.standins.teams.keys import ISSUER, Keys, key_id, private_key
from tests.standins.teams.model import Cloud

FOREIGN, UNENDORSED = "somebody else's", "webchat"


@dataclass(frozen=True, slots=True)
class Tamper:
    """How a request is spoilt on its way. A token does not cover the body: `mutate` changes its bytes by that seed.

    `token`: "missing", "empty", "basic", "garbage", "truncated", "alg_none", "hs256" (with the public key for a
    secret), "wrong_key", "unknown_kid", "no_kid", "unendorsed", "login" (one of the login service).
    `claims`: other values; None takes one away; "+60" or "-60" is from now. `repeat`: the same bytes so many times.
    """

    token: str = ""
    claims: Json = field(default_factory=dict)
    mutate: int | None = None
    repeat: int = 1
    content_type: str = ""


# Every way to be somebody else, as options for whatever a person does.
FORGERIES: Mapping[str, Json] = MappingProxyType(
    {
        **{
            name: {"tamper": {"token": name}}
            for name in (
                "missing", "empty", "basic", "garbage", "truncated", "alg_none", "hs256", "wrong_key", "unknown_kid",
                "no_kid", "unendorsed", "login",
            )
        },
        "wrong audience": {"tamper": {"claims": {"aud": "00000000-0000-4000-8000-000000000000"}}},
        "no audience": {"tamper": {"claims": {"aud": None}}},
        "wrong issuer": {"tamper": {"claims": {"iss": "https://api.botframework.example"}}},
        "no issuer": {"tamper": {"claims": {"iss": None}}},
        "expired": {"tamper": {"claims": {"nbf": "-4200", "exp": "-600"}}},
        "no expiry": {"tamper": {"claims": {"exp": None}}},
        "not yet": {"tamper": {"claims": {"nbf": "+600", "exp": "+4200"}}},
        "no beginning": {"tamper": {"claims": {"nbf": None}}},
        "wrong service": {"tamper": {"claims": {"serviceurl": "https://smba.trafficmanager.net/emea/"}}},
        "no service": {"tamper": {"claims": {"serviceurl": None}}},
        "elsewhere": {"override": {"serviceUrl": "https://attacker.example/"}},
        "other channel": {"override": {"channelId": "webchat"}},
        "other tenant": {
            "override": {
                "channelData.tenant.id": "0ff1ce00-0000-4000-8000-000000000000",
                "conversation.tenantId": "0ff1ce00-0000-4000-8000-000000000000",
            }
        },
    }
)  # fmt: skip


def authorization(cloud: Cloud, keys: Keys, tamper: Tamper) -> str | None:
    """The Authorization header; None for none."""
    text = _token(cloud, keys, tamper)
    spoilt: dict[str, str | None] = {
        "missing": None,
        "empty": "Bearer ",
        "basic": f"Basic {text}",
        "garbage": "Bearer not.a.token",
        "truncated": f"Bearer {text[:-20]}",
    }
    return spoilt.get(tamper.token, f"Bearer {text}")


def _claims(cloud: Cloud, tamper: Tamper) -> Json:
    now = int(cloud.now())
    claims: Json = {
        "serviceurl": cloud.service_url,
        "nbf": now,
        "exp": now + cloud.settings.signed_seconds,
        "iss": ISSUER,
        "aud": cloud.settings.app_id,
    }
    for name, value in tamper.claims.items():
        if value is None:
            claims.pop(name, None)
        elif isinstance(value, str) and name in ("nbf", "exp", "iat") and value[:1] in "+-":
            claims[name] = now + int(value)
        else:
            claims[name] = value
    return claims


def _token(cloud: Cloud, keys: Keys, tamper: Tamper) -> str:
    kind, claims = tamper.token, _claims(cloud, tamper)
    name = {"wrong_key": FOREIGN, "unknown_kid": FOREIGN, "unendorsed": UNENDORSED, "login": "login"}.get(
        kind, keys.signing
    )
    kid = key_id(keys.signing if kind == "wrong_key" else name)
    header: Json = {"typ": "JWT", "kid": kid, "x5t": kid}
    if kind == "no_kid":
        header = {"typ": "JWT"}
    if kind == "alg_none":
        return f"{_part({**header, 'alg': 'none'})}.{_part(claims)}."
    if kind == "hs256":
        return _confused(header, claims, name)
    return jwt.encode(claims, private_key(name), "RS256", header)


def _confused(header: Json, claims: Json, name: str) -> str:
    """Signed by HMAC with what everybody knows, for those who let the token choose how it is checked."""
    secret = private_key(name).public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    signed = f"{_part({**header, 'alg': 'HS256'})}.{_part(claims)}"
    digest = hmac.new(secret, signed.encode(), hashlib.sha256).digest()
    return f"{signed}.{base64.urlsafe_b64encode(digest).rstrip(b'=').decode()}"


def _part(value: Any) -> str:  # noqa: ANN401 - JSON
    return base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()
