"""The page's own words in English and Hungarian; the cards bring theirs along from the rules."""

from __future__ import annotations

from collections.abc import Sequence
from gettext import GNUTranslations, NullTranslations
from importlib.resources import files
from io import BytesIO

from babel.core import negotiate_locale
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

LANGUAGES = ("en", "hu")


def catalogue(language: str) -> NullTranslations:
    """The page's texts in this language; English is what stands in the templates."""
    if language == "en":
        return NullTranslations()
    source = files("adapters.web").joinpath("locale", f"{language}.po")
    compiled = BytesIO()
    write_mo(compiled, read_po(BytesIO(source.read_bytes()), locale=language))
    compiled.seek(0)
    return GNUTranslations(compiled)


def language_for(wanted: str | None, accepted: str) -> str:
    """The language chosen on the page, else the browser's best (`Accept-Language`), else English."""
    if wanted in LANGUAGES:
        return wanted
    return negotiate_locale(_tags(accepted), LANGUAGES, sep="-") or "en"


def _tags(accepted: str) -> Sequence[str]:
    return [part.partition(";")[0].strip() for part in accepted[:200].split(",")]
