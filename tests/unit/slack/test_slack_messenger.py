"""The messenger: one notice, one message, whatever happens to the answer."""

from __future__ import annotations

import asyncio
import logging
import time
from datetime import timedelta

import aiohttp
import pytest

from adapters.chat.rates import Gate, Policy, Rate
from adapters.slack.api import AMBIGUOUS, PERMANENT, SlackApi, SlackError, make_client
from adapters.slack.messenger import SlackMessenger
from adapters.slack.tiers import METHODS, slack_policy
from bot.cards import Button, Card, Mention, Words
from bot.ports import MessageRef, SendError
from tests.unit.slack.conftest import TOKEN, Sending

FIRST = Card("test", ("What now?",), ("What now?",), buttons=(Button("acknowledge", "Acknowledge", {}, "primary"),))
SECOND = Card("test", ("Done",), ("Done",))


async def test_a_card_is_one_message_in_the_persons_dm(sending: Sending) -> None:
    """Text, blocks and the notice's key arrive; the place comes back; Slack has nothing to complain about."""
    nora = await sending.person("nora")
    delivery = sending.delivery("nora")
    place = await sending.messenger.send(nora, FIRST, delivery)
    (message,) = await sending.people["nora"].messages()
    assert message["text"] == "What now?"
    assert message["blocks"][-1]["elements"][0]["action_id"] == "acknowledge"
    assert place.ref == {"channel": place.ref["channel"], "ts": message["ts"], "key": delivery.notice.key}
    (call,) = await sending.slack.calls("chat.postMessage")
    assert call["args"]["metadata"] == {"event_type": "backline_notice", "event_payload": {"key": delivery.notice.key}}
    assert not {"link_names", "parse"} & set(call["args"])
    assert await sending.slack.report() == {"violations": [], "complaints": []}


async def test_a_change_changes_the_message_that_is_there(sending: Sending) -> None:
    """The same message shows the new card, no other is posted, and its key stays findable."""
    nora = await sending.person("nora")
    delivery = sending.delivery("nora", ambiguous=True)
    place = await sending.messenger.send(nora, FIRST, delivery)
    assert await sending.messenger.update(MessageRef("slack", dict(place.ref)), nora, SECOND) == place
    assert await sending.seen("nora") == ["Done"]
    assert await sending.messenger.send(nora, SECOND, delivery) == place
    assert await sending.posts() == 1


async def test_people_are_mentioned_by_their_slack_id(sending: Sending) -> None:
    """Somebody who is linked is a mention, somebody who is not is a name."""
    nora, _ = await sending.person("nora"), await sending.person("anna")
    await sending.messenger.send(
        nora, Card("t", (Mention("anna"), " ", Mention("bea")), ("x",)), sending.delivery("nora")
    )
    (message,) = await sending.people["nora"].messages()
    text = message["blocks"][0]["text"]["text"]
    assert f"<@{sending.people['anna'].id}>" in text
    assert "Bea" in text


async def test_words_reach_slack_as_words(sending: Sending) -> None:
    """What somebody typed arrives as it was typed, and as nothing else."""
    nora = await sending.person("nora")
    line = (Words("<!channel> *you* @here & <https://evil.example.com|bank>"),)
    await sending.messenger.send(nora, Card("t", line, line), sending.delivery("nora"))
    (message,) = await sending.people["nora"].messages()
    assert message["blocks"][0]["elements"][0]["elements"][0]["text"] == line[0].text
    assert message["text"].startswith("&lt;!channel&gt;")


# --- Answers that do not come -----------------------------------------------------------------------------------------

DONE = (
    ("lost", {}),
    ("malformed", {}),
    ("server_error", {"accepted": True}),
    ("black_hole", {"accepted": True}),
)
NOT_DONE = (
    ("reset", {}),
    ("server_error", {}),
    ("black_hole", {}),
    ("error", {"error": "internal_error"}),
    ("error", {"error": "fatal_error"}),
)


