"""What the fault runs of Teams share: a company whose people are in Teams, what they see, and what is kept."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from adapters.teams.places import Place
from bot.ports import Account, Json
from store import open_store
from tests.bench.bench_slack import company
from tests.e2e.slack_stage import Backline
from tests.faults.slack_side import PATIENCE, rows
from tests.standins.teams.client import Person, Teams
from tests.standins.teams.model import HOME

NOWHERE = "http://127.0.0.1:9/"
MARK = "(Repeated: "
ROLES = ("m", "b", "s")  # of a project: Account Manager, backup, supervisor


async def settle_in(teams: Teams, folder: Path, projects: int) -> dict[str, Person]:
    """A company of so many projects, its people linked here and present in Teams: agents a0…, managers m0…, …"""
    (folder / "company.toml").write_text(company(projects, projects), encoding="utf-8")
    names = [f"{role}{number}" for number in range(projects) for role in ("a", *ROLES)]
    return await move_in(teams, folder, [*names, "zita", "ivan"])


async def move_in(teams: Teams, folder: Path, names: Sequence[str]) -> dict[str, Person]:
    """These people, who have the app, known to the database in the folder."""
    people = {name: await teams.person(name, id=f"29:{name}", locale="en-GB") for name in names}
    before = await teams.settings(endpoint=NOWHERE, retry_seconds=[])
    for person in people.values():
        await person.install()  # nobody hears of it, nobody is greeted
    await teams.settings(endpoint=before["endpoint"], retry_seconds=before["retry_seconds"])
    chats = {one["members"][0]: one["id"] for one in await teams.control("GET", "conversations")}
    store = await open_store(f"sqlite:///{folder / 'backline.db'}")
    for name, person in people.items():
        place = Place(teams.service_url, chats[person.id], HOME)
        ref = {"user": person.id, "place": place.as_json()}
        await store.directory.link(Account(name, "teams", HOME, person.aad, "en", ref))
    await store.close()
    return people


async def reported(person: Person) -> bool:
    """Somebody writes that their workplace is unusable; whether that was answered with 200 in the end, so recorded."""
    delivery = await person.teams.settle(await person.say("no power, I cannot move"))
    if not delivery["ok"]:
        print(f"\n{person.name} was not answered: {[(one['status'], one['reason']) for one in delivery['attempts']]}")
    return bool(delivery["ok"])


async def struck(teams: Teams, times: int = 1, seconds: float = PATIENCE) -> None:
    """Return when the fault ordered first has been met so often. Raises TimeoutError."""
    async with asyncio.timeout(seconds):
        while True:
            if (await teams.control("GET", "faults"))[0]["hits"] >= times:
                return
            await asyncio.sleep(0.005)


async def chats_of(teams: Teams, people: dict[str, Person]) -> dict[str, str]:
    """Each person's chat with the app: its conversation id by name."""
    chats = {one["members"][0]: one["id"] for one in await teams.control("GET", "conversations") if one["members"]}
    return {name: chats[person.id] for name, person in people.items()}


async def looked_at(running: Backline, seconds: float) -> list[float]:
    """How long `/readyz` took, again and again for so long; it is always ready."""
    loop = asyncio.get_running_loop()
    over, took = loop.time() + seconds, list[float]()
    while loop.time() < over:
        began = loop.time()
        status, _ = await running.get("/readyz")
        assert status == 200
        took.append(loop.time() - began)
        await asyncio.sleep(0.05)
    return took


@dataclass(frozen=True, slots=True)
class Shown:
    """What became of all notices. `there`: how many of them people see; `twice`: messages beside those that count."""

    sent: int
    there: int
    twice: int
    marked: int
    dead: int


async def shown(teams: Teams, folder: Path, people: dict[str, Person]) -> Shown:
    """Each notice in the outbox, looked for in its reader's chat; and how many of the posts were marked as a repeat."""
    # Nobody has added the app to a team: there are no channels.
    notices = rows(folder, "SELECT person, state, json_extract(ref, '$.id') FROM outbox WHERE person NOT LIKE '#%'")
    sent = [(str(person), str(ref)) for person, state, ref in notices if state == "sent"]
    assert len(set(sent)) == len(sent), "two notices are one message"
    seen: set[tuple[str, str]] = set()
    for name in {name for name, _ in sent}:
        seen |= {(name, one["id"]) for one in await people[name].messages() if one["from"] == "bot"}
    ours = {(name, key) for name, key in seen if not name.startswith("a")}  # agents are answered in their chat as well
    posts = await teams.calls("post")
    return Shown(
        len(sent),
        len(set(sent) & seen),
        len(ours - set(sent)),
        sum(MARK in summary_of(call) for call in posts),
        sum(state == "dead" for _, state, _ in notices),
    )


def summary_of(call: Json) -> str:
    """What the notification of a post says."""
    return str((call["body"] or {}).get("summary", ""))
