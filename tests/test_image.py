"""The image's steps, carried out in a folder: what goes in, what is collected, and that it then serves its pages."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from pathlib import Path, PurePosixPath

import pytest
from tests.repository import LAB_PYTHON, ROOT

DOCKERFILE = ROOT / ".github/Dockerfile"
LEFT_OUT = DOCKERFILE.with_name("Dockerfile.dockerignore")
SERVER = {
    "SECRET_KEY": "only-here-0123456789-abcdefghijklmnopqrstuvwxyz-ABCDEFGH",
    "DATABASE_URL": "postgresql:///nowhere",
    "ALLOWED_HOSTS": "depot.example.com",
    "CORS_ALLOWED_ORIGINS": "https://app.example.com",
    "CSRF_TRUSTED_ORIGINS": "https://app.example.com",
}
# no database: who is not logged in is asked to, and that page has styles
ASKED = """\
import re, django
django.setup()
from django.test import Client
client = Client(raise_request_exception=False)
page = client.get("/admin/login/", secure=True, headers={"host": "depot.example.com"})
styles = re.findall(r'href="(/static/[^"]+[.]css)"', page.content.decode())
answers = [client.get(each, secure=True, headers={"host": "depot.example.com"}).status_code for each in styles]
print(page.status_code, len(styles) > 1, set(answers))
"""


def steps() -> list[tuple[str, str]]:
    """Give the instructions of the Dockerfile, each with its words."""
    lines = [line for line in DOCKERFILE.read_text("utf-8").splitlines() if line and not line.startswith("#")]
    return [tuple(step.split(None, 1)) for step in "\n".join(lines).replace("\\\n", " ").splitlines()]  # type: ignore[misc]


def goes_in(path: PurePosixPath) -> bool:
    """Tell whether the builder gets a file: of the patterns that fit it or a folder above it, the last one counts."""
    inside = True
    for line in LEFT_OUT.read_text("utf-8").splitlines():
        if line.startswith("#"):
            continue
        form = re.escape(line.removeprefix("!").rstrip("/")).replace(r"\*\*/", "(?:.*/)?").replace(r"\*", "[^/]*")
        if any(re.fullmatch(form, str(each)) for each in (path, *path.parents)):
            inside = line.startswith("!")
    return inside


class Image:
    """A folder in which the steps are carried out; the lab's environment stands for the one that pip would fill."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.variables = {"PATH": f"{LAB_PYTHON.parent}:/usr/bin:/bin", "PYTHONDONTWRITEBYTECODE": "1"}

    def build(self, *, but: str = "nothing") -> None:
        for name, words in steps():
            if name == "ENV":
                self.variables |= dict(word.split("=", 1) for word in words.split())
            elif name == "COPY":
                self.copy(words.split()[0])
            elif name == "RUN" and "pip install" not in words and but not in words:
                done = self.run("bash", "-euc", words)
                assert done.returncode == 0, done.stderr

    def copy(self, source: str) -> None:
        start = ROOT / source
        for file in [start] if start.is_file() else sorted(start.rglob("*")):
            if file.is_file() and goes_in(PurePosixPath(file.relative_to(ROOT))):
                place = self.folder / (file.name if start.is_file() else file.relative_to(start))
                place.parent.mkdir(parents=True, exist_ok=True)
                shutil.copy(file, place)

    def run(self, *words: str, **more: str) -> subprocess.CompletedProcess[str]:
        given = {**self.variables, **more}
        return subprocess.run(words, cwd=self.folder, env=given, capture_output=True, text=True, check=False)


@pytest.fixture
def image(tmp_path: Path) -> Image:
    return Image(tmp_path)


def test_the_image_serves_its_pages_with_their_styles(image):
    image.build()

    asked = image.run("python", "-c", ASKED, **SERVER)

    assert asked.stdout.split(None, 2) == ["200", "True", "{200}\n"], asked.stdout + asked.stderr
    command = json.loads(dict(steps())["CMD"])
    assert image.run(command[0], "--check-config", *command[1:], **SERVER).returncode == 0


def test_without_what_is_collected_it_would_not(image):
    image.build(but="collectstatic")

    assert image.run("python", "-c", ASKED, **SERVER).stdout.startswith("500 ")


def test_no_secret_of_a_server_is_in_it(image):
    servers = "".join((ROOT / f"lab/{name}.env").read_text("utf-8") for name in ("uat", "prod"))
    keys = re.findall(r"^SECRET_KEY=(.+)$", servers, re.MULTILINE)
    image.build()

    texts = [file.read_bytes() for file in image.folder.rglob("*") if file.is_file()]
    assert len(keys) == 2
    assert len(texts) > 100
    assert not [key for key in [*keys, "for-this-line-only"] if any(key.encode() in text for text in texts)]


@pytest.mark.parametrize(
    ("path", "goes"),
    [
        ("lab/manage.py", True), ("lab/orders/migrations/0001_initial.py", True), ("lab/gunicorn.conf.py", True),
        ("requirements/lab-django52.txt", True), ("requirements/site.txt", False), ("lab/uat.env", False),
        ("lab/.env", False), ("lab/deep/er/prod.env", False), (".git/config", False), ("docs/index.md", False),
        ("lab/orders/__pycache__/a.pyc", False), ("lab/backups/a.dump", False),
    ],
)  # fmt: skip
def test_only_the_lock_and_the_project_go_in(path, goes):
    assert goes_in(PurePosixPath(path)) is goes
