"""What people write in Teams: recorded once, answered after the commit, refused in words."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest

from bot.company import parse_company
from bot.cover import Rulebook
from bot.data import packaged
from bot.plan import parse_plan
from bot.ports import Json
from tests.standins.teams.client import running
from tests.unit.teams_listen.house import Indoors, indoors, served, until


def answers(messages: list[Json]) -> list[Json]:
    """Those of the bot."""
    return [one for one in messages if one["from"] == "bot"]


# --- Reports ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("text", ["no power, cannot move", "nincs áram, nem tudok átmenni", "report", "bejelentés"])
async def test_a_report_is_recorded_and_answered_with_its_receipt(text: str) -> None:
    """One sentence or one word is enough, in either language."""
    async with indoors("anna") as house:
        sent = await house.people["anna"].say(text)
        assert sent["ok"]
        assert house.reports() == ["anna"], "before Teams was answered"
        await house.people["anna"].until("R-0001")
        assert (await house.standin.report())["complaints"] == []


@pytest.mark.parametrize(
    ("locale", "said"), [("hu-HU", "Bejelentés száma"), ("en-GB", "Receipt"), ("de-DE", "Receipt")]
)
async def test_the_answer_is_in_the_language_of_the_persons_teams(locale: str, said: str) -> None:
    """Unless the company file says otherwise."""
    async with running() as standin:
        anna = await standin.person("anna", email="anna@example.com", locale=locale)
        silent = packaged("company.toml").replace(', emergency_cover = true, locale = "hu" }', " }", 1)
        rules = Rulebook(parse_plan(packaged("plan.toml")), parse_company(silent))
        assert rules.company.people["anna"].locale is None
        async with served(standin, rules=rules) as house:
            await anna.install()
            assert (await anna.say("no power"))["ok"]
            await anna.until(said)
            account = (await house.store.directory.accounts("anna"))[0]
            assert account.locale == locale


@pytest.mark.parametrize("words", ["", "status", "log", "help", "helyzet", "napló", "segítség"])
async def test_the_other_words_show_a_card(words: str) -> None:
    """Nothing, the status, the log, the help: each is answered, and nothing is recorded."""
    async with indoors("carl") as house:
        carl = house.people["carl"]
        before = len(answers(await carl.messages()))
        assert (await carl.say(words))["ok"]
        await until(lambda: _more(carl, before))
        assert house.reports() == []


async def _more(person: object, before: int) -> bool:
    return len(answers(await person.messages())) > before  # type: ignore[attr-defined]


async def test_a_supervisor_reports_for_an_agent_by_address() -> None:
    """In a chat where nobody can be mentioned."""
    async with indoors("anna", "sam") as house:
        assert (await house.people["sam"].say("report anna@example.com no power, cannot move"))["ok"]
        await house.people["sam"].until("Recorded for")
        assert house.reports() == ["anna"]


async def test_a_supervisor_reports_for_an_agent_by_mention_in_a_channel() -> None:
    """The answer is in our chat: others read along in the channel."""
    async with indoors("anna", "sam") as house:
        team = await house.standin.team("Continuity", house.people["anna"], house.people["sam"])
        await team.install(house.people["sam"])
        assert (await house.people["sam"].say("@Backline report @anna no power, cannot move", where="General"))["ok"]
        await house.people["sam"].until("Recorded for")
        await house.people["anna"].until("I have answered you in our chat", where="General")
        shown = await house.people["anna"].messages("General")
        assert not [one for one in shown if "R-0001" in str(one)]
        assert house.reports() == ["anna"]


async def test_a_colleague_may_not_report_for_an_agent() -> None:
    """The rules say who may, and the answer says so too."""
    async with indoors("anna", "hugo") as house:
        assert (await house.people["hugo"].say("report anna@example.com no power"))["ok"]
        await house.people["hugo"].until("only these can do this")
        assert house.reports() == []


@pytest.mark.parametrize("whom", ["nobody@example.com", "sam@example.org"])
async def test_naming_somebody_unknown_records_nothing(whom: str) -> None:
    """Nobody is reported in place of somebody who is not in the company file."""
    async with indoors("sam") as house:
        assert (await house.people["sam"].say(f"report {whom}"))["ok"]
        await house.people["sam"].until("the person you named")
        assert house.reports() == []


async def test_the_status_is_answered_where_it_was_asked() -> None:
    """In a channel too; it says no more than how incidents stand, and shows no button."""
    async with indoors("anna", "nora") as house:
        team = await house.standin.team("Continuity", house.people["nora"], house.people["anna"])
        await team.install(house.people["nora"])
        await house.people["anna"].say("fire, cannot move")
        assert (await house.people["nora"].say("@Backline status", where="General"))["ok"]
        shown = await house.people["anna"].until("2026-0001", where="General")
        assert shown["actions"] == []
        assert (await house.people["nora"].say("@Backline menu", where="General"))["ok"]
        await house.people["anna"].until("csevegésében válaszoltam", where="General")


async def test_what_somebody_says_in_a_channel_before_they_have_a_chat_with_us_counts() -> None:
    """The chat is opened for the answer."""
    async with indoors("sam") as house:
        anna = await house.standin.person("anna", email="anna@example.com")
        team = await house.standin.team("Continuity", anna, house.people["sam"])
        await team.install(house.people["sam"])
        assert (await anna.say("@Backline no power", where="General"))["ok"]
        await anna.until("R-0001")
        assert house.reports() == ["anna"]
        await until(lambda: _placed(house, "anna"))


async def _placed(house: Indoors, name: str) -> bool:
    return "place" in (await house.store.directory.accounts(name))[0].ref


# --- Once -------------------------------------------------------------------------------------------------------------


async def test_a_message_delivered_again_counts_once_and_is_answered_once() -> None:
    """With the same id, byte for byte or with a new token."""
    async with indoors("anna") as house:
        anna = house.people["anna"]
        sent = await anna.say("no power")
        await anna.until("R-0001")
        before = len(answers(await anna.messages()))
        for exact in (False, True, False, True):
            again = await house.standin.again(sent, exact=exact)
            assert (again["status"] if exact else again["attempts"][0]["status"]) == 200
        assert house.reports() == ["anna"]
        assert len(answers(await anna.messages())) == before


async def test_a_message_delivered_again_with_a_new_id_counts_once() -> None:
    """The person is told how things stand."""
    async with indoors("anna") as house:
        anna = house.people["anna"]
        sent = await anna.say("no power")
        for _ in range(4):
            assert (await house.standin.again(sent, new_id=True))["ok"]
        shown = await anna.until("csak egyszer számít")
        assert "R-0001" in str(shown["words"])
        assert house.reports() == ["anna"]


async def test_an_old_message_that_comes_again_does_not_report_who_works_again() -> None:
    """Whoever pressed that they work again is not out because Teams repeats their first message."""
    async with indoors("anna") as house:
        anna = house.people["anna"]
        sent = await anna.say("no power")
        assert (await anna.say("I can work again"))["ok"]
        assert (await house.standin.again(sent, new_id=True))["ok"]
        await anna.until("csak egyszer számít")
        assert house.reports() == ["anna"]
        assert "anna" not in house.desk.state.workplaces


async def test_messages_five_times_each_have_one_effect_each() -> None:
    """With their ids, with new ones, and byte for byte, long after the person has said something else."""
    async with indoors("anna", "bea", "carl") as house:
        sent = []
        for text in ("no power", "I can work again", "no internet", "my internet is back", "my house is on fire"):
            sent += [await person.say(text) for person in house.people.values()]
        done = len(house.seen.events)
        for one in sent:
            for options in ({}, {"exact": True}, {"new_id": True}, {}):
                await house.standin.again(one, **options)
        assert len(house.seen.events) == done
        assert len(house.reports()) == 9


async def test_one_person_in_a_hurry_counts_once_and_others_are_served() -> None:
    """Fifty reports of one person at once are one."""
    async with indoors("anna", "carl") as house:
        anna, carl = house.people["anna"], house.people["carl"]
        sent = await asyncio.gather(*(anna.say("no power") for _ in range(50)), carl.say("no power"))
        assert all(one["ok"] for one in sent)
        assert sorted(house.reports()) == ["anna", "carl"]


# --- The store does not take it ---------------------------------------------------------------------------------------


async def test_a_message_that_was_not_recorded_is_said_to_be_lost() -> None:
    """Teams gets its 200: the person has been told, and trying again is theirs."""
    async with indoors("anna") as house:
        house.journal.broken = True
        sent = await house.people["anna"].say("no power")
        assert [one["status"] for one in sent["attempts"]] == [200]
        await house.people["anna"].until("NEM lett")
        house.journal.broken = False
        assert (await house.people["anna"].say("no power"))["ok"]
        await house.people["anna"].until("R-0001")


async def test_what_could_neither_be_recorded_nor_said_is_delivered_again() -> None:
    """Only then Teams is to try again, and it counts once."""
    async with indoors("anna") as house:
        await house.standin.settings(retry_seconds=[0.3, 0.3])
        house.journal.broken = True
        await house.standin.fault("post", "server_error", count=1)
        sent = await house.people["anna"].say("no power")
        assert sent["attempts"][0]["status"] == 503
        house.journal.broken = False
        done = await house.standin.settle(sent)
        assert done["ok"]
        await house.people["anna"].until("R-0001")
        assert house.reports() == ["anna"]


async def test_a_store_that_hangs_is_said_to_be_uncertain() -> None:
    """It may count; saying it again is safe."""
    async with indoors("anna") as house:
        house.journal.slow = 5.0
        sent = await house.people["anna"].say("no power")
        assert sent["ok"]
        await house.people["anna"].until("Nem biztos")
        house.journal.slow = 0.0
        await until(lambda: house.reports() == ["anna"])
        assert (await house.standin.again(sent, new_id=True))["ok"]
        await house.people["anna"].until("R-0001")
        assert house.reports() == ["anna"]


async def test_a_press_that_was_not_recorded_says_so() -> None:
    """In the answer to the press."""
    async with indoors("anna") as house:
        house.journal.broken = True
        sent = await house.people["anna"].press(verb="report", under="Használhatatlan a munkahelyem")
        assert sent["shown"] == "message"
        assert "NEM lett" in sent["sees"]


async def test_somebody_known_reports_while_teams_is_dead() -> None:
    """The way of a report asks neither Teams nor the login service anything."""
    async with indoors("anna") as house:
        for where in ("*", "token", "openid", "keys"):
            await house.standin.fault(where, "black_hole", count=None)
        sent = await house.people["anna"].say("no power")
        assert sent["ok"]
        assert sent["attempts"][0]["ms"] < 3000
        assert house.reports() == ["anna"]
        await house.standin.heal()


# --- Who may not ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("details", "said"),
    [
        ({"guest": True}, "vendégek"),
        ({"email": "somebody@example.com"}, "nem szerepel a céges fájlban"),
        ({"email": ""}, "nem szerepel a céges fájlban"),
    ],
)
async def test_who_is_nobody_here_is_refused_in_words(details: Json, said: str) -> None:
    """Guests and unknown people: by installing, by a message and by a press."""
    async with indoors() as house:
        person = await house.standin.person("anna", **{"email": "anna@example.com", **details})
        assert all(one["ok"] for one in await person.install())
        await person.until(said)
        assert (await person.say("no power"))["ok"]
        assert house.reports() == []
        assert await house.store.directory.accounts("anna") == []


async def test_somebody_with_a_colleagues_address_is_refused() -> None:
    """An account is a person's for good; another one with the same address is not let in by it alone."""
    async with indoors("anna") as house:
        other = await house.standin.person("other", email="anna@example.com")
        await other.install()
        assert (await other.say("no power"))["ok"]
        assert {one.person for one in await house.store.directory.everybody("teams")} == {"anna"}


