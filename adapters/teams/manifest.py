"""The Teams app: what Teams has to know of us. `manifests/teams/` is this, for an example id and address.

Format: learn.microsoft.com/microsoftteams/platform/resources/schema/manifest-schema, version 1.19.
"""

from __future__ import annotations

import io
import json
import re
import zipfile
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from urllib.parse import urlsplit

from bot.ports import Json

VERSION = "1.0.0"  # of the app: Teams takes a changed manifest only with a higher one
SCOPES = ("personal", "team", "groupChat")
# What may be typed, English and Hungarian, each with what it does; `bot.phrases` understands both in either language.
COMMANDS: tuple[tuple[tuple[str, str], tuple[str, str]], ...] = (
    (("report", "Report an unusable workplace"), ("jelentés", "Használhatatlan munkahely bejelentése")),
    (("status", "What is going on, and what needs you"), ("állapot", "Mi történik, és mi vár rád")),
    (("moved", "I have moved, and work again"), ("átköltöztem", "Átköltöztem, és újra dolgozom")),
    (("restored", "My workplace works again"), ("újra tudok dolgozni", "A munkahelyem újra használható")),
    (("log", "What happened, in order"), ("napló", "Mi történt, sorrendben")),
    (("help", "What you can do here"), ("segítség", "Mit tehetsz itt")),
)
_TEXTS: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        "name.short": ("Backline", "Backline"),
        "name.full": ("Backline: a call centre that keeps answering", "Backline: a hívásokat mindig fogadja valaki"),
        "description.short": (
            "Report an unusable workplace, find cover, decide, keep the record",
            "Használhatatlan munkahely, helyettesítés, döntés, napló",
        ),
        "description.full": (
            (
                "Backline keeps a remote call centre answering when workplaces go dark. Agents say that they cannot"
                " work, in one sentence or with one button. Backline counts per project, works out the severity level"
                " and the best cover, asks backup agents, puts the decision in front of the Account Manager, escalates"
                " when nobody answers, and keeps the record."
            ),
            (
                "A Backline gondoskodik róla, hogy az otthonról dolgozó ügyfélszolgálat akkor is fogadja a hívásokat,"
                " ha munkahelyek esnek ki. Az ügyintéző egy mondattal vagy egy gombbal jelzi, hogy nem tud dolgozni. A"
                " Backline projektenként számol, megállapítja a szintet és a legjobb helyettesítést, megkérdezi a"
                " tartalékokat, az ügyfélmenedzser elé teszi a döntést, szól a következőnek, ha senki sem válaszol, és"
                " vezeti a naplót."
            ),
        ),
    }
)
_ICONS = Path(__file__).with_name("icons")
_GUID = re.compile(r"[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}", re.IGNORECASE)
_ANY_TIME = (1980, 1, 1, 0, 0, 0)  # the earliest that a zip can say: the same package is the same file


def manifest(app_id: str, url: str) -> Json:
    """The manifest for the bot with this id, and a server that Teams reaches at `url` (https://host).

    Raises `ValueError` when the id is none of Microsoft's.
    """
    if not _GUID.fullmatch(app_id):
        raise ValueError(f"{app_id}: an app id has 32 hexadecimal digits, like 01234567-89ab-cdef-0123-456789abcdef")
    page, texts = url.rstrip("/"), {name: english for name, (english, _) in _TEXTS.items()}
    commands = [{"title": title, "description": does} for (title, does), _ in COMMANDS]
    return {
        "$schema": "https://developer.microsoft.com/json-schemas/teams/v1.19/MicrosoftTeams.schema.json",
        "manifestVersion": "1.19",
        "version": VERSION,
        "id": app_id.lower(),
        "localizationInfo": {
            "defaultLanguageTag": "en",
            "additionalLanguages": [{"languageTag": "hu", "file": "hu.json"}],
        },
        "developer": {"name": "Backline", "websiteUrl": page, "privacyUrl": page, "termsOfUseUrl": page},
        "name": {"short": texts["name.short"], "full": texts["name.full"]},
        "description": {"short": texts["description.short"], "full": texts["description.full"]},
        "icons": {"color": "color.png", "outline": "outline.png"},
        "accentColor": "#1d3557",
        "bots": [
            {
                "botId": app_id.lower(),
                "scopes": list(SCOPES),
                "supportsFiles": False,
                "isNotificationOnly": False,
                "commandLists": [{"scopes": list(SCOPES), "commands": commands}],
            }
        ],
        "defaultInstallScope": "personal",
        "defaultGroupCapability": {"team": "bot", "groupchat": "bot"},
        "validDomains": [urlsplit(url).hostname or ""],
    }


def hungarian() -> Json:
    """The Hungarian texts, by their place in the manifest."""
    places = {
        f"bots[0].commandLists[0].commands[{place}].{part}": text
        for place, (_, (title, does)) in enumerate(COMMANDS)
        for part, text in (("title", title), ("description", does))
    }
    return {
        "$schema": "https://developer.microsoft.com/json-schemas/teams/v1.19/MicrosoftTeams.Localization.schema.json",
        **{name: translated for name, (_, translated) in _TEXTS.items()},
        **places,
    }


def files(app_id: str, url: str) -> Mapping[str, bytes]:
    """Every file of the app package, by name. Raises `ValueError` when the id is none of Microsoft's."""
    return {
        "manifest.json": _written(manifest(app_id, url)),
        "hu.json": _written(hungarian()),
        **{name: (_ICONS / name).read_bytes() for name in ("color.png", "outline.png")},
    }


def package(app_id: str, url: str) -> bytes:
    """The app package (zip) for Teams. Raises `ValueError` when the id is none of Microsoft's."""
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w", zipfile.ZIP_STORED) as archive:
        for name, content in files(app_id, url).items():
            entry = zipfile.ZipInfo(name, _ANY_TIME)
            entry.create_system, entry.external_attr = 3, 0o100644 << 16  # as on Unix, wherever it is made
            archive.writestr(entry, content)
    return data.getvalue()


def _written(content: Json) -> bytes:
    return (json.dumps(content, ensure_ascii=False, indent=2) + "\n").encode()
