"""The stand-in's login service, asked by azure-identity and by hand."""

from __future__ import annotations

import asyncio
import base64
import datetime as dt
import json
from collections.abc import Callable
from functools import cache
from typing import Any

import aiohttp
import jwt
import pytest
from azure.core.exceptions import AzureError, ClientAuthenticationError, ServiceRequestError
from azure.identity.aio import CertificateCredential, ClientSecretCredential, ManagedIdentityCredential
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

from tests.standins.graph import login
from tests.standins.graph.client import Graph
from tests.standins.graph.login import ASSERTION, peek
from tests.standins.graph.sdk import Sdk, refusal, sdk

pytestmark = pytest.mark.filterwarnings(
    "ignore::DeprecationWarning:msgraph", "ignore::DeprecationWarning:kiota_abstractions"
)

Json = dict[str, Any]
SCOPE = "https://graph.microsoft.com/.default"


def secret_of(graph: Graph, secret: str = "", trusted: str | None = "") -> ClientSecretCredential:
    """azure-identity's credential, with its own retries off."""
    names = graph.names
    return ClientSecretCredential(
        names["tenant"],
        names["client_id"],
        secret or names["client_secret"],
        authority=graph.authority,
        connection_verify=True if trusted is None else graph.trusted,
        disable_instance_discovery=True,
        retry_total=0,
    )


@cache
def certificate() -> tuple[rsa.RSAPrivateKey, str, bytes]:
    """A key, its certificate, and both in one file."""
    key = rsa.generate_private_key(65537, 2048)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "backline")])
    now = dt.datetime.now(dt.UTC)
    built = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
    built = built.serial_number(1).not_valid_before(now).not_valid_after(now + dt.timedelta(days=1))
    pem = built.sign(key, hashes.SHA256()).public_bytes(Encoding.PEM)
    both = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()) + pem
    return key, pem.decode(), both


async def test_a_secret(graph: Graph) -> None:
    """azure-identity gets a token by secret, and msgraph-sdk reads the site with it; roles are in the token."""
    async with secret_of(graph) as credential:
        token = (await credential.get_token(SCOPE)).token
    claims = peek(token)
    assert (claims["aud"], claims["appid"]) == ("https://graph.microsoft.com", graph.names["client_id"])
    assert claims["roles"] == ["Sites.Selected"]
    async with sdk(graph, token) as client:
        assert (await client.call("GET", f"/sites/{graph.site}"))["name"] == "continuity"
    assert [one["op"] for one in await graph.calls()] == ["login", "site.get"]


async def test_a_certificate(graph: Graph) -> None:
    """azure-identity gets a token by certificate once the app knows it; another key's signature is refused."""
    _, pem, both = certificate()
    names = graph.names

    def credential() -> CertificateCredential:
        return CertificateCredential(
            names["tenant"], names["client_id"], certificate_data=both, authority=graph.authority,
            connection_verify=graph.trusted, disable_instance_discovery=True, retry_total=0,
        )  # fmt: skip

    async with credential() as unknown:
        with pytest.raises(ClientAuthenticationError, match="AADSTS700027"):
            await unknown.get_token(SCOPE)
    await graph.certificate(pem)
    async with credential() as known:
        assert peek((await known.get_token(SCOPE)).token)["appid"] == names["client_id"]


async def test_a_managed_identity(graph: Graph, monkeypatch: pytest.MonkeyPatch) -> None:
    """azure-identity gets a token from the host's own endpoint, for Graph and with the host's header only."""
    monkeypatch.setenv("IDENTITY_ENDPOINT", graph.names["identity_endpoint"])
    for header, known in ((graph.names["identity_header"], True), ("wrong", False)):
        monkeypatch.setenv("IDENTITY_HEADER", header)
        async with ManagedIdentityCredential(retry_total=0) as credential:
            if known:
                assert peek((await credential.get_token(SCOPE)).token)["roles"] == ["Sites.Selected"]
                with pytest.raises(ClientAuthenticationError):
                    await credential.get_token("https://vault.azure.net/.default")
            else:
                with pytest.raises(ClientAuthenticationError):
                    await credential.get_token(SCOPE)


