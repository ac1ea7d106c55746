"""The Teams app package: what Teams takes, what is declared is understood, and the command that writes it."""

from __future__ import annotations

import io
import json
import re
import struct
import zipfile
import zlib
from pathlib import Path

import pytest

from adapters.chat.asked import asked
from adapters.teams.manifest import COMMANDS, SCOPES, files, hungarian, manifest, package
from tests.unit.teams.javascript import ROOT, ask
from tests.unit.terminal import Run

APP_ID = "01234567-89ab-cdef-0123-456789abcdef"
URL = "https://backline.example.com"
FOLDER = ROOT / "manifests" / "teams"
SCHEMA, TEXTS = "v1.19/MicrosoftTeams.schema.json", "v1.19/MicrosoftTeams.Localization.schema.json"


def test_the_folder_is_the_packages_content() -> None:
    """`manifests/teams/` has every file of the package for an example id and address, and nothing else."""
    found = {path.name: path.read_bytes() for path in FOLDER.iterdir()}
    assert found == dict(files(APP_ID, URL))


def test_microsofts_schemas_take_it() -> None:
    """Manifest and translation are valid against the schemas of their version, which do refuse a wrong one."""
    content, texts = manifest(APP_ID, URL), hungarian()
    assert ask("validate.js", "@microsoft/app-manifest", {SCHEMA: content, TEXTS: texts}) == {SCHEMA: [], TEXTS: []}
    wrong = {**content, "id": "backline"}, {**texts, "bots[0].commandLists[0].commands[0].name": "x"}
    refused = ask("validate.js", "@microsoft/app-manifest", {SCHEMA: wrong[0], TEXTS: wrong[1]})
    assert all(refused.values())


def test_the_manifest_keeps_teams_limits() -> None:
    """Names and descriptions in both languages are as short as Teams wants them, commands as few."""
    english, texts = manifest(APP_ID, URL), hungarian()
    (bot,) = english["bots"]
    (listed,) = bot["commandLists"]
    assert (english["id"], bot["botId"]) == (APP_ID, APP_ID)
    assert bot["scopes"] == listed["scopes"] == list(SCOPES) == ["personal", "team", "groupChat"]
    assert (bot["supportsFiles"], bot["isNotificationOnly"]) == (False, False)
    assert english["validDomains"] == ["backline.example.com"]
    for short, full, brief, long in (
        (*english["name"].values(), *english["description"].values()),
        tuple(texts[f"{part}.{size}"] for part in ("name", "description") for size in ("short", "full")),
    ):
        assert len(short) <= 30
        assert len(full) <= 100
        assert len(brief) <= 80
        assert len(long) <= 4000
    assert len(listed["commands"]) <= 10
    for _, (title, does) in (pair for both in COMMANDS for pair in zip(("en", "hu"), both, strict=True)):
        assert len(title) <= 32
        assert len(does) <= 128


def test_every_command_is_understood_in_both_languages() -> None:
    """What Teams offers for typing is what the bot makes of it."""
    kinds = [[asked(title, None, command=False).intent.kind for title, _ in both] for both in COMMANDS]
    assert kinds == [[kind, kind] for kind in ("report", "status", "moved", "restored", "log", "help")]


def test_every_text_has_its_translation() -> None:
    """The Hungarian file has each place of the manifest that a person reads, and no other."""
    commands = manifest(APP_ID, URL)["bots"][0]["commandLists"][0]["commands"]
    places = {f"bots[0].commandLists[0].commands[{n}].{part}" for n, one in enumerate(commands) for part in one}
    names = {f"{part}.{size}" for part in ("name", "description") for size in ("short", "full")}
    assert set(hungarian()) == {"$schema", *names, *places}


def _pixels(png: bytes) -> tuple[int, int, int, list[bytes]]:
    """Width, height and bytes a pixel of an 8-bit PNG, and its rows without the filters; enough for our two icons."""
    assert png[:8] == b"\x89PNG\r\n\x1a\n"
    width, height, depth, kind = struct.unpack(">IIBB", png[16:26])
    assert (depth, kind in (2, 6)) == (8, True)
    data, at = b"", 8
    while at < len(png):
        size = int.from_bytes(png[at : at + 4], "big")
        data += png[at + 8 : at + 8 + size] if png[at + 4 : at + 8] == b"IDAT" else b""
        at += 12 + size
    deep, raw = {2: 3, 6: 4}[kind], zlib.decompress(data)
    rows, before = [], bytes(width * deep)
    for row in range(height):
        start = row * (width * deep + 1)
        before = _unfiltered(raw[start], raw[start + 1 : start + 1 + width * deep], before, deep)
        rows.append(before)
    return width, height, deep, rows


