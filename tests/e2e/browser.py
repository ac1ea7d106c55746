"""A headless Chromium over its own protocol (CDP) and aiohttp: real clicks and keys, waiting on the page's own state.

No driver to install beside the browser. What a test waits for is a condition in the page, looked at on every frame.
"""

from __future__ import annotations

import asyncio
import base64
import itertools
import json
import os
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
MAC = Path("/Applications/Google Chrome.app/Contents/MacOS/Google Chrome")
FLAGS = (
    "--headless=new",
    "--no-sandbox",  # tests may run as root, where the sandbox does not start
    "--disable-gpu",
    "--disable-quic",
    "--disable-dev-shm-usage",
    "--no-first-run",
    "--no-default-browser-check",
    "--hide-scrollbars",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-default-apps",
    "--disable-extensions",
    "--disable-sync",
    "--remote-debugging-port=0",
    "--remote-allow-origins=*",
    "--disable-features=Translate,OptimizationHints,MediaRouter",
)
PATIENCE = 30.0  # seconds a condition may take; a slow machine is no failure

Json = dict[str, Any]

_AIMS = 20  # at something that moves
# Where the element is, once it can be clicked there. Until the click has reached it, none reaches anything else.
_AIM = """(() => {
    const found = %s;
    found.scrollIntoView({block: 'nearest', behavior: 'instant'});
    const box = found.getBoundingClientRect();
    const [x, y] = [box.x + box.width / 2, box.y + box.height / 2];
    if (!box.width || !found.contains(document.elementFromPoint(x, y))) return null;
    if (!window.aim) for (const kind of ['pointerdown', 'mousedown', 'pointerup', 'mouseup', 'click'])
        window.addEventListener(kind, (event) => {
            if (window.aim.hit) return;
            if (!event.composedPath().includes(window.aim.at)) {
                event.preventDefault();
                event.stopImmediatePropagation();
            } else if (kind === 'click') window.aim.hit = true;
        }, {capture: true});
    window.aim = {at: found, hit: false};
    return [x, y];
})()"""


def find_chromium() -> str | None:
    """The browser's path, or None."""
    for name in NAMES:
        if found := shutil.which(name):
            return found
    return str(MAC) if MAC.exists() else None


