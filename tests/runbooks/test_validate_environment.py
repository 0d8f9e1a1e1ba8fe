"""Each item and each defect of the script that this check replaces has its test here, by name."""

import json
import os
import shutil
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from tests.runbooks.conftest import LAB_BIN, ROOT

from validate_environment import main

LAB = ROOT / "lab"
DATABASE_URL = "postgresql://depot:hidden-in-url@db.internal/depot?sslmode=require"


class Judged:
    """What came of one run, as a program reads it."""

    def __init__(self, code, told):
        self.code, self.told = code, told
        self.findings = json.loads(told.out)["findings"]
        self.statuses = {each["name"]: each["status"] for each in json.loads(told.out)["checks"]}

    def found(self, check):
        return [each["message"] for each in self.findings if each["check"] == check and each["severity"] == "error"]

    def faults(self, check):
        return {each["fault"] for each in self.findings if each["check"] == check and each["severity"] == "error"}

    @property
    def everything(self):
        return self.told.out + self.told.err


@pytest.fixture
def project(tmp_path):
    """A copy of the lab's settings and manifest, to be broken."""
    folder = tmp_path / "project"
    ours = shutil.ignore_patterns("__pycache__", "tests", ".depot", "staticfiles", ".env", "faults")
    shutil.copytree(LAB, folder, ignore=ours)
    return folder


@pytest.fixture
def judge(project, monkeypatch, capsys):
    """Judge the lab's own environment file after some changes; None takes a line out. Not every test needs Django."""

    def run(*flags, environment="prod", file=True, start=True, name="", text="", **changes):
        for inherited in [each for each in os.environ if each.startswith("PG")]:
            monkeypatch.delenv(inherited)
        monkeypatch.setenv("DATABASE_URL", changes.pop("DATABASE_URL", DATABASE_URL))
        monkeypatch.setenv("PYTHONDONTWRITEBYTECODE", "1")
        path = project / (name or f"{environment}.env")
        if file and not text:
            values = dict(line.split("=", 1) for line in path.read_text().splitlines() if "=" in line) | changes
            text = "".join(f"{key}={value}\n" for key, value in values.items() if value is not None)
        if file:
            path.write_text(text)
        given = ["--env-file", str(path)] if file else []
        python = str(LAB_BIN / "python") if start else "/nowhere/python"
        call = ["--project", str(project), "--python", python, "--environment", environment]
        code = main([*call, *given, "--json", *flags])
        return Judged(code, capsys.readouterr())

    return run


@pytest.mark.parametrize("environment", ["uat", "prod"])
def test_the_labs_own_environment_holds_without_a_warning(judge, environment):
    judged = judge(environment=environment)

    assert (judged.code, judged.findings) == (0, [])
    assert set(judged.statuses.values()) == {"passed"}


def test_every_required_variable_that_is_missing_is_counted_and_all_are_told_at_once(judge):
    judged = judge(
        start=False, SECRET_KEY=None, ALLOWED_HOSTS=None, CORS_ALLOWED_ORIGINS=None, CSRF_TRUSTED_ORIGINS=None
    )

    assert judged.code == 1
    told = [
        f"{name} is missing" for name in ("SECRET_KEY", "ALLOWED_HOSTS", "CORS_ALLOWED_ORIGINS", "CSRF_TRUSTED_ORIGINS")
    ]
    assert judged.found("required") == told
    assert judged.faults("required") == {"ENV118"}


@pytest.mark.parametrize("name", ["CORS_ALLOWED_ORIGINS", "CSRF_TRUSTED_ORIGINS"])
def test_a_missing_list_of_origins_alone_fails_and_the_report_goes_on(judge, name):
    judged = judge(start=False, **{name: None})

    assert judged.code == 1
    assert judged.found("required") == [f"{name} is missing"]
    assert set(judged.statuses) >= {"values", "rules", "settings", "deployment"}


def test_the_database_url_is_missed(judge, monkeypatch):
    judged = judge(start=False, DATABASE_URL="")

    assert judged.found("required") == ["DATABASE_URL is empty"]
    monkeypatch.delenv("DATABASE_URL")


