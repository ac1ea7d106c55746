"""Microsoft's own JavaScript packages, to check against: where `make test` could install them."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[3]
PACKAGES = ROOT / ".venv" / "node" / "node_modules"


def ask(script: str, package: str, question: object) -> Any:  # noqa: ANN401 - JSON
    """What the script beside this file answers; skips the test where Node.js or the package is not there."""
    node = shutil.which("node")
    if node is None or not (PACKAGES / package).is_dir():
        pytest.skip(f"needs Node.js and {package} from tools/node (make test installs it where npm is)")
    done = subprocess.run(  # noqa: S603 - our own script
        [node, str(Path(__file__).with_name(script)), str(PACKAGES)],
        input=json.dumps(question),
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)