class Browser:
    """One browser process. `page` opens a tab in a profile of its own, with no cookies of the others."""

    def __init__(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        self._socket = socket
        self._numbers = itertools.count(1)
        self._waiting: dict[int, asyncio.Future[Json]] = {}
        self._pages: dict[str, Page] = {}
        self._listener = asyncio.create_task(self._listen())

    async def page(self, width: int, height: int, *, language: str = "en", dark: bool = False) -> Page:
        """A new tab of that size."""
        context = await self.send("Target.createBrowserContext", {})
        where = {"url": "about:blank", "browserContextId": context["browserContextId"]}
        target = await self.send("Target.createTarget", where)
        session = await self.send("Target.attachToTarget", {"targetId": target["targetId"], "flatten": True})
        page = Page(self, session["sessionId"])
        self._pages[page.session] = page
        await page.prepare(width, height, language, dark=dark)
        return page

    async def send(self, method: str, params: Json, session: str | None = None) -> Json:
        """One command and its answer."""
        number = next(self._numbers)
        message = {"id": number, "method": method, "params": params} | ({"sessionId": session} if session else {})
        answered = self._waiting[number] = asyncio.get_running_loop().create_future()
        await self._socket.send_json(message)
        answer = await asyncio.wait_for(answered, 2 * PATIENCE)
        if "error" in answer:
            raise RuntimeError(f"{method}: {answer['error']['message']}")
        result: Json = answer["result"]
        return result

    async def close(self) -> None:
        """Stop listening."""
        self._listener.cancel()
        await asyncio.gather(self._listener, return_exceptions=True)

    async def _listen(self) -> None:
        async for message in self._socket:
            said = json.loads(message.data)
            if "id" in said:
                if waiting := self._waiting.pop(said["id"], None):
                    waiting.set_result(said)
            elif page := self._pages.get(said.get("sessionId", "")):
                page.heard(said["method"], said["params"])


class Page:
    """A tab. `complaints` has what the console and the page's scripts had to complain about."""

    def __init__(self, browser: Browser, session: str) -> None:
        self._browser = browser
        self.session = session
        self.complaints: list[str] = []
        self._loaded = asyncio.Event()

    async def prepare(self, width: int, height: int, language: str, *, dark: bool) -> None:
        """Size, language and colour scheme."""
        for domain in ("Page", "Runtime", "Log"):
            await self.send(f"{domain}.enable")
        await self.resize(width, height)
        await self.send("Emulation.setLocaleOverride", locale=language)
        agent = (await self._browser.send("Browser.getVersion", {}))["userAgent"]
        await self.send("Emulation.setUserAgentOverride", userAgent=agent, acceptLanguage=language)
        scheme = {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}
        still = {"name": "prefers-reduced-motion", "value": "reduce"}
        await self.send("Emulation.setEmulatedMedia", features=[scheme, still])

    async def resize(self, width: int, height: int) -> None:
        """The window's inner size in CSS pixels; a narrow one is a phone, with touch."""
        size = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": width < 600}
        await self.send("Emulation.setDeviceMetricsOverride", **size)

    async def send(self, method: str, **params: object) -> Json:
        """A command of the protocol to this tab."""
        return await self._browser.send(method, params, self.session)

    def heard(self, method: str, params: Json) -> None:
        """An event from the browser."""
        if method == "Page.loadEventFired":
            self._loaded.set()
        elif method == "Runtime.exceptionThrown":
            details = params["exceptionDetails"]
            self.complaints.append(details.get("exception", {}).get("description") or details["text"])
        elif method == "Log.entryAdded" and params["entry"]["level"] == "error":
            self.complaints.append(f"{params['entry']['text']} {params['entry'].get('url', '')}")

    async def goto(self, url: str) -> None:
        """Load a page."""
        self._loaded.clear()
        await self.send("Page.navigate", url=url)
        await asyncio.wait_for(self._loaded.wait(), PATIENCE)

    async def run(self, script: str) -> Any:  # noqa: ANN401 - JSON of any kind
        """The value of a JavaScript expression."""
        answer = await self.send("Runtime.evaluate", expression=script, awaitPromise=True, returnByValue=True)
        if "exceptionDetails" in answer:
            raise RuntimeError(answer["exceptionDetails"].get("exception", {}).get("description", script))
        return answer["result"].get("value")

    async def until(self, condition: str) -> Any:  # noqa: ANN401 - JSON of any kind
        """Wait until the JavaScript condition holds; its value. Fails with what the page shows instead."""
        script = f"""new Promise((done) => {{
            const end = performance.now() + {PATIENCE * 1000};
            (function look() {{
                let value = null;
                try {{ value = ({condition}); }} catch {{}}
                if (value) done(value instanceof Node ? true : value);
                else if (performance.now() > end) done(null);
                else setTimeout(look, 20);
            }})();
        }})"""
        value = await self.run(script)
        if not value:
            shown = await self.run("document.body.innerText")
            raise AssertionError(f"never became true: {condition}\nThe page shows:\n{shown}\n{self.complaints}")
        return value

    async def sees(self, text: str, within: str = "body") -> None:
        """Wait until the text is shown."""
        await self.until(f"document.querySelector({json.dumps(within)})?.innerText.includes({json.dumps(text)})")

    async def click(self, text: str, within: str = "body") -> None:
        """Click the button, link or summary with this label, where a person would."""
        find = f"""[...document.querySelector({json.dumps(within)})
            .querySelectorAll('button, a, summary, label')].filter((one) => one.checkVisibility() &&
            [one.innerText.trim(), one.ariaLabel].includes({json.dumps(text)})).at(-1)"""
        await self._click(find)

    async def click_on(self, selector: str) -> None:
        """Click the first element of a CSS selector."""
        await self._click(f"document.querySelector({json.dumps(selector)})")

    async def _click(self, find: str) -> None:
        """Click until the click has reached the element: a card that arrives meanwhile moves it from under the hand."""
        for _ in range(_AIMS):
            spot = await self.until(_AIM % find)
            for kind in ("mousePressed", "mouseReleased"):
                event = {"type": kind, "x": spot[0], "y": spot[1], "button": "left", "clickCount": 1}
                await self.send("Input.dispatchMouseEvent", **event)
            if await self.run("window.aim?.hit ?? true"):  # a page that has gone has been clicked
                return
        raise AssertionError(f"it never kept still to be clicked: {find}")

    async def write(self, text: str) -> None:
        """Type into what has the focus."""
        await self.send("Input.insertText", text=text)

    async def press(self, key: str) -> None:
        """A key like `Enter`, `Tab`, `Escape`."""
        codes = {"Enter": 13, "Tab": 9, "Escape": 27, " ": 32}
        event = {"key": key, "code": key if key != " " else "Space", "windowsVirtualKeyCode": codes[key]}
        text = {"Enter": "\r", " ": " "}.get(key)
        await self.send("Input.dispatchKeyEvent", type="keyDown", **event, **({"text": text} if text else {}))
        await self.send("Input.dispatchKeyEvent", type="keyUp", **event)

    async def picture(self) -> bytes:
        """A PNG of what is shown."""
        answer = await self.send("Page.captureScreenshot", format="png")
        return base64.b64decode(answer["data"])


@asynccontextmanager
async def browser(binary: str, profile: Path) -> AsyncIterator[Browser]:
    """A fresh headless browser, gone at the end."""
    start = [binary, *FLAGS, f"--user-data-dir={profile}", "about:blank"]
    quiet = {**os.environ, "HOME": str(profile)}
    process = await asyncio.create_subprocess_exec(
        *start, stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.PIPE, env=quiet, start_new_session=True
    )
    assert process.stderr
    reading: list[asyncio.Task[bytes]] = []
    try:
        url = await asyncio.wait_for(_address(process.stderr), 2 * PATIENCE)
        reading.append(asyncio.create_task(process.stderr.read()))  # a full pipe would stop the browser
        async with aiohttp.ClientSession() as session, session.ws_connect(url, max_msg_size=0) as socket:
            running = Browser(socket)
            try:
                yield running
                await running.send("Browser.close", {})
            finally:
                await running.close()
    finally:
        if process.returncode is None:
            process.terminate()
        await process.wait()
        await asyncio.gather(*reading, return_exceptions=True)


async def _address(said: asyncio.StreamReader) -> str:
    lines: list[str] = []
    while line := (await said.readline()).decode(errors="replace"):
        if "DevTools listening on " in line:
            return line.split("DevTools listening on ")[1].strip()
        lines.append(line)
    raise RuntimeError("the browser did not start: " + "".join(lines[-5:]))
