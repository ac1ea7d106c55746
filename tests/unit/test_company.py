"""The company file: what it becomes, and every fault it can have, with its place."""

from __future__ import annotations

from collections.abc import Mapping

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.company import Chat, Fluency, Person, Role, company_from_tables, holders, parse_company
from bot.data import packaged
from bot.faults import Fault, InvalidFile
from bot.tables import read_utf8

PEOPLE = ("anna", "bea", "carl", "sam", "nora", "olga", "zita", "lajos", "ivan", "erik")


def tables() -> dict[str, object]:
    """A small company without a fault, as tables; each test spoils its own copy."""
    return {
        "people": [{"id": person} for person in PEOPLE],
        "projects": [
            {
                "id": "acme-de",
                "language": "de",
                "country": "DE",
                "timezone": "Europe/Berlin",
                "hours": "Mo-Fr 08:00-20:00",
                "agents": ["anna", "bea"],
                "backups": ["carl"],
                "supervisors": ["sam"],
                "account_manager": "nora",
                "deputies": ["olga"],
            }
        ],
        "systems": [{"id": "vcc", "run_by": "company", "owner": "ivan", "projects": ["acme-de"]}],
        "roles": {"cmt_lead": ["zita", "lajos"], "it_manager": ["ivan"], "ert_lead": ["erik"], "ert": ["erik"]},
    }


def entry(company: Mapping[str, object], kind: str, place: int = 0) -> dict[str, object]:
    """One entry of a list of tables, to be spoilt."""
    found = company[kind]
    assert isinstance(found, list)
    return found[place]  # type: ignore[no-any-return]


def faults_of(company: Mapping[str, object]) -> list[Fault]:
    """What is wrong with these tables."""
    with pytest.raises(InvalidFile) as caught:
        company_from_tables(company)
    return list(caught.value.faults)


def csv_faults(text: str | list[str]) -> list[Fault]:
    """What is wrong with this people.csv beside a company file without a fault."""
    good = packaged("company.toml")
    with pytest.raises(InvalidFile) as caught:
        parse_company(good, [("people.csv", text if isinstance(text, str) else "\n".join(text))])
    return list(caught.value.faults)


def test_what_is_left_out_has_a_default() -> None:
    """An id is enough for a person, and a project without lists or priority has empty ones and a middle priority."""
    company = company_from_tables(tables() | {"systems": []})
    anna = company.people["anna"]
    assert (anna.name, anna.email, anna.location, dict(anna.languages)) == ("anna", None, None, {})
    assert (anna.emergency_cover, anna.locale, anna.timezone, anna.active) == (False, None, None, True)
    assert (company.projects["acme-de"].name, company.projects["acme-de"].priority) == ("acme-de", 100)
    assert company.systems == {}


def test_only_active_people_are_agents_backups_and_holders() -> None:
    """An inactive person is no agent and no backup, and the next in a role's list stands in for them."""
    raw = tables()
    for place, person in enumerate(PEOPLE):
        entry(raw, "people", place)["active"] = person not in {"anna", "carl", "sam", "zita"}
    company = company_from_tables(raw)
    assert company.active_agents("acme-de") == ("bea",)
    assert company.all_agents == {"bea"}
    assert company.agent_of("anna") == company.backup_of("carl") == ()
    assert company.agent_of("bea") == ("acme-de",)
    assert holders(company, Role.SUPERVISOR, "acme-de") == ()
    assert holders(company, Role.CMT_LEAD, "acme-de") == ("lajos",)
    assert company.roles_in("zita", "acme-de") == frozenset()


