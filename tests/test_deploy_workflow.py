"""The deployment's workflow is a doc-test, too: each of its steps runs here, once as it is and once broken."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from fnmatch import fnmatch
from pathlib import Path
from typing import Any

import pytest
from tests.repository import PROOFBOOK, ROOT
from tests.workflows import EXPRESSION, Told, environment_of, inputs_of, names_of, read_action, read_workflow, run_job

from proofbook.lab.lab import Lab
from proofbook.lab.ownership import give
from proofbook.lab.preparing import prepared_lab
from proofbook.lab.sandbox import Sandbox
from proofbook.settings import read_settings

DEPLOY = ROOT / ".github/workflows/deploy.yml"
WORKFLOW = read_workflow("deploy.yml")
CALLERS = {name: read_workflow(f"{name}-deployment.yml")["jobs"]["deploy"] for name in ("11-dev", "12-uat", "13-prod")}
COMMIT = "0123456789abcdef0123456789abcdef01234567"
GITHUB = {
    "github.sha": COMMIT,
    "github.repository": "Team/Depot",
    "github.token": "token-of-this-run",
    "github.event.repository.default_branch": "main",
}


def environment(job: str, caller: str, **more: str) -> dict[str, str]:
    contexts = {**GITHUB, **inputs_of(WORKFLOW, CALLERS[caller]["with"]), **more}
    return environment_of(WORKFLOW["jobs"][job], contexts)


def test_the_jobs_come_one_after_the_other():
    jobs = WORKFLOW["jobs"]

    assert {name: job.get("needs") for name, job in jobs.items()} == {
        "allowed": None, "check": "allowed", "image": "check", "deploy": "image",
    }  # fmt: skip
    assert jobs["deploy"]["environment"] == "${{ inputs.environment }}"
    assert all("if" not in job for job in jobs.values())


def test_production_comes_after_uat_and_after_a_person():
    assert CALLERS["11-dev"]["with"] == {"environment": "dev"}
    assert CALLERS["12-uat"]["with"] == {"environment": "uat", "after": "dev"}
    assert CALLERS["13-prod"]["with"] == {"environment": "prod", "after": "uat", "approval": True}
    assert {caller["uses"] for caller in CALLERS.values()} == {"./.github/workflows/deploy.yml"}


def test_the_image_has_the_name_that_the_switch_is_given():
    image, deploy = (WORKFLOW["jobs"][name] for name in ("image", "deploy"))
    [built] = [step["run"] for step in image["steps"] if "run" in step]
    [put] = [step["run"] for step in deploy["steps"] if "runbooks/deploy.py" in step.get("run", "")]

    assert image["env"]["COMMIT"] == deploy["env"]["COMMIT"] == "${{ github.sha }}"
    assert built.split()[2] == '"$COMMIT"'
    assert '--release "$COMMIT"' in put


def test_a_caller_gives_what_the_jobs_ask_for_and_no_more():
    asked = {pair for job in WORKFLOW["jobs"].values() for pair in job["permissions"].items()}

    assert WORKFLOW["permissions"] == {}
    assert all(set(caller["permissions"].items()) == asked for caller in CALLERS.values())


def test_no_step_has_an_expression_in_its_script():
    """What is written into a script is run: values come through the environment."""
    scripts = [step["run"] for job in WORKFLOW["jobs"].values() for step in job["steps"] if "run" in step]

    assert len(scripts) == 9
    assert [script for script in scripts if EXPRESSION.search(script)] == []


def test_a_failed_deployment_is_named_from_what_its_steps_wrote_and_its_records_are_kept():
    """The two steps that are another's code are not run here: what they are given is what the others leave."""
    *written, named, kept = WORKFLOW["jobs"]["deploy"]["steps"][2:]
    log, records = "$RUNNER_TEMP/deploy.log", "$RUNNER_TEMP/records"

    first, *others = [step["run"].split("|")[-1].strip() for step in written]
    assert (first, set(others)) == (f'tee "{log}"', {f'tee --append "{log}"'})
    assert (named["if"], named["uses"]) == ("failure()", "./")
    assert named["with"] == {"log": log.replace("$RUNNER_TEMP", "${{ runner.temp }}")}
    assert set(named["with"]) <= set(read_action()["inputs"])
    assert f'--record "{records}"' in written[-1]["run"]
    assert kept["if"] == "always()"
    assert kept["with"]["path"] == records.replace("$RUNNER_TEMP", "${{ runner.temp }}")


