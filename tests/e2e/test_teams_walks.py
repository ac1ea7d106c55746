"""Level 1 and level 4 from report to stand-down in Teams, as five people; and one incident in Teams and Slack."""

from __future__ import annotations

from pathlib import Path

from tests.e2e import slack_stage
from tests.e2e.slack_stage import SECRETS
from tests.e2e.teams_stage import answer_checks, backline, enter, in_time, nothing_wrong, press
from tests.e2e.test_slack_walks import press as press_in_slack
from tests.standins.slack import client as slack_client
from tests.standins.teams.client import spawned

DECLARE = "Szint elrendelése"
FOR_OTHERS = "Bejelentés más helyett"


async def test_level_1_is_walked_from_report_to_stand_down(tmp_path: Path) -> None:
    """The agent types one sentence, the backup accepts, the manager approves and stands down; the CMT sleeps."""
    async with spawned() as teams:
        async with backline(teams, tmp_path) as running:
            people = await enter(teams, ["anna", "carl", "nora", "zita", "sam"])
            agent, backup, manager = people["anna"], people["carl"], people["nora"]
            assert (await agent.say("nincs áram, nem tudok dolgozni"))["ok"]
            await agent.until("R-0001")
            await press(agent, "move_no")
            await backup.until("Can you be on duty for ACME Germany")
            await press(backup, "cover_yes")
            await backup.until("your offer for ACME Germany waits for approval")
            await press(manager, "approve")
            await backup.until("Approved: please be on duty")
            await press(backup, "on_duty")
            await backup.until("You are on duty for ACME Germany")
            await answer_checks(manager)
            await press(agent, "restored")
            await agent.until("Köszönjük")
            await press(manager, "stand_down")
            await backup.until("The incident at ACME Germany is over")
            assert len(await people["zita"].messages()) == 1, "the greeting"
            assert "ACME Germany" in str(await people["sam"].messages())
            assert (await running.get("/readyz"))[0] == 200
        await nothing_wrong(teams)


async def test_level_4_is_walked_from_report_to_stand_down(tmp_path: Path) -> None:
    """All are out, the manager declares level 4 in a form, the CMT lead has voicemail on, all come back, it ends.

    One of them cannot even write: the manager reports for her, by the form of the menu.
    Those who steer see the incident in the team's channel, with a timeline below its card.
    """
    async with spawned() as teams:
        async with backline(teams, tmp_path):
            people = await enter(teams, ["anna", "bea", "carl", "nora", "zita"])
            manager, lead = people["nora"], people["zita"]
            team = await teams.team("Continuity", *people.values(), channels=("General", "Incidents"))
            assert all(one["ok"] for one in await team.install(manager, "Incidents"))
            for name in ("anna", "carl"):
                assert (await people[name].say("fire, cannot move"))["ok"]
                await people[name].until("R-000")
            await press(manager, "acknowledge")
            inputs = {"person": "bea", "cause": "fire", "can_move": "no"}
            await press(manager, "report_for", under=FOR_OTHERS, inputs=inputs)
            await people["bea"].until("R-0003")
            inputs = {"level": "4", "reason": "Nobody is left to take calls."}
            sent = await press(manager, "declare", under=DECLARE, inputs=inputs)
            assert "Nobody is left to take calls." in str(sent["answer"]["value"])
            await lead.until("ACME Germany")
            common = await lead.until("ACME Germany", where="Incidents")
            assert common["actions"] == []
            in_time(await lead.refresh(where="Incidents", message=common["id"]))
            await press(lead, "ivr_on", where="Incidents")
            for name in ("anna", "bea", "carl"):
                await press(people[name], "restored")
            await press(manager, "stand_down")
            await manager.until("lezárva")
            await people["anna"].until("lezárva", where="Incidents")
        await nothing_wrong(teams)


async def test_one_incident_in_slack_and_teams(tmp_path: Path) -> None:
    """The agent is in Slack, the backup in Teams, the manager in both: asked in one place, decided in the other."""
    async with spawned() as teams, slack_client.spawned() as slack:
        port = slack_stage.free_port()
        in_slack = await slack_stage.enter(slack, ["anna", "nora"])
        await slack.settings(request_url=f"http://127.0.0.1:{port}/slack/events")
        more = {"SLACK_BOT_TOKEN": SECRETS[0], "SLACK_SIGNING_SECRET": SECRETS[1], "SLACK_API_URL": slack.api}
        async with backline(teams, tmp_path, port=port, more=more):
            in_teams = await enter(teams, ["carl", "nora"])
            assert (await in_slack["anna"].command("/backline report fire, cannot move"))["ok"]
            await in_slack["anna"].until("R-0001")
            await press(in_teams["carl"], "cover_yes")
            await press(in_teams["nora"], "approve")
            await in_teams["carl"].until("Approved: please be on duty")
            await press(in_teams["carl"], "on_duty")
            await press_in_slack(in_slack["anna"], "restored")
            await press(in_teams["nora"], "stand_down")
            await in_teams["carl"].until("The incident at ACME Germany is over")
        await nothing_wrong(teams)
        assert await slack.report() == {"violations": [], "complaints": []}
