"""A project without leaks holds; each leak that is put into it is found, with its place and its code."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from tests.runbooks.conftest import LAB_BIN, ROOT

from _row_security import judge_tables

CLINICS = Path(__file__).with_name("cases") / "clinics"
ENVIRONMENT = {
    "PATH": f"{LAB_BIN}:/usr/bin:/bin",
    "PYTHONDONTWRITEBYTECODE": "1",
    "HOME": os.environ["HOME"],
}


@pytest.fixture(scope="module")
def migrated(tmp_path_factory):
    folder = tmp_path_factory.mktemp("clinics") / "project"
    shutil.copytree(CLINICS, folder)
    command = [LAB_BIN / "python", "manage.py", "migrate", "--run-syncdb", "--skip-checks", "-v", "0"]
    subprocess.run(command, cwd=folder, env=ENVIRONMENT, check=True)
    return folder


@pytest.fixture
def clinics(migrated, tmp_path):
    return shutil.copytree(migrated, tmp_path / "project")


def check(folder, *flags, **environment):
    script = [sys.executable, str(ROOT / "runbooks/check_tenant_isolation.py"), "--json", *flags]
    done = subprocess.run(
        script, cwd=folder, env=ENVIRONMENT | environment, text=True, capture_output=True, check=False
    )
    told = json.loads(done.stdout)
    return done.returncode, told["findings"], {each["name"]: each for each in told["checks"]}


def edit(folder, file, old, new):
    text = (folder / file).read_text()
    assert old in text
    (folder / file).write_text(text.replace(old, new))


def errors(findings):
    return [each for each in findings if each["severity"] == "error"]


def test_a_project_without_leaks_holds(clinics):
    code, findings, checks = check(clinics)

    assert errors(findings) == []
    assert [each["message"] for each in findings] == [
        "clinics.Clinic, which 3 models point to, is taken for the tenant"
    ]
    assert {name: each["status"] for name, each in checks.items() if each["status"] != "passed"} == {
        "row_security": "skipped",
        "naming": "skipped",
    }
    assert code == 0


LEAKS = yaml.safe_load((CLINICS.parent / "leaks.yml").read_text())


def test_leaks_of_every_kind_are_found_at_once(clinics):
    put_in = []
    for leak in LEAKS:
        if leak["old"] in (clinics / leak["file"]).read_text() and leak["message"] not in put_in:
            edit(clinics, leak["file"], leak["old"], leak["new"])
            put_in.append(leak["message"])

    code, findings, checks = check(clinics)

    assert code == 1
    assert {each["message"] for each in errors(findings)} >= set(put_in)
    assert {name for name, each in checks.items() if each["status"] != "failed"} == {
        "tenant", "naming", "rows", "row_security",
    }  # fmt: skip


@pytest.mark.slow
@pytest.mark.parametrize("leak", LEAKS, ids=[f"{n}-{each['fault'] or each['check']}" for n, each in enumerate(LEAKS)])
def test_a_leak_is_found(clinics, leak):
    edit(clinics, leak["file"], leak["old"], leak["new"])

    code, findings, checks = check(clinics)

    assert (code, checks[leak["check"]]["status"]) == (1, "failed"), findings
    [found, *_] = [each for each in findings if each["message"] == leak["message"]]
    assert (found["check"], found["fault"]) == (leak["check"], leak["fault"])
    if (clinics / found["path"]).exists():  # Django's own ModelAdmin lies elsewhere
        line = (clinics / found["path"]).read_text().splitlines()[found["line"] - 1]
        assert any(word in line for word in ("class ", "=")), line
    known = {leak["check"], leak.get("also")}
    assert [each for each in errors(findings) if each["check"] not in known] == []


@pytest.mark.slow
@pytest.mark.parametrize(
    "condition",
    [
        "clinic__post__person=request.user",
        "clinic__in=Clinic.objects.filter(post__person=request.user)",
        "models.Q(clinic__post__person=request.user) | models.Q(clinic=None)",
        "models.Exists(Post.objects.filter(clinic=models.OuterRef('clinic'), person=request.user))",
        "pk__in=Ward.objects.filter(clinic__post__person=request.user)",
        "clinic__in=[]",
    ],
)
def test_any_way_to_ask_whose_rows_they_are_will_do(clinics, condition):
    new = f"super().get_queryset(request).filter({condition})"
    made = f"class WardAdmin(OwnChoices, admin.ModelAdmin):\n    def get_queryset(self, request):\n        return {new}"
    edit(clinics, "patients/admin.py", "class WardAdmin(OwnAdmin):\n    pass", made)

    code, findings, _ = check(clinics)

    assert (code, errors(findings)) == (0, [])


NAMED_BY = {
    "the serializer's validate": (
        "patients/api.py",
        "    def get_fields(self):",
        "    def validate(self, data):\n        return data | {'clinic': None}\n\n    def get_fields(self):",
    ),
    "the serializer's create": (
        "patients/api.py",
        "    def get_fields(self):",
        "    def create(self, data):\n        return Patient(**data)\n\n    def get_fields(self):",
    ),
    "the model's save": (
        "patients/models.py",
        "    token = models.UUIDField",
        "    def save(self, **options):\n        super().save(**options)\n\n    token = models.UUIDField",
    ),
    "a default": (
        "patients/models.py",
        "class Patient(models.Model):\n    clinic = models.ForeignKey(Clinic, models.CASCADE)",
        "class Patient(models.Model):\n    clinic = models.ForeignKey(Clinic, models.CASCADE, default=1)",
    ),
}


@pytest.mark.slow
@pytest.mark.parametrize("way", NAMED_BY)
def test_a_view_may_leave_it_to_others_to_name_the_tenant(clinics, way):
    edit(clinics, "patients/api.py", "def perform_create", "def after_create")
    edit(clinics, *NAMED_BY[way])

    _, findings, _ = check(clinics)

    assert {each["message"] for each in errors(findings) if each["fault"] == "TEN102"} == {
        "VisitViewSet creates rows without patient: nobody says whose they are"
    }


def test_an_exemption_with_a_reason_lets_one_thing_be_and_no_other(clinics):
    edit(clinics, "patients/models.py", "    number = models.CharField(max_length=20)",
         '    tenant_isolation_exempt = {"number": "It is printed on a card that all clinics know."}\n'
         "    number = models.CharField(max_length=20, unique=True)\n"
         "    card = models.CharField(max_length=20, unique=True)")  # fmt: skip

    _, findings, _ = check(clinics)

    assert [each["message"] for each in errors(findings) if each["check"] == "unique"] == [
        "card of Patient is unique among all tenants"
    ]


def test_a_class_does_not_pass_its_exemption_on(clinics):
    edit(clinics, "patients/admin.py", "        return super().get_queryset(request).seen_by(request.user)",
         "        return super().get_queryset(request)\n\n    tenant_isolation_exempt = 'It is a base.'")  # fmt: skip

    _, findings, _ = check(clinics)

    assert {each["message"] for each in errors(findings) if each["check"] == "admin"} == {
        f"{name} shows rows of all tenants" for name in ("PatientAdmin", "WardAdmin", "VisitAdmin")
    }


def test_a_package_is_exempted_in_the_settings(clinics):
    edit(clinics, "patients/api.py", "class VisitViewSet(OwnViewSet)", "class VisitViewSet(ModelViewSet)")
    edit(clinics, "conf/settings.py", "EXEMPT = {}", 'EXEMPT = {"patients.api.VisitViewSet": "It is behind a gate."}')

    assert check(clinics)[0] == 0


def test_rows_that_point_into_another_tenant_are_counted(clinics):
    make_rows = (
        "from clinics.models import Clinic; from patients.models import Patient, Ward\n"
        "one, two = Clinic.objects.create(name='one'), Clinic.objects.create(name='two')\n"
        "ward = Ward.objects.create(clinic=one, name='w')\n"
        "[Patient.objects.create(clinic=clinic, ward=ward, number=n) for n, clinic in enumerate([one, two, two])]"
    )
    command = [LAB_BIN / "python", "manage.py", "shell", "-c", make_rows]
    subprocess.run(command, cwd=clinics, env=ENVIRONMENT, check=True, capture_output=True)

    code, findings, _ = check(clinics)

    [found] = errors(findings)
    assert code == 1
    assert found["message"] == "2 rows of Patient belong to one tenant and point by ward into another"
    assert (found["path"], found["fault"]) == ("patients/models.py", "TEN113")


def test_nothing_is_written_even_if_a_view_writes_when_it_is_asked(clinics):
    edit(
        clinics,
        "patients/views.py",
        "        return super()",
        "        Patient.objects.all().delete()\n        return super()",
    )
    edit(clinics, "patients/views.py", "Patient.objects.all().delete()",
         "__import__('clinics.models').models.Clinic.objects.create(name='new')")  # fmt: skip
    before = (clinics / "db.sqlite3").read_bytes()

    check(clinics)

    assert (clinics / "db.sqlite3").read_bytes() == before


def test_what_cannot_be_tried_is_a_warning_and_no_pass(clinics):
    edit(clinics, "patients/views.py", "self.request.user", "self.request.clinic_of_the_middleware")

    _, findings, _ = check(clinics)

    [first, *_] = [each for each in findings if each["check"] == "views"]
    assert first["severity"] == "warning"
    assert "PatientList.get_queryset could not be tried: AttributeError" in first["message"]


def test_a_function_that_uses_a_tenants_model_is_named(clinics):
    edit(clinics, "patients/views.py", 'HttpResponse("We run clinics.")', "HttpResponse(Patient.objects.count())")

    code, findings, _ = check(clinics)

    [found] = [each for each in findings if each["check"] == "views"]
    assert (code, found["severity"]) == (0, "warning")
    assert found["message"] == "about is a function that uses Patient; what it asks for was not tried"


@pytest.mark.parametrize(
    ("flags", "says"),
    [
        (["--tenant", "clinics.Klinik"], "'clinics' doesn't have a 'Klinik' model"),
        (["--tenant", "patients.Visit"], "no model points to patients.Visit"),
    ],
)
def test_a_tenant_that_is_none_could_not_be_checked(clinics, flags, says):
    code, findings, checks = check(clinics, *flags)

    assert (code, findings) == (2, [])
    assert says in checks["tenant"]["reason"]
    assert {each["status"] for each in checks.values()} == {"could-not-check"}


def test_where_no_model_stands_out_none_is_guessed(clinics):
    edit(clinics, "conf/settings.py", '    "patients",\n', "")
    edit(clinics, "conf/urls.py", "from patients import views", "")
    (clinics / "conf/urls.py").write_text("urlpatterns = []\n")

    code, _, checks = check(clinics)

    assert code == 2
    assert "no model is clearly the tenant's" in checks["tenant"]["reason"]


def test_a_database_out_of_reach_is_not_taken_for_one_without_leaks(clinics):
    edit(clinics, "conf/settings.py", '"NAME": "db.sqlite3"', '"NAME": "/nowhere/db.sqlite3"')

    code, _, checks = check(clinics)

    assert code == 2
    assert checks["rows"]["status"] == "could-not-check"
    assert checks["admin"]["status"] == "passed"


POLICY = {"name": "own", "using": "(clinic_id = 1)", "check": None, "command": "ALL", "permissive": "PERMISSIVE"}
TABLE = {
    "model": "p.P", "table": "p", "enabled": True, "forced": True, "owner": True, "bypasses": False, "role": "app",
    "policies": [POLICY], "exempt": False, "path": "p.py", "line": 7,
}  # fmt: skip


@pytest.mark.parametrize(
    ("change", "faults"),
    [
        ({}, []),
        ({"enabled": False}, [""]),
        ({"forced": False}, ["TEN110"]),
        ({"forced": False, "owner": False}, []),
        ({"bypasses": True}, ["TEN110"]),
        ({"policies": []}, ["TEN108"]),
        ({"policies": [POLICY | {"using": "true"}]}, ["TEN110"]),
        ({"policies": [POLICY | {"using": "true", "permissive": "RESTRICTIVE"}]}, []),
        ({"policies": [POLICY | {"check": "true"}]}, ["TEN110"]),
        ({"policies": [POLICY | {"using": "(clinic_id = (current_setting('app.clinic'::text))::int)"}]}, ["TEN112"]),
        ({"policies": [POLICY | {"using": "(clinic_id = (current_setting('app.clinic'::text, true))::int)"}]}, []),
    ],
)
def test_row_security_is_judged_by_the_catalogue(change, faults):
    found = list(judge_tables([TABLE | change]))

    assert [each.fault for each in found] == faults
    assert all((each.path, each.line) == ("p.py", 7) for each in found)


ROWS = """
from clinics.models import *
from patients.models import *
north, south = Clinic.objects.create(name="North"), Clinic.objects.create(name="South")
sam = Person.objects.create(username="sam")
Post.objects.create(person=sam, clinic=north)
Patient.objects.create(clinic=north, number="1")
Patient.objects.create(clinic=south, number="2")
"""
SEEN = "        return super().get_queryset().seen_by(self.request.user)"
NAMED = """\
        wanted = {asked}
        if wanted:
            return super().get_queryset().filter(**{{self.queryset.model.way: {whose}}})
        return super().get_queryset().seen_by(self.request.user)"""
HEADER = 'self.request.headers.get("X-Clinic")'
META = 'self.request.META.get("HTTP_X_CLINIC")'
CHECKED = "Clinic.objects.filter(post__person=self.request.user, pk=wanted).first()"
FOREIGN = "X-Clinic opens rows of any Clinic to somebody who is known in the view only, as by a token: PatientViewSet"


@pytest.fixture
def two_clinics(clinics):
    command = [LAB_BIN / "python", "manage.py", "shell", "--verbosity", "0", "--command", ROWS]
    subprocess.run(command, cwd=clinics, env=ENVIRONMENT, check=True)
    edit(clinics, "patients/api.py", "from .models", "from clinics.models import Clinic\n\nfrom .models")
    return clinics


@pytest.mark.parametrize(
    ("asked", "whose", "found"),
    [
        (HEADER, "wanted", [FOREIGN, "VisitViewSet"]),
        (META, "wanted", [FOREIGN, "VisitViewSet"]),
        (HEADER, "Clinic.objects.filter(name=wanted).first()", [FOREIGN, "VisitViewSet"]),
        (HEADER, CHECKED, []),
        ('self.request.headers.get("X-Forwarded-For")', "wanted", []),
        ("None", "wanted", []),
    ],
    ids=["by its key", "asked of META", "by its name", "checked", "of every proxy", "no header"],
)
def test_a_header_that_opens_the_rows_of_another_tenant_is_found(two_clinics, asked, whose, found):
    edit(two_clinics, "patients/api.py", SEEN, NAMED.format(asked=asked, whose=whose))
    before = (two_clinics / "db.sqlite3").read_bytes()

    code, findings, checks = check(two_clinics, "--only", "naming")

    leaks = [each for each in errors(findings) if each["check"] == "naming"]
    assert [each["message"].split(", Vi")[0] for each in leaks] == found[:1]
    assert all(word in each["message"] for word in found for each in leaks)
    assert (code, checks["naming"]["status"]) == ((1, "failed") if found else (0, "passed")), checks
    assert {(each["fault"], each["path"]) for each in leaks} <= {("TEN106", "patients/api.py")}
    for each in leaks:
        assert asked in (two_clinics / each["path"]).read_text().splitlines()[each["line"] - 1]
    assert (two_clinics / "db.sqlite3").read_bytes() == before


def test_without_two_tenants_no_header_can_be_tried_and_that_is_said(clinics):
    code, _, checks = check(clinics, "--only", "naming")

    assert (code, checks["naming"]["status"]) == (0, "skipped")
    assert checks["naming"]["reason"].startswith("nobody in the database works for one of two tenants (")


def test_where_nobody_can_open_a_list_nothing_was_tried(two_clinics):
    edit(two_clinics, "patients/api.py", SEEN, "        raise PermissionError")
    edit(two_clinics, "patients/views.py", "self.request.user", "self.request.clinic_of_the_middleware")

    _, _, checks = check(two_clinics, "--only", "naming")

    assert checks["naming"]["status"] == "skipped"
    assert checks["naming"]["reason"].startswith("nobody who works for one tenant could open a list (")