def test_what_the_deployment_itself_is_made_of_starts_one_too():
    paths = read_workflow("11-dev-deployment.yml")[True]["push"]["paths"]
    defaults = {
        name: each["default"] for name, each in WORKFLOW[True]["workflow_call"]["inputs"].items() if "default" in each
    }

    for made_of in (
        ".github/workflows/deploy.yml", ".github/programs/image", ".github/programs/may_deploy.py",
        "runbooks/deploy.py", defaults["dockerfile"], defaults["requirements"], f"{defaults['project']}/manage.py",
    ):  # fmt: skip
        assert (ROOT / made_of).is_file(), made_of
        assert any(fnmatch(made_of, path) for path in paths), made_of


# May it go there?

ANSWERS = {
    f"repos/Team/Depot/compare/main...{COMMIT}": {"status": "identical"},
    f"repos/Team/Depot/deployments?environment=dev&sha={COMMIT}&per_page=100": [{"id": 6}],
    f"repos/Team/Depot/deployments?environment=uat&sha={COMMIT}&per_page=100": [{"id": 7}, {"id": 8}],
    "repos/Team/Depot/deployments/6/statuses?per_page=100": [{"state": "success"}],
    "repos/Team/Depot/deployments/7/statuses?per_page=100": [{"state": "failure"}, {"state": "in_progress"}],
    "repos/Team/Depot/deployments/8/statuses?per_page=100": [{"state": "inactive"}, {"state": "success"}],
    "repos/Team/Depot/environments/prod": {
        "protection_rules": [{"type": "branch_policy"}, {"type": "required_reviewers", "reviewers": [{"type": "Team"}]}]
    },
}
GH = """\
#!/usr/bin/env python3
import json, os, sys
assert sys.argv[1] == "api" and os.environ["GH_TOKEN"] == "token-of-this-run", sys.argv
if "GH_SAYS" in os.environ:
    sys.exit(print(os.environ["GH_SAYS"]))
answers = json.loads(open(os.environ["ANSWERS"]).read())
if sys.argv[2] not in answers:
    sys.exit("gh: Not Found (HTTP 404)")
print(json.dumps(answers[sys.argv[2]]))
"""


def allowed(tmp_path: Path, caller: str, answers: dict[str, Any], **other: str | None) -> Told:
    """Ask whether the caller's commit may go there; a variable that is given as None is not set."""
    gh, told = tmp_path / "bin/gh", tmp_path / "answers.json"
    gh.parent.mkdir()
    gh.write_text(GH)
    gh.chmod(0o755)
    told.write_text(json.dumps(answers))
    paths = {"PATH": f"{gh.parent}:{os.environ['PATH']}", "ANSWERS": str(told)}
    given = {**environment("allowed", caller), **paths, "GITHUB_REPOSITORY": "Team/Depot", **other}
    known = {name: value for name, value in given.items() if value is not None}
    return run_job(DEPLOY, "allowed", cwd=ROOT, environment=known)


@pytest.mark.parametrize("caller", CALLERS)
def test_a_commit_may_go_on(tmp_path, caller):
    told = allowed(tmp_path, caller, ANSWERS)

    assert (told.status, told.steps) == (0, {"Ask GitHub": "passed"}), told.output


@pytest.mark.lesson("deploy-a-commit")
@pytest.mark.parametrize(
    ("caller", "path", "answer", "why"),
    [
        ("11-dev", "compare", {"status": "diverged"}, "it is not on main; merge it first"),
        ("12-uat", "deployments?environment=dev", [], "dev has not run it; deploy this commit there first"),
        ("13-prod", "deployments?environment=uat", [{"id": 7}], "uat has not run it"),
        ("13-prod", "environments/prod", {"protection_rules": [{"type": "wait_timer"}]}, "prod asks nobody"),
        ("13-prod", "environments/prod", {"protection_rules": []}, "prod asks nobody"),
    ],
)
def test_a_commit_may_not_go_on(tmp_path, caller, path, answer, why):
    [key] = [key for key in ANSWERS if key.startswith(f"repos/Team/Depot/{path}")]

    told = allowed(tmp_path, caller, {**ANSWERS, key: answer})

    assert (told.status, told.red) == (1, ["Ask GitHub"]), told.output
    assert why in told.output


