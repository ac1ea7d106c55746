"""The app comes to people and teams, and goes again."""

from __future__ import annotations

import asyncio

from adapters.teams.places import CHANNEL_TENANT, TEAM
from bot.ports import Account, Json
from tests.standins.teams.client import running
from tests.unit.teams_listen.house import Indoors, indoors, served, until


def from_bot(messages: list[Json]) -> list[Json]:
    """What the bot wrote."""
    return [one for one in messages if one["from"] == "bot"]


async def account(house: Indoors, name: str) -> Account:
    """Their account."""
    return (await house.store.directory.accounts(name))[0]


# --- A person ---------------------------------------------------------------------------------------------------------


async def test_installing_greets_once_with_one_card_and_one_button() -> None:
    """Teams tells of it twice; the person is linked, and can be written to."""
    async with indoors("carl") as house:
        carl = house.people["carl"]
        assert (await carl.say("status"))["ok"]
        await carl.until("No open incident")
        greeting, *rest = from_bot(await carl.messages())
        assert greeting["actions"][0] == "My workplace is unusable"
        assert len(rest) == 1
        linked = await account(house, "carl")
        assert (linked.user, linked.ref["user"]) == (carl.aad, carl.id)
        assert linked.ref["place"]["service_url"] == house.standin.service_url


async def test_many_who_get_the_app_at_once_are_all_greeted() -> None:
    """As when an administrator installs it for everybody: each once, whatever Teams' pace."""
    async with indoors() as house:
        names = list(house.desk.rules.company.people)[:30]
        people = [await house.standin.person(name, email=f"{name}@example.com") for name in names]
        await asyncio.gather(*(person.install() for person in people))
        for person in people:
            await person.until_that(lambda one: bool(one["card"]), seconds=60)
        assert {len(from_bot(await person.messages())) for person in people} == {1}
        assert await house.standin.report() == {"violations": [], "complaints": []}


async def test_somebody_whom_teams_does_not_know_at_once_is_greeted_later() -> None:
    """They are not told that anything went wrong: they have not asked for anything."""
    async with indoors() as house:
        carl = await house.standin.person("carl", email="carl@example.com")
        await house.standin.fault("member", "server_error", count=1)
        assert all(one["ok"] for one in await carl.install())
        await carl.until("My workplace is unusable", seconds=60)
        assert len(from_bot(await carl.messages())) == 1


async def test_an_uninstalled_app_sends_nothing_more_and_greets_again_later() -> None:
    """Who they are stays known."""
    async with indoors("carl") as house:
        carl = house.people["carl"]
        assert all(one["ok"] for one in await carl.uninstall())
        linked = await account(house, "carl")
        assert "place" not in linked.ref
        assert "service_url" not in linked.ref
        before = len(from_bot(await carl.messages()))
        assert all(one["ok"] for one in await carl.install())
        await until(lambda: _more(house, "carl", before))
        assert "place" in (await account(house, "carl")).ref


async def _more(house: Indoors, name: str, before: int) -> bool:
    return len(from_bot(await house.people[name].messages())) > before


async def test_people_are_known_after_a_restart_without_asking_teams() -> None:
    """Accounts are read at the start."""
    async with indoors("anna") as house, served(house.standin, store=house.store) as again:
        for where in ("*", "token"):
            await house.standin.fault(where, "black_hole", count=None)
        sent = await house.people["anna"].say("no power")
        assert sent["ok"]
        assert again.reports() == ["anna"]
        await house.standin.heal()


async def test_a_new_language_or_address_of_theirs_is_noted() -> None:
    """As their Teams says with whatever they write."""
    async with indoors("carl") as house:
        carl = house.people["carl"]
        await house.standin.control("PATCH", f"users/{carl.id}", {"locale": "en-GB"})
        await house.standin.settings(service_path="amer")
        assert (await carl.say("status"))["ok"]
        await until(lambda: _is(house, "carl", "en-GB", "/amer/"))


async def _is(house: Indoors, name: str, locale: str, ending: str) -> bool:
    found = await account(house, name)
    return found.locale == locale and str(found.ref["place"]["service_url"]).endswith(ending)


# --- A team -----------------------------------------------------------------------------------------------------------