@pytest.mark.parametrize(
    ("value", "says"),
    [
        ("", "is empty"),
        ('"   "', "is blank"),
        ("${SECRET_KEY}", "is a placeholder still"),
        ("<change me>", "is a placeholder still"),
    ],
)
def test_a_value_that_is_none_is_rejected(judge, value, says):
    judged = judge(start=False, SECRET_KEY=value)

    assert judged.found("required") == [f"SECRET_KEY {says}"]
    assert judged.faults("required") == {"ENV112"}


def test_postgres_is_accepted_as_postgresql_is(judge):
    judged = judge(DATABASE_URL="postgres://depot@db.internal/depot")

    assert judged.code == 0, judged.findings


def test_a_database_named_in_parts_is_judged_and_an_empty_engine_is_no_default(judge, project):
    with (project / "environment.toml").open("a") as manifest:
        manifest.write("""
[variables.DB_ENGINE]
type = "choice"
choices = ["django.db.backends.postgresql"]
[variables.DB_NAME]
required = ["prod"]
[variables.DB_USER]
[[rules]]
when = "DB_USER"
needs = ["DB_ENGINE"]
""")

    judged = judge(start=False, DB_ENGINE="", DB_USER="depot")

    assert judged.found("required") == ["DB_ENGINE is empty", "DB_NAME is missing"]
    assert judged.faults("required") == {"ENV106", "ENV108"}
    assert judged.found("rules") == ["DB_USER needs DB_ENGINE"]


def test_sqlite_outside_development_is_found_in_the_url(judge):
    assert judge(start=False, DATABASE_URL="sqlite:////srv/db.sqlite3").faults("values") == {"ENV109"}


def test_sqlite_that_the_settings_fall_back_to_is_found(judge, project):
    settings = project / "depot/settings/production.py"
    settings.write_text(
        settings.read_text() + 'DATABASES = {"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": "build.db"}}\n'
    )

    assert judge().faults("database") == {"ENV109"}


@pytest.mark.parametrize(
    ("name", "value", "fault"),
    [
        ("CSRF_TRUSTED_ORIGINS", "app.example.com", "ENV102"),
        ("CORS_ALLOWED_ORIGINS", "app.example.com", "ENV102"),
        ("CSRF_TRUSTED_ORIGINS", "https://app.example.com/", "ENV102"),
        ("CORS_ALLOWED_ORIGINS", "https://app.example.com/login", "ENV102"),
        ("CORS_ALLOWED_ORIGINS", "https://*.example.com", "ENV103"),
        ("ALLOWED_HOSTS", "*", "ENV115"),
        ("ALLOWED_HOSTS", "https://depot.example.com", "ENV110"),
    ],
)
def test_hosts_and_origins_that_can_never_match_are_rejected(judge, name, value, fault):
    judged = judge(start=False, **{name: value})

    assert judged.code == 1
    assert fault in judged.faults("values")


def test_lists_are_compared_without_order_and_blanks(judge):
    judged = judge(
        CORS_ALLOWED_ORIGINS="'https://app.example.com, https://shop.example.com'",
        CSRF_TRUSTED_ORIGINS="'https://shop.example.com,  https://app.example.com'",
    )

    assert (judged.code, judged.findings) == (0, [])


def test_the_lists_need_not_be_equal_the_admin_may_be_trusted_alone_and_a_wildcard_admits(judge):
    judged = judge(CSRF_TRUSTED_ORIGINS="https://*.example.com,https://depot.example.com")

    assert (judged.code, judged.findings) == (0, [])


def test_who_may_read_with_cookies_and_may_not_write_is_found(judge):
    judged = judge(CORS_ALLOWED_ORIGINS="https://app.example.com,https://shop.example.com")

    assert judged.found("rules") == ["CSRF_TRUSTED_ORIGINS lacks https://shop.example.com of CORS_ALLOWED_ORIGINS"]
    assert judged.found("browsers") == ["https://shop.example.com may read with cookies and may not write"]
    assert judged.faults("rules") | judged.faults("browsers") == {"ENV101"}


