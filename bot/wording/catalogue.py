"""The languages: gettext catalogues, and texts whose placeholders take nodes of a line."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import timedelta
from functools import cache, lru_cache
from gettext import GNUTranslations
from importlib.resources import files
from io import BytesIO

from babel import Locale, UnknownLocaleError
from babel.lists import format_list
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.units import format_unit

from bot.cards import Instant, Line, Mention, Span, Words

LANGUAGES = ("en", "hu")
Filling = Span | Line | int
_PLACEHOLDER = re.compile(r"\{(\w+)\}")
_MOST_DURATIONS = 1024
_UNITS = (("duration-day", 86_400), ("duration-hour", 3_600), ("duration-minute", 60), ("duration-second", 1))


def mark(msgid: str) -> str:
    """Names a text for the extraction where it is only looked up later."""
    return msgid


class Tongue:
    """One reader's language: our texts, and how numbers, lists and durations are written in it."""

    def __init__(self, language: str, formats: Locale, texts: GNUTranslations) -> None:
        self.language = language
        self.formats = formats
        self._texts = texts
        self._durations: dict[int, str] = {}  # the plan's own few come again and again, and Babel takes its time

    def say(self, msgid: str, /, **values: Filling) -> Line:
        """The text as a line, each `{placeholder}` replaced by its node or line."""
        return fill(self._texts.gettext(msgid), values)

    def text(self, msgid: str, /, **values: str | int) -> str:
        """The text as a string: labels, options, hints."""
        return "".join(str(span) for span in fill(self._texts.gettext(msgid), values))

    def count(self, singular: str, plural: str, n: int, /, **values: Filling) -> Line:
        """The form that goes with the number, which is also the placeholder `{n}`."""
        return fill(self._texts.ngettext(singular, plural, n), {"n": n, **values})

    def amount(self, singular: str, plural: str, n: int, /) -> str:
        """Like `count`, as a string."""
        return "".join(str(span) for span in fill(self._texts.ngettext(singular, plural, n), {"n": n}))

    def of(self, texts: Mapping[str, str]) -> str:
        """The text of the plan in this language, in English if it lacks it."""
        return texts.get(self.language) or texts["en"]

    def duration(self, span: timedelta) -> str:
        """`30 minutes`, `1 hour 30 minutes`."""
        seconds = max(0, round(span.total_seconds()))
        if (known := self._durations.get(seconds)) is None:
            if len(self._durations) >= _MOST_DURATIONS:
                self._durations.clear()
            known = self._durations[seconds] = _duration(seconds, self.formats)
        return known

    def either(self, items: Iterable[str]) -> str:
        """`a, b or c`."""
        return format_list(list(items), style="or", locale=self.formats)


def _duration(left: int, formats: Locale) -> str:
    parts: list[str] = []
    for unit, size in _UNITS:
        amount, left = divmod(left, size)
        if amount or (unit == "duration-second" and not parts):
            parts.append(format_unit(amount, unit, length="long", locale=formats))
    return " ".join(parts)


def fill(template: str, values: Mapping[str, Filling]) -> Line:
    """The template as a line. Raises `KeyError` when a placeholder has no value."""
    line: list[Span] = []
    for place, piece in enumerate(_pieces(template)):
        value: Filling = values[piece] if place % 2 else piece
        if isinstance(value, int):
            line.append(str(value))
        elif isinstance(value, tuple):
            line.extend(value)
        elif isinstance(value, Instant | Mention | Words) or value:
            line.append(value)
    return tuple(line)


@lru_cache(2048)  # more than there are texts
def _pieces(template: str) -> Sequence[str]:
    return _PLACEHOLDER.split(template)


@cache
def catalogues() -> Mapping[str, GNUTranslations]:
    """Every language's texts, compiled once from the `.po` files of the package."""
    return {language: _compiled(language) for language in LANGUAGES}


def _compiled(language: str) -> GNUTranslations:
    source = files("bot").joinpath("locale", language, "LC_MESSAGES", "backline.po")
    compiled = BytesIO()
    write_mo(compiled, read_po(BytesIO(source.read_bytes()), locale=language))
    compiled.seek(0)
    return GNUTranslations(compiled)


@cache
def tongue(locale: str) -> Tongue:
    """The language for a locale like `hu`, `hu-HU` or `en_GB`; English for any other."""
    named = locale.replace("-", "_")
    language = named.partition("_")[0].lower()
    if language not in LANGUAGES:
        language = named = "en"
    try:
        formats = Locale.parse("en_GB" if named == "en" else named)  # a plain "en" would be American, with AM and PM
    except (ValueError, UnknownLocaleError):
        formats = Locale.parse("en_GB" if language == "en" else language)
    return Tongue(language, formats, catalogues()[language])


def prepare(locales: Iterable[str]) -> None:
    """Load texts and formats for these locales now, so that nobody's first report waits for it."""
    for locale in locales:
        tongue(locale).duration(timedelta(minutes=90))
