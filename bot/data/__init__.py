"""Files that come with the package: the plan and a sample company."""

from __future__ import annotations

from importlib.resources import files


def packaged(name: str) -> str:
    """The text of a packaged file, `plan.toml` or `company.toml`. The one place where `bot` reads a file."""
    return files(__name__).joinpath(name).read_text(encoding="utf-8")
