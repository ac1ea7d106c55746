"""Where a database is, as `BACKLINE_DATABASE_URL` says it."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import unquote, urlsplit

from bot.ports import StoreError

MEMORY = "memory:"


def sqlite_path(url: str) -> Path | None:
    """The file of `sqlite:///relative.db` or `sqlite:////absolute.db`; None for the other kinds.

    Raises `StoreError` for what is no kind of ours; the message does not repeat the URL, which may hold a password.
    """
    scheme, _, rest = url.partition(":")
    if url == MEMORY or (scheme == "postgresql" and urlsplit(url).path.strip("/")):
        return None
    path = unquote(rest.removeprefix("///"))
    if scheme != "sqlite" or not rest.startswith("///") or not path or "?" in path or path == ":memory:":
        raise StoreError(
            f"cannot use the database URL ({scheme}:…): give sqlite:///file.db, sqlite:////directory/file.db, "
            f"postgresql://user:password@host/database or {MEMORY}",
            permanent=True,
        )
    return Path(path).resolve()
