import json
import os
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from django.test import SimpleTestCase

from tests.lessons import keeps

PROJECT = Path(__file__).resolve().parents[2]
SERVER = {
    "SECRET_KEY": "a-key-for-this-test-alone-0123456789-abcdefghijklmnopqrstuvwxyz",
    "DATABASE_URL": "postgresql://app@db.example/depot",
    "ALLOWED_HOSTS": "depot.example",
    "CORS_ALLOWED_ORIGINS": "https://app.example",
    "CSRF_TRUSTED_ORIGINS": "https://app.example",
}


def manage(*arguments, settings, **environment):
    return subprocess.run(
        [sys.executable, "manage.py", *arguments],
        cwd=PROJECT,
        env={
            "PATH": os.environ["PATH"],
            "DJANGO_SETTINGS_MODULE": f"depot.settings.{settings}",
            **{name: value for name, value in os.environ.items() if name.startswith("COVERAGE_")},
            **environment,
        },
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


class ServerSettingsTests(SimpleTestCase):
    def test_djangos_deployment_checks_have_nothing_to_say(self):
        for settings in ("staging", "production"):
            with self.subTest(settings):
                done = manage("check", "--deploy", "--fail-level", "WARNING", settings=settings, **SERVER)

                self.assertEqual(0, done.returncode, done.stderr)

    def test_missing_variables_are_named_in_one_error(self):
        for settings in ("staging", "production"):
            with self.subTest(settings):
                done = manage("check", settings=settings)

                self.assertEqual(1, done.returncode)
                last = done.stderr.strip().splitlines()[-1]
                self.assertIn("ImproperlyConfigured: Missing environment variables: " + ", ".join(SERVER), last)

    @keeps("refuse-to-guess")
    def test_each_variable_is_missed_alone(self):
        for name in SERVER:
            with self.subTest(name):
                done = manage("check", settings="production", **SERVER | {name: ""})

                self.assertIn(f"Missing environment variables: {name}. ", done.stderr)

    def test_a_weak_secret_key_is_found(self):
        weak = SERVER | {"SECRET_KEY": "secret"}

        done = manage("check", "--deploy", "--fail-level", "WARNING", settings="production", **weak)

        self.assertEqual(1, done.returncode)
        self.assertIn("security.W009", done.stderr)

    def test_old_keys_are_believed_and_none_without_the_variable(self):
        ask = (
            "shell",
            "--verbosity",
            "0",
            "--command",
            "from django.conf import settings as s; print(s.SECRET_KEY_FALLBACKS)",
        )
        for environment, keys in (({"SECRET_KEY_FALLBACKS": "one, two"}, ["one", "two"]), ({}, [])):
            with self.subTest(environment):
                done = manage(*ask, settings="production", **SERVER | environment)

                self.assertEqual(repr(keys), done.stdout.strip(), done.stderr)

    def test_the_web_server_takes_the_strictest_settings_when_none_are_named(self):
        done = subprocess.run(
            [sys.executable, "-c", "import depot.wsgi"],
            cwd=PROJECT, env={"PATH": os.environ["PATH"]}, capture_output=True, text=True, check=False,
        )  # fmt: skip

        self.assertIn("depot/settings/production.py", done.stderr)


class StaticFilesTests(SimpleTestCase):
    def test_collected_files_carry_a_hash_in_their_name(self):
        with TemporaryDirectory() as folder:
            done = manage("collectstatic", "--noinput", settings="production", STATIC_ROOT=folder, **SERVER)

            self.assertEqual(0, done.returncode, done.stderr)
            manifest = json.loads((Path(folder) / "staticfiles.json").read_text())
            self.assertRegex(manifest["paths"]["admin/css/base.css"], r"base\.\w+\.css")


class DevelopmentSettingsTests(SimpleTestCase):
    @keeps("test-on-the-database-you-deploy-to")
    def test_there_is_no_silent_sqlite(self):
        done = manage("check", settings="development")

        self.assertIn("Missing environment variables: DATABASE_URL. ", done.stderr)
