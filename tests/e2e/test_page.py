"""The page keeps its promises: typing survives news, words stay words, trouble is said, the keyboard is enough."""

from __future__ import annotations

import pytest

from tests.e2e.conftest import Theatre

pytestmark = pytest.mark.browser


async def test_a_report_is_made_with_the_keyboard_alone(theatre: Theatre) -> None:
    """Enter opens the report's form, which takes the focus; Enter in it sends it."""
    page = await theatre.enter("anna")
    await page.run("document.querySelector('.quick [data-verb=report]').focus()")
    await page.press("Enter")
    await page.until("document.querySelector('#form[open]').contains(document.activeElement)")
    await page.run("document.querySelector('#form input[value=no]').focus()")
    await page.press(" ")
    await page.run("document.querySelector('#form [type=submit]').focus()")
    await page.press("Enter")
    await page.until("document.querySelector('#letters .card')")
    await page.until("document.querySelector('#reply').textContent.trim()")


async def test_an_open_form_survives_news(theatre: Theatre) -> None:
    """While somebody fills in a form, a message for them arrives: the form and what is typed stay."""
    writer, other = await theatre.enter("carl"), await theatre.enter("anna")
    await writer.click_on(".quick [data-verb=report]")
    await writer.until("document.querySelector('#form textarea, #form input:not([type])')")
    await writer.run("document.querySelector('#form textarea, #form input:not([type])').focus()")
    await writer.write("half a sent")
    await other.click_on("#words")
    await other.write("no power, cannot move")
    await other.press("Enter")
    await writer.until("document.querySelector('#letters .card')")
    typed = await writer.run("document.querySelector('#form textarea, #form input:not([type])').value")
    assert typed == "half a sent"
    assert await writer.run("document.querySelector('#form').contains(document.activeElement)")


async def test_what_people_type_is_inert(theatre: Theatre) -> None:
    """Markup in a message is shown as it was typed and makes no element."""
    page = await theatre.enter("anna")
    hostile = '<img src=x onerror="document.title=1"><script>document.title=1</script> {{ 7*7 }}'
    await page.click_on("#words")
    await page.write(hostile)
    await page.press("Enter")
    await page.sees(hostile, "#letters")
    assert await page.run("document.querySelectorAll('#letters img, #letters script').length") == 0
    assert await page.run("document.title") == "PRACTICE – Backline"


async def test_the_clock_jumps_and_deadlines_fire(theatre: Theatre) -> None:
    """Nobody answers whether they can move: five minutes later the person counts as out."""
    page = await theatre.enter("anna")
    await page.click_on("#words")
    await page.write("my workplace is unusable")
    await page.press("Enter")
    await page.until("document.querySelector('#project-acme-de')")
    await page.click_on("[data-clock=pause]")
    await page.until("document.querySelector('[data-clock=pause]').ariaPressed === 'true'")
    await page.click_on("[data-clock=advance][data-value='300']")
    await page.until("document.querySelector('#project-acme-de .level-1')")


async def test_a_lost_connection_is_said(theatre: Theatre) -> None:
    """When the desk stops, the page says that what it shows may be old."""
    page = await theatre.enter("anna")
    await page.until("document.querySelector('#trouble').hidden")
    await theatre.server.stop()
    await page.until("!document.querySelector('#trouble').hidden")
    await page.sees("Connection lost", "#trouble")


async def test_nothing_is_wider_than_the_screen(theatre: Theatre) -> None:
    """Neither the conversation nor the board makes the page scroll sideways, in either language."""
    page = await theatre.enter("nora")
    for language in ("en", "hu"):
        await page.goto(f"{theatre.server.url}/?as=nora&lang={language}")
        await page.click_on("[data-opens=exercises]")
        await page.click_on("[data-exercise='4']")
        await page.until("!document.querySelector('#exercises').open")
        await page.until("document.querySelectorAll('.project').length > 1")
        for view in ("conversation", "board"):
            await page.run(f"document.body.dataset.view = '{view}'")
            widest = await page.run("""Math.max(...[...document.querySelectorAll('header *, .project *, .letters *')]
                .filter((one) => one.checkVisibility()).map((one) => one.getBoundingClientRect().right))""")
            assert widest <= theatre.size[0], view
            outside = await page.run("""[...document.querySelectorAll('.project')].flatMap((card) =>
                [...card.querySelectorAll('*')].filter((one) => one.checkVisibility() &&
                one.getBoundingClientRect().right > card.getBoundingClientRect().right).map((one) => one.outerHTML))""")
            assert outside == [], (language, view)


async def test_a_role_changes_hands_in_the_page(theatre: Theatre) -> None:
    """The CMT lead picks a row from the list and types who; the new Account Manager's page says so."""
    page, other = await theatre.enter("zita"), await theatre.enter("sam")
    await page.click_on("#words")
    await page.write("roles")
    await page.press("Enter")
    await page.click_on("#letters [data-verb=change_role]")
    await page.until("document.querySelector('#form select').options.length > 8")
    await page.run(
        "(() => { const list = document.querySelector('#form select');"
        " list.value = [...list.options].find((one) => one.value.startsWith('account_manager/acme-de')).value; })()"
    )
    await page.click_on("#form input")
    await page.write("Sam, olga")
    await page.press("Enter")
    await page.sees("Sam, Olga", "#reply")
    await other.until("document.querySelector('#letters .card')")
