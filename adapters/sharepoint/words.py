"""The words of lists and reports, in the company's language: our own beside those of the rules.

English is the source; Hungarian is `locale/hu.po` (docs/decisions/081-sharepoint.md says how to renew it).
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from functools import cache
from gettext import GNUTranslations
from importlib.resources import files
from io import BytesIO

from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

from bot.company import Company
from bot.wording import Reader
from bot.wording.catalogue import LANGUAGES, Tongue, tongue


@dataclass(frozen=True, slots=True)
class Words:
    """One language: `t` for our own texts, `rules` for those of the rules."""

    t: Tongue
    rules: Tongue

    @property
    def language(self) -> str:
        """`en` or `hu`."""
        return self.rules.language

    def reader(self, zone: str) -> Reader:
        """Nobody in particular, in this language."""
        return Reader("", self.language, zone)


@cache
def words(language: str) -> Words:
    """The texts in this language; English for one we do not have."""
    rules = tongue(language)
    return Words(Tongue(rules.language, rules.formats, _texts(rules.language)), rules)


def _texts(language: str) -> GNUTranslations:
    catalog = Catalog(locale=language)  # English stands in the source
    if language != "en":
        source = files("adapters.sharepoint").joinpath("locale", f"{language}.po")
        catalog = read_po(BytesIO(source.read_bytes()), locale=language)
    compiled = BytesIO()
    write_mo(compiled, catalog)
    compiled.seek(0)
    return GNUTranslations(compiled)


def language_of(company: Company) -> str:
    """The language that most people of the company file read; English where nobody says."""
    spoken = Counter((person.locale or "").partition("-")[0].partition("_")[0] for person in company.people.values())
    found = [(count, language) for language, count in spoken.items() if language in LANGUAGES]
    return max(found)[1] if found else "en"


def zone_of(company: Company, project: str | None = None) -> str:
    """The zone to show times in: the project's, else that of most projects."""
    if project in company.projects:
        return company.projects[project or ""].timezone
    zones = Counter(one.timezone for one in company.projects.values())
    return zones.most_common(1)[0][0] if zones else "UTC"