@pytest.mark.parametrize(("kind", "details"), DONE)
async def test_a_message_whose_answer_was_lost_is_found_again(
    sending: Sending, kind: str, details: dict[str, object]
) -> None:
    """One post, one message: the second attempt finds the first one's message, and brings it up to date."""
    nora = await sending.person("nora")
    await sending.messenger.send(nora, SECOND, sending.delivery("nora"))
    await sending.slack.fault("chat.postMessage", kind, **details)
    with pytest.raises(SendError) as failed:
        await sending.messenger.send(nora, FIRST, sending.delivery("nora", key="k"))
    assert (failed.value.ambiguous, failed.value.permanent, failed.value.down) == (True, False, True)
    assert await sending.posts() == 2
    await sending.slack.heal()

    place = await sending.messenger.send(nora, SECOND, sending.delivery("nora", ambiguous=True, key="k"))
    assert await sending.seen("nora") == ["Done", "Done"]
    assert place.ref["ts"] == (await sending.people["nora"].messages())[-1]["ts"]
    assert await sending.posts() == 2


@pytest.mark.parametrize(("kind", "details"), NOT_DONE)
async def test_a_message_that_never_arrived_is_sent_again(
    sending: Sending, kind: str, details: dict[str, object]
) -> None:
    """When the look shows nothing, it is posted; in the end there is one."""
    nora = await sending.person("nora")
    await sending.slack.fault("chat.postMessage", kind, **details)
    with pytest.raises(SendError) as failed:
        await sending.messenger.send(nora, FIRST, sending.delivery("nora", key="k"))
    assert failed.value.ambiguous
    await sending.slack.heal()
    await sending.messenger.send(nora, FIRST, sending.delivery("nora", ambiguous=True, key="k"))
    assert await sending.seen("nora") == ["What now?"]
    assert await sending.posts() == 2


async def test_a_key_is_found_among_many_messages(sending: Sending) -> None:
    """The look goes through the pages of a busy conversation."""
    nora = await sending.person("nora")
    await sending.slack.settings(rates=False)
    quick = Rate(1_000, 60_000)
    gate = Gate(Policy(dict.fromkeys(METHODS, quick), (quick,), quick), time.monotonic, asyncio.sleep)
    api = SlackApi(sending.api._client, gate)
    busy = SlackMessenger(api, sending.readings)
    place = await busy.send(nora, FIRST, sending.delivery("nora", key="k"))
    for _ in range(230):
        await api.call("chat.postMessage", {"channel": nora.user, "text": "something else"})
    assert await busy.send(nora, FIRST, sending.delivery("nora", ambiguous=True, key="k")) == place
    assert len(await sending.slack.calls("conversations.history")) == 2


async def test_as_long_as_nobody_can_look_it_stays_unknown(sending: Sending) -> None:
    """A look that fails says so, and nothing is posted on a guess."""
    nora = await sending.person("nora")
    await sending.slack.fault("conversations.history", "server_error", count=1)
    with pytest.raises(SendError) as failed:
        await sending.messenger.send(nora, FIRST, sending.delivery("nora", ambiguous=True))
    assert (failed.value.ambiguous, failed.value.permanent) == (True, False)
    assert await sending.posts() == 0


async def test_where_looking_is_forbidden_it_is_sent(sending: Sending) -> None:
    """Without the scope to read, a message twice is better than never."""
    nora = await sending.person("nora")
    scopes = (await sending.slack.settings())["scopes"]
    await sending.slack.settings(scopes=[scope for scope in scopes if scope != "im:history"])
    await sending.messenger.send(nora, FIRST, sending.delivery("nora", ambiguous=True))
    assert await sending.seen("nora") == ["What now?"]


async def test_a_copy_found_that_cannot_be_changed_now_stays_unknown(sending: Sending) -> None:
    """The found message is brought up to date, or the whole is tried again; never posted a second time."""
    nora = await sending.person("nora")
    place = await sending.messenger.send(nora, FIRST, sending.delivery("nora", key="k"))
    await sending.slack.fault("chat.update", "server_error", count=1)
    with pytest.raises(SendError) as failed:
        await sending.messenger.send(nora, SECOND, sending.delivery("nora", ambiguous=True, key="k"))
    assert failed.value.ambiguous
    assert await sending.messenger.send(nora, SECOND, sending.delivery("nora", ambiguous=True, key="k")) == place
    assert await sending.posts() == 1


# --- Refusals ---------------------------------------------------------------------------------------------------------


async def test_a_429_is_honoured_by_everybody(sending: Sending) -> None:
    """Slack's wish reaches the courier, and until then no call of the method leaves, to whomever."""
    nora, anna = await sending.person("nora"), await sending.person("anna")
    await sending.slack.fault("chat.postMessage", "ratelimited", retry_after=60)
    for account in (nora, anna, nora):
        with pytest.raises(SendError) as failed:
            await sending.messenger.send(account, FIRST, sending.delivery(account.person))
        assert not failed.value.ambiguous
        assert failed.value.retry_after
        assert timedelta(seconds=59) < failed.value.retry_after <= timedelta(seconds=70)
    assert await sending.posts() == 1
    assert (await sending.slack.report())["violations"] == []


