"""Microsoft's login service: tokens for an app's id and secret, and its many ways to refuse one.

Sources: learn.microsoft.com/entra/identity-platform/v2-oauth2-client-creds-grant-flow, …/reference-error-codes.
"""

from __future__ import annotations

import uuid
from datetime import UTC, datetime
from urllib.parse import parse_qsl

import jwt

from tests.standins.slack.check import Json
from tests.standins.teams.errors import Refusal, unauthorized
from tests.standins.teams.keys import key_id, private_key
from tests.standins.teams.model import Cloud

SCOPE = "https://api.botframework.com/.default"
AUDIENCE = "https://api.botframework.com"
KEY = "login"
FORM = "application/x-www-form-urlencoded"


def token(cloud: Cloud, tenant: str, content_type: str, body: bytes) -> Json:
    """The answer to a token request. Raises `Refusal`."""
    settings = cloud.settings
    if content_type != FORM:
        raise _refused(cloud, 400, "invalid_request", 900144, f"The request body must be {FORM}.")
    given = dict(parse_qsl(body.decode("utf-8", "replace"), keep_blank_values=True))
    for name in ("grant_type", "client_id", "client_secret", "scope"):
        if not given.get(name):
            why = f"The request body must contain the following parameter: '{name}'."
            raise _refused(cloud, 400, "invalid_request", 900144, why)
    if given["grant_type"] != "client_credentials":
        raise _refused(cloud, 400, "unsupported_grant_type", 70003, "The app requested an unsupported grant type.")
    if tenant != settings.tenant:
        raise _refused(cloud, 400, "invalid_request", 90002, f"Tenant '{tenant}' not found.")
    if given["client_id"] != settings.app_id:
        why = f"Application with identifier '{given['client_id']}' was not found in the directory '{tenant}'."
        raise _refused(cloud, 400, "unauthorized_client", 700016, why)
    if given["client_secret"] != settings.app_secret:
        why = f"Invalid client secret provided for the app '{settings.app_id}'."
        raise _refused(cloud, 401, "invalid_client", 7000215, why)
    if given["scope"] != SCOPE:
        why = f"The provided value for the input parameter 'scope' is not valid: {given['scope']}."
        raise _refused(cloud, 400, "invalid_scope", 70011, why)
    seconds = settings.token_seconds
    return {"token_type": "Bearer", "expires_in": seconds, "ext_expires_in": seconds, "access_token": _signed(cloud)}


def _signed(cloud: Cloud) -> str:
    settings, now = cloud.settings, int(cloud.now())
    claims = {
        "aud": AUDIENCE,
        "iss": f"https://sts.windows.net/{settings.tenant}/",
        "iat": now,
        "nbf": now,
        "exp": now + settings.token_seconds,
        "appid": settings.app_id,
        "tid": settings.tenant,
        "uti": uuid.uuid4().hex,
        "ver": "1.0",
    }
    headers = {"kid": key_id(KEY), "x5t": key_id(KEY)}
    return jwt.encode(claims, private_key(KEY), "RS256", headers)


def admit(cloud: Cloud, authorization: str, revoked: set[str]) -> None:
    """Let a call with that header in. Raises `Refusal`."""
    scheme, _, text = authorization.partition(" ")
    if scheme != "Bearer" or not text or text in revoked:
        raise unauthorized()
    rules: Json = {
        "verify_exp": False,
        "verify_nbf": False,
        "verify_iat": False,
        "require": ["exp", "nbf", "aud", "appid"],
    }
    try:
        claims = jwt.decode(text, private_key(KEY).public_key(), ["RS256"], audience=AUDIENCE, options=rules)  # type: ignore[arg-type]
    except jwt.InvalidTokenError:
        raise unauthorized() from None
    if not claims["nbf"] <= cloud.now() + 1 or claims["exp"] <= cloud.now():
        raise unauthorized()
    if claims["appid"] != cloud.settings.app_id:
        raise Refusal(401, "BotNotRegistered", "No registration found for this bot.")


def _refused(cloud: Cloud, status: int, error: str, number: int, why: str) -> Refusal:
    trace, correlation = uuid.uuid4(), uuid.uuid4()
    stamp = datetime.fromtimestamp(cloud.now(), UTC).strftime("%Y-%m-%d %H:%M:%SZ")
    ids = f"Trace ID: {trace} Correlation ID: {correlation} Timestamp: {stamp}"
    body = {
        "error": error,
        "error_description": f"AADSTS{number}: {why} {ids}",
        "error_codes": [number],
        "timestamp": stamp,
        "trace_id": str(trace),
        "correlation_id": str(correlation),
        "error_uri": f"https://login.microsoftonline.com/error?code={number}",
    }
    return Refusal(status, f"AADSTS{number}", why, body)
