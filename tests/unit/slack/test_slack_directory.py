"""Who is who in Slack: linked once, by the address Slack knows; everybody else is refused with a reason."""

from __future__ import annotations

import asyncio

import pytest

from adapters.slack.directory import Refused
from adapters.slack.reading import PLATFORM
from bot.cards import Mention
from bot.commands import ReportWorkplace
from bot.courier import Courier
from bot.ports import Account, SendError
from bot.wording import Reader
from tests.unit.slack.conftest import Rules, Sending
from tests.unit.stage import HandClock, Seen, desk_on


async def _team(sending: Sending) -> str:
    return (await sending.api.identity()).team


async def test_first_contact_links_and_later_ones_do_not_ask(sending: Sending) -> None:
    """The e-mail decides once, whatever the case of its letters; then the ids do, without Slack."""
    anna = await sending.slack.person("x", email="Anna@Example.COM", locale="hu-HU")
    team = await _team(sending)
    account = await sending.directory.admit(team, anna.id)
    assert account == Account("anna", PLATFORM, team, anna.id, "hu-HU")
    await sending.slack.fault("*", "server_error", count=None)
    assert await sending.directory.admit(team, anna.id) == account
    assert len(await sending.slack.calls("users.info")) == 1


@pytest.mark.parametrize(
    ("details", "why"),
    [
        ({"is_bot": True}, "bot"),
        ({"is_restricted": True}, "guest"),
        ({"is_ultra_restricted": True, "is_restricted": True}, "guest"),
        ({"is_stranger": True, "team": "T0ELSE"}, "foreign"),
        ({"team": "T0ELSE"}, "foreign"),
        ({"deleted": True}, "gone"),
        ({"email": "stranger@example.com"}, "unknown"),
        ({"email": ""}, "unconfirmed"),
    ],
)
async def test_others_are_refused(sending: Sending, details: dict[str, object], why: str) -> None:
    """Bots, guests, people from elsewhere, those who left or are not in the company file: nobody is linked."""
    person = await sending.slack.person("x", **{"email": "anna@example.com", **details})
    team = await _team(sending)
    assert await sending.directory.admit(team, person.id) == Refused(why)  # type: ignore[arg-type]
    assert await sending.store.directory.who(PLATFORM, team, person.id) is None


async def test_another_workspace_is_refused_without_asking(sending: Sending) -> None:
    """Slack Connect brings people of other teams; their ids are not looked at."""
    anna = await sending.slack.person("x", email="anna@example.com")
    assert await sending.directory.admit("T0ELSE", anna.id) == Refused("foreign")
    assert await sending.slack.calls("users.info") == []


async def test_nobody_is_believed_for_ten_minutes(sending: Sending) -> None:
    """A stranger who asks a hundred times costs one call; somebody added to Slack meanwhile is let in later."""
    stranger = await sending.slack.person("x", email="stranger@example.com")
    team = await _team(sending)
    for _ in range(100):
        assert await sending.directory.admit(team, stranger.id) == Refused("unknown")
    assert len(await sending.slack.calls("users.info")) == 1
    sending.clock.seconds += 601
    await sending.directory.admit(team, stranger.id)
    assert len(await sending.slack.calls("users.info")) == 2


async def test_many_at_once_ask_once(sending: Sending) -> None:
    """Somebody who presses five times at once is looked up once."""
    anna = await sending.slack.person("x", email="anna@example.com")
    team = await _team(sending)
    found = await asyncio.gather(*(sending.directory.admit(team, anna.id) for _ in range(5)))
    assert len({one.person for one in found if isinstance(one, Account)}) == 1
    assert len(await sending.slack.calls("users.info")) == 1


async def test_when_slack_does_not_say_nobody_is_refused(sending: Sending) -> None:
    """An outage is not a refusal: the same person is let in when Slack is back."""
    anna = await sending.slack.person("x", email="anna@example.com")
    team = await _team(sending)
    await sending.slack.fault("users.info", "server_error")
    with pytest.raises(SendError):
        await sending.directory.admit(team, anna.id)
    assert isinstance(await sending.directory.admit(team, anna.id), Account)


async def test_who_never_wrote_is_found_by_mail(sending: Sending) -> None:
    """The first message to somebody needs no word of theirs; the locale is asked where the company file has none."""
    nora = await sending.slack.person("x", email="nora@example.com", locale="hu-HU")
    account = await sending.directory.account_for("nora")
    assert account
    assert account.user == nora.id
    assert account == await sending.directory.account_for("nora")
    assert len(await sending.slack.calls("users.lookupByEmail")) == 1
    known = Rules().rules.company.people["nora"].locale
    assert account.locale == (None if known else "hu-HU")


@pytest.mark.parametrize("details", [{"is_restricted": True}, {"is_bot": True}, {"email": "x@example.com"}])
async def test_who_is_not_there_is_not_asked_for_again_and_again(sending: Sending, details: dict[str, object]) -> None:
    """No such account, or one that is nobody's: remembered for a while."""
    await sending.slack.person("x", **{"email": "nora@example.com", **details})
    for _ in range(5):
        assert await sending.directory.account_for("nora") is None
    assert len(await sending.slack.calls("users.lookupByEmail")) == 1
    sending.clock.seconds += 601
    assert await sending.directory.account_for("nora") is None
    assert len(await sending.slack.calls("users.lookupByEmail")) == 2


async def test_a_stranger_to_the_company_is_not_looked_up(sending: Sending) -> None:
    """Nobody is asked for without an address in the company file."""
    assert await sending.directory.account_for("nobody") is None
    assert await sending.slack.calls() == []


async def test_an_account_is_one_persons(sending: Sending) -> None:
    """An address that moved to another person in the company file does not take the account along."""
    anna = await sending.slack.person("x", email="anna@example.com")
    team = await _team(sending)
    await sending.store.directory.link(Account("bea", PLATFORM, team, anna.id))
    assert await sending.directory.account_for("anna") is None
    account = await sending.directory.admit(team, anna.id)
    assert isinstance(account, Account)
    assert account.person == "bea"


async def test_user_ids_are_remembered_for_mentions(sending: Sending) -> None:
    """A link is known to the next card at once, though it was looked for in vain a moment before."""
    anna = await sending.slack.person("x", email="anna@example.com")
    line = (Mention("anna"), Mention("bea"))
    reader = Reader("nora", "en", "UTC")
    assert (await sending.readings.by(reader, line)).users == {}
    await sending.directory.account_for("anna")
    assert (await sending.readings.by(reader, line)).users == {"anna": anna.id}


async def test_everybody_of_an_incident_is_reached_for_the_first_time(sending: Sending) -> None:
    """One report; agent, Account Manager, supervisor and backup get their card in Slack, each in their language."""
    for name in ("anna", "nora", "sam", "carl"):
        sending.people[name] = await sending.slack.person(name, email=f"{name}@example.com")
    clock, seen = HandClock(), Seen()
    desk = desk_on(sending.store, clock, seen)
    await desk.start()
    courier = Courier(
        desk=desk,
        outbox=sending.store.outbox,
        journal=sending.store.journal,
        directory=sending.store.directory,
        messengers={PLATFORM: sending.messenger},
        clock=clock,
        watch=seen,
        finders={PLATFORM: sending.directory},
    )
    await desk.handle(ReportWorkplace("anna", "anna", can_move=False))
    await courier.deliver_once()
    shown = {name: await sending.seen(name) for name in sending.people}
    await desk.close()
    assert {name: len(texts) for name, texts in shown.items()} == dict.fromkeys(sending.people, 1)
    assert (await sending.slack.report())["complaints"] == []