def _unfiltered(kind: int, row: bytes, above: bytes, deep: int) -> bytes:
    """One row of pixels. Source: w3.org/TR/png, "Filtering"."""
    found = bytearray()
    for place, value in enumerate(row):
        left = found[place - deep] if place >= deep else 0
        up, corner = above[place], above[place - deep] if place >= deep else 0
        guess = left + up - corner
        nearest = min((left, up, corner), key=lambda one: abs(guess - one))
        found.append((value + (0, left, up, (left + up) // 2, nearest)[kind]) % 256)
    return bytes(found)


def test_the_icons_are_as_teams_wants_them() -> None:
    """Colour: 192 by 192, nowhere transparent. Outline: 32 by 32, nothing but white and transparent."""
    width, height, deep, _ = _pixels((FOLDER / "color.png").read_bytes())
    assert (width, height, deep) == (192, 192, 3)
    width, height, deep, rows = _pixels((FOLDER / "outline.png").read_bytes())
    assert (width, height, deep) == (32, 32, 4)
    pixels = {bytes(row[place : place + 4]) for row in rows for place in range(0, len(row), 4)}
    assert {pixel[:3] for pixel in pixels if pixel[3]} == {b"\xff\xff\xff"}
    assert {0, 255} <= {pixel[3] for pixel in pixels}


# --- The command ------------------------------------------------------------------------------------------------------


def test_the_package_is_the_same_file_every_time(backline: Run, tmp_path: Path) -> None:
    """Written from settings or from options, whenever: byte for byte the same, with every file in it."""
    first = backline("manifest", "teams", "--out", "a.zip", MICROSOFT_APP_ID=APP_ID, BACKLINE_PUBLIC_URL=URL)
    second = backline("manifest", "teams", "--out", "b.zip", "--app-id", APP_ID.upper(), "--url", URL + "/")
    assert (first.code, second.code) == (0, 0)
    assert "a.zip" in first.out
    data = (tmp_path / "a.zip").read_bytes()
    assert data == (tmp_path / "b.zip").read_bytes() == package(APP_ID, URL)
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        assert {name: archive.read(name) for name in archive.namelist()} == dict(files(APP_ID, URL))
        assert json.loads(archive.read("manifest.json"))["manifestVersion"] == "1.19"


def test_settings_from_a_file_count_too(backline: Run, tmp_path: Path) -> None:
    """`.env` says the id and the address, as for `backline run`."""
    words = (
        f"MICROSOFT_APP_ID={APP_ID}\nMICROSOFT_APP_PASSWORD=x\nMICROSOFT_APP_TENANT_ID=y\nBACKLINE_PUBLIC_URL={URL}\n"
    )
    (tmp_path / ".env").write_text(words, encoding="utf-8")
    assert backline("manifest", "teams", "--out", "a.zip").code == 0
    assert (tmp_path / "a.zip").read_bytes() == package(APP_ID, URL)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--url", URL], "MICROSOFT_APP_ID"),
        (["--app-id", APP_ID], "BACKLINE_PUBLIC_URL"),
        (["--app-id", "backline", "--url", URL], "32 hexadecimal digits"),
        (["--app-id", APP_ID, "--url", "http://backline.example.com"], "https addresses only"),
        (["--app-id", APP_ID, "--url", "https://a@b.example.com"], "https addresses only"),
    ],
)
def test_what_is_missing_or_wrong_is_said(backline: Run, tmp_path: Path, arguments: list[str], said: str) -> None:
    """Exit code 2, a sentence that says what to do, and no file."""
    ran = backline("manifest", "teams", "--out", "a.zip", *arguments)
    assert ran.code == 2
    assert said in re.sub(r"\s+", " ", ran.err)
    assert not (tmp_path / "a.zip").exists()


def test_a_place_that_cannot_be_written_to_is_said(backline: Run) -> None:
    """The path and why."""
    ran = backline("manifest", "teams", "--out", "nowhere/a.zip", "--app-id", APP_ID, "--url", URL)
    assert ran.code == 2
    assert "nowhere/a.zip: cannot be written: No such file" in re.sub(r"\s+", " ", ran.err)
