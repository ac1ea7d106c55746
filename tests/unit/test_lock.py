"""The lock against the project's declared dependencies."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

ROOT = Path(__file__).parents[2]
LOCK = (ROOT / "requirements.lock").read_text(encoding="utf-8")
PIN = re.compile(r"^(?P<name>[a-z0-9-]+)==[^ ]+( ; [^\\]+)? \\$")
HASH = re.compile(r"^    --hash=sha256:[0-9a-f]{64}( \\)?$")


def test_lock_has_every_direct_dependency() -> None:
    """Whatever pyproject.toml asks for is pinned; otherwise `make lock` was forgotten."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    wanted = [*project["dependencies"], *project["optional-dependencies"]["dev"]]
    names = {re.split(r"[^A-Za-z0-9_.-]", line, maxsplit=1)[0].lower().replace("_", "-") for line in wanted}
    pinned = {match["name"] for line in LOCK.splitlines() if (match := PIN.match(line))}
    assert names - pinned == set()


def test_lock_holds_versions_and_hashes_only() -> None:
    """No index address, path or comment gets into the lock."""
    assert [line for line in LOCK.splitlines() if not PIN.match(line) and not HASH.match(line)] == []