@pytest.mark.parametrize("caller", CALLERS)
def test_no_answer_is_not_taken_for_a_yes(tmp_path, caller):
    told = allowed(tmp_path, caller, {})

    assert (told.status, told.red) == (1, ["Ask GitHub"]), told.output
    assert "could not tell: compare/main..." in told.output
    assert "exit code 2" in told.output


@pytest.mark.parametrize(
    ("caller", "path", "answer"),
    [("11-dev", "compare", {}), ("12-uat", "deployments?environment=dev", {"message": "Moved"})],
)
def test_an_answer_of_another_form_is_not_taken_for_a_no(tmp_path, caller, path, answer):
    [key] = [key for key in ANSWERS if key.startswith(f"repos/Team/Depot/{path}")]

    told = allowed(tmp_path, caller, {**ANSWERS, key: answer})

    assert "could not tell: " in told.output
    assert "Traceback" not in told.output
    assert "exit code 2" in told.output


@pytest.mark.parametrize("lacking", ["ENVIRONMENT", "COMMIT", "APPROVAL", "BRANCH", "GITHUB_REPOSITORY"])
def test_without_a_variable_it_cannot_tell(tmp_path, lacking):
    told = allowed(tmp_path, "13-prod", ANSWERS, **{lacking: None})

    assert f"could not tell: {lacking} is not set" in told.output
    assert "exit code 2" in told.output


def test_what_is_not_json_is_no_answer(tmp_path):
    told = allowed(tmp_path, "11-dev", ANSWERS, GH_SAYS="<html>")

    assert "could not tell: compare/main..." in told.output
    assert "the answer is not JSON: '<html>" in told.output
    assert "exit code 2" in told.output


# The image

DOCKER = """\
#!/usr/bin/env bash
# A registry in a folder: it keeps what was built and pushed, and answers as docker does where this is asked of it.
set -euo pipefail
echo "$*" >> "$REGISTRY/said"
case "$1 ${2:-}" in
  login*) [ "$(cat)" = token-of-this-run ] ;;
  "buildx imagetools")
    [ -z "${ANSWER:-}" ] || { echo "ERROR: $ANSWER" >&2; exit 1; }
    [ -e "$REGISTRY/$(echo "$4" | tr / _)" ] || { echo "ERROR: $4: not found" >&2; exit 1; }
    ;;
  build*) [ -e "${@: -2:1}" ] && [ -d "${@: -1}" ] ;;
  push*) touch "$REGISTRY/$(echo "$2" | tr / _)" ;;
  *) exit 64 ;;
esac
"""


@pytest.fixture
def registry(tmp_path: Path) -> tuple[Path, dict[str, str]]:
    docker, kept = tmp_path / "bin/docker", tmp_path / "registry"
    docker.parent.mkdir()
    kept.mkdir()
    docker.write_text(DOCKER)
    docker.chmod(0o755)
    paths = {"PATH": f"{docker.parent}:{os.environ['PATH']}", "REGISTRY": str(kept), "GITHUB_ACTOR": "somebody"}
    return kept, {**environment("image", "11-dev"), **paths}


def test_an_image_is_built_once_and_is_named_by_its_commit(registry):
    kept, given = registry

    first = run_job(DEPLOY, "image", cwd=ROOT, environment=given)
    again = run_job(DEPLOY, "image", cwd=ROOT, environment=given)

    assert (first.status, again.status) == (0, 0), first.output + again.output
    said = (kept / "said").read_text().splitlines()
    assert [line.split()[0] for line in said] == ["login", "buildx", "build", "push", "login", "buildx"]
    assert (kept / f"ghcr.io_team_depot:{COMMIT}").exists()


@pytest.mark.parametrize("fault", [{"REGISTRY_TOKEN": "expired"}, {"DOCKERFILE": "gone"}], ids=["login", "build"])
def test_an_image_that_cannot_be_had_stops_the_deployment(registry, fault):
    kept, given = registry

    told = run_job(DEPLOY, "image", cwd=ROOT, environment={**given, **fault})

    assert (told.status, told.red) == (1, ["Build it once"]), told.output
    assert "push" not in (kept / "said").read_text()


