"""Microsoft's SDK, opened: request builders out, bytes in. Everything that imports it is in this file.

Loading it takes about two seconds, so it is done in a thread before the first call (`adapters.sharepoint.client`).
Its models are left alone: the first one costs a second, and text that looks like a date comes back as another thing.
Its retries are off: they send a POST twice. Its `batch` and its upload task are broken in this release.
"""

from __future__ import annotations

import json
import logging
import os
import ssl
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit
from urllib.request import getproxies, proxy_bypass

import httpx
from azure.core.credentials_async import AsyncTokenCredential
from azure.identity.aio import CertificateCredential, ClientSecretCredential, ManagedIdentityCredential
from kiota_abstractions.authentication import (
    AccessTokenProvider,
    AllowedHostsValidator,
    BaseBearerTokenAuthenticationProvider,
)
from kiota_abstractions.method import Method
from kiota_abstractions.request_information import RequestInformation
from kiota_http.middleware.options import RedirectHandlerOption, RetryHandlerOption
from msgraph.generated.models.o_data_errors.o_data_error import ODataError
from msgraph.generated.sites.item.site_item_request_builder import SiteItemRequestBuilder
from msgraph.graph_request_adapter import GraphRequestAdapter
from msgraph.graph_service_client import GraphServiceClient
from msgraph_core import GraphClientFactory  # type: ignore[import-untyped]

from adapters.settings import is_loopback
from adapters.sharepoint.failure import GraphFailed
from adapters.sharepoint.login import Address, Login

CONNECT, READ = 5.0, 30.0  # seconds
_NOT_FOLLOWED = 400  # a link that is none of Graph's: nothing was asked
_ERRORS: Any = {"XXX": ODataError}  # every status that is not a success


class Tokens(AccessTokenProvider):
    """Tokens for one host and no other. `forget` makes the next one a new one."""

    def __init__(self, login: Login, address: Address) -> None:
        self._login = login
        self._scope = address.scope
        self._hosts = AllowedHostsValidator([urlsplit(address.base_url).hostname or ""])
        self._credential = _credential(login)

    async def get_authorization_token(
        self, uri: str, additional_authentication_context: dict[str, Any] | None = None
    ) -> str:
        """The token for this address; none for another host's."""
        if not self._hosts.is_url_host_valid(uri):
            return ""
        if self._credential is None:
            return self._login.token.reveal() if self._login.token else ""
        claims = (additional_authentication_context or {}).get("claims")
        return (await self._credential.get_token(self._scope, claims=claims)).token

    def get_allowed_hosts_validator(self) -> AllowedHostsValidator:
        """Which hosts get one."""
        return self._hosts

    async def forget(self) -> None:
        """Graph says that the token is over: ask for another next time."""
        await self.close()
        self._credential = _credential(self._login)

    async def close(self) -> None:
        """Let go of the connection to the login service."""
        if self._credential is not None:
            await self._credential.close()


def _credential(login: Login) -> AsyncTokenCredential | None:
    """azure-identity's credential, which asks once: attempts are counted elsewhere."""
    once: dict[str, Any] = {"retry_total": 0, "connection_timeout": CONNECT, "read_timeout": READ}
    if trusted := os.environ.get("SSL_CERT_FILE"):
        once["connection_verify"] = trusted  # its own transport looks there only when it is loaded
    alone = {**once, "disable_instance_discovery": True}  # nothing but the token endpoint is asked
    if login.token is not None:
        return None
    if login.secret is not None:
        return ClientSecretCredential(login.tenant, login.client, login.secret.reveal(), **alone)
    if login.certificate is not None:
        return CertificateCredential(login.tenant, login.client, str(login.certificate), **alone)
    return ManagedIdentityCredential(client_id=login.client, **once)


class Wire:
    """The SDK on one event loop. Made in any thread, used and closed on the loop."""

    def __init__(self, login: Login, address: Address) -> None:
        logging.getLogger("azure").setLevel(logging.ERROR)  # what goes wrong comes as an error, and is logged as ours
        self._address = address
        self._tokens = Tokens(login, address)
        # The SDK's own wrapping of a transport never closes it.
        self._transport = httpx.AsyncHTTPTransport(proxy=_proxy(address.base_url), verify=_trust(address.base_url))
        options = {  # one request, to Graph: a redirect would take the body along, and be no call of ours
            RetryHandlerOption.get_key(): RetryHandlerOption(max_retries=0, should_retry=False),
            RedirectHandlerOption.get_key(): RedirectHandlerOption(should_redirect=False),
        }
        bare = httpx.AsyncClient(transport=self._transport, timeout=httpx.Timeout(READ, connect=CONNECT))
        self._http = GraphClientFactory.create_with_default_middleware(options=options, client=bare)
        self._adapter = GraphRequestAdapter(BaseBearerTokenAuthenticationProvider(self._tokens), client=self._http)
        self._adapter.base_url = address.base_url.rstrip("/")
        self.client = GraphServiceClient(request_adapter=self._adapter)

    def site(self, key: str) -> SiteItemRequestBuilder:
        """A site's builder, by its id or by `host:/sites/name`."""
        return self.client.sites.by_site_id(key)

    def request(self, method: str, path: str, body: object = None) -> RequestInformation:
        """A request that has no builder of its own; `path` below the version."""
        info = RequestInformation(Method[method])
        info.url = self._adapter.base_url + path
        return info if body is None else self.with_body(info, body)

    def follow(self, info: RequestInformation, link: str) -> RequestInformation:
        """The same request at a link that Graph gave, if it leads to Graph. Raises `GraphFailed`."""
        theirs, ours = urlsplit(link), urlsplit(self._adapter.base_url)
        if (theirs.scheme, theirs.netloc) != (ours.scheme, ours.netloc):
            raise GraphFailed(_NOT_FOLLOWED, "elsewhere", f"a link to another host: {theirs.netloc}")
        info.url = link
        return info

    def with_body(self, info: RequestInformation, body: object) -> RequestInformation:
        """The request with JSON in it. The builders' own bodies are models."""
        info.set_stream_content(json.dumps(body, ensure_ascii=False).encode(), "application/json")
        return info

    async def send(self, info: RequestInformation, headers: Mapping[str, str] | None = None) -> bytes | None:
        """Send it once; what came back, None for nothing. Raises the SDK's, httpx' and azure-identity's errors."""
        info.headers.try_add("User-Agent", self._address.agent)
        for name, value in (headers or {}).items():
            info.headers.try_add(name, value)
        answer: bytes | None = await self._adapter.send_primitive_async(info, "bytes", _ERRORS)
        return answer

    async def forget_token(self) -> None:
        """The token is over."""
        await self._tokens.forget()

    async def token(self) -> str:
        """The token as it is, for the doctor. Raises azure-identity's errors."""
        return await self._tokens.get_authorization_token(self._adapter.base_url)

    async def close(self) -> None:
        """Let go of all connections."""
        await self._http.aclose()
        await self._transport.aclose()
        await self._tokens.close()


def _proxy(url: str) -> str | None:
    """The company's proxy, as the environment has it; never for this computer."""
    parts = urlsplit(url)
    host = parts.hostname or ""
    return None if is_loopback(host) or proxy_bypass(host) else getproxies().get(parts.scheme)


def _trust(url: str) -> ssl.SSLContext | bool:
    """The system's certificates, or those of SSL_CERT_FILE; none are needed in the clear."""
    return ssl.create_default_context() if urlsplit(url).scheme == "https" else False
