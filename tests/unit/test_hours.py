"""Opening hours: what can be written, and whether a project is open at an instant."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.company import Project
from bot.hours import Hours, bad_country, bad_zone, is_open, public_holidays


def project(hours: str, *, zone: str = "Europe/Berlin", country: str = "DE") -> Project:
    """A project with these hours; nothing else of it matters here."""
    return Project("p", "P", "de", country, zone, Hours.parse(hours), 1, (), (), (), "nora", ())


def utc(text: str) -> datetime:
    """An aware UTC instant."""
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("hours", "local", "expected"),
    [
        ("Mo-Fr 08:00-20:00", "2026-03-02 08:00", True),
        ("Mo-Fr 08:00-20:00", "2026-03-02 07:59", False),
        ("Mo-Fr 08:00-20:00", "2026-03-02 19:59", True),
        ("Mo-Fr 08:00-20:00", "2026-03-02 20:00", False),
        ("Mo-Fr 08:00-20:00", "2026-03-07 12:00", False),
        ("Mo-Fr 08:00-20:00; Sa 09:00-13:00", "2026-03-07 12:59", True),
        ("Mo,We 8:00-12:00, 13:00-17:00", "2026-03-04 16:00", True),
        ("Mo, We 08:00-12:00,13:00-17:00", "2026-03-04 12:30", False),
        ("Mo,We 08:00-12:00", "2026-03-03 09:00", False),
        ("Sa-Mo 10:00-11:00", "2026-03-08 10:30", True),
        ("Sa-Mo 10:00-11:00", "2026-03-03 10:30", False),
        ("Fr 22:00-06:00", "2026-03-06 23:00", True),
        ("Fr 22:00-06:00", "2026-03-07 05:59", True),
        ("Fr 22:00-06:00", "2026-03-07 06:00", False),
        ("Su 22:00-06:00", "2026-03-09 01:00", True),
        ("Fr 20:00-00:00", "2026-03-07 00:00", False),
        ("Mo-Su 00:00-24:00", "2026-03-08 23:59", True),
        ("24/7", "2026-03-08 00:00", True),
    ],
)
def test_hours_run_from_inclusive_to_exclusive(hours: str, local: str, expected: bool) -> None:  # noqa: FBT001
    """A project is open from the first minute on, and closed from the last one on, in its own zone."""
    at = datetime.fromisoformat(local).replace(tzinfo=ZoneInfo("Europe/Berlin"))
    assert is_open(project(hours), at.astimezone(UTC)) is expected


@pytest.mark.parametrize(
    ("instant", "expected"),
    [
        ("2026-03-27 06:59", False),  # Friday before the change: 07:59 in Berlin
        ("2026-03-27 07:00", True),
        ("2026-03-30 05:59", False),  # Monday after it: 08:00 is an hour earlier in UTC
        ("2026-03-30 06:00", True),
        ("2026-10-23 06:00", True),
        ("2026-10-26 06:00", False),
        ("2026-10-26 07:00", True),
    ],
)
def test_opening_follows_the_clock_change(instant: str, expected: bool) -> None:  # noqa: FBT001
    """Eight o'clock stays eight o'clock in the project's zone when summer time begins and ends."""
    assert is_open(project("Mo-Fr 08:00-20:00"), utc(instant)) is expected


def test_the_hour_that_comes_twice_is_open_twice() -> None:
    """When clocks go back, both passes through 02:30 count as 02:30; when they go forward, none does."""
    night = project("Su 02:00-03:00")
    assert [is_open(night, utc(f"2026-10-25 {at}")) for at in ("00:30", "01:30", "02:30")] == [True, True, False]
    assert not any(is_open(night, utc("2026-03-29 00:00") + timedelta(minutes=m)) for m in range(0, 180, 10))


@pytest.mark.parametrize(
    ("country", "zone", "instant", "expected"),
    [
        ("DE", "Europe/Berlin", "2026-10-02 10:00", True),
        ("DE", "Europe/Berlin", "2026-05-01 10:00", False),  # Labour Day, a Friday
        ("HU", "Europe/Budapest", "2026-10-23 10:00", False),
        ("DE", "Europe/Berlin", "2026-10-23 10:00", True),
        ("HU", "Europe/Budapest", "2026-12-25 10:00", False),
        ("GB", "Europe/London", "2026-12-28 10:00", False),  # Boxing Day, observed on Monday
    ],
)
def test_public_holidays_of_the_country_are_closed(country: str, zone: str, instant: str, expected: bool) -> None:  # noqa: FBT001
    """On a public holiday of its own country a project is closed; other countries' holidays do not count."""
    assert is_open(project("Mo-Fr 08:00-20:00", zone=zone, country=country), utc(instant)) is expected


