"""msgraph-sdk before the stand-in: its request builders, its errors, bytes instead of its models."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Awaitable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import httpx
import pytest
from kiota_abstractions.authentication import (
    AccessTokenProvider,
    AllowedHostsValidator,
    BaseBearerTokenAuthenticationProvider,
)
from kiota_abstractions.method import Method
from kiota_abstractions.request_information import RequestInformation
from kiota_http.middleware.options import RetryHandlerOption
from msgraph.generated.models.o_data_errors.o_data_error import ODataError
from msgraph.graph_request_adapter import GraphRequestAdapter
from msgraph.graph_service_client import GraphServiceClient
from msgraph_core import GraphClientFactory

from tests.standins.graph.client import Graph
from tests.standins.graph.errors import Json

AGENT = "NONISV|Example|Backline/1.0"


class Fixed(AccessTokenProvider):
    """Always the same token."""

    def __init__(self, token: str) -> None:
        self.token = token

    async def get_authorization_token(self, uri: str, additional_authentication_context: Json | None = None) -> str:
        """The token."""
        return self.token

    def get_allowed_hosts_validator(self) -> AllowedHostsValidator:
        """Any host of this machine."""
        return AllowedHostsValidator(["127.0.0.1"])


@dataclass(frozen=True, slots=True)
class Sdk:
    """The client, and how requests are sent with it."""

    client: GraphServiceClient
    adapter: GraphRequestAdapter
    graph: Graph

    @property
    def site(self) -> Any:  # noqa: ANN401 - the SDK's builders
        """The site's builder."""
        return self.client.sites.by_site_id(self.graph.names["site_id"])

    def items(self, key: str) -> Any:  # noqa: ANN401 - "
        """A list's items."""
        return self.site.lists.by_list_id(key).items

    async def send(self, info: RequestInformation) -> Any:  # noqa: ANN401 - JSON
        """Send what a builder made; the answer as JSON, None for none. Raises the SDK's errors."""
        info.headers.try_add("User-Agent", AGENT)
        data = await self.adapter.send_primitive_async(info, "bytes", {"XXX": ODataError})
        return json.loads(data) if data else data

    async def call(self, method: str, path: str, body: object = None, **headers: str) -> Any:  # noqa: ANN401 - JSON
        """Send something without a builder of its own, a path below the version."""
        info = RequestInformation(Method[method])
        info.url = self.graph.base_url + path  # a template would lose the commas of the site's id
        for name, value in headers.items():
            info.headers.try_add(name.replace("_", "-"), value)
        if body is not None:
            info.set_stream_content(json.dumps(body).encode(), "application/json")
        return await self.send(info)

    async def listed(self, *columns: Json, title: str = "Log") -> str:
        """Make a list with these columns; the path of its own."""
        path = f"/sites/{self.graph.names['site_id']}/lists"
        body = {"displayName": title, "list": {"template": "genericList"}, "columns": columns}
        return f"{path}/{(await self.call('POST', path, body))['id']}"

    async def add(self, path: str, **fields: object) -> Any:  # noqa: ANN401 - JSON
        """Add an item to the list with that path."""
        return await self.call("POST", f"{path}/items", {"fields": fields})


KEY = {"name": "Key", "text": {}, "indexed": True, "enforceUniqueValues": True}
WORDS = {"name": "Words", "text": {"allowMultipleLines": True, "textType": "plain"}}


async def refusal(call: Awaitable[object]) -> tuple[int, str, str]:
    """Status, code and words of a call that Graph refuses."""
    with pytest.raises(ODataError) as caught:
        await call
    error = caught.value.error
    assert error is not None
    assert error.inner_error is not None
    assert error.inner_error.request_id
    return caught.value.response_status_code or 0, error.code or "", error.message or ""


@asynccontextmanager
async def sdk(graph: Graph, token: str = "") -> AsyncIterator[Sdk]:
    """The client, with retries off and the token given."""
    options = {RetryHandlerOption.get_key(): RetryHandlerOption(max_retries=0, should_retry=False)}
    wire = httpx.AsyncHTTPTransport()  # the SDK's own wrapping of it never closes it
    http = GraphClientFactory.create_with_default_middleware(
        options=options, client=httpx.AsyncClient(transport=wire, timeout=httpx.Timeout(30.0, connect=5.0))
    )
    provider = BaseBearerTokenAuthenticationProvider(Fixed(token or graph.token))
    adapter = GraphRequestAdapter(provider, client=http)
    adapter.base_url = graph.base_url
    try:
        yield Sdk(GraphServiceClient(request_adapter=adapter), adapter, graph)
    finally:
        await http.aclose()
        await wire.aclose()