async def test_azure_identity_needs_tls(graph: Graph) -> None:
    """It takes no authority in the clear, and none whose certificate nobody vouches for."""
    names = graph.names
    with pytest.raises(ValueError, match="TLS"):
        ClientSecretCredential(names["tenant"], names["client_id"], "s", authority=graph.address)
    async with secret_of(graph, trusted=None) as credential:
        with pytest.raises(ServiceRequestError, match="CERTIFICATE_VERIFY_FAILED"):
            await credential.get_token(SCOPE)


@pytest.mark.parametrize(
    ("changes", "status", "error", "number"),
    [
        ({"client_secret": "wrong"}, 401, "invalid_client", 7000215),
        ({"client_secret": ""}, 401, "invalid_client", 7000218),
        ({"client_id": "11111111-1111-1111-1111-111111111111"}, 400, "unauthorized_client", 700016),
        ({"client_id": ""}, 400, "invalid_request", 900144),
        ({"scope": "https://graph.microsoft.com/Sites.Selected"}, 400, "invalid_scope", 1002012),
        ({"scope": "https://api.botframework.com/.default"}, 400, "invalid_resource", 500011),
        ({"grant_type": "password"}, 400, "unsupported_grant_type", 70003),
    ],
)
async def test_what_is_refused(graph: Graph, changes: Json, status: int, error: str, number: int) -> None:
    """Each refusal has its own error and number, and no token."""
    answer, body = await asked(graph, **changes)
    assert (answer, body["error"], body["error_codes"]) == (status, error, [number])
    assert body["error_description"].startswith(f"AADSTS{number}: ")
    assert {"timestamp", "trace_id", "correlation_id"} <= set(body)


async def asked(graph: Graph, tenant: str = "", **changes: object) -> tuple[int, Json]:
    """Ask for a token by hand: the status and the body."""
    names = graph.names
    form = {"grant_type": "client_credentials", "client_id": names["client_id"], "scope": SCOPE,
            "client_secret": names["client_secret"]} | changes  # fmt: skip
    url = f"{graph.address}/{tenant or names['tenant']}/oauth2/v2.0/token"
    async with graph.session.post(url, data=form) as response:
        return response.status, await response.json()


async def test_tenants_and_old_secrets(graph: Graph) -> None:
    """Another tenant is not found; a secret may be over."""
    assert (await asked(graph, tenant="other.example.com"))[1]["error_codes"] == [90002]
    await graph.settings(secret_expired=True)
    assert (await asked(graph))[1]["error_codes"] == [7000222]


@pytest.mark.parametrize(
    ("spoil", "number"),
    [
        (lambda claims: claims, 0),
        (lambda claims: claims | {"aud": "https://login.example.com/token"}, 700023),
        (lambda claims: claims | {"iss": "other"}, 700021),
        (lambda claims: claims | {"sub": "other"}, 700021),
        (lambda claims: claims | {"exp": 1}, 700024),
        (lambda claims: claims | {"exp": claims["exp"] + 90_000}, 700024),
        (lambda claims: {name: value for name, value in claims.items() if name != "jti"}, 700027),
    ],
)
async def test_assertions(graph: Graph, spoil: Callable[[Json], Json], number: int) -> None:
    """An assertion is checked in every claim, and is worth something once."""
    key, pem, _ = certificate()
    await graph.certificate(pem)
    der = x509.load_pem_x509_certificate(pem.encode()).fingerprint(hashes.SHA256())
    header = {"x5t#S256": base64.urlsafe_b64encode(der).decode().rstrip("=")}
    names = graph.names
    url = f"{graph.address}/{names['tenant']}/oauth2/v2.0/token"
    now = int(dt.datetime.now(dt.UTC).timestamp())
    claims = {"aud": url, "iss": names["client_id"], "sub": names["client_id"], "jti": "1", "nbf": now}
    token = jwt.encode(spoil(claims | {"exp": now + 600}), key, "PS256", header)
    more = {"client_secret": "", "client_assertion": token, "client_assertion_type": ASSERTION}
    status, body = await asked(graph, **more)
    assert (status, body.get("error_codes", [0])) == (401 if number else 200, [number])
    assert (await asked(graph, **more))[0] == 401
    forged = jwt.encode(claims | {"exp": now + 600, "jti": "2"}, "secret" * 9, "HS256", header)
    assert (await asked(graph, **(more | {"client_assertion": forged})))[0] == 401
    assert (await asked(graph, **(more | {"client_assertion": "a.b.c"})))[0] == 401
    assert (await asked(graph, **(more | {"client_assertion_type": ""})))[0] == 400


