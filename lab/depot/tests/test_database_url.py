import json
from pathlib import Path

from django.core.exceptions import ImproperlyConfigured
from django.test import SimpleTestCase

from depot.database_url import read_database_url
from tests.lessons import keeps

CASES = json.loads((Path(__file__).parent / "cases" / "database_urls.json").read_text())


class ReadDatabaseUrlTests(SimpleTestCase):
    def test_every_part_ends_where_django_looks_for_it(self):
        for case in (case for case in CASES if "is" in case):
            with self.subTest(case["why"]):
                database = read_database_url(case["url"])

                self.assertEqual(case["is"], {name: database[name] for name in case["is"]})

    def test_what_cannot_be_read_is_named_without_the_password(self):
        for case in (case for case in CASES if "error" in case):
            with self.subTest(case["why"]):
                with self.assertRaises(ImproperlyConfigured) as caught:
                    read_database_url(case["url"])

                self.assertEqual(case["error"], str(caught.exception))
                self.assertNotIn("secret", str(caught.exception))

    @keeps("keep-connections-short")
    def test_connections_are_kept_for_a_minute_and_looked_at_before_use(self):
        database = read_database_url("postgresql://app@db/depot")

        self.assertEqual(60, database["CONN_MAX_AGE"])
        self.assertTrue(database["CONN_HEALTH_CHECKS"])