async def test_an_app_is_not_listened_to() -> None:
    """Nor answered: two bots would talk for ever."""
    async with indoors("anna") as house:
        anna = house.people["anna"]
        before = len(answers(await anna.messages()))
        for override in ({"from.role": "bot"}, {"from.id": "28:other"}, {"from.aadObjectId": None}):
            assert (await anna.say("no power", override=override))["ok"]
        assert house.reports() == []
        assert len(answers(await anna.messages())) == before


async def test_when_teams_does_not_say_who_it_is_nothing_is_recorded() -> None:
    """Somebody never seen, and the look-up is dead: they are told within Teams' patience."""
    async with indoors() as house:
        anna = await house.standin.person("anna", email="anna@example.com")
        await house.standin.fault("member", "black_hole", count=None)
        await anna.install()
        sent = await anna.say("no power")
        assert sent["ok"]
        assert sent["attempts"][0]["ms"] < 10_000
        await anna.until("nem mondta meg, ki vagy")
        assert house.reports() == []
        await house.standin.heal()


async def test_odd_activities_are_answered_200_and_counted() -> None:
    """Whatever Teams may send or invent, and what lacks what it always has."""
    async with indoors("carl") as house:
        base = (await house.people["carl"].say("status"))["payload"]
        odd: list[Json] = [
            {"type": "messageReaction", "reactionsAdded": [{"type": "like"}]},
            {"type": "messageUpdate", "channelData": {**base["channelData"], "eventType": "editMessage"}},
            {"type": "messageDelete"},
            {"type": "typing"},
            {"type": "event", "name": "application/vnd.microsoft.meetingStart", "value": {}},
            {"type": "conversationUpdate"},
            {"type": "conversationUpdate", "membersAdded": 7},
            {"type": "installationUpdate", "action": "upgrade"},
            {"type": "endOfConversation"},
            {"type": "what"},
            {"type": 7},
            {"type": None},
            {"type": "message", "from": None},
            {"type": "message", "conversation": 7},
            {"type": "invoke", "name": "composeExtension/query", "value": {}},
            {"type": "invoke", "name": "adaptiveCard/action", "value": 7},
            {"type": "invoke", "name": "adaptiveCard/action", "value": {"action": {}}},
            {"type": "invoke"},
        ]
        for changes in odd:
            sent = await house.standin.activity({**base, **changes})
            assert [one["status"] for one in sent["attempts"]] == [200], changes
        assert ("activity", "odd") in house.counts.results
        assert ("invoke", "odd") in house.counts.results
        assert house.reports() == []


async def test_hostile_words_stay_words() -> None:
    """Markup, mentions and functions in a reason become nothing on anybody's card."""
    async with indoors("anna", "nora", courier=True) as house:
        hostile = ["<b>bold</b>", "**bold** [link](https://attacker.example)", "{{DATE(2026-01-01T00:00:00Z)}}"]
        await house.standin.hostile(*hostile)
        for text in hostile:
            assert (await house.people["anna"].say(f"no power {text}"))["ok"]
        await house.people["nora"].until("ACME Germany")
        assert (await house.standin.report())["complaints"] == []


async def test_whose_address_changes_is_still_who_they_are() -> None:
    """The ids count, once they are linked."""
    async with indoors("anna") as house:
        anna = house.people["anna"]
        await house.standin.control("PATCH", f"users/{anna.id}", {"email": "other@example.com"})
        account = (await house.store.directory.accounts("anna"))[0]
        assert account == replace(account, person="anna", tenant=account.tenant, user=anna.aad)
        assert (await anna.say("no power"))["ok"]
        assert house.reports() == ["anna"]