def test_roles_of_a_person_join_project_and_company() -> None:
    """Who manages one project and leads the CMT is both there, and only the latter elsewhere."""
    raw = tables()
    raw["projects"] = [entry(raw, "projects"), entry(raw, "projects") | {"id": "acme-at", "account_manager": "olga"}]
    raw["roles"] = {"cmt_lead": ["nora", "zita", "lajos"], "it_manager": ["ivan", "nora"], "ert": ["erik"]}
    company = company_from_tables(raw)
    assert company.roles_in("nora", "acme-de") == {Role.ACCOUNT_MANAGER, Role.CMT_LEAD, Role.IT_MANAGER_DEPUTY}
    assert company.roles_in("nora", "acme-at") == {Role.CMT_LEAD, Role.IT_MANAGER_DEPUTY}
    assert company.roles_in("olga", "acme-at") == {Role.ACCOUNT_MANAGER, Role.DEPUTY}
    assert company.roles_in("nobody", "acme-de") == frozenset()
    assert holders(company, Role.CMT_LEAD_DEPUTY, "acme-at") == ("zita", "lajos")
    assert holders(company, Role.DEPUTY, "acme-de") == ("olga",)
    assert holders(company, Role.ERT_LEAD, "acme-de") == ()


def test_a_zone_comes_from_the_person_then_the_project() -> None:
    """A person's own zone wins, then that of the project they are an agent of rather than back up, then UTC."""
    raw = tables()
    second = entry(raw, "projects") | {"id": "p2", "timezone": "Asia/Manila", "agents": ["carl"], "backups": ["anna"]}
    raw["projects"] = [entry(raw, "projects"), second]
    entry(raw, "people", 1)["timezone"] = "Europe/Lisbon"
    company = company_from_tables(raw)
    zones = [company.zone_of(person) for person in ("anna", "bea", "carl", "nora", "zita")]
    assert zones == ["Europe/Berlin", "Europe/Lisbon", "Asia/Manila", "Europe/Berlin", "UTC"]


def test_speaking_is_native_or_fluent() -> None:
    """Fluent counts as speaking, only native as native."""
    person = Person("anna", "Anna", languages={"de": Fluency.NATIVE, "en": Fluency.FLUENT})
    assert [person.speaks(language) for language in ("de", "en", "fr")] == [True, True, False]
    assert [person.native_in(language) for language in ("de", "en", "fr")] == [True, False, False]


def test_the_digest_is_of_the_content() -> None:
    """Comments, defaults written out and the order of keys change no digest; a person's location does."""
    text = (
        'people=[{id="a"},{id="b"}]\n[roles]\ncmt_lead=["a"]\nit_manager=["b"]\n[[projects]]\nid="p"\nlanguage="de"\n'
    )
    text += 'country="DE"\ntimezone="UTC"\nhours="24/7"\naccount_manager="a"\n'
    same = text.replace('{id="a"}', '{active=true, name="a", id="a"}') + "# the end\n"
    other = text.replace('{id="a"}', '{id="a", location="gyor"}')
    assert parse_company(text).digest == parse_company("\ufeff" + same.replace("\n", "\r\n")).digest
    assert parse_company(text).digest != parse_company(other).digest


