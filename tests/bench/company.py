"""A big company: projects of the same size, in twelve languages; four people in five are agents, the rest backups."""

from __future__ import annotations

import random
from typing import Any

from bot.company import Company, company_from_tables
from bot.cover import Rulebook
from bot.data import packaged
from bot.plan import parse_plan

LANGUAGES = ("de", "fr", "hu", "es", "it", "pl", "nl", "pt", "cs", "ro", "sv", "en")
PLACES = [f"place{number}" for number in range(30)]
AGENTS = 0.8  # of all people
SPEAK_ENGLISH, SPEAK_ANOTHER, ENROLLED = 0.6, 0.3, 0.5
BACKUPS = 8  # of each project


def big_rules(people: int = 10_000, projects: int = 200) -> Rulebook:
    """The packaged plan, and a big company."""
    return Rulebook(parse_plan(packaged("plan.toml")), company_from_tables(big_company(people, projects)))


def big_company(people: int = 10_000, projects: int = 200, seed: int = 7) -> dict[str, Any]:
    """The tables of a company file. The same arguments give the same company."""
    draw = random.Random(seed)
    names = [f"p{number}" for number in range(people)]
    team = int(people * AGENTS) // projects
    spoken = [LANGUAGES[number % len(LANGUAGES)] for number in range(projects)]
    native = {
        name: spoken[at // team] if at // team < projects else draw.choice(LANGUAGES) for at, name in enumerate(names)
    }
    spare = names[projects * team :]
    in_language = {language: [one for one in spare if native[one] == language] for language in LANGUAGES}
    managers = [{"id": one, "languages": {"en": "fluent"}} for one in ("nora", "zita", "ivan")]
    return {
        "people": [_person(name, native[name], draw) for name in names] + managers,
        "projects": [
            {
                "id": f"project-{number:03}",
                "language": language,
                "country": "DE",
                "timezone": "Europe/Berlin",
                "hours": "Mo-Su 00:00-24:00",
                "priority": number + 1,
                "agents": names[number * team : (number + 1) * team],
                "backups": draw.sample(in_language[language], min(BACKUPS, len(in_language[language]))),
                "account_manager": "nora",
            }
            for number, language in enumerate(spoken)
        ],
        "roles": {"cmt_lead": ["zita"], "it_manager": ["ivan"]},
    }


def _person(name: str, native: str, draw: random.Random) -> dict[str, Any]:
    languages = {native: "native"}
    if draw.random() < SPEAK_ENGLISH:
        languages.setdefault("en", "fluent")
    if draw.random() < SPEAK_ANOTHER:
        languages.setdefault(draw.choice(LANGUAGES), "fluent")
    enrolled = draw.random() < ENROLLED
    return {"id": name, "languages": languages, "location": draw.choice(PLACES), "emergency_cover": enrolled}


def agents_in_turn(company: Company) -> list[str]:
    """All agents, the first of each project, then the second of each, ...: an outage that hits everywhere."""
    teams = [project.agents for project in company.projects.values()]
    return [team[place] for place in range(max(map(len, teams))) for team in teams if place < len(team)]
