"""The sample company is what its own head and the reference say of it."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from bot.allocation import Pool, Share, allocate
from bot.company import Company, Fluency, Person, Project, RunBy, parse_company
from bot.data import packaged


@pytest.fixture(scope="module")
def sample() -> Company:
    """The company that comes with the package."""
    return parse_company(packaged("company.toml"))


def test_the_sample_has_the_documented_people(sample: Company) -> None:
    """The people and the project of the reference are in the sample as they are described there."""
    languages = {"de": Fluency.NATIVE, "en": Fluency.FLUENT}
    assert sample.people["anna"] == Person("anna", "Anna", "anna@example.com", "gyor", languages, True, "hu")
    acme = sample.projects["acme-de"]
    assert (acme.agents, acme.backups, acme.supervisors) == (("anna", "bea"), ("carl",), ("sam",))
    assert (acme.account_manager, acme.deputies, acme.priority) == ("nora", ("olga",), 1)
    assert (sample.systems["vcc"].owner, sample.systems["vcc"].run_by) == ("ivan", RunBy.COMPANY)
    assert (sample.roles.cmt_lead[0], sample.roles.ert_lead, sample.roles.ert[:2]) == (
        "zita",
        ("erik",),
        ("erik", "emma"),
    )
    assert {person.email for person in sample.people.values()} == {f"{person}@example.com" for person in sample.people}


def _pool(company: Company, person: Person, project: Project, out: set[str]) -> Pool | None:
    if person.id in out or person.id in project.agents:
        return None
    if person.id in project.backups and person.native_in(project.language):
        return Pool.NATIVE
    hit = {company.people[agent].location for agent in project.agents if agent in out}
    if person.emergency_cover and person.speaks(project.language) and person.location not in hit:
        return Pool.NON_NATIVE
    return Pool.ENGLISH if person.emergency_cover and person.speaks("en") else None


def _level(share: Share) -> int | None:
    needed = (share.native, share.non_native, share.english, share.unfilled)
    return max((number for number, seats in enumerate(needed, start=1) if seats), default=None)


def test_the_sample_reaches_every_level_as_it_says(sample: Company) -> None:
    """The table in the sample's head is true: those reports, line by line, need those pools."""
    out: set[str] = set()
    levels: list[list[int | None]] = []
    more = [sample.projects[project].agents for project in ("azur-fr", "harbour-gb")]
    for step in (("anna",), ("bea", "carl"), ("levente", "matyas"), *more):
        out |= set(step)
        projects = sorted(sample.projects.values(), key=lambda p: p.priority)
        seats = [len(out & set(p.agents)) for p in projects]
        people = Counter(
            sum(
                1 << (pool - 1) * len(projects) + at
                for at, p in enumerate(projects)
                if (pool := _pool(sample, person, p, out))
            )
            for person in sample.people.values()
        )
        shares = dict(zip((p.id for p in projects), allocate(seats, people), strict=True))
        levels.append([_level(shares[p]) for p in ("acme-de", "lumen-hu", "azur-fr", "harbour-gb")])
    none = None
    assert levels == [[1, none, none, none], [2, none, none, none], [3, 1, none, none], [3, 1, 3, none], [4, 1, 4, 2]]
    assert len(out) == 20
    assert len(out & sample.all_agents) == 19
    assert len(sample.all_agents) == 25


def test_the_reference_shows_a_company_without_faults() -> None:
    """The example of the company file's reference can be copied as it stands, and so can its CSV."""
    text = (Path(__file__).parents[2] / "docs/reference/company-file.md").read_text(encoding="utf-8")
    example, people = (text.split(fence, 1)[1].split("```", 1)[0] for fence in ("```toml\n", "```\nid,"))
    company = parse_company(example, [("people.csv", "id," + people)])
    assert list(company.people) == ["anna", "carl", "nora", "zita", "dora"]
