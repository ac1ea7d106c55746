"""How Graph says no: the status, a code, a sentence, and the ids of the request."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

Json = dict[str, Any]


@dataclass(eq=False)
class GraphError(Exception):
    """`{"error": {"code", "message", "innerError": …}}` with its status; `inner` is the more exact code, if any."""

    status: int
    code: str
    message: str
    inner: str = ""
    headers: dict[str, str] = field(default_factory=dict)

    def body(self, date: str, request_id: str, client_request_id: str) -> Json:
        """The answer's JSON."""
        inner: Json = {"code": self.inner} if self.inner else {}
        inner |= {"date": date, "request-id": request_id, "client-request-id": client_request_id or request_id}
        return {"error": {"code": self.code, "message": self.message, "innerError": inner}}


def invalid(message: str) -> GraphError:
    """400: SharePoint cannot take this."""
    return GraphError(400, "invalidRequest", message)


def bad(message: str) -> GraphError:
    """400: Graph itself cannot read this."""
    return GraphError(400, "BadRequest", message)


def denied(message: str = "Access denied") -> GraphError:
    """403: not with this token, or not on this site."""
    return GraphError(403, "accessDenied", message)


def missing(message: str = "The resource could not be found.") -> GraphError:
    """404: there is no such thing, or not any more."""
    return GraphError(404, "itemNotFound", message)


def taken(message: str = "The specified item name already exists.") -> GraphError:
    """409: something of that name is there."""
    return GraphError(409, "nameAlreadyExists", message)


def unauthenticated(message: str) -> GraphError:
    """401: no token, or none that is worth anything."""
    header = 'Bearer realm="", authorization_uri="https://login.microsoftonline.com/common/oauth2/authorize"'
    return GraphError(401, "InvalidAuthenticationToken", message, headers={"WWW-Authenticate": header})


def throttled(seconds: int) -> GraphError:
    """429: too many resource units."""
    headers = {"Retry-After": str(seconds)}
    return GraphError(429, "activityLimitReached", "The app or user has been throttled.", "throttledRequest", headers)


NEVER_INDEXED = (
    "Field '{}' cannot be referenced in filter or orderby as it is not indexed. Provide the 'Prefer: "
    "HonorNonIndexedQueriesWarningMayFailRandomly' header to allow this, but be warned that such queries may fail on "
    "large lists."
)
THRESHOLD = "The attempted operation is prohibited because it exceeds the list view threshold."
NOT_UNIQUE = "One or more fields with unique constraints already has the provided value."
MODIFIED = "The resource has changed since the caller last read it; usually an eTag mismatch"
