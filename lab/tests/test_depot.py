"""bin/depot, tried as a person would: it is started, asked, and stopped."""

import os
import shutil
import socket
import subprocess
import sys
from http.client import HTTPConnection
from pathlib import Path
from tempfile import TemporaryDirectory
from urllib.error import HTTPError
from urllib.parse import urlsplit
from urllib.request import Request, urlopen

from django.db import connection
from django.test import SimpleTestCase, TransactionTestCase

from tests.lessons import keeps

PROJECT = Path(__file__).resolve().parents[1]


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def url_of_test_database():
    url = os.environ["DATABASE_URL"]
    return f"{url}{'&' if '?' in url else '?'}dbname={connection.settings_dict['NAME']}"


class ConfigurationTests(SimpleTestCase):
    def test_gunicorn_accepts_its_configuration_and_the_application(self):
        command = [sys.executable, "-m", "gunicorn", "--check-config"]
        done = subprocess.run(command, cwd=PROJECT, capture_output=True, text=True, timeout=60, check=False)
        self.assertEqual(0, done.returncode, done.stderr)


class DepotTests(TransactionTestCase):
    def setUp(self):
        folder = TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.project = Path(folder.name) / "lab"
        ignored = shutil.ignore_patterns(".depot", "__pycache__", "staticfiles", ".env")
        shutil.copytree(PROJECT, self.project, ignore=ignored)
        self.environment = os.environ | {
            "DEPOT_URL": f"http://127.0.0.1:{free_port()}",
            "PROOFBOOK_FENCE": "mark",
            "DATABASE_URL": url_of_test_database(),
        }
        self.addCleanup(self.depot, "stop")

    def depot(self, *arguments, **environment):
        return subprocess.run(
            [self.project / "bin" / "depot", *arguments],
            env=self.environment | environment, capture_output=True, text=True, timeout=60, check=False,
        )  # fmt: skip

    def ask(self, path):
        try:
            with urlopen(self.environment["DEPOT_URL"] + path, timeout=10) as response:
                return response.status, response.read().decode()
        except HTTPError as error:
            return error.code, error.read().decode()

    def test_it_starts_answers_and_stops(self):
        started = self.depot("start")
        self.assertEqual(0, started.returncode, started.stdout + started.stderr)
        self.assertRegex(started.stdout, r"^depot started at http://\S+ \(process \d+\)\n$")
        self.assertEqual(200, self.ask("/api/v1/health/")[0])
        self.assertIn("already running", self.depot("start").stdout)
        self.assertEqual(0, self.depot("status").returncode)
        self.assertIn("GET /api/v1/health/", self.depot("log").stdout)

        stopped = self.depot("stop")

        self.assertEqual(0, stopped.returncode)
        self.assertEqual(1, self.depot("status").returncode)
        self.assertEqual((0, "depot is not running\n"), (self.depot("stop").returncode, self.depot("stop").stdout))

    def test_the_server_is_no_part_of_the_fence_that_started_it(self):
        self.depot("start", PASSED_ON="yes")
        pid = (self.project / ".depot" / "depot.pid").read_text()

        environment = Path(f"/proc/{pid}/environ").read_bytes().split(b"\0")

        self.assertIn(b"PASSED_ON=yes", environment)
        self.assertFalse([item for item in environment if item.startswith(b"PROOFBOOK_FENCE=")])

    @keeps("say-sick-with-a-status")
    @keeps("tell-strangers-nothing")
    def test_without_its_database_it_says_so_and_keeps_the_reason_to_the_log(self):
        started = self.depot("start", DATABASE_URL="postgresql://depot@/depot?host=/nonexistent")

        self.assertEqual(1, started.returncode)
        self.assertIn("its health check answers 503", started.stdout)
        for path in ("/api/v1/health/", "/api/v1/ready/"):
            status, body = self.ask(path)
            self.assertEqual(503, status)
            self.assertNotIn("nonexistent", body)
        self.assertIn("/nonexistent", self.depot("log").stdout)
        self.assertEqual(1, self.depot("status").returncode)

    def test_restart_takes_the_new_environment(self):
        self.depot("start")

        again = self.depot("restart", DATABASE_URL="postgresql://depot@/depot?host=/nonexistent")

        self.assertRegex(again.stdout, r"^depot stopped .*\ndepot runs at .* answers 503")

    def test_restart_reads_the_env_file_again(self):
        self.depot("start")
        (self.project / ".env").write_text("CORS_ALLOWED_ORIGINS=https://app.example\n")

        self.depot("restart")

        request = Request(self.environment["DEPOT_URL"] + "/api/v1/health/", headers={"Origin": "https://app.example"})
        with urlopen(request, timeout=10) as response:
            self.assertEqual("https://app.example", response.headers["Access-Control-Allow-Origin"])

    def test_in_production_probes_speak_http_and_people_https(self):
        server = {
            "DJANGO_SETTINGS_MODULE": "depot.settings.production",
            "SECRET_KEY": "a-key-for-this-test-alone-0123456789-abcdefghijklmnopqrstuvwxyz",
            "ALLOWED_HOSTS": "127.0.0.1",
            "CORS_ALLOWED_ORIGINS": "https://app.example",
            "CSRF_TRUSTED_ORIGINS": "https://app.example",
        }

        started = self.depot("start", **server)

        self.assertEqual(0, started.returncode, started.stdout + started.stderr)
        self.assertEqual(200, self.ask("/api/v1/ready/")[0])
        connection = HTTPConnection(urlsplit(self.environment["DEPOT_URL"]).netloc)
        self.addCleanup(connection.close)
        connection.request("GET", "/api/v1/suppliers/")
        moved = connection.getresponse()
        self.assertEqual(301, moved.status)
        self.assertTrue(moved.headers["Location"].startswith("https://"))

    def test_a_server_that_cannot_start_shows_why(self):
        started = self.depot("start", DATABASE_URL="")

        self.assertEqual(1, started.returncode)
        self.assertIn("ImproperlyConfigured: Missing environment variables: DATABASE_URL. ", started.stdout)
        self.assertIn("depot did not start: it ended with exit code 3", started.stdout)

    def test_what_it_cannot_do_ends_with_2_and_one_sentence(self):
        with socket.socket() as taken:
            taken.bind(("127.0.0.1", 0))
            taken.listen()
            port = taken.getsockname()[1]
            cases = {
                "cannot listen at 127.0.0.1:": self.depot("start", DEPOT_URL=f"http://127.0.0.1:{port}"),
                "DEPOT_URL is 'depot'": self.depot("start", DEPOT_URL="depot"),
                "DEPOT_URL is 'http://a:b'": self.depot("status", DEPOT_URL="http://a:b"),
                "there is no log yet": self.depot("log"),
                "usage: depot": self.depot("launch"),
            }

        for sentence, done in cases.items():
            with self.subTest(sentence):
                self.assertEqual(2, done.returncode)
                self.assertIn(sentence, done.stderr)
                self.assertNotIn("Traceback", done.stderr)