def test_a_front_end_that_neither_list_knows_is_found(judge):
    judged = judge(CORS_ALLOWED_ORIGINS="https://a.example.com", CSRF_TRUSTED_ORIGINS="https://a.example.com")

    assert judged.faults("browsers") == {"ENV101", "ENV103"}


def test_the_name_users_type_and_the_probes_must_be_admitted(judge):
    judged = judge(ALLOWED_HOSTS="app.example.com")

    assert judged.faults("browsers") == {"ENV110"}
    assert len(judged.found("browsers")) == 2


def test_a_server_that_takes_itself_for_http_does_not_trust_its_own_admin(judge):
    (message,) = judge(BEHIND_TLS_PROXY=None).found("browsers")

    assert message.startswith("https://depot.example.com may not write: behind a proxy")


def test_a_header_that_the_front_end_sends_must_be_allowed(judge, project):
    settings = project / "depot/settings/production.py"
    settings.write_text(settings.read_text() + 'CORS_ALLOW_HEADERS = ["accept"]\n')

    assert judge().found("browsers") == ["the front end may not send x-tenant-id"]


def test_what_the_settings_module_resolves_is_judged_and_fails(judge, project):
    lines = {
        "DEBUG = True": "DEBUG is on",
        "SESSION_COOKIE_SECURE = False": "SESSION_COOKIE_SECURE is off",
        "CSRF_COOKIE_SECURE = False": "CSRF_COOKIE_SECURE is off",
        "SECURE_HSTS_SECONDS = 0": "SECURE_HSTS_SECONDS is 0",
        "CORS_ALLOW_ALL_ORIGINS = True": "CORS_ALLOW_ALL_ORIGINS lets every page",
    }
    settings = project / "depot/settings/production.py"
    settings.write_text("\n".join([settings.read_text(), *lines]))

    judged = judge()

    assert judged.code == 1
    assert judged.faults("security") == {"ENV115"}
    for message, says in zip(judged.found("security"), lines.values(), strict=True):
        assert message.startswith(says)


def test_hard_coded_settings_make_no_noise_whatever_the_variables_say(judge):
    judged = judge(DEBUG="true", SESSION_COOKIE_SECURE="0", CSRF_COOKIE_SECURE="no")

    assert judged.code == 0
    assert judged.statuses["security"] == "passed"
    assert {each["check"] for each in judged.findings} == {"code"}, "that nobody reads them is all there is to say"


def test_deployment_checks_fail_on_warnings(judge, project):
    settings = project / "depot/settings/production.py"
    settings.write_text(settings.read_text() + "SECURE_SSL_REDIRECT = False\n")

    judged = judge()

    assert judged.code == 1
    assert judged.found("deployment")[0].startswith("security.W008 ")
    assert judged.statuses["security"] == "passed"


def test_what_django_says_of_the_same_settings_is_told_once(judge, project):
    settings = project / "depot/settings/production.py"
    settings.write_text(settings.read_text() + "DEBUG = True\nSESSION_COOKIE_SECURE = False\n")

    assert judge().found("deployment") == ["security.W012, security.W018: told above"]


@pytest.mark.parametrize("reading", ["at once", "too late", "never"])
def test_a_file_that_the_project_does_not_read_by_itself_is_found(judge, project, reading):
    settings = project / "depot/settings/development.py"
    load = 'read_env_file(Path(__file__).resolve().parents[2] / ".env")\n'
    text = settings.read_text()
    assert load in text
    settings.write_text(
        {"at once": text, "too late": text.replace(load, "") + load, "never": text.replace(load, "")}[reading]
    )
    text = "DATABASE_URL=postgresql://depot@db/depot\nSECRET_KEY=hidden-in-the-file\n"

    judged = judge(environment="dev", name=".env", text=text)

    assert judged.faults("settings") == (set() if reading == "at once" else {"ENV107"})
    assert "hidden" not in judged.everything


