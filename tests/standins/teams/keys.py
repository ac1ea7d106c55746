"""The keys with which Microsoft signs, and the two documents that tell the world of them.

Source: learn.microsoft.com/azure/bot-service/rest-api/bot-framework-rest-connector-authentication.
"""

from __future__ import annotations

import base64
import hashlib
from dataclasses import dataclass, field
from functools import cache

from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicNumbers, generate_private_key

from tests.standins.slack.check import Json

ISSUER = "https://api.botframework.com"
ENDORSED = ("msteams",)


@cache
def private_key(name: str) -> RSAPrivateKey:
    """The key of that name, made once in this process: making one takes a tenth of a second."""
    return generate_private_key(public_exponent=65_537, key_size=2048)


def public_numbers(name: str) -> RSAPublicNumbers:
    """The public half."""
    return private_key(name).public_key().public_numbers()


def key_id(name: str) -> str:
    """The key's `kid`, which is its `x5t` too."""
    return _number(int.from_bytes(hashlib.sha256(str(public_numbers(name).n).encode()).digest()[:20], "big"))


def _number(value: int) -> str:
    raw = value.to_bytes((value.bit_length() + 7) // 8, "big")
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


@dataclass
class Keys:
    """`names`: what the published keys are called here; the last one signs. One more is for other channels."""

    names: list[str] = field(default_factory=lambda: ["botframework 1"])
    _count: int = 1

    @property
    def signing(self) -> str:
        """The key that signs now."""
        return self.names[-1]

    def rotate(self, *, keep: bool) -> str:
        """Sign with a new key; the old ones stay published if `keep`. The new `kid`."""
        self._count += 1
        self.names = [*(self.names if keep else []), f"botframework {self._count}"]
        return key_id(self.signing)

    def document(self) -> Json:
        """The JSON Web Key Set."""
        shown = [(name, ENDORSED) for name in self.names] + [("webchat", ("webchat",))]
        return {"keys": [_jwk(name, endorsements) for name, endorsements in shown]}


def _jwk(name: str, endorsements: tuple[str, ...]) -> Json:
    numbers, kid = public_numbers(name), key_id(name)
    return {
        "kty": "RSA",
        "use": "sig",
        "kid": kid,
        "x5t": kid,
        "n": _number(numbers.n),
        "e": _number(numbers.e),
        "endorsements": list(endorsements),
    }


def metadata(address: str) -> Json:
    """The OpenID configuration."""
    return {
        "issuer": ISSUER,
        "authorization_endpoint": "https://invalid.botframework.com",
        "jwks_uri": f"{address}/v1/.well-known/keys",
        "id_token_signing_alg_values_supported": ["RS256"],
        "token_endpoint_auth_methods_supported": ["private_key_jwt"],
    }
