"""Level 1 and level 4 from report to stand-down, played by four people in a browser."""

from __future__ import annotations

import pytest

from tests.e2e.browser import Page
from tests.e2e.conftest import Theatre

pytestmark = pytest.mark.browser

ACME = "#project-acme-de"


async def press(page: Page, verb: str, project: str = "acme-de") -> None:
    """Press the button with this verb on the newest card about the project."""
    await page.click_on(f"#letters .card [data-verb={verb}][data-args*='{project}']")


async def offered(page: Page, verb: str, project: str = "acme-de") -> None:
    """Wait until such a button is there."""
    await page.until(f"""document.querySelector("#letters .card [data-verb={verb}][data-args*='{project}']")""")


async def gone(page: Page, verb: str, project: str = "acme-de") -> None:
    """Wait until there is no such button any more."""
    await page.until(f"""!document.querySelector("#letters [data-verb={verb}][data-args*='{project}']")""")


async def on_the_board(page: Page, selector: str, text: str) -> None:
    """Look at the board, as one does on this width, and back."""
    views = await page.run("getComputedStyle(document.querySelector('.views')).display !== 'none'")
    if views:
        await page.click_on(".views [data-view=board]")
    await page.sees(text, selector)
    assert await page.run(f'document.querySelector("{selector}").checkVisibility()')
    if views:
        await page.click_on(".views [data-view=conversation]")


async def test_level_1_is_played_from_report_to_stand_down(theatre: Theatre) -> None:
    """An agent types, the backup says yes, the Account Manager approves and stands down; nobody wakes the CMT."""
    agent, backup = await theatre.enter("anna"), await theatre.enter("carl")
    manager, lead = await theatre.enter("nora"), await theatre.enter("zita")

    await agent.click_on("#words")
    await agent.write("nincs áram, nem tudok dolgozni, és átköltözni sem tudok")
    await agent.press("Enter")
    await agent.until("document.querySelector('#letters .card [data-verb=restored]')")
    if await agent.run("document.querySelector('#letters .card [data-verb=move_no]') !== null"):
        await agent.click_on("#letters .card [data-verb=move_no]")
    await on_the_board(agent, f"{ACME} .level", "Level 1")

    await press(backup, "cover_yes")
    await press(manager, "approve")
    await press(backup, "on_duty")
    await manager.until(f"document.querySelector('{ACME} .rto.met')")
    await on_the_board(manager, ACME, "1 on duty")

    while await manager.run("document.querySelector('#letters .card [data-verb=factor_yes]') !== null"):
        args = await manager.run("document.querySelector('#letters .card [data-verb=factor_yes]').dataset.args")
        await manager.click_on("#letters .card [data-verb=factor_yes]")
        await manager.until(f"""![...document.querySelectorAll('#letters .card [data-verb=factor_yes]')]
            .some((one) => one.dataset.args === {args!r})""")

    await agent.click_on("#letters .card [data-verb=restored]")
    await press(manager, "stand_down")
    await manager.until("document.querySelector('#letters .card.done')")
    await manager.until(f"!document.querySelector('{ACME}')")
    await backup.until("document.querySelector('#letters .card.done')")
    assert await lead.run("document.querySelector('#letters .empty') !== null")
    for page in (agent, backup, manager, lead):
        assert page.complaints == []


async def test_level_4_is_played_from_report_to_stand_down(theatre: Theatre) -> None:
    """Most agents are out: the CMT lead is called, voicemail stops the clock, English cover helps, all ends."""
    manager, lead = await theatre.enter("nora"), await theatre.enter("zita")
    await manager.click_on("[data-opens=exercises]")
    await manager.click_on("[data-exercise='4']")
    await manager.until("!document.querySelector('#exercises').open")
    await on_the_board(manager, f"{ACME} .level", "Level 4")

    await press(lead, "acknowledge")
    await gone(lead, "acknowledge")
    second = "document.querySelectorAll('.cast a')[1].dataset.as"  # Carl, until the page knows the exercise's cast
    cover = await manager.until(f"{second} !== 'carl' && {second}")
    backup, agent = await theatre.enter(cover), await theatre.enter("anna")
    await press(backup, "cover_yes")
    await press(manager, "approve")
    await press(backup, "on_duty")
    await press(manager, "ivr_on")
    await manager.until(f"document.querySelector('{ACME} .rto.met')")
    await on_the_board(manager, ACME, "IVR routing on")

    if theatre.size[0] < 600:
        await manager.click_on(".views [data-view=board]")
    await manager.click_on("[data-restore]")
    await agent.until("document.querySelector('#letters .card.done')")
    for project in ("acme-de", "lumen-hu", "azur-fr"):
        await press(lead, "stand_down", project)
        await lead.until(f"!document.querySelector('#project-{project}')")
    await lead.click_on("[data-opens=people]")  # the CMT was not needed at the last project: its own manager ends it
    await lead.click_on("#search")
    await lead.write("simon")
    await lead.click_on("#people li:not([hidden]) a[data-as=simon]")
    await press(lead, "stand_down", "harbour-gb")
    await manager.until("!document.querySelector('.project')")
    for page in (agent, backup, manager, lead):
        assert page.complaints == []
