"""The page and its parts as HTML. Jinja2 escapes everything, so that people's words stay words."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from gettext import NullTranslations
from importlib.resources import files
from typing import Any
from zoneinfo import ZoneInfo

from babel.dates import format_date, format_time
from jinja2 import Environment, PackageLoader, StrictUndefined

from adapters.web.figures import city, happenings, home_reader, project_figures
from adapters.web.people import groups, part_of
from adapters.web.render import render, render_line
from adapters.web.stage import Stage
from adapters.web.words import LANGUAGES, catalogue
from bot.cards import Instant
from bot.ports import Json, Letter
from bot.reception import Reply
from bot.wording import Reader, plain, sync_line
from bot.wording.catalogue import tongue
from bot.wording.plain import local_time

TIMELINE = 60


class Pages:
    """One per process; templates and catalogues are read once."""

    def __init__(self) -> None:
        self._texts = {language: catalogue(language) for language in LANGUAGES}
        self._environments = {language: _environment(texts) for language, texts in self._texts.items()}
        static = files("adapters.web").joinpath("static")
        self.static: Mapping[str, bytes] = {one.name: one.read_bytes() for one in static.iterdir() if one.is_file()}
        self._version = hashlib.sha256(b"".join(self.static[name] for name in sorted(self.static))).hexdigest()[:12]

    def desk(self, stage: Stage, person: str, language: str) -> str:
        """The whole page, as this person."""
        return self._draw(
            "desk.html",
            language,
            {
                **self._conversation(stage, person, language),
                **self._board(stage, language),
                "version": self._version,
                "exercises": stage.exercises(),
                "groups": groups(stage.company),
                "languages": LANGUAGES,
            },
        )

    def conversation(self, stage: Stage, person: str, language: str) -> str:
        """The person's conversation, with the tabs of the cast."""
        return self._draw("conversation.html", language, self._conversation(stage, person, language))

    def board(self, stage: Stage, language: str) -> str:
        """Projects and timeline."""
        return self._draw("board.html", language, self._board(stage, language))

    def reply(self, stage: Stage, person: str, reply: Reply, language: str) -> str:
        """What a press is answered."""
        said = reply.said if isinstance(reply.said, tuple) else reply.said.lead
        context = {**_basics(stage, language), "reader": stage.reader(person), "line": render_line(said)}
        return self._draw("reply.html", language, {**context, "refused": reply.rejected is not None})

    def status(self, stage: Stage) -> Json:
        """What an open page compares with what it shows. `counts`: by person, messages and changes."""
        counts = stage.conversations.counts()
        return {
            "seq": stage.history.seq,
            "now": stage.clock.now().isoformat(),
            "speed": stage.clock.speed,
            "counts": counts,
            "cast": stage.cast(),
        }

    def _conversation(self, stage: Stage, person: str, language: str) -> dict[str, Any]:
        cast = stage.cast()
        people = cast if person in cast else (*cast, person)
        return {
            **_basics(stage, language),
            "person": person,
            "reader": stage.reader(person),
            "their": self._texts[_language_of(stage.reader(person))].gettext,
            "part": part_of(stage.company, person),
            "cast": [(one, part_of(stage.company, one)) for one in people],
            "letters": _shown(stage, person),
            "counts": stage.conversations.counts(),
            "menu": render(stage.menu(person)),
        }

    def _board(self, stage: Stage, language: str) -> dict[str, Any]:
        projects = project_figures(stage, language)
        return {
            **_basics(stage, language),
            "projects": projects,
            "disrupted": [one for one in projects if one.number],
            "quiet": [one for one in projects if not one.number],
            "timeline": happenings(stage, language, TIMELINE),
            "anybody_out": bool(stage.desk.state.workplaces),
            "records": sync_line(sync, tongue(language)) if (sync := stage.view().sync) else None,
        }

    def _draw(self, template: str, language: str, context: Mapping[str, Any]) -> str:
        return self._environments[language].get_template(template).render(context)


def _environment(texts: NullTranslations) -> Environment:
    environment = Environment(
        loader=PackageLoader("adapters.web"),
        autoescape=True,
        extensions=["jinja2.ext.i18n"],
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=StrictUndefined,
    )
    # The i18n extension adds this method.
    environment.install_gettext_translations(texts, newstyle=True)  # type: ignore[attr-defined]
    environment.filters["json"] = lambda value: json.dumps(value, ensure_ascii=False)
    return environment


def _language_of(reader: Reader) -> str:
    """What a card's frame speaks: the language of its text."""
    return reader.tongue.language


def _basics(stage: Stage, language: str) -> dict[str, Any]:
    """What every template may use."""
    now, home = stage.clock.now(), home_reader(stage, language)
    formats = tongue(language).formats

    def clock_time(at: datetime, style: str = "short") -> str:
        return format_time(at, style, tzinfo=ZoneInfo(home.zone), locale=formats)

    return {
        "language": language,
        "now": now,
        "speed": stage.clock.speed,
        "company": stage.company,
        "rules": stage.rules,
        "zone": home.zone,
        "zone_city": city(home.zone, language),
        "today": format_date(now.astimezone(ZoneInfo(home.zone)), "full", locale=formats),
        "clock_time": clock_time,
        "home": home,
        "left": left,
        "when": _when(now),
        "name": lambda person: stage.company.people[person].name if person in stage.company.people else person,
        "text_of": lambda line, reader: plain(line, stage.company, reader, now),
        "spans": render_line,
    }


def _when(now: datetime) -> Any:  # noqa: ANN401 - a function for the templates
    def when(at: str | datetime, reader: Reader) -> str:
        moment = datetime.fromisoformat(at) if isinstance(at, str) else at
        return local_time(Instant(moment), reader, now)

    return when


def left(due: str | datetime, now: datetime) -> str:
    """`4:05`, `1:04:05`: what is left until `due`, not below nothing. The page's script counts on in the same form."""
    moment = datetime.fromisoformat(due) if isinstance(due, str) else due
    seconds = max(0, -((now - moment) // timedelta(seconds=1)))
    hours, rest = divmod(seconds, 3600)
    minutes, seconds = divmod(rest, 60)
    return f"{hours}:{minutes:02}:{seconds:02}" if hours else f"{minutes}:{seconds:02}"


def _shown(stage: Stage, person: str) -> Sequence[Mapping[str, Any]]:
    """The letters; of a live card that was posted again, only the newest is open."""
    letters = stage.letters(person)
    newest = {_card_id(letter): letter.id for letter in letters if _card_id(letter)}
    return [
        {
            "id": letter.id,
            "at": letter.at,
            "changed": letter.changed,
            "body": letter.body,
            "older": bool(_card_id(letter)) and newest[_card_id(letter)] != letter.id,
        }
        for letter in letters
    ]


def _card_id(letter: Letter) -> str | None:
    card = letter.body.get("card")
    return card["id"] if card else None
