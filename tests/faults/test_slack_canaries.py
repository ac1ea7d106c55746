"""Promise 25: secrets, people's words, their names and addresses go through all of Slack, and never into the log."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Awaitable, Callable
from pathlib import Path
from urllib.parse import urlencode

import aiohttp
import pytest

from bot.data import packaged
from tests.e2e.slack_stage import SECRETS, Backline, backline, opened
from tests.faults.slack_side import FORM, JSON, PATIENCE, rows, signed
from tests.standins.slack.client import Person, Slack, spawned

WORD = "Kanári"  # part of every word, name and address; not of any id
PLAIN = "kanari"  # the same where only ASCII may stand
PEOPLE = ("anna", "bea", "carl", "nora", "zita")
FAULTS = ("lost", "malformed", "server_error", "reset", "ratelimited")


def company() -> str:
    """The sample company under other names and addresses."""
    text = re.sub(r'name = "([^"]+)"', rf'name = "{WORD} \1"', packaged("company.toml"))
    return re.sub(r'email = "([^"@]+)@example\.com"', rf'email = "{PLAIN}-\1@example.com"', text)


async def enter(slack: Slack) -> dict[str, Person]:
    """People of it, and one of nobody's."""
    people = {
        one: await slack.person(one, email=f"{PLAIN}-{one}@example.com", real_name=f"{WORD} {one}") for one in PEOPLE
    }
    email = f"{PLAIN}-nobody@example.com"
    people["nobody"] = await slack.person("nobody", email=email, real_name=f"{WORD} Nobody")
    people["guest"] = await slack.person("guest", email=f"{PLAIN}-imre@example.com", is_restricted=True)
    return people


async def press(person: Person, verb: str) -> None:
    """Their newest button with this verb, once there is one."""
    button = f'"action_id": "{verb}"'
    await until(lambda: _has(person, button))
    await person.press(action_id=verb)


async def _has(person: Person, button: str) -> bool:
    return button in json.dumps(await person.messages())


async def until(holds: Callable[[], Awaitable[bool]]) -> None:
    """Return once it holds. Raises TimeoutError."""
    async with asyncio.timeout(PATIENCE):
        while not await holds():  # noqa: ASYNC110 - it happens in other processes
            await asyncio.sleep(0.05)


async def told(folder: Path) -> bool:
    """Whether nothing waits any more for those who are in Slack."""
    waiting = {str(person) for (person,) in rows(folder, "SELECT person FROM outbox WHERE state = 'waiting'")}
    return not waiting & set(PEOPLE)


async def everyday(people: dict[str, Person]) -> None:
    """What people type, choose and fill in when all goes well, and what they are refused."""
    anna, nora = people["anna"], people["nora"]
    await anna.say(f"nincs áram, nem tudok dolgozni, {WORD}")
    await people["bea"].command(f"/backline report {WORD} fire, cannot move")
    await people["bea"].command(f"/backline {WORD} what?")
    await people["bea"].command("/backline report " + WORD * 1_000)
    await people["carl"].shortcut("report")
    await opened(people["carl"])
    await people["carl"].submit({"words": f"{WORD} <@{anna.id}> &amp; *smoke*"})
    await press(nora, "declare")
    await opened(nora)
    await nora.submit({"level": "4", "reason": f"{WORD} is my reason."})
    await people["zita"].say(f"{WORD}?")
    await nora.open_home()
    for stranger in ("nobody", "guest"):
        await people[stranger].say(f"no power, {WORD}")
        await people[stranger].command(f"/backline report {WORD}")


async def trouble(slack: Slack, people: dict[str, Person]) -> None:
    """Every way in which Slack fails to take a message, show a form or hear an answer."""
    for kind in FAULTS:
        for method in ("chat.postMessage", "chat.update", "views.open", "views.publish"):
            await slack.fault(method, kind, accepted=True)
    await slack.fault("response_url", "server_error", count=3)
    await slack.fault("chat.postMessage", "error", error="invalid_blocks")
    await people["anna"].command(f"/backline report @{people['bea'].name} {WORD}")
    await people["bea"].say(f"{WORD}, I can work again")
    await people["bea"].say(f"no power, {WORD}")
    await people["zita"].open_home()
    await people["nora"].shortcut("report")
    await people["nora"].command("/backline log")


async def nonsense(running: Backline, user: str) -> None:
    """Bodies that are not Slack's, signed and unsigned, broken here and there."""
    message = {"type": "message", "channel_type": "im", "channel": "D1", "user": user, "ts": "1.2", "text": WORD}
    event = {"type": "event_callback", "team_id": "T0STANDIN", "event_id": "Ev1", "event": message}
    view = {"id": "V1", "callback_id": WORD, "private_metadata": WORD, "state": {"values": {WORD: {WORD: WORD}}}}
    form = {"type": "view_submission", "user": {"id": user, "team_id": "T0STANDIN"}, "view": view}
    action = {"action_id": WORD, "block_id": WORD, "value": WORD, "action_ts": "1.1"}
    button = {**form, "type": "block_actions", "actions": [action], "container": {"message_ts": "1.0"}}
    bodies = [
        (json.dumps(event | {"event": message | {"user": [WORD], "blocks": {WORD: 1}}}).encode(), JSON),
        (json.dumps(event).encode()[:-3], JSON),
        (f'{{"{WORD}": '.encode(), JSON),
        *((urlencode({"payload": json.dumps(one)}).encode(), FORM) for one in (form, button, {"type": WORD})),
        (urlencode({"command": f"/{WORD}", "text": WORD, "user_id": user, "team_id": "T0OTHER"}).encode(), FORM),
    ]
    async with aiohttp.ClientSession() as session:
        for body, kind in bodies:
            for headers in (signed(body, kind), {**signed(b"other", kind), "X-Canary": PLAIN}):
                async with session.post(f"{running.url}/slack/events", data=body, headers=headers) as answer:
                    assert answer.status < 500


@pytest.mark.parametrize("socket_mode", [False, True], ids=["http", "socket"])
@pytest.mark.parametrize("level", ["debug", "info"])
async def test_no_word_name_address_or_secret_is_in_the_log(tmp_path: Path, level: str, *, socket_mode: bool) -> None:
    """The log says what happened, at every level and in trouble too, without saying who wrote what."""
    (tmp_path / "company.toml").write_text(company(), encoding="utf-8")
    async with spawned() as slack:
        people = await enter(slack)
        async with backline(slack, tmp_path, socket_mode=socket_mode, log_level=level) as running:
            await everyday(people)
            await trouble(slack, people)
            if not socket_mode:
                await nonsense(running, people["anna"].id)
            await slack.heal()
            await until(lambda: told(tmp_path))
        shown = json.dumps([await one.messages() for one in people.values()], ensure_ascii=False)
    assert f"{WORD} is my reason." in shown, "the words did go through"
    canaries = (WORD, PLAIN, json.dumps(WORD)[1:-1], *SECRETS)
    hits = [line for line in running.log if any(canary in line for canary in canaries)]
    events = {json.loads(line)["event"] for line in running.log if line.startswith("{")}
    print(f"\n{len(running.log)} lines of {len(events)} events at {level}: {len(hits)} with a canary")
    assert hits == []
    assert {"report.recorded", "slack.refused", "notice.sent", "notice.later", "slack.unsaid"} <= events