def test_a_holiday_is_a_local_day() -> None:
    """The holiday begins and ends at midnight in the project's zone, not in UTC."""
    manila = project("24/7", zone="Asia/Manila", country="PH")
    assert is_open(manila, utc("2026-06-11 15:59"))
    assert not is_open(manila, utc("2026-06-11 16:00"))  # Independence Day, 12 June, has begun
    assert not is_open(manila, utc("2026-06-12 15:59"))
    assert is_open(manila, utc("2026-06-12 16:00"))


def test_hours_can_name_public_holidays() -> None:
    """With PH, a project is open on public holidays at the hours given there and at no others."""
    bank = project("24/7; PH 10:00-14:00")
    assert is_open(bank, utc("2026-05-01 10:00"))
    assert not is_open(bank, utc("2026-05-01 15:00"))


def test_a_naive_instant_is_refused() -> None:
    """An instant without a zone could mean anything, so it is an error."""
    with pytest.raises(ValueError, match="aware UTC"):
        is_open(project("24/7"), datetime(2026, 3, 2, 8))  # noqa: DTZ001 - the point of the test


@pytest.mark.parametrize(
    "text",
    [
        "",
        ";",
        "Mo-Fr",
        "08:00-20:00",
        "Mo-Fr 08-20",
        "Mo-Fr 08:00-20:60",
        "Mo-Fr 24:00-25:00",
        "Mo-Fr 08:00-08:00",
        "Mo-Fr 08:00-20:00,",
        "Mon-Fri 08:00-20:00",
        "mo-fr 08:00-20:00",
        "Mo-PH 08:00-20:00",
        "Mo-Fr-Su 08:00-20:00",
        "PH 22:00-06:00",
        "24/7 08:00-20:00",
        "Mo-Fr 08:00-20:00 Sa 09:00-13:00",
    ],
)
def test_what_is_not_hours_is_refused(text: str) -> None:
    """Anything that could be read in two ways is an error that shows how to write it."""
    with pytest.raises(ValueError, match=r"write|from 00:00"):
        Hours.parse(text)


@given(st.integers(0, 23 * 60 + 59), st.integers(1, 24 * 60), st.integers(0, 7 * 24 * 60 - 1))
def test_a_span_is_open_for_as_long_as_it_says(start: int, length: int, minute: int) -> None:
    """A span that begins on a Wednesday, over midnight or not, is open exactly from its start for its length."""
    end = (start + length) % (24 * 60) or (24 * 60 if start + length == 24 * 60 else 0)
    if start % (24 * 60) == end % (24 * 60) and (start, end) != (0, 24 * 60):
        return  # a whole day that does not begin at midnight is written in two parts
    hours = Hours.parse(f"We {start // 60:02}:{start % 60:02}-{end // 60:02}:{end % 60:02}")
    begin = 2 * 24 * 60 + start
    assert hours.at(minute // (24 * 60), minute % (24 * 60), holiday=False) is (begin <= minute < begin + length)


def test_holidays_are_the_year_asked_for() -> None:
    """A year's holidays are dates of that year, and include the fixed ones."""
    days = public_holidays("HU", 2027)
    assert {day.year for day in days} == {2027}
    assert date(2027, 3, 15) in days


@pytest.mark.parametrize("zone", ["", "Europe", "Europe/Berln", "../etc/passwd", "/etc/localtime", "a\0b", "CEST+2x"])
def test_a_zone_nobody_knows_is_a_fault(zone: str) -> None:
    """Only names of the IANA database are zones, and a name can never be a path."""
    assert "IANA" in (bad_zone(zone) or "")


@pytest.mark.parametrize("code", ["", "de", "DEU", "UK", "XX", "Germany"])
def test_a_country_without_known_holidays_is_a_fault(code: str) -> None:
    """Only the two ISO letters of a country whose holidays are known will do."""
    assert "ISO" in (bad_country(code) or "")


def test_other_offsets_are_the_same_instant() -> None:
    """An aware instant in any offset means the same moment."""
    east = timezone(timedelta(hours=9))
    assert is_open(project("Mo-Fr 08:00-20:00"), utc("2026-03-02 08:00").astimezone(east))
