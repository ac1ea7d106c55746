"""What the doctor asks Microsoft."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest

from adapters.secret import Secret
from adapters.teams.check import clock, look
from tests.standins.teams.client import running
from tests.unit.teams_listen.house import settings_for


async def test_all_is_well() -> None:
    """Secret, signing keys, clock and our address."""
    async with running() as teams:
        settings = replace(settings_for(teams), public_url="https://backline.example.com/")
        found = await look(settings)
        assert [one.mark for one in found] == ["ok"] * 4
        assert "https://backline.example.com/api/messages" in found[-1].detail


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"microsoft_app_password": Secret("wrong-secret")}, "not its Secret ID"),
        ({"microsoft_app_id": "00000000-0000-4000-8000-000000000001"}, "no such app in this tenant"),
    ],
)
async def test_a_login_that_fails_is_named_with_its_remedy(changes: dict[str, object], said: str) -> None:
    """And nothing of the secret is shown."""
    async with running() as teams:
        first = (await look(replace(settings_for(teams), **changes)))[0]  # type: ignore[arg-type]
        assert first.mark == "fail"
        assert said in first.detail
        assert "wrong-secret" not in first.detail


async def test_a_wrong_tenant_is_named() -> None:
    """By Microsoft's own number."""
    async with running() as teams:
        settings = settings_for(teams)
        url = f"{teams.address}/00000000-0000-4000-8000-000000000001/oauth2/v2.0/token"
        first = (await look(replace(settings, teams_token_url=url)))[0]
        assert (first.mark, "MICROSOFT_APP_TENANT_ID" in first.detail) == ("fail", True)


@pytest.mark.parametrize(("apart", "mark"), [(0, "ok"), (100, "warn"), (-100, "warn"), (400, "fail"), (-400, "fail")])
def test_a_clock_that_is_off_is_a_failure(apart: int, mark: str) -> None:
    """Teams' calls would be refused."""
    then = datetime.now(UTC) + timedelta(seconds=apart)
    found = clock({"Date": format_datetime(then, usegmt=True)})
    assert found
    assert found.mark == mark
    assert clock({"Date": "yesterday"}) is None
    assert clock({}) is None


@pytest.mark.parametrize(
    ("url", "mark"), [(None, "warn"), ("http://backline.example.com", "fail"), ("https://x.example.com", "ok")]
)
async def test_teams_must_be_able_to_call_us(url: str | None, mark: str) -> None:
    """Over https, at an address that it was given."""
    async with running() as teams:
        assert (await look(replace(settings_for(teams), public_url=url)))[-1].mark == mark


async def test_microsoft_that_does_not_answer_is_a_failure_in_words() -> None:
    """No exception, no traceback."""
    async with running() as teams:
        settings = settings_for(teams)
    found = await look(settings)
    assert [one.mark for one in found[:2]] == ["fail", "fail"]
    assert all("does not answer" in one.detail for one in found[:2])


async def test_without_authentication_it_says_so() -> None:
    """Once, as a warning."""
    async with running() as teams:
        found = await look(replace(settings_for(teams), teams_auth="off"))
        assert [one.mark for one in found] == ["warn"]
