"""Who sends: signatures, times, replays, sizes."""

from __future__ import annotations

import pytest

from adapters.slack.verify import SIGNATURE, TIMESTAMP, Replays, fault, signature

BODY, NOW = b"token=x&text=%C3%A1ram", 1_800_000_000.0


def signed(body: bytes = BODY, at: float = NOW) -> dict[str, str]:
    """The headers that Slack sends with it."""
    stamp = str(int(at))
    return {TIMESTAMP: stamp, SIGNATURE: signature("s3cret", stamp, body)}


def test_slacks_own_example_is_taken() -> None:
    """The example of Slack's documentation has this signature."""
    body = (
        b"token=xyzz0WbapA4vBCDEFasx0q6G&team_id=T1DC2JH3J&team_domain=testteamnow&channel_id=G8PSS9T3V"
        b"&channel_name=foobar&user_id=U2CERLKJA&user_name=roadrunner&command=%2Fwebhook-collect&text="
        b"&response_url=https%3A%2F%2Fhooks.slack.com%2Fcommands%2FT1DC2JH3J%2F397700885554%2F96rGlfmibIGlgcZRskXaIFfN"
        b"&trigger_id=398738663015.47445629121.803a0bc887a14d10d2c447fce8b6703c"
    )
    expected = "v0=a2114d57b48eac39b9ad189dd8316235a7b4a8d21a10bd27519666489c69b503"
    headers = {TIMESTAMP: "1531420618", SIGNATURE: expected}
    assert fault(body, headers, "8f742231b10e8888abcd99yyyzzz85a5", [1531420618.0]) is None


@pytest.mark.parametrize("off", [-300, 0, 300])
def test_a_request_of_the_last_or_next_five_minutes_is_taken(off: int) -> None:
    """Clocks may be five minutes apart."""
    assert fault(BODY, signed(at=NOW + off), "s3cret", [NOW]) is None


@pytest.mark.parametrize("off", [-301, 301, -3e8])
def test_an_old_or_early_request_is_refused(off: float) -> None:
    """Beyond five minutes the signature does not help."""
    assert fault(BODY, signed(at=NOW + off), "s3cret", [NOW]) == "timestamp_off"


def test_a_clock_that_was_set_does_not_shut_slack_out() -> None:
    """One clock that agrees with Slack's will do."""
    assert fault(BODY, signed(), "s3cret", [NOW - 86_400, NOW + 1]) is None


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({SIGNATURE: ""}, "signature_missing"),
        ({SIGNATURE: "v1=" + "0" * 64}, "signature_missing"),
        ({SIGNATURE: "v0=" + "é" * 64}, "signature_missing"),
        ({SIGNATURE: "v0=" + "٣" * 64}, "signature_missing"),
        ({SIGNATURE: "v0=" + "0" * 64}, "signature_wrong"),
        ({SIGNATURE: "v0=" + "0" * 64 + "\n"}, "signature_missing"),
        ({TIMESTAMP: ""}, "timestamp_missing"),
        ({TIMESTAMP: "soon"}, "timestamp_missing"),
        ({TIMESTAMP: "١٨٠٠٠٠٠٠٠٠"}, "timestamp_missing"),
        ({TIMESTAMP: "1" * 5000}, "timestamp_missing"),
        ({TIMESTAMP: "1800000001"}, "signature_wrong"),
    ],
)
def test_what_is_not_slacks_is_refused_with_a_reason(changes: dict[str, str], why: str) -> None:
    """Absent, malformed, non-ASCII and wrong headers are refused, and none of them raises."""
    assert fault(BODY, {**signed(), **changes}, "s3cret", [NOW]) == why


def test_absent_headers_are_refused() -> None:
    """Without headers it is nobody's."""
    assert fault(BODY, {}, "s3cret", [NOW]) == "signature_missing"


def test_another_body_is_refused() -> None:
    """One other byte makes another signature."""
    assert fault(BODY + b" ", signed(), "s3cret", [NOW]) == "signature_wrong"


def test_a_signature_is_good_once_in_ten_minutes() -> None:
    """The same bytes again are a replay, until their timestamp is too old anyway."""
    replays, given = Replays(), signed()[SIGNATURE]
    assert not replays.seen(given, 0.0)
    assert replays.seen(given, 599.0)
    assert not replays.seen(given, 601.0)


def test_a_signature_whose_request_did_not_count_is_good_again() -> None:
    """Slack tries again at once, with the same bytes in the same second."""
    replays, given = Replays(), signed()[SIGNATURE]
    assert not replays.seen(given, 0.0)
    replays.forget(given)
    assert not replays.seen(given, 0.1)


def test_the_memory_of_signatures_is_bounded() -> None:
    """The oldest go first."""
    replays = Replays(most=10)
    given = [signed(at=NOW + number)[SIGNATURE] for number in range(50)]
    assert not any(replays.seen(one, 0.0) for one in given)
    assert len(replays) == 10
    assert replays.seen(given[-1], 0.0)
