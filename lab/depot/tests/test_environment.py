import os
from pathlib import Path
from tempfile import TemporaryDirectory
from unittest.mock import patch

from django.core.exceptions import ImproperlyConfigured
from django.test import SimpleTestCase

from depot.environment import flag, read_env_file, require, words


def variables(**values):
    return patch.dict(os.environ, values, clear=True)


class RequireTests(SimpleTestCase):
    @variables(ONE="1", BLANK=" ", TEMPLATE="${SECRET_KEY}")
    def test_all_missing_variables_are_named_at_once(self):
        with self.assertRaisesMessage(ImproperlyConfigured, "variables: ABSENT, BLANK, TEMPLATE. "):
            require("ONE", "ABSENT", "BLANK", "TEMPLATE")

    @variables(ONE="1", TWO="2", THREE="3")
    def test_the_values_asked_for_are_given(self):
        self.assertEqual({"ONE": "1", "TWO": "2"}, require("ONE", "TWO"))


class WordsAndFlagTests(SimpleTestCase):
    @variables(HOSTS=" a.example, b.example ,")
    def test_words_lose_blanks_and_empty_ones(self):
        self.assertEqual(["a.example", "b.example"], words("HOSTS"))
        self.assertEqual([], words("ABSENT"))

    def test_a_flag_says_yes_or_no(self):
        for text, expected in {
            "true": True,
            "1": True,
            "YES": True,
            "no": False,
            "0": False,
            "": False,
        }.items():
            with self.subTest(text), variables(FLAG=text):
                self.assertIs(expected, flag("FLAG"))

    @variables(FLAG="ture")
    def test_a_flag_that_says_neither_is_an_error(self):
        with self.assertRaisesMessage(ImproperlyConfigured, "FLAG is 'ture', which is neither yes nor no"):
            flag("FLAG")


class EnvFileTests(SimpleTestCase):
    def read(self, text):
        with TemporaryDirectory() as folder:
            path = Path(folder) / ".env"
            path.write_text(text, encoding="utf-8")
            read_env_file(path)

    @variables(KEPT="from the environment")
    def test_the_environment_wins_over_the_file(self):
        self.read("# comment\n\nexport NEW=a=b # c\nQUOTED='x y'\nKEPT=from the file\n")

        self.assertEqual("a=b # c", os.environ["NEW"])
        self.assertEqual("x y", os.environ["QUOTED"])
        self.assertEqual("from the environment", os.environ["KEPT"])

    @variables()
    def test_a_line_that_is_no_assignment_is_named(self):
        with self.assertRaisesMessage(ImproperlyConfigured, ".env:2: expected NAME=value."):
            self.read("ONE=1\nTWO\n")

    @variables()
    def test_no_file_is_no_error(self):
        read_env_file(Path("/nonexistent/.env"))

        self.assertEqual({}, dict(os.environ))
