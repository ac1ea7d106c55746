"""The login service: client credentials by secret or certificate, and what its libraries look up first.

Sources: learn.microsoft.com/entra/identity-platform/v2-oauth2-client-creds-grant-flow, …/certificate-credentials,
…/reference-error-codes.
"""

from __future__ import annotations

import asyncio
import base64
import hashlib
import json
import uuid
from dataclasses import dataclass
from functools import cache
from urllib.parse import parse_qsl

import jwt
from aiohttp import web
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicKey, generate_private_key
from cryptography.hazmat.primitives.serialization import Encoding

from tests.standins.graph import trouble
from tests.standins.graph.asked import Answer, Caller
from tests.standins.graph.errors import GraphError, Json, unauthenticated
from tests.standins.graph.faults import Fault
from tests.standins.graph.model import Call, Tenant

GRAPH = "https://graph.microsoft.com"
ASSERTION = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
LONGEST = 24 * 3600  # an assertion's life


@cache
def key() -> RSAPrivateKey:
    """What tokens are signed with."""
    return generate_private_key(65537, 2048)


@dataclass(eq=False)
class Refusal(Exception):
    """`{"error", "error_description": "AADSTS…", "error_codes"}` with its status."""

    status: int
    error: str
    number: int
    message: str


@dataclass
class Tokens:
    """Issues access tokens and knows its own again."""

    tenant: Tenant

    def issue(self) -> Json:
        """A token's answer."""
        names, now = self.tenant.settings, self.tenant.now()
        claims = {
            "aud": GRAPH,
            "iss": f"https://sts.windows.net/{names.tenant}/",
            "iat": int(now),
            "nbf": int(now),
            "exp": int(now) + names.token_seconds,
            "issued": now,
            "appid": names.client_id,
            "app_displayname": names.app_name,
            "idtyp": "app",
            "roles": names.roles,
            "tid": names.tenant,
            "uti": uuid.uuid4().hex,
            "ver": "1.0",
        }
        token = jwt.encode(claims, key(), "RS256", {"kid": "standin"})
        life = names.token_seconds
        return {"token_type": "Bearer", "expires_in": life, "ext_expires_in": life, "access_token": token}

    def caller(self, header: str) -> Caller:
        """Whose token it is. Raises 401."""
        kind, _, token = header.partition(" ")
        names = self.tenant.settings
        if kind.lower() != "bearer" or not token.strip():
            raise unauthenticated("Access token is empty.")
        if token == names.static_token:
            return Caller(names.client_id, tuple(names.roles))
        never = {"verify_exp": False, "verify_nbf": False, "verify_iat": False, "verify_aud": False}
        try:
            claims = jwt.decode(token, key().public_key(), ["RS256"], options=never)  # type: ignore[arg-type]
        except jwt.PyJWTError:
            raise unauthenticated("CompactToken parsing failed with error code: 80049217") from None
        if claims["aud"] not in (GRAPH, "00000003-0000-0000-c000-000000000000"):
            raise unauthenticated("Access token validation failure. Invalid audience.")
        if claims["exp"] <= self.tenant.now() or claims["issued"] < self.tenant.not_before:
            raise unauthenticated(trouble.EXPIRED)
        return Caller(claims["appid"], tuple(claims["roles"]))


