"""The practice desk's routes: the page, its parts, the stream of news, and what one can do."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable, Mapping
from contextlib import aclosing
from datetime import timedelta
from typing import TypeVar

from aiohttp import web

from adapters.web.guard import SECURITY_HEADERS, Fields, form_of, guarded
from adapters.web.pages import Pages
from adapters.web.stage import Stage
from adapters.web.words import LANGUAGES, language_for
from bot.cards import Press
from bot.ports import StoreError

LONGEST_WORDS = 2000  # the rules' own limit is lower, and answers with a sentence
LONGEST_VALUE = 4000
T = TypeVar("T")
COOKIE = "backline_language"
_TYPES: Mapping[str, str] = {"css": "text/css", "js": "text/javascript", "svg": "image/svg+xml"}


def add_routes(app: web.Application, stage: Stage) -> None:
    """Serve the practice desk under `/`."""
    desk = _Listener(stage, Pages())
    gets = {
        "/": desk.page,
        "/parts/conversation": desk.conversation,
        "/parts/board": desk.board,
        "/changes": desk.changes,
        "/static/{version}/{name}": desk.static,
    }
    posts = {
        "/say": desk.say,
        "/press": desk.press,
        "/clock": desk.clock,
        "/exercise": desk.exercise,
        "/restore": desk.restore,
        "/reset": desk.reset,
    }
    app.add_routes([web.get(path, guarded(handler)) for path, handler in gets.items()])
    app.add_routes([web.post(path, guarded(handler)) for path, handler in posts.items()])

    async def close_streams(_app: web.Application) -> None:
        stage.changes.close()

    app.on_shutdown.append(close_streams)


class _Listener:
    def __init__(self, stage: Stage, pages: Pages) -> None:
        self._stage = stage
        self._pages = pages
        self._one_at_a_time = asyncio.Lock()  # exercises and resets

    # --- looking --------------------------------------------------------------------------------------------------

    async def page(self, request: web.Request) -> web.Response:
        """The whole page."""
        language = _language(request)
        response = _html(self._pages.desk(self._stage, self._person(request.query.get("as")), language))
        if request.query.get("lang") in LANGUAGES:
            response.set_cookie(COOKIE, language, max_age=31_536_000, httponly=True, samesite="Strict")
        return response

    async def conversation(self, request: web.Request) -> web.Response:
        """One person's conversation."""
        person = self._person(request.query.get("as"))
        return _html(self._pages.conversation(self._stage, person, _language(request)))

    async def board(self, request: web.Request) -> web.Response:
        """Projects and timeline."""
        return _html(self._pages.board(self._stage, _language(request)))

    async def static(self, request: web.Request) -> web.Response:
        """A file of the page; its address changes with its content."""
        name = request.match_info["name"]
        body = self._pages.static.get(name)
        kind = _TYPES.get(name.rpartition(".")[2])
        if body is None or kind is None:
            raise web.HTTPNotFound(text="There is no such file.\n")
        headers = {"Content-Type": f"{kind}; charset=utf-8", "Cache-Control": "public, max-age=31536000, immutable"}
        return web.Response(body=body, headers=headers)

    async def changes(self, request: web.Request) -> web.StreamResponse:
        """Server-sent events: the status, now and at every change."""
        response = web.StreamResponse(headers={"Content-Type": "text/event-stream", **SECURITY_HEADERS})
        await response.prepare(request)
        async with aclosing(self._stage.changes.rings(self._stage.heartbeat)) as rings:
            try:
                async for _ in rings:
                    await response.write(f"data: {json.dumps(self._pages.status(self._stage))}\n\n".encode())
            except ConnectionError:  # the page was closed
                pass
        return response

    # --- doing ----------------------------------------------------------------------------------------------------

    async def say(self, request: web.Request) -> web.Response:
        """The person types something."""
        fields = await form_of(request)
        person, text = self._known(fields), _one(fields, "text", LONGEST_WORDS).strip()
        if not text:
            raise web.HTTPBadRequest(text="Nothing was written.\n")
        await self._do(lambda: self._stage.say(person, text))
        return web.Response(status=204)

    async def press(self, request: web.Request) -> web.Response:
        """The person presses a button or sends a form."""
        fields = await form_of(request)
        person = self._known(fields)
        values = {
            name.removeprefix("field."): tuple(value[:LONGEST_VALUE] for value in given)
            for name, given in fields.items()
            if name.startswith("field.")
        }
        args = {name.removeprefix("arg."): given[0] for name, given in fields.items() if name.startswith("arg.")}
        press = Press(person, _one(fields, "verb"), args, _single(values), _one(fields, "key"))
        reply = await self._do(lambda: self._stage.press(press))
        html = self._pages.reply(self._stage, person, reply, _language(request))
        return _html(html, 409 if reply.rejected else 200)

    async def clock(self, request: web.Request) -> web.Response:
        """Pause, run, or move on."""
        fields = await form_of(request)
        try:
            value = int(_one(fields, "value") or "0")
            match _one(fields, "action"):
                case "pause":
                    self._stage.run(0)
                case "run":
                    self._stage.run(value)
                case "advance":
                    step = timedelta(seconds=value)
                    await self._do(lambda: self._stage.advance(step))
                case _:
                    return web.Response(status=400, text="The practice clock can pause, run and advance.\n")
        except (ValueError, OverflowError) as error:
            raise web.HTTPBadRequest(text=f"{error}\n") from error
        return web.Response(status=204)

    async def exercise(self, request: web.Request) -> web.Response:
        """Begin an exercise; the answer is the person to play first."""
        level = _one(await form_of(request), "level")
        found = next((one for one in self._stage.exercises() if str(one.level) == level), None)
        if found is None:
            raise web.HTTPBadRequest(text="This company has no exercise for that level.\n")
        async with self._one_at_a_time:
            await self._do(lambda: self._stage.play(found))
        return web.json_response({"as": self._stage.company.projects[found.project].account_manager})

    async def restore(self, request: web.Request) -> web.Response:
        """Everybody works again."""
        await form_of(request)
        await self._do(self._stage.restore_all)
        return web.Response(status=204)

    async def reset(self, request: web.Request) -> web.Response:
        """Clear the table."""
        await form_of(request)
        async with self._one_at_a_time:
            await self._do(self._stage.reset)
        return web.Response(status=204)

    async def _do(self, action: Callable[[], Awaitable[T]]) -> T:
        try:
            return await action()
        except StoreError as error:
            raise web.HTTPServiceUnavailable(text="It was not recorded. Please try again.\n") from error

    def _person(self, wanted: str | None) -> str:
        """Whom to show: the one asked for if there is such a person, else the first of the cast."""
        return wanted if wanted and wanted in self._stage.company.people else self._stage.cast()[0]

    def _known(self, fields: Fields) -> str:
        person = _one(fields, "as")
        if person not in self._stage.company.people:
            raise web.HTTPBadRequest(text="There is no such person in this company; reload the page.\n")
        return person


def _html(text: str, status: int = 200) -> web.Response:
    return web.Response(text=text, content_type="text/html", status=status)


def _language(request: web.Request) -> str:
    wanted = request.query.get("lang") or request.cookies.get(COOKIE)
    return language_for(wanted, request.headers.get("Accept-Language", ""))


def _one(fields: Fields, name: str, longest: int = LONGEST_VALUE) -> str:
    value = fields.get(name, [""])[0]
    if len(value) > longest:
        raise web.HTTPRequestEntityTooLarge(longest, len(value), text="That is too long for the desk.\n")
    return value


def _single(values: Mapping[str, tuple[str, ...]]) -> Mapping[str, str | tuple[str, ...]]:
    """One value as itself, several as they are."""
    return {name: given[0] if len(given) == 1 else given for name, given in values.items()}
