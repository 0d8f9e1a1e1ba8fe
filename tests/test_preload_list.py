"""What this repository preloads knows neither the lab nor its settings."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

from tests.repository import LAB_PYTHON, ROOT

from proofbook.settings import read_settings

CODE = """
import importlib, json, sys
sys.path.pop(0)
from django.conf import LazySettings
asked = []
LazySettings._setup = lambda self, name=None: asked.append(name)
for name in sys.argv[1:]:
    importlib.import_module(name)
print(json.dumps([asked, sorted({name.partition(".")[0] for name in sys.modules})]))
"""


def test_nothing_of_the_project_is_preloaded_and_nothing_that_reads_settings(tmp_path: Path) -> None:
    settings = read_settings(ROOT)
    own = {path.stem for path in (ROOT / settings.lab).iterdir() if path.is_dir() or path.suffix == ".py"}

    done = subprocess.run(
        [LAB_PYTHON, "-c", CODE, *settings.preload], cwd=tmp_path, env={}, capture_output=True, text=True, check=True
    )

    asked, packages = json.loads(done.stdout)
    assert asked == []
    assert own & set(packages) == set()
    assert {"django", "psycopg", "rest_framework"} <= set(packages)
