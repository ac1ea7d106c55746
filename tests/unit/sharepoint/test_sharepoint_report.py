"""What is told of an incident: its row, its report, the Word file."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta
from io import BytesIO
from zipfile import ZipFile

import pytest
from docx import Document

from adapters.sharepoint.press import PressFailed, press
from adapters.sharepoint.records import Records
from adapters.sharepoint.rows import incident_row, log_row
from adapters.sharepoint.schema import INCIDENTS, LOG
from adapters.sharepoint.story import MOST_LINES, file_name, story
from adapters.sharepoint.words import words
from bot.commands import Cause, ChangeRole, ConfirmRestored, DeclareLevel, ReportWorkplace, StandDown
from bot.company import parse_company
from bot.data import packaged
from bot.records import from_record
from tests.standins.graph.values import fitting
from tests.unit.sharepoint.played import RULES, Play, playing, whole_incident
from tests.unit.sharepoint.test_sharepoint_texts import MANY, ONE

HOSTILE = '=HYPERLINK("http://evil.example","x")\u202e\x07\n<b>@everyone</b>'


async def test_a_record_says_what_happened() -> None:
    """Level, causes, worst, cover by pool, recovery and end of an incident that is over."""
    async with playing() as play:
        record = await play.record(await whole_incident(play))
        row = incident_row(record, RULES, words("en"), exercise=False)
        assert row == {
            "Title": "2026-0001",
            "Key": "2026-0001",
            "Project": "ACME Germany",
            "State": "closed",
            "Level": 2,
            "Opened": "2026-03-02T09:00:00Z",
            "Cause": "Internet outage (1), Power cut (1)",
            "Worst": 2,
            "RtoDue": "2026-03-02T09:43:00Z",
            "Restored": "2026-03-02T09:24:00Z",
            "RtoMet": "yes",
            "Cover": "native speaker: 1; non-native speaker from another location: 1",
            "Plan": "4.0",
            "Kind": "real",
            "Closed": "2026-03-02T09:33:00Z",
        }
        assert set(row) <= set(INCIDENTS.fields)
        assert incident_row(record, RULES, words("hu"), exercise=True)["Kind"] == "gyakorlat"


async def test_a_missed_recovery_stays_missed() -> None:
    """Nobody covers for nine hours: the row says so, also after everybody is back."""
    async with playing() as play:
        await play.do(ReportWorkplace("anna", "anna", Cause.FIRE, can_move=False), minutes=9 * 60)
        await play.do(ConfirmRestored("anna", "anna"), minutes=1)
        await play.do(StandDown("nora", "acme-de"))
        row = incident_row(await play.record("2026-0001"), RULES, words("en"), exercise=False)
        assert (row["RtoMet"], row["Cover"]) == ("no", "–")


async def test_every_entry_has_a_row_that_its_list_takes() -> None:
    """In both languages, with its incident; workplaces by the incidents of their projects."""
    async with playing() as play:
        await play.do(ChangeRole("zita", "supervisor", "acme-de", ("sam",)))
        await whole_incident(play)
        records = Records()
        for entry in await play.entries():
            event = from_record(entry)
            numbers = [record.number for record in records.take(event)]
            for language in ("en", "hu"):
                row = log_row(entry, event, numbers, RULES, words(language))
                assert set(row) <= set(LOG.fields)
                for name, value in row.items():
                    if isinstance(value, str) and name != "At":
                        assert fitting(MANY if name == "What" else ONE, value) == value
                about = entry.type != "RoleChanged"
                assert row["Title"] == ("2026-0001" if about else "–"), entry.type


async def test_hostile_names_are_inert_everywhere() -> None:
    """A project or a person called like a formula, with markup and control characters, is text in rows and reports."""
    company = parse_company(packaged("company.toml"))
    people = {**company.people, "nora": replace(company.people["nora"], name=HOSTILE)}
    projects = {**company.projects, "acme-de": replace(company.projects["acme-de"], name=HOSTILE)}
    rules = replace(RULES, company=replace(company, people=people, projects=projects))
    async with playing() as play:
        record = await play.record(await whole_incident(play))
        for entry in await play.entries():
            row = log_row(entry, from_record(entry), [], rules, words("en"))
            for value in (row["What"], row["Project"] or "x"):
                assert not value.startswith(("=", "+", "-", "@", "\t", "\r", "\n"))
                assert fitting(MANY, value) == value
        told = story(record, rules, words("en"), exercise=False)
        assert not any(sign in json.dumps(told, ensure_ascii=False) for sign in ("\u202e", "\\u0007", "\\n"))
        made = await press(told)
        assert HOSTILE[:20] in Document(BytesIO(made)).paragraphs[0].text


async def restless(play: Play) -> str:
    """An incident with far more to tell than a page takes."""
    await play.do(ReportWorkplace("anna", "anna", Cause.POWER, can_move=False), minutes=2)
    for number in range(30):
        await play.do(DeclareLevel("nora", "acme-de", 2 + number % 3, "because of a reason"), minutes=3)
    await play.do(ConfirmRestored("anna", "anna"), minutes=24 * 60)
    await play.do(StandDown("nora", "acme-de"))
    return "2026-0001"


@pytest.mark.parametrize("language", ["en", "hu"])
async def test_the_timeline_fits_a_page(language: str) -> None:
    """What is left out is counted; begin and end are always there."""
    async with playing() as play:
        record = await play.record(await restless(play))
        told = story(record, RULES, words(language), exercise=False)["timeline"]
        assert len(told) == MOST_LINES + 1
        assert any(char.isdigit() for char in told[-1][1])
        assert "2026-0001" in told[0][1]
        assert "2026-0001" in told[-2][1]


@pytest.mark.parametrize("language", ["en", "hu"])
async def test_the_report_is_a_word_file(language: str) -> None:
    """Title, facts, picture, timeline and success factors are in it, in the language; made in a process of its own."""
    async with playing() as play:
        record = await play.record(await whole_incident(play))
        told = story(record, RULES, words(language), exercise=True)
        made = await press(told)
        paper = Document(BytesIO(made))
        cells = [cell.text for table in paper.tables for row in table.rows for cell in row.cells]
        assert paper.paragraphs[0].text == told["title"]
        for part in (*told["facts"], *told["wide"], *told["timeline"], *told["factors"]):
            assert set(part) <= set(cells)
        assert len(paper.inline_shapes) == 1
        assert "word/media/image1.png" in ZipFile(BytesIO(made)).namelist()
        assert file_name(record) == "2026-0001 acme-de.docx"
        assert len(made) == len(await press(told))  # by its size a lost answer is recognised


async def test_a_report_that_cannot_be_made_is_an_error() -> None:
    """A story without its parts ends with the reason, not with half a file."""
    with pytest.raises(PressFailed, match="KeyError"):
        await press({"language": "en"})


async def test_records_forget_what_is_written() -> None:
    """A closed incident is kept until its row and report are written, an open one always."""
    async with playing() as play:
        await whole_incident(play)
        await play.do(ReportWorkplace("bea", "bea", can_move=False))
        records = await play.records()
        for number in list(records.by_number):
            records.done(number)
        assert set(records.by_number) == {"2026-0002"}


async def test_a_storm_does_not_grow_without_end() -> None:
    """Thousands of changes of one incident leave a bounded record."""
    async with playing() as play:
        await play.do(ReportWorkplace("anna", "anna", can_move=False))
        records = await play.records()
        entry = (await play.entries())[-1]
        event = from_record(entry)
        for number in range(6000):
            records.take(replace(event, at=event.at + timedelta(seconds=number)))
        (record,) = records.by_number.values()
        assert len(record.points) <= 2000
        assert len(record.steps) <= 2000
