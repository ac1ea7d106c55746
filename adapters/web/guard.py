"""Who may talk to the practice desk: the browser on this machine, on the desk's own page, and nobody else.

The desk has no sign-in, since all its people are made up. So it must not be reachable from another site that is open in
the same browser: neither by a name that resolves to this machine (DNS rebinding) nor by a form of that site (CSRF).
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from ipaddress import ip_address
from urllib.parse import parse_qs, urlsplit

from aiohttp import web

LARGEST_BODY = 64 * 1024
MOST_FIELDS = 200
SECURITY_HEADERS: Mapping[str, str] = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
        "base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "no-store",
}

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
Fields = Mapping[str, Sequence[str]]


def guarded(handler: Handler) -> Handler:
    """The handler behind the checks, with the security headers on its answer."""

    async def checked(request: web.Request) -> web.StreamResponse:
        if not is_loopback(request.host):
            raise web.HTTPMisdirectedRequest(text="The practice desk answers to localhost and 127.0.0.1 only.\n")
        if request.method == "POST" and not same_origin(request):
            raise web.HTTPForbidden(text="This did not come from the practice desk's own page.\n")
        response = await handler(request)
        if not response.prepared:
            for name, value in SECURITY_HEADERS.items():
                response.headers.setdefault(name, value)
        return response

    return checked


def is_loopback(host: str) -> bool:
    """Whether a Host header (`localhost:8080`, `127.0.0.1`, `[::1]:8080`) names this machine's loopback."""
    try:
        name = urlsplit(f"//{host}").hostname or ""
    except ValueError:
        return False
    if name == "localhost":
        return True
    try:
        return ip_address(name).is_loopback
    except ValueError:
        return False


def same_origin(request: web.Request) -> bool:
    """Browsers say with every POST where it comes from, in one header or the other; silence is refused too."""
    site = request.headers.get("Sec-Fetch-Site")
    if site is not None and site != "same-origin":
        return False
    origin = request.headers.get("Origin")
    if origin is None:
        return site == "same-origin"
    return urlsplit(origin).netloc == request.host


async def form_of(request: web.Request) -> Fields:
    """The fields of an urlencoded body; refuses a body that is too large before it is read whole."""
    body = bytearray()
    while chunk := await request.content.read(LARGEST_BODY + 1):
        body += chunk
        if len(body) > LARGEST_BODY:
            raise web.HTTPRequestEntityTooLarge(LARGEST_BODY, len(body), text="That is too long for the desk.\n")
    try:
        return parse_qs(body.decode(), keep_blank_values=True, max_num_fields=MOST_FIELDS)
    except ValueError as error:
        raise web.HTTPBadRequest(text="The form could not be read; reload the page and try again.\n") from error