async def team_places(house: Indoors) -> list[str]:
    """The channels that incidents may go to, the one used last first."""
    return [one.user for one in await house.store.directory.accounts(TEAM) if "place" in one.ref]


async def test_a_team_brings_its_channel_and_its_members() -> None:
    """The chosen channel is for incidents; everybody in the company file can be written to from then on."""
    async with indoors("nora") as house:
        anna = await house.standin.person("anna", email="anna@example.com")
        stranger = await house.standin.person("stranger")
        guest = await house.standin.person("guest", email="bea@example.com", guest=True)
        team = await house.standin.team(
            "Continuity", house.people["nora"], anna, stranger, guest, channels=("General", "Incidents")
        )
        assert all(one["ok"] for one in await team.install(house.people["nora"], "Incidents"))
        await house.linked("anna")
        assert await team_places(house) == [team.channels["Incidents"]]
        linked = await account(house, "anna")
        assert linked.ref == {"user": anna.id, "service_url": house.standin.service_url}
        assert {one.person for one in await house.store.directory.everybody("teams")} == {TEAM, "nora", "anna"}
        assert [one.tenant for one in await house.store.directory.accounts(TEAM)] == [CHANNEL_TENANT]


async def test_the_channel_is_told_what_it_is_for() -> None:
    """Once, in the language of whoever added the app."""
    async with indoors("nora") as house:
        team = await house.standin.team("Continuity", house.people["nora"])
        await team.install(house.people["nora"])
        await house.people["nora"].until("ebben a csatornában", where="General")
        assert len(from_bot(await house.people["nora"].messages("General"))) == 1


async def test_somebody_who_comes_into_the_team_later_is_linked() -> None:
    """By the address that Teams has for them."""
    async with indoors("nora") as house:
        team = await house.standin.team("Continuity", house.people["nora"])
        await team.install(house.people["nora"])
        anna = await house.standin.person("anna", email="Anna@Example.com")
        assert all(one["ok"] for one in await team.join(anna))
        await house.linked("anna")


async def test_a_team_without_the_app_gets_no_incidents() -> None:
    """Its channel is forgotten, and found again when the app comes back."""
    async with indoors("nora") as house:
        team = await house.standin.team("Continuity", house.people["nora"])
        await team.install(house.people["nora"])
        assert await team_places(house) == [team.id]
        await team.uninstall(house.people["nora"])
        assert await team_places(house) == []
        await team.install(house.people["nora"])
        assert await team_places(house) == [team.id]


async def test_who_is_only_in_a_team_is_found_when_there_is_something_to_tell() -> None:
    """A chat is opened with them; the rosters are read again when somebody is not known."""
    async with indoors("anna", "nora", courier=True) as house:
        carl = await house.standin.person("carl", email="carl@example.com")
        team = await house.standin.team("Continuity", house.people["nora"], carl)
        await team.install(house.people["nora"])
        await house.people["anna"].say("fire, cannot move")
        await carl.until("Can you be on duty for ACME Germany")


async def test_the_members_are_read_at_the_start() -> None:
    """So that nobody is looked up in an emergency."""
    async with running() as standin:
        nora = await standin.person("nora", email="nora@example.com")
        async with served(standin) as first:
            await nora.install()
            await first.linked("nora")
            team = await standin.team("Continuity", nora)
            await team.install(nora)
            await until(lambda: team_places(first))
            anna = await standin.person("anna", email="anna@example.com")
            await standin.settings(endpoint="http://127.0.0.1:9/api/messages")
            await team.join(anna)
            async with served(standin, store=first.store) as second:
                await second.linked("anna")


async def test_a_group_chat_only_brings_people() -> None:
    """It is no place for incidents."""
    async with indoors("nora") as house:
        anna = await house.standin.person("anna", email="anna@example.com")
        chat = await house.standin.chat("Shift", house.people["nora"], anna)
        said = await house.people["nora"].say("@Backline status", where="Shift")
        assert said["ok"]
        base = said["payload"]
        bot = {"id": base["recipient"]["id"]}
        arrived = await house.standin.activity(
            {**base, "type": "conversationUpdate", "membersAdded": [bot], "text": None}
        )
        assert arrived["ok"]
        assert chat
        await house.linked("anna")
        assert await team_places(house) == []