@dataclass
class Login:
    """Answers everything under `/{tenant}/`."""

    tokens: Tokens
    faults: list[Fault]
    cleared: asyncio.Event

    @property
    def tenant(self) -> Tenant:
        """What the stand-in knows."""
        return self.tokens.tenant

    async def token(self, request: web.Request) -> web.StreamResponse:
        """POST oauth2/v2.0/token."""
        body = (await request.read()).decode(errors="replace")
        call = self._noted(request, "login")
        is_form = request.content_type == "application/x-www-form-urlencoded"
        form = dict(parse_qsl(body, keep_blank_values=True)) if is_form else {}
        call.body = {name: value for name, value in form.items() if name not in ("client_secret", "client_assertion")}
        answer = await self._with_fault(request, call, form)
        call.status = answer.status
        if answer.status == 0:
            if request.transport is not None:
                request.transport.abort()
            return web.Response()
        headers = {"Cache-Control": "no-store, no-cache", "x-ms-request-id": str(uuid.uuid4())} | answer.headers
        if isinstance(answer.body, dict):
            return web.json_response(answer.body, status=answer.status, headers=headers)
        return web.Response(status=answer.status, body=answer.body or b"", headers=headers)

    def _noted(self, request: web.Request, op: str) -> Call:
        call = Call(len(self.tenant.calls) + 1, self.tenant.now(), op, request.method, request.raw_path)
        call.user_agent = request.headers.get("User-Agent", "")
        self.tenant.calls.append(call)
        return call

    async def _with_fault(self, request: web.Request, call: Call, form: dict[str, str]) -> Answer:
        async def act() -> Answer:
            try:
                self._admit(request.match_info["tenant"], form, request.path)
            except Refusal as refusal:
                call.code, call.why = refusal.error, refusal.message
                return self._refused(refusal)
            return Answer(200, self.tokens.issue())

        def fail(error: GraphError) -> Answer:
            refusal = Refusal(error.status, "temporarily_unavailable", 90033, "A transient error has occurred.")
            return Answer(error.status, self._refused(refusal).body, dict(error.headers))

        if self.tenant.settings.login_outage:
            call.fault = "outage"
            return await trouble.outage(self.tenant.settings.login_outage, fail, self.cleared)
        fault = next((one for one in self.faults if one.fits("login", "", call.url, batched=False)), None)
        if fault is None:
            return await act()
        call.fault = fault.kind
        return await trouble.through(fault, act, fail, self.cleared, lambda seconds: seconds)

    def _refused(self, refusal: Refusal) -> Answer:
        trace, correlation = str(uuid.uuid4()), str(uuid.uuid4())
        stamp = self.tenant.stamp().replace("T", " ")
        words = f"AADSTS{refusal.number}: {refusal.message} Trace ID: {trace} Correlation ID: {correlation}"
        return Answer(
            refusal.status,
            {
                "error": refusal.error,
                "error_description": f"{words} Timestamp: {stamp}",
                "error_codes": [refusal.number],
                "timestamp": stamp,
                "trace_id": trace,
                "correlation_id": correlation,
                "error_uri": f"https://login.microsoftonline.com/error?code={refusal.number}",
            },
        )

    def _admit(self, tenant: str, form: dict[str, str], path: str) -> None:
        """Refuse a request for a token that is not right in every part."""
        names = self.tenant.settings
        if tenant.lower() != names.tenant.lower():
            raise Refusal(400, "invalid_request", 90002, f"Tenant '{tenant}' not found.")
        for name in ("grant_type", "client_id", "scope"):
            if not form.get(name):
                words = f"The request body must contain the following parameter: '{name}'."
                raise Refusal(400, "invalid_request", 900144, words)
        if form["grant_type"] != "client_credentials":
            raise Refusal(400, "unsupported_grant_type", 70003, "The app requested an unsupported grant type.")
        if form["client_id"].lower() != names.client_id.lower():
            words = f"Application with identifier '{form['client_id']}' was not found in the directory."
            raise Refusal(400, "unauthorized_client", 700016, words)
        if not form["scope"].split()[0].endswith("/.default"):
            words = f"The provided value for scope {form['scope']} is not valid."
            raise Refusal(400, "invalid_scope", 1002012, words)
        if form["scope"].split()[0] != f"{GRAPH}/.default":
            words = "The resource principal was not found in the tenant."
            raise Refusal(400, "invalid_resource", 500011, words)
        if "client_assertion" in form:
            self._assertion(form, path)
        elif form.get("client_secret") != names.client_secret:
            if not form.get("client_secret"):
                words = "The request body must contain: 'client_assertion' or 'client_secret'."
                raise Refusal(401, "invalid_client", 7000218, words)
            raise Refusal(401, "invalid_client", 7000215, "Invalid client secret provided.")
        elif names.secret_expired:
            raise Refusal(401, "invalid_client", 7000222, "The provided client secret keys are expired.")

    def _assertion(self, form: dict[str, str], path: str) -> None:
        """Refuse an assertion that the app's certificate did not sign, or that says the wrong thing."""

        def wrong(words: str, number: int = 700027) -> Refusal:
            return Refusal(401, "invalid_client", number, f"Client assertion failed: {words}")

        if form.get("client_assertion_type") != ASSERTION:
            raise Refusal(400, "invalid_request", 90014, "The required field 'client_assertion_type' is missing.")
        token = form["client_assertion"]
        try:
            header = jwt.get_unverified_header(token)
            found = self.tenant.certificates.get((header.get("x5t#S256") or header.get("x5t") or "").rstrip("="))
            if found is None:
                raise wrong("the key was not found by its thumbprint.")
            never = {"verify_exp": False, "verify_nbf": False, "verify_iat": False, "verify_aud": False}
            options = never | {"require": ["exp", "iss", "sub", "aud", "jti"]}
            claims = jwt.decode(token, found, ["RS256", "PS256"], options=options)  # type: ignore[arg-type]
        except jwt.PyJWTError as error:
            raise wrong(f"{error}.") from None
        now, client = self.tenant.now(), self.tenant.settings.client_id
        if not now < claims["exp"] <= now + LONGEST or claims.get("nbf", 0) > now + 300:
            raise wrong("it is not within its valid time range.", 700024)
        if claims["iss"] != client or claims["sub"] != client:
            raise wrong("issuer and subject must be the client id.", 700021)
        if claims["aud"] not in {f"{one}{path}" for one in (self.tenant.address, self.tenant.tls_address)}:
            raise wrong("the audience is not this token endpoint.", 700023)
        if claims["jti"] in self.tenant.assertions:
            raise wrong("it has been used before.")
        self.tenant.assertions.add(claims["jti"])

    async def identity(self, request: web.Request) -> web.Response:
        """GET msi/token: a token for the managed identity that the app's host lends it, as App Service does."""
        call, names, asked = self._noted(request, "identity"), self.tenant.settings, request.query
        why = ""
        if request.headers.get("X-IDENTITY-HEADER") != names.identity_header:
            why = "The identity header is missing or wrong."
        elif asked.get("api-version") != "2019-08-01" or asked.get("resource") != GRAPH:
            why = "The api-version or the resource is not known."
        elif asked.get("client_id", names.client_id) != names.client_id:
            why = "No such identity is assigned here."
        call.status, call.why = (400 if why else 200), why
        if why:
            return web.json_response({"statusCode": 400, "message": why}, status=400)
        issued = self.tokens.issue()
        until = str(int(self.tenant.now()) + names.token_seconds)
        kept = {name: issued[name] for name in ("access_token", "token_type")}
        return web.json_response(kept | {"expires_on": until, "resource": GRAPH, "client_id": names.client_id})

    async def configuration(self, request: web.Request) -> web.Response:
        """GET .well-known/openid-configuration."""
        self._noted(request, "discovery").status = 200
        root = f"{self.tenant.tls_address}/{request.match_info['tenant']}"
        return web.json_response(
            {
                "token_endpoint": f"{root}/oauth2/v2.0/token",
                "authorization_endpoint": f"{root}/oauth2/v2.0/authorize",
                "issuer": f"{root}/v2.0",
                "jwks_uri": f"{root}/discovery/v2.0/keys",
                "token_endpoint_auth_methods_supported": ["client_secret_post", "private_key_jwt"],
            }
        )

    async def instance(self, request: web.Request) -> web.Response:
        """GET common/discovery/instance."""
        self._noted(request, "discovery").status = 200
        host = self.tenant.tls_address.removeprefix("https://")
        root = f"{self.tenant.tls_address}/{self.tenant.settings.tenant}/v2.0/.well-known/openid-configuration"
        known = {"preferred_network": host, "preferred_cache": host, "aliases": [host]}
        return web.json_response({"tenant_discovery_endpoint": root, "api-version": "1.1", "metadata": [known]})


def know(tenant: Tenant, pem: str) -> list[str]:
    """Let the app log in with this certificate (PEM); its thumbprints as assertions name them."""
    certificate = x509.load_pem_x509_certificate(pem.encode())
    public = certificate.public_key()
    if not isinstance(public, RSAPublicKey):
        raise ValueError("only RSA certificates are taken")  # noqa: TRY004 - what the control API answers with 400
    der = certificate.public_bytes(Encoding.DER)
    digests = [hashlib.sha1(der, usedforsecurity=False).digest(), hashlib.sha256(der).digest()]
    names = [base64.urlsafe_b64encode(one).decode().rstrip("=") for one in digests]
    tenant.certificates |= dict.fromkeys(names, public)
    return names


def peek(token: str) -> Json:
    """A token's claims, unchecked."""
    body = token.split(".")[1]
    return dict(json.loads(base64.urlsafe_b64decode(body + "=" * (-len(body) % 4))))
