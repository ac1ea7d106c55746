"""How a call can end badly, and what that means."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import httpx
import pytest
from azure.core.exceptions import ClientAuthenticationError, ServiceRequestError

from adapters.sharepoint.failure import GraphFailed, Missing, failure_of, part_failure, waiting


@pytest.mark.parametrize(
    ("status", "trouble", "ambiguous"),
    [
        (0, "unreachable", True),
        (400, "broken", False),
        (401, "denied", False),
        (403, "denied", False),
        (404, "missing", False),
        (412, "broken", False),
        (423, "broken", False),
        (429, "throttled", False),
        (500, "unreachable", True),
        (502, "unreachable", True),
        (503, "unreachable", True),
        (504, "unreachable", True),
    ],
)
def test_what_a_status_means(status: int, trouble: str, *, ambiguous: bool) -> None:
    """Whether it may have been done, and what people are told."""
    failed = GraphFailed(status, "code", "why")
    assert (failed.trouble, failed.ambiguous) == (trouble, ambiguous)


def test_a_wish_to_wait_is_throttling() -> None:
    """A 503 with Retry-After asks to wait, and may have been done all the same."""
    failed = part_failure(503, {"error": {"code": "serviceNotAvailable", "message": "later"}}, {"retry-after": "17"})
    assert (failed.trouble, failed.ambiguous, failed.retry_after) == ("throttled", True, 17.0)


def test_retry_after_in_every_form() -> None:
    """Seconds, fractions, a date, nonsense, nothing."""
    later = format_datetime(datetime.now(UTC) + timedelta(seconds=90), usegmt=True)
    assert waiting({"Retry-After": "120"}) == 120
    assert waiting({"retry-after": "0.5"}) == 0.5
    assert 85 < (waiting({"Retry-After": later}) or 0) <= 90
    assert waiting({"Retry-After": "soon"}) is None
    assert waiting({}) is None


def test_errors_of_the_libraries() -> None:
    """A connection that ends is no answer; a login that is refused is denied, one that is not reached is not."""
    for error in (httpx.ReadError("x"), httpx.ConnectTimeout("x"), ConnectionResetError(), TimeoutError()):
        failed = failure_of(error)
        assert failed is not None
        assert (failed.status, failed.ambiguous, failed.trouble) == (0, True, "unreachable")
    refused = failure_of(ClientAuthenticationError("AADSTS7000215: Invalid client secret provided."))
    assert refused is not None
    assert (refused.trouble, refused.ambiguous) == ("denied", False)
    away = failure_of(ServiceRequestError("no route"))
    assert away is not None
    assert away.trouble == "unreachable"
    assert failure_of(KeyError("ours")) is None


def test_missing_names_everything() -> None:
    """Every list and column that is wrong is in the message."""
    missing = Missing(("list A is missing", "column B of list C has no index"))
    assert missing.trouble == "missing"
    assert "list A is missing; column B of list C has no index" in str(missing)