@pytest.mark.parametrize(
    ("kind", "key", "value", "path", "part"),
    [
        ("people", "id", "Anna", "people[0].id", "lower-case"),
        ("people", "id", "-a", "people[0].id", "lower-case"),
        ("people", "id", 7, "people[0].id", "text in quotes"),
        ("people", "id", "bea", "people[1].id", "one of their own"),
        ("people", "name", "", "people.anna.name", "is empty"),
        ("people", "email", "anna", "people.anna.email", "e-mail address"),
        ("people", "location", 7, "people.anna.location", "text in quotes"),
        ("people", "languages", ["de"], "people.anna.languages", "must be a table, not a list"),
        ("people", "languages", {"ger": "native"}, "people.anna.languages.ger", "ISO 639-1"),
        ("people", "languages", {"DE": "native"}, "people.anna.languages.DE", "ISO 639-1"),
        ("people", "languages", {"de": "natve"}, "people.anna.languages.de", 'Did you mean "native"?'),
        ("people", "languages", {"de": True}, "people.anna.languages.de", "text in quotes"),
        ("people", "emergency_cover", "yes", "people.anna.emergency_cover", "true or false"),
        ("people", "active", 1, "people.anna.active", "true or false"),
        ("people", "locale", "magyar", "people.anna.locale", "not a locale"),
        ("people", "timezone", "Europe/Györ", "people.anna.timezone", "IANA"),
        ("people", "chat", "team", "people.anna.chat", 'Did you mean "teams"?'),
        ("people", "chat", "", "people.anna.chat", "is empty"),
        ("people", "emergency-cover", True, "people.anna.emergency-cover", 'Did you mean "emergency_cover"?'),
        ("people", "shoe_size", 44, "people.anna.shoe_size", "Known here: id, name"),
        ("projects", "id", "ACME", "projects[0].id", "lower-case"),
        ("projects", "language", "German", "projects.acme-de.language", "ISO 639-1"),
        ("projects", "country", "UK", "projects.acme-de.country", "ISO"),
        ("projects", "timezone", "Berlin", "projects.acme-de.timezone", "IANA"),
        ("projects", "hours", "9 to 5", "projects.acme-de.hours", "write"),
        ("projects", "hours", "", "projects.acme-de.hours", "is empty"),
        ("projects", "priority", 0, "projects.acme-de.priority", "1 or more"),
        ("projects", "priority", 1.5, "projects.acme-de.priority", "whole number"),
        ("projects", "priority", True, "projects.acme-de.priority", "whole number"),
        ("projects", "agents", "anna", "projects.acme-de.agents", "must be a list"),
        ("projects", "agents", ["anna", "bee"], "projects.acme-de.agents[1]", 'no person "bee"'),
        ("projects", "agents", ["anna", "bea", "anna"], "projects.acme-de.agents[2]", "twice"),
        ("projects", "agents", [["anna"]], "projects.acme-de.agents[0]", "text in quotes"),
        ("projects", "backups", ["karl"], "projects.acme-de.backups[0]", 'Did you mean "carl"?'),
        ("projects", "supervisors", ["x"], "projects.acme-de.supervisors[0]", "no person"),
        ("projects", "deputies", ["x"], "projects.acme-de.deputies[0]", "no person"),
        ("projects", "account_manager", "x", "projects.acme-de.account_manager", "no person"),
        ("projects", "agent", ["anna"], "projects.acme-de.agent", 'Did you mean "agents"?'),
        ("systems", "id", "V C C", "systems[0].id", "lower-case"),
        ("systems", "run_by", "us", "systems.vcc.run_by", '"company" or "client"'),
        ("systems", "owner", "x", "systems.vcc.owner", "no person"),
        ("systems", "projects", ["acme"], "systems.vcc.projects[0]", 'Did you mean "acme-de"?'),
    ],
)
def test_a_faulty_value_is_named_by_its_path(kind: str, key: str, value: object, path: str, part: str) -> None:
    """One wrong value gives a fault at exactly its place that says what to write."""
    raw = tables()
    entry(raw, kind)[key] = value
    found = [fault for fault in faults_of(raw) if fault.path == path]
    assert [part in fault.message for fault in found] == [True]


@pytest.mark.parametrize("key", ["id", "language", "country", "timezone", "hours", "account_manager"])
def test_what_a_project_needs_is_missed(key: str) -> None:
    """Leaving out what a project cannot do without is a fault at that key."""
    raw = tables()
    del entry(raw, "projects")[key]
    path = "projects[0].id" if key == "id" else f"projects.acme-de.{key}"
    assert Fault(path, "is missing") in faults_of(raw)


