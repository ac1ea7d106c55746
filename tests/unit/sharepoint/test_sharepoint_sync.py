"""The journal in SharePoint's lists: whole, once, in order, and the way back after trouble."""

from __future__ import annotations

from tests.unit.sharepoint.played import whole_incident
from tests.unit.sharepoint.side import beside


async def test_an_incident_is_there_whole_and_once() -> None:
    """Every entry is a row, in order, with its hash; the incident, the plan and the report are there."""
    async with beside() as side:
        number = await whole_incident(side.play)
        await side.until_done()
        entries = await side.play.entries()
        log = await side.log()
        assert [(row["Seq"], row["Hash"], row["Key"]) for row in log] == [
            (entry.seq, entry.hash, str(entry.seq)) for entry in entries
        ]
        (incident,) = await side.incidents()
        assert (incident["Key"], incident["State"], incident["Level"], incident["Worst"]) == (number, "closed", 2, 2)
        plan = side.play.desk.rules.plan
        assert [(row["Title"], row["Digest"]) for row in await side.plans()] == [(plan.version, plan.digest)]
        assert [file["path"] for file in await side.standin.files()] == [f"Incident reports/{number} acme-de.docx"]
        assert len(await side.roles()) == 4 + 2 * len(side.play.desk.rules.company.projects)
        await side.clean()