def test_a_weak_key_fails_and_none_of_it_is_told(judge):
    judged = judge(SECRET_KEY="zq7-tiny-zq7")

    assert judged.faults("values") == judged.faults("secret-key") == {"ENV115"}
    assert "zq7" not in judged.everything


def test_a_key_that_stands_in_the_source_is_found_with_its_place(judge, project):
    public = "b7c1f5e2a9d84c6033e1f7a8b2d9c0e4f5a6b7c8d9e0f1a2b3"
    settings = project / "depot/settings/production.py"
    settings.write_text(settings.read_text() + f'import os\nSECRET_KEY = os.environ.get("SECRET_KEY", "{public}")\n')

    judged = judge(SECRET_KEY=public)
    (finding,) = [each for each in judged.findings if each["check"] == "secret-key"]

    assert (finding["fault"], finding["path"]) == ("ENV116", "depot/settings/production.py")
    assert finding["line"] == len(settings.read_text().splitlines())
    assert public not in judged.everything


def test_a_key_others_know_by_its_words_is_found(judge):
    key = "temp-key-for-build-phase-only-not-secure-0123456789abcdefg"

    assert judge(start=False, SECRET_KEY=key).faults("values") == {"ENV116"}


def test_the_environment_argument_makes_the_difference(judge):
    assert judge(start=False, environment="prod", SECRET_KEY=None).code == 1

    dev = judge(environment="dev", file=False)

    assert dev.code == 0, dev.findings
    assert {dev.statuses[name] for name in ("database", "security", "secret-key", "deployment")} == {"skipped"}


def test_the_file_of_another_environment_is_found(judge, project):
    (project / "prod.env").write_bytes((project / "uat.env").read_bytes())

    judged = judge()

    assert judged.faults("neighbours") == {"ENV117"}
    assert judged.found("settings") == ["DJANGO_SETTINGS_MODULE is depot.settings.staging"]


def test_an_environment_that_nobody_knows_could_not_be_checked(judge, project):
    (project / "live.env").write_text("A=1\n")

    assert judge(start=False, environment="live").code == 2


def test_the_file_that_will_be_deployed_is_judged_not_this_process(judge, monkeypatch):
    monkeypatch.setenv("SECRET_KEY", "the-process-has-one-and-the-server-will-not-0123456789-abc")

    assert judge(start=False, SECRET_KEY=None).found("required") == ["SECRET_KEY is missing"]
    assert "ENV118" in judge().faults("settings")


def test_without_a_file_this_process_is_judged(judge, project, monkeypatch):
    for line in (project / "prod.env").read_text().splitlines():
        if "=" in line:
            monkeypatch.setenv(*line.split("=", 1))

    judged = judge(file=False)

    assert (judged.code, judged.findings) == (0, [])


def test_names_that_the_code_reads_and_the_manifest_lacks_are_listed_and_the_reverse(judge, project):
    manifest, settings = project / "environment.toml", project / "depot/settings/production.py"
    manifest.write_text(manifest.read_text() + "\n[variables.CACHE_PLACE]\n")
    settings.write_text(settings.read_text() + 'import os\nMAIL = os.getenv("MAIL_HOST")\n')

    judged = judge(start=False)
    told = {(each["message"], each["path"].rpartition("/")[2], each["severity"]) for each in judged.findings}

    assert ("MAIL_HOST is read here, and the manifest lacks it", "production.py", "error") in told
    assert ("CACHE_PLACE is read nowhere in the code", "environment.toml", "warning") in told


def test_a_name_that_nobody_reads_is_told_with_the_one_that_is_meant(judge):
    judged = judge(start=False, DJANGO_SECRET_KEY="x" * 60, SECRET_KEY=None)
    (finding,) = [each for each in judged.findings if each["check"] == "code"]

    assert finding["message"] == "DJANGO_SECRET_KEY is set, and nobody reads it"
    assert finding["hint"] == "did you mean SECRET_KEY?"