@pytest.mark.parametrize(
    ("code", "permanent"),
    [
        ("channel_not_found", True),
        ("user_not_found", True),
        ("is_archived", True),
        ("cannot_dm_bot", True),
        ("messages_tab_disabled", True),
        ("msg_too_long", True),
        ("invalid_blocks", True),
        ("restricted_action", True),
        ("account_inactive", False),
        ("invalid_auth", False),
        ("token_revoked", False),
        ("missing_scope", False),
        ("team_added_to_org", False),
        ("something_new", False),
    ],
)
async def test_a_refusal_is_for_good_or_not(sending: Sending, code: str, permanent: bool) -> None:  # noqa: FBT001
    """What is wrong with message or person stays wrong; what is wrong with the set-up can be put right meanwhile."""
    nora = await sending.person("nora")
    await sending.slack.fault("chat.postMessage", "error", error=code)
    with pytest.raises(SlackError, match=code) as failed:
        await sending.messenger.send(nora, FIRST, sending.delivery("nora"))
    assert (failed.value.permanent, failed.value.ambiguous) == (permanent, False)
    assert failed.value.down == (code in {"account_inactive", "invalid_auth", "token_revoked"})


async def test_somebody_who_left_is_a_refusal_for_good(sending: Sending) -> None:
    """An account that was switched off after it was linked."""
    gone = await sending.person("nora", deleted=True)
    with pytest.raises(SendError) as failed:
        await sending.messenger.send(gone, FIRST, sending.delivery("nora"))
    assert failed.value.permanent


async def test_a_message_that_is_gone_cannot_be_changed(sending: Sending) -> None:
    """A copy that somebody deleted is given up."""
    nora = await sending.person("nora")
    place = await sending.messenger.send(nora, FIRST, sending.delivery("nora"))
    with pytest.raises(SendError) as failed:
        await sending.messenger.update(MessageRef("slack", {**place.ref, "ts": "1.000001"}), nora, SECOND)
    assert failed.value.permanent


async def test_what_cannot_be_shown_is_not_sent(sending: Sending) -> None:
    """A card beyond Slack's limits is refused here, for good."""
    nora = await sending.person("nora")
    card = Card("t", ("x",), ("x",), buttons=(Button("approve", "x", {"project": "p" * 3_000}),))
    with pytest.raises(SendError, match="cannot be shown") as failed:
        await sending.messenger.send(nora, card, sending.delivery("nora"))
    assert failed.value.permanent
    assert await sending.posts() == 0


@pytest.mark.parametrize("url", ["http://127.0.0.1:9/api/", "http://backline.invalid/api/"])
async def test_what_never_left_is_not_ambiguous(sending: Sending, url: str) -> None:
    """Refused, or no such host: nothing has to be looked for."""
    nora = await sending.person("nora")
    async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=5)) as session:
        client = make_client(TOKEN, url, session)
        client.proxy = None
        messenger = SlackMessenger(
            SlackApi(client, Gate(slack_policy(), time.monotonic, asyncio.sleep)), sending.readings
        )
        with pytest.raises(SlackError, match="unreachable") as failed:
            await messenger.send(nora, FIRST, sending.delivery("nora"))
    assert (failed.value.ambiguous, failed.value.permanent, failed.value.down) == (False, False, True)


async def test_nothing_of_a_message_is_logged(sending: Sending, caplog: pytest.LogCaptureFixture) -> None:
    """Neither the SDK's debug log nor an error's text has people's words or the token in it."""
    nora = await sending.person("nora")
    card = Card("t", (Words("canary words"),), (Words("canary words"),))
    with caplog.at_level(logging.DEBUG):
        await sending.messenger.send(nora, card, sending.delivery("nora"))
        await sending.slack.fault("chat.postMessage", "server_error")
        with pytest.raises(SendError) as failed:
            await sending.messenger.send(nora, card, sending.delivery("nora"))
    assert "canary" not in caplog.text + str(failed.value) + repr(failed.value.__cause__)
    assert TOKEN not in caplog.text + str(failed.value)


def test_the_tables_do_not_contradict_each_other() -> None:
    """No error is both for good and unknown."""
    assert not PERMANENT & AMBIGUOUS
