"""The projects on which the runbooks are tried, and how each is made in a folder of its own."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

SITES = Path(__file__).with_name("sites")
Run = Callable[..., str]


@dataclass(frozen=True, slots=True)
class Place:
    """One project: its requirements, what it is, how it is made, and which model is taken for a tenant."""

    name: str
    lock: str
    what: str
    packages: tuple[str, ...]
    make: Callable[[Path, Run], Path]
    tenant: str
    app: str
    own_database: str = "default"
    variables: Mapping[str, str] = field(default_factory=dict)


def make_oscar(folder: Path, run: Run) -> Path:
    """Start a Django project and put the shop into it, as its documentation says."""
    run("django-admin", "startproject", "shop", str(folder))
    append(folder / "shop/settings.py", SITES / "oscar/settings_end.py")
    shutil.copyfile(SITES / "oscar/urls.py", folder / "shop/urls.py")
    return folder


def make_wagtail(folder: Path, run: Run) -> Path:
    """Let wagtail start a site."""
    run("wagtail", "start", "press", str(folder))
    append(folder / "press/settings/dev.py", SITES / "wagtail/settings_end.py")
    return folder


def make_nested(folder: Path, run: Run) -> Path:
    """Copy the project and let Django write its migrations."""
    shutil.copytree(SITES / "nested", folder, dirs_exist_ok=True)
    run("python", "manage.py", "makemigrations", "--verbosity", "0")
    return folder


def append(file: Path, end: Path) -> None:
    file.write_text(file.read_text("utf-8") + end.read_text("utf-8"), "utf-8")


PLACES = (
    Place(
        name="django-oscar",
        lock="elsewhere-oscar",
        what="a shop; every app of its comes from the package",
        packages=("Django", "django-oscar", "psycopg"),
        make=make_oscar,
        tenant="partner.Partner",
        app="catalogue",
    ),
    Place(
        name="wagtail",
        lock="elsewhere-wagtail",
        what="a content management system; settings in a package",
        packages=("Django", "wagtail", "psycopg2-binary"),
        make=make_wagtail,
        tenant="wagtailcore.Site",
        app="wagtailcore",
    ),
    Place(
        name="nested",
        lock="elsewhere-wagtail",
        what="apps in apps, an own user model, PostgreSQL twice and SQLite, settings that need 14 variables",
        packages=("Django", "psycopg2-binary"),
        make=make_nested,
        tenant="accounts.Company",
        app="invoices",
        variables={
            "SITE_SECRET_KEY": "only-here-$&'\"@:/%-0123456789-abcdefghijklmnopqrstuvwxyz",
            "SITE_DEBUG": "no",
            "SITE_ALLOWED_HOSTS": "127.0.0.1,localhost",
            "SITE_EMAIL_HOST": "mail.example",
            "SITE_EMAIL_PASSWORD": "never-said",
            "SITE_MEDIA_ROOT": "media",
            "SITE_TIME_ZONE": "UTC",
            "SITE_LANGUAGE": "en",
            "SITE_COOKIE_DOMAIN": "",
            "SITE_DATABASE_USER": "elsewhere",
            "SITE_ARCHIVE_FILE": "archive.sqlite3",
        },
    ),
)