async def test_tokens_end(graph: Graph) -> None:
    """A token lives as long as it says, or until all are called in; then Graph says 401 and a new one is needed."""
    token = (await asked(graph))[1]["access_token"]
    async with sdk(graph, token) as client:
        await client.call("GET", f"/sites/{graph.site}")
        await graph.advance(3599 - 60)  # a minute to spare: this machine's own seconds pass as well
        await client.call("GET", f"/sites/{graph.site}")
        await graph.advance(60)
        status, code, words = await refusal(client.call("GET", f"/sites/{graph.site}"))
        assert (status, code, "expired" in words) == (401, "InvalidAuthenticationToken", True)
    token = (await asked(graph))[1]["access_token"]
    await graph.advance(1)
    await graph.expire_tokens()
    async with sdk(graph, token) as client:
        assert (await refusal(client.call("GET", f"/sites/{graph.site}")))[0] == 401


async def test_tokens_that_are_worth_nothing(graph: Graph) -> None:
    """No token, another's, one that was changed, or one for something else."""
    good = (await asked(graph))[1]["access_token"]
    head, body, tail = good.split(".")
    claims = peek(good) | {"roles": ["Sites.FullControl.All"]}
    forged = base64.urlsafe_b64encode(json.dumps(claims).encode()).decode().rstrip("=")
    none = jwt.encode(claims, "", "none")
    elsewhere = jwt.encode(peek(good) | {"aud": "https://api.botframework.com"}, login.key(), "RS256")
    url = f"{graph.base_url}/sites/{graph.site}"
    tokens = ("", "nonsense", f"{head}.{forged}.{tail}", f"{head}.{body}.", none, elsewhere)
    for header in ("", f"Basic {good}", *(f"Bearer {token}" for token in tokens)):
        async with graph.session.get(url, headers={"Authorization": header} if header else {}) as response:
            assert response.status == 401
            assert "Bearer" in response.headers["WWW-Authenticate"]
            assert (await response.json())["error"]["code"] == "InvalidAuthenticationToken"


async def test_the_login_service_in_trouble(graph: Graph) -> None:
    """Errors, lost answers and silence on order; Graph itself goes on."""
    await graph.fault("login", "server_error", status=500)
    assert (await asked(graph))[0] == 500
    await graph.fault("login", "throttled", retry_after=9)
    assert (await asked(graph))[0] == 429
    await graph.fault("login", "lost")
    with pytest.raises(aiohttp.ClientError):
        await asked(graph)
    await graph.settings(login_outage="503")
    async with secret_of(graph) as credential:
        with pytest.raises(AzureError):
            await credential.get_token(SCOPE)
    await graph.settings(login_outage="black_hole")
    waiting = asyncio.ensure_future(asked(graph))
    await graph.called("login", 5)
    async with sdk(graph) as client:
        assert (await client.call("GET", f"/sites/{graph.site}"))["name"] == "continuity"
    assert not waiting.done()
    await graph.settings(login_outage="")
    with pytest.raises(aiohttp.ClientError):
        await waiting
    assert (await asked(graph))[0] == 200


async def test_static_tokens(client: Sdk, graph: Graph) -> None:
    """The token that needs no login has the app's permissions of the moment."""
    await client.call("GET", f"/sites/{graph.site}")
    await graph.settings(static_token="another")  # noqa: S106 - no secret
    assert (await refusal(client.call("GET", f"/sites/{graph.site}")))[0] == 401


async def test_discovery(graph: Graph) -> None:
    """What login libraries look up before they ask for a token."""
    tenant = graph.names["tenant"]
    async with graph.session.get(f"{graph.address}/{tenant}/v2.0/.well-known/openid-configuration") as response:
        assert (await response.json())["token_endpoint"] == f"{graph.authority}/{tenant}/oauth2/v2.0/token"
    async with graph.session.get(f"{graph.address}/common/discovery/instance") as response:
        assert (await response.json())["metadata"][0]["aliases"] == [graph.authority.removeprefix("https://")]
