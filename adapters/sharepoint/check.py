"""What `backline doctor` says of SharePoint: does the token work, is the grant the least, are site and lists there."""

from __future__ import annotations

import asyncio
import base64
import binascii
import json
import time
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from adapters.settings import Settings
from adapters.sharepoint.app import make_graph, site_of
from adapters.sharepoint.failure import GraphFailed, Held, failure_of
from adapters.sharepoint.site import Site

Mark = Literal["ok", "warn", "fail"]
LEAST = "Sites.Selected"
_REMEDIES: Mapping[str, str] = {
    "denied": "see docs/how-to/sharepoint.md: the app needs Sites.Selected with an admin's consent, and a grant on "
    "the site",
    "unreachable": "check the network, GRAPH_BASE_URL, and https://status.cloud.microsoft",
    "throttled": "Graph asks us to wait; try again later",
    "missing": "check GRAPH_SITE: host:/sites/name, as in the site's address",
}
_LOGIN: Mapping[str, str] = {
    "AADSTS7000215": "AZURE_CLIENT_SECRET is wrong; copy the secret's value, not its id",
    "AADSTS7000222": "AZURE_CLIENT_SECRET is over; make a new one",
    "AADSTS700016": "AZURE_CLIENT_ID is unknown in this tenant; copy it from the app registration",
    "AADSTS90002": "AZURE_TENANT_ID is unknown; copy it from the app registration",
    "AADSTS700027": "the certificate has ended, or is not that of the app registration; upload a new one there",
}


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing looked at."""

    mark: Mark
    detail: str


async def look(site: Site) -> AsyncIterator[Finding]:
    """All there is to say about SharePoint. Raises nothing of Graph's."""
    try:
        token = await (await site.graph.wire()).token()
    except Exception as error:  # azure-identity's many; anything else is a fault of ours
        if (failed := failure_of(error)) is None:
            raise
        yield Finding("fail", f"login: {_login_remedy(failed)}")
        return
    yield _grant(token)
    try:
        await site.id()
        yield Finding("ok", f"site {site.path} is there")
        wrong = await site.look()
    except (GraphFailed, Held) as error:
        yield Finding("fail", f"site {site.path}: {_site_remedy(error)}")
        return
    if wrong:
        lines = "\n".join(map(str, wrong))
        yield Finding("fail", f"lists are not as they must be; run backline sharepoint provision:\n{lines}")
    else:
        yield Finding("ok", f"{len(site.found)} lists with all their columns")


def look_now(settings: Settings) -> list[Finding]:
    """`look`, for whoever has no loop."""

    async def all_of_it() -> list[Finding]:
        graph = make_graph(settings, time.monotonic)
        try:
            return [finding async for finding in look(Site(graph, site_of(settings)))]
        finally:
            await graph.close()

    return asyncio.run(all_of_it())


def _login_remedy(failed: GraphFailed) -> str:
    remedy = next((text for code, text in _LOGIN.items() if code in failed.why), None)
    if remedy is None and failed.trouble == "unreachable":
        remedy = "check the network, and AZURE_AUTHORITY_HOST if it is set"
    return f"{failed.why}; {remedy}" if remedy else failed.why


def _site_remedy(error: GraphFailed | Held) -> str:
    if isinstance(error, Held):
        return f"{error}; try again later"
    return f"{error}; {_REMEDIES.get(error.trouble, 'the log of the service says more')}"


def _grant(token: str) -> Finding:
    """The app's permissions stand in its token. Broader than needed is a risk that the plan does not ask for."""
    roles = _roles(token)
    if roles is None:
        return Finding("ok", "login works; the token does not show its permissions")
    broader = [role for role in roles if role != LEAST]
    if broader:
        also = "" if LEAST in roles else f" and {LEAST} is missing"
        what = f"the app may more than it needs: {', '.join(broader)}{also}"
        return Finding("warn", f"{what}; take all but {LEAST} away from the app registration")
    if LEAST not in roles:
        return Finding("fail", f"the app has no permission; add {LEAST} (application) with an admin's consent")
    return Finding("ok", f"login works, with {LEAST} and nothing else")


def _roles(token: str) -> list[str] | None:
    """The permissions in a token; None where it is not one of those that can be read."""
    parts = token.split(".")
    if len(parts) != 3:  # noqa: PLR2004 - a JWT has a head, a body and a signature
        return None
    try:
        body: Any = json.loads(base64.urlsafe_b64decode(parts[1] + "=" * (-len(parts[1]) % 4)))
    except (ValueError, binascii.Error):
        return None
    roles = body.get("roles", []) if isinstance(body, dict) else None
    return [str(role) for role in roles] if isinstance(roles, list) else None