@pytest.mark.parametrize(
    ("top", "path"),
    [
        ({"roles": {"cmt_lead": ["zita"]}}, "roles.it_manager"),
        ({"roles": {"cmt_lead": [], "it_manager": ["ivan"]}}, "roles.cmt_lead"),
        ({"roles": {"cmt_lead": ["zyta"], "it_manager": ["ivan"]}}, "roles.cmt_lead[0]"),
        ({"roles": {"cmt_lead": [["zita"]], "it_manager": ["ivan"]}}, "roles.cmt_lead[0]"),
        ({"roles": {"cmt_lead": ["zita"], "it_manager": ["ivan"], "ert_led": ["erik"]}}, "roles.ert_led"),
        ({"roles": ["zita"]}, "roles"),
        ({"people": {"anna": {}}}, "people"),
        ({"people": ["anna"]}, "people[0]"),
        ({"projects": []}, "projects"),
        ({"project": []}, "project"),
    ],
)
def test_a_faulty_table_is_named_by_its_path(top: dict[str, object], path: str) -> None:
    """Tables that are missing, misnamed or no tables are faults at their place."""
    assert path in [fault.path for fault in faults_of(tables() | top)]


def test_roles_must_be_there() -> None:
    """A company without roles has nobody to escalate to, which is a fault."""
    raw = tables()
    del raw["roles"]
    assert faults_of(raw) == [Fault("roles", "is missing")]


def test_an_address_belongs_to_one_person() -> None:
    """Two people with one e-mail address, in whatever case, could not be told apart on a platform."""
    raw = tables()
    entry(raw, "people", 0)["email"] = "desk@example.com"
    entry(raw, "people", 2)["email"] = "Desk@Example.com"
    assert [fault.path for fault in faults_of(raw)] == ["people.carl.email"]


def test_a_second_project_of_the_same_id_is_named_by_its_place() -> None:
    """The path of a duplicate is its place in the list, since its id is taken."""
    raw = tables()
    raw["projects"] = [entry(raw, "projects")] * 2
    assert [fault.path for fault in faults_of(raw)] == ["projects[1].id"]


def test_managers_and_leads_must_be_active() -> None:
    """An inactive Account Manager, and a role in which everybody is inactive, are faults."""
    raw = tables()
    for place, person in enumerate(PEOPLE):
        entry(raw, "people", place)["active"] = person not in {"nora", "ivan"}
    assert [fault.path for fault in faults_of(raw)] == ["projects.acme-de.account_manager", "roles.it_manager"]


def test_every_fault_is_told_at_once() -> None:
    """Faults in people, projects, systems and roles come together, one line each."""
    raw = tables()
    entry(raw, "people")["active"] = "yes"
    entry(raw, "projects")["country"] = "Germany"
    entry(raw, "systems")["owner"] = "ivann"
    raw["roles"] = {"cmt_lead": [], "it_manager": ["ivan"]}
    with pytest.raises(InvalidFile) as caught:
        company_from_tables(raw)
    paths = ["people.anna.active", "projects.acme-de.country", "systems.vcc.owner", "roles.cmt_lead"]
    assert [line.split(": ")[0] for line in str(caught.value).splitlines()] == paths


@pytest.mark.parametrize(
    ("text", "part"),
    [
        ('[[people]]\nid = "anna\n', "at line 2, column 11"),
        ("[roles]\n[roles]\n", "at line 2"),
        ("day = 2026-02-30\n", "not valid TOML"),
        ("x = " + "[" * 5000, "not valid TOML"),
    ],
)
def test_broken_toml_is_one_fault_with_its_place(text: str, part: str) -> None:
    """A syntax error stops the reading, and is told with line and column."""
    with pytest.raises(InvalidFile) as caught:
        parse_company(text)
    assert len(caught.value.faults) == 1
    assert part in str(caught.value)


def test_people_come_from_csv_too() -> None:
    """Rows of a CSV are people like those of the company file; empty cells are left out."""
    text = (
        "id,name,email,location,languages,emergency_cover,locale,chat,active\n"
        "vili,Vili,vili@example.com,gyor,de:native en:fluent,true,hu,teams,\n"
        '\n"wolf","Wolf, the younger",,,,no,,,nem\n'
    )
    company = parse_company(packaged("company.toml"), [("people.csv", text)])
    vili, wolf = company.people["vili"], company.people["wolf"]
    assert vili == Person(
        "vili",
        "Vili",
        "vili@example.com",
        "gyor",
        {"de": Fluency.NATIVE, "en": Fluency.FLUENT},
        True,
        "hu",
        chat=Chat.TEAMS,
    )
    assert (wolf.name, wolf.email, dict(wolf.languages), wolf.active) == ("Wolf, the younger", None, {}, False)