@pytest.mark.parametrize(
    "answer",
    [
        "unexpected status from HEAD request to https://ghcr.io/v2/team/depot/manifests/x: 503 Service Unavailable",
        "failed to authorize: failed to fetch oauth token: 403 Forbidden",
        "lookup ghcr.io: no such host",
    ],
)
def test_a_registry_that_does_not_answer_is_not_taken_for_one_without_the_image(registry, answer):
    """What UAT has run would be built anew under the same name, and production would get another."""
    kept, given = registry

    told = run_job(DEPLOY, "image", cwd=ROOT, environment={**given, "ANSWER": answer})

    assert (told.status, told.red) == (1, ["Build it once"]), told.output
    assert "exit code 2" in told.output
    assert f"could not tell whether ghcr.io/team/depot:{COMMIT} is there" in told.output
    assert answer in told.output
    assert [line.split()[0] for line in (kept / "said").read_text().splitlines()] == ["login", "buildx"]


# On the lab's server

CHECK, ONTO = (list(names_of(WORKFLOW, job)) for job in ("check", "deploy"))
SERVER = {
    "DJANGO_SETTINGS_MODULE": "depot.settings.staging",
    "SECRET_KEY": "only-here-0123456789-abcdefghijklmnopqrstuvwxyz-ABCDEFGH",
    "ALLOWED_HOSTS": "127.0.0.1,depot.uat.example.com",
    "CORS_ALLOWED_ORIGINS": "https://app.uat.example.com",
    "CSRF_TRUSTED_ORIGINS": "https://app.uat.example.com",
    "BEHIND_TLS_PROXY": "true",
}
HEAD = "from django.db import migrations, models\n\n\nclass Migration(migrations.Migration):\n"
COLUMN = "migrations.AddField('supplier', 'website', models.URLField(blank=True, db_default=''))"
IN_USE = 'cd "$SERVED" && git switch --quiet --detach "$RELEASE" && depot restart'