def test_a_project_that_does_not_start_is_a_finding_and_nothing_behind_it_is_called_good(judge):
    judged = judge(BEHIND_TLS_PROXY="ture")

    assert judged.code == 1
    assert judged.statuses["settings"] == "failed"
    assert judged.statuses["security"] == judged.statuses["deployment"] == "could-not-check"


@pytest.mark.parametrize(
    ("line", "fault"),
    [
        ('import os\nos.environ["DB_NAME"]', "ENV108"),
        ('import os\nos.environ["MAIL_HOST"]', "ENV118"),
        ('SECRET_KEY = ""', "ENV112"),
        ("raise ValueError(\"Unsupported DB_ENGINE: ''\")", "ENV106"),
        ('LOGGING["handlers"]["file"] = {"class": "logging.FileHandler", "filename": "/nowhere/django.log"}', "ENV114"),
    ],
)
def test_a_project_that_does_not_start_is_known_by_its_fault(judge, project, line, fault):
    settings = project / "depot/settings/production.py"
    settings.write_text(f"{settings.read_text()}{line}\n")

    judged = judge()

    assert judged.faults("settings") == {fault}, judged.findings


@pytest.mark.parametrize("password", ["s3cr/et#half", "s3cr?et[half", "s3cr et'$(half"])
def test_no_half_of_a_password_is_told_even_by_the_projects_own_errors(judge, project, password):
    settings = project / "depot/settings/production.py"
    leak = (
        "from urllib.parse import urlsplit\nurlsplit(environment['DATABASE_URL']).port\n"
        "raise ValueError(environment['DATABASE_URL'])\n"
    )
    settings.write_text(settings.read_text().replace("DATABASES =", f"{leak}DATABASES ="))

    judged = judge(DATABASE_URL=f"postgresql://depot:{password}@db.internal/depot")

    assert judged.statuses["settings"] == "failed"
    assert "s3cr" not in judged.everything
    assert "half" not in judged.everything


def test_what_a_shell_would_break_is_found_before_the_shell_does(judge):
    judged = judge(start=False, SECRET_KEY="p)art`one-0123456789-abcdefghijklmnopqrstuvwxyz-ABCDEFGH")

    assert judged.faults("lines") == {"ENV111"}


@contextmanager
def as_nobody():
    """Be a user who may not read what others keep to themselves, as a container's user is."""
    if os.geteuid() != 0:
        yield
        return
    os.seteuid(65534)
    try:
        yield
    finally:
        os.seteuid(0)


def test_a_file_that_cannot_be_read_is_a_finding(monkeypatch, capsys):
    with TemporaryDirectory() as place:
        folder = Path(place)
        shutil.copy(LAB / "environment.toml", folder)
        (folder / "prod.env").write_text("SECRET_KEY=hidden-from-me\n")
        (folder / "prod.env").chmod(0 if os.geteuid() else 0o600)
        folder.chmod(0o755)
        with as_nobody():
            code = main(["--project", place, "--environment", "prod", "--env-file", f"{place}/prod.env", "--json"])
    judged = Judged(code, capsys.readouterr())

    assert (judged.code, judged.faults("lines")) == (1, {"ENV113"})
    assert judged.statuses["required"] == judged.statuses["settings"] == "could-not-check"


def test_a_manifest_that_is_not_there_could_not_be_checked(judge, project):
    (project / "environment.toml").unlink()

    assert judge(start=False).code == 2


def test_a_draft_is_a_manifest_that_can_be_read_and_knows_what_the_code_reads(judge, project, capsys):
    assert main(["--project", str(project), "--draft"]) == 0
    drafted = capsys.readouterr().out
    (project / "environment.toml").write_text(
        drafted.replace(
            "[environments.prod]\n", '[environments.prod]\nsettings = "depot.settings.production"\n'
        ).replace("[variables.DATABASE_URL]\n", "[variables.DATABASE_URL]\nin_file = false\n")
    )

    judged = judge()

    assert judged.code == 0, judged.findings
    assert judged.statuses["code"] == "passed"