def test_a_hungarian_spreadsheet_is_read() -> None:
    """Semicolons between cells, a byte order mark and CRLF, as a Hungarian Excel saves them, do no harm."""
    data = "\ufeffid;name;languages;emergency_cover\r\nor;Őr;de:native en:fluent;IGAZ\r\n".encode()
    quoted = 'id;languages\nuj;"de:native; en:fluent"\n'
    texts = [("people.csv", read_utf8(data)), ("more.csv", quoted)]
    company = parse_company(packaged("company.toml"), texts)
    assert (company.people["or"].name, company.people["or"].emergency_cover) == ("Őr", True)
    assert company.people["or"].languages == company.people["uj"].languages


@pytest.mark.parametrize(
    ("lines", "path", "part"),
    [
        (["id,languages", "v,", "w,de-native"], "people.csv:3.languages", "de:native"),
        (["id,languages", "v,de:native de:fluent"], "people.csv:2.languages", "twice"),
        (["id,languages", "v,de:mother"], "people.csv:2.languages.de", "native"),
        (["id,active", "v,perhaps"], "people.csv:2.active", "neither true nor false"),
        (["id,email", "v,v@example.com", "w,V@example.com"], "people.csv:3.email", "v's address"),
        (["id,email", "v,anna@example.com"], "people.csv:2.email", "anna's address"),
        (["id", "anna"], "people.csv:2.id", "one of their own"),
        (["id,name", ",Vili"], "people.csv:2.id", "is missing"),
        (["id,name", '"v","a', 'b"', "W,x"], "people.csv:4.id", "lower-case"),
        (["id,name", "v,Vili,x"], "people.csv:2", "3 cells"),
        (["id,name", 'v,"Vili'], "people.csv:2", "cannot be read as CSV"),
        (["name", "Vili"], "people.csv:1", "name the columns"),
        ([""], "people.csv:1", "name the columns"),
        (["id,langauges", "v,"], "people.csv:1.langauges", 'Did you mean "languages"?'),
        (["id,name,name", "v,a,b"], "people.csv:1.name", "twice"),
    ],
)
def test_a_faulty_row_is_named_by_its_line(lines: list[str], path: str, part: str) -> None:
    """A fault in a CSV names the file, the line on which the row begins, and the column."""
    assert [(fault.path, part in fault.message) for fault in csv_faults(lines)] == [(path, True)]


def test_another_encoding_is_told_as_such() -> None:
    """Bytes that are not UTF-8 are a fault with the line, not a file full of wrong letters."""
    with pytest.raises(InvalidFile) as caught:
        read_utf8("id;name\nor;Őr\n".encode("cp1250"), "people.csv")
    assert str(caught.value).startswith("people.csv: is not UTF-8: see line 2")


_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8) | st.sampled_from(["anna", "24/7"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)


@settings(max_examples=300, deadline=None)
@given(st.sampled_from(["people", "projects", "systems"]), st.data())
def test_nothing_in_a_table_breaks_the_reading(kind: str, data: st.DataObject) -> None:
    """Whatever stands where another value belongs, the file is taken or its faults are told."""
    raw = tables()
    spoilt = entry(raw, kind)
    key = data.draw(st.sampled_from([*spoilt, "languages", "active", "priority"]))
    spoilt[key] = data.draw(_VALUES)
    raw[data.draw(st.sampled_from(["roles", "people", "x"]))] = data.draw(_VALUES)
    try:
        company_from_tables(raw)
    except InvalidFile as invalid:
        assert invalid.faults  # noqa: PT017 - either way is fine, but faults must be told