@pytest.fixture(scope="module")
def depot(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    """Give the lab in a checkout of its own: one has room for one run, and other tests use this one's meanwhile."""
    root = tmp_path_factory.mktemp("checkout")
    for name in ("lab", "runbooks", ".venv-lab"):
        (root / name).symlink_to((ROOT / name).resolve())
    with prepared_lab(replace(read_settings(ROOT), root=root), "18", lambda _text: None) as lab:
        yield lab


class Server:
    """A sandbox that serves its release, and beside it the folder of a new one, as a runner checks it out."""

    def __init__(self, sandbox: Sandbox) -> None:
        self.sandbox, self.folder = sandbox, sandbox.folder / "home/work"
        self.variables = {
            "vars.BACKUPS": "backups", "vars.URL": sandbox.full_environment["DEPOT_URL"],
            "vars.ASKED": "--behind-tls --ready /api/v1/ready/ --wait 60",
            "vars.SWITCH": IN_USE, "vars.SWITCH_BACK": IN_USE,
            "vars.PREVIOUS": self.commit(),
        }  # fmt: skip
        sandbox.run(f"git worktree add --quiet --detach {self.folder}")
        lock = self.folder / "requirements/lab-django52.txt"
        lock.parent.mkdir()
        shutil.copy(ROOT / "requirements/lab-django52.txt", lock)
        # as a step finds it on a runner; the lab's Python has none of its own
        shutil.copytree(pip_of_this_machine(), sandbox.folder / "home/pip/pip")
        shutil.copy(DEPLOY, self.folder.parent)
        (sandbox.folder / "home/temp").mkdir()
        for made in (lock.parent, *(sandbox.folder / "home").glob("*")):
            for each in (made, *made.rglob("*")):
                give(each, sandbox.account)

    def write(self, path: str, text: str) -> None:
        (self.folder / path).write_text(text)
        give(self.folder / path, self.sandbox.account)

    def edit(self, path: str, old: str, new: str) -> None:
        text = (self.folder / path).read_text()
        assert text.count(old) == 1
        self.write(path, text.replace(old, new))

    def migration(self, operations: str) -> None:
        parent = max(each.stem for each in (self.folder / "suppliers/migrations").glob("00*.py"))
        text = f"{HEAD}    dependencies = [('suppliers', {parent!r})]\n    operations = [{operations}]\n"
        self.write("suppliers/migrations/0016_next.py", text)

    def add_column(self) -> None:
        """Make the new release: suppliers get a website."""
        line = "    payment_days = models.PositiveSmallIntegerField("
        self.edit("suppliers/models.py", line, f"    website = models.URLField(blank=True, db_default='')\n{line}")
        self.migration(COLUMN)

    def serve(self) -> str:
        """Serve what is in use, and give its commit."""
        self.sandbox.environment |= {**SERVER, "STATIC_ROOT": str(self.sandbox.folder / "home/static")}
        self.sandbox.run("python manage.py collectstatic --no-input --verbosity 0; depot start")
        return self.commit()

    def commit(self) -> str:
        return self.sandbox.run("git rev-parse HEAD").output.strip()

    def columns(self) -> int:
        asked = "SELECT count(*) FROM information_schema.columns WHERE table_name = 'suppliers_supplier'"
        return int(self.sandbox.sql(asked)[0][0])

    def temp(self, name: str) -> Path:
        return self.sandbox.folder / "home/temp" / name

    def release(self) -> str:
        done = self.sandbox.run(
            f"cd {self.folder}; git add --all; git commit --quiet --allow-empty --message new; git rev-parse HEAD"
        )
        return done.output.strip()

    def job(self, name: str, caller: str = "12-uat", project: str = ".", **given: str) -> Told:
        commit = self.release()
        contexts = {**self.variables, "github.sha": commit, "inputs.project": project}
        values = {**environment(name, caller, **contexts), **given}
        values.pop("DATABASE_URL", None)  # the service's; here it is the lab's
        self.sandbox.environment |= {
            **values, "RUNNER_TEMP": str(self.sandbox.folder / "home/temp"), "SERVED": str(self.sandbox.root),
            "PYTHONPATH": str(self.sandbox.folder / "home/pip"), "PIP_NO_INDEX": "1",
            "PIP_DISABLE_PIP_VERSION_CHECK": "1", "PIP_ROOT_USER_ACTION": "ignore",
        }  # fmt: skip
        done = self.sandbox.run(f"cd {self.folder}; pipeline --file ../deploy.yml {name}", check=False, timeout=1200)
        return Told(done.status, done.output, names_of(WORKFLOW, name))


def pip_of_this_machine() -> Path:
    """Give the folder of the pip that belongs to the Python from which the environments were made."""
    words = [str(Path(sys.base_prefix) / "bin/python3"), "-I", "-c", "import pip; print(pip.__path__[0])"]
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    if done.returncode:
        pytest.skip("the Python that the environments were made from has no pip")
    return Path(done.stdout.strip())


@pytest.fixture
def server(depot: Lab) -> Iterator[Server]:
    with depot.sandbox() as sandbox:
        yield Server(sandbox)


def red_at(steps: list[str], step: str) -> dict[str, str]:
    """Give how all of the steps end when this one is the first that fails."""
    place = steps.index(step)
    return dict.fromkeys(steps[:place], "passed") | {step: "failed"} | dict.fromkeys(steps[place + 1 :], "not run")


@pytest.mark.slow
def test_a_change_that_holds_is_checked(server):
    server.add_column()

    told = server.job("check", TESTS="tenants.tests.test_checks")

    assert (told.status, told.steps) == (0, dict.fromkeys(CHECK, "passed")), told.output


def lacks_a_package(server: Server) -> None:
    lock = server.folder / "requirements/lab-django52.txt"
    server.write("requirements/lab-django52.txt", f"{lock.read_text()}no-such-package==1 --hash=sha256:{'0' * 64}\n")


def needs_rows(server: Server) -> None:
    server.migration("migrations.RunSQL('SELECT 1 / count(*) FROM suppliers_supplier', '')")


def forgets_the_migration(server: Server) -> None:
    server.add_column()
    (server.folder / "suppliers/migrations/0016_next.py").unlink()


def breaks_a_test(server: Server) -> None:
    server.edit("tenants/checks.py", "Error(", "Warning(")


Fault = Callable[[Server], None]
BROKEN_IN_CHECK: list[tuple[Fault, str, str]] = [
    (lacks_a_package, CHECK[0], "no-such-package"),
    (needs_rows, CHECK[1], "division by zero"),
    (forgets_the_migration, CHECK[1], "website"),
    (breaks_a_test, CHECK[2], "FAILED"),
]


@pytest.mark.slow
@pytest.mark.parametrize(("fault", "step", "said"), BROKEN_IN_CHECK)
def test_what_does_not_hold_turns_its_step_red(server, fault: Fault, step: str, said: str):
    fault(server)

    told = server.job("check", TESTS="tenants.tests.test_checks")

    assert (told.status, told.steps) == (1, red_at(CHECK, step)), told.output
    assert said in told.output, told.output


@pytest.mark.slow
def test_a_release_is_deployed_and_recorded(server):
    server.serve()
    server.add_column()
    columns = server.columns()

    told = server.job("deploy")

    assert (told.status, told.steps) == (0, dict.fromkeys(ONTO, "passed")), told.output
    new = server.sandbox.run(f"git -C {server.folder} rev-parse HEAD").output.strip()
    assert (server.commit(), server.columns()) == (new, columns + 1)
    [record] = server.temp("records").iterdir()
    assert json.loads(record.read_text().splitlines()[-1])
    assert "Done." in server.temp("deploy.log").read_text()


def lacks_a_variable(server: Server) -> None:
    server.sandbox.environment["CSRF_TRUSTED_ORIGINS"] = None


def has_another_history(server: Server) -> None:
    server.sandbox.sql("DELETE FROM django_migrations WHERE app = 'products' AND name = '0001_initial'")


def fails_on_rows(server: Server) -> None:
    server.migration("migrations.RunSQL('ALTER TABLE suppliers_supplier ADD CHECK (id < 0)', '')")


def loses_the_admin(server: Server) -> None:
    """The health page stays green; only a real page tells."""
    server.add_column()
    server.edit("depot/urls.py", '    path("admin/", admin.site.urls),\n', "")


BROKEN_ON_SERVER: list[tuple[Fault, str, str]] = [
    (lacks_a_package, ONTO[0], "no-such-package"),
    (lacks_a_variable, ONTO[1], "CSRF_TRUSTED_ORIGINS is missing"),
    (has_another_history, ONTO[2], "error MIG101"),
    (fails_on_rows, ONTO[3], "is violated by some row"),
    (loses_the_admin, ONTO[3], "GOING BACK"),
]


def test_each_step_has_a_fault():
    assert {step for _, step, _ in BROKEN_IN_CHECK} == set(CHECK)
    assert {step for _, step, _ in BROKEN_ON_SERVER} == set(ONTO)


@pytest.mark.slow
@pytest.mark.parametrize(("fault", "step", "said"), BROKEN_ON_SERVER)
def test_what_would_not_work_turns_its_step_red_and_leaves_the_server_as_it_was(server, fault: Fault, step, said):
    before, columns = server.serve(), server.columns()
    fault(server)

    told = server.job("deploy")

    assert (told.status, told.steps) == (1, red_at(ONTO, step)), told.output
    assert said in told.output, told.output
    assert (server.commit(), server.columns()) == (before, columns)
    assert "answers 200" in server.sandbox.run("depot status").output


@pytest.mark.slow
def test_the_log_of_a_failed_deployment_ends_in_the_right_page(server, tmp_path):
    server.serve()
    has_another_history(server)
    server.job("deploy")

    summary = diagnosed(server.temp("deploy.log"), tmp_path)

    assert "| 1 | [MIG101](https://git.example/team/depot/blob/v2/docs/faults/MIG101.md)" in summary


def diagnosed(log: Path, place: Path) -> str:
    """Do what the step `Name the fault` does, but for the installation, and give the job's summary."""
    [step] = [each for each in read_action()["runs"]["steps"] if each["name"] == "Diagnose"]
    temp = place / "proofbook/bin"
    temp.mkdir(parents=True)
    (temp / "proofbook").symlink_to(PROOFBOOK)
    given = {
        "RUNNER_TEMP": str(place),
        "GITHUB_ACTION_PATH": str(ROOT),
        "GITHUB_STEP_SUMMARY": str(place / "summary.md"),
    }
    given |= {"LOG": str(log), "PAGES_AT": "https://git.example/team/depot/blob/v2"}
    subprocess.run(["bash", "-eo", "pipefail", "-c", step["run"]], env={**os.environ, **given}, check=True)
    return (place / "summary.md").read_text()
