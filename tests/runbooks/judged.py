"""A project with a migration that waits, and what the checks on scratch databases say of it."""

import json
from dataclasses import dataclass

ON_DATABASE = ("build-from-empty", "rehearsal", "lock-hazards", "reversible", "same-schema")
HEAD = "from django.db import migrations, models\n"


@dataclass(frozen=True)
class Judged:
    code: int
    told: dict
    text: str

    @property
    def status(self):
        return {each["name"]: each["status"] for each in self.told["checks"] if each["name"] in ON_DATABASE}

    @property
    def found(self):
        return {(each["check"], each["fault"]) for each in self.told["findings"]}

    @property
    def hazards(self):
        return sorted({each["fault"] for each in self.told["findings"] if each["check"] == "lock-hazards"})

    def check(self, name):
        return next(each for each in self.told["checks"] if each["name"] == name)

    def finding(self, fault):
        return next(each for each in self.told["findings"] if each["fault"] == fault)


def judge(shop, *flags, only=ON_DATABASE, **environment):
    """Make these checks, see that nothing but the report is left, and give what they say."""
    before = shop.state(), shop.server.databases()
    done = shop.run("validate_migrations", "--json", "--only", *only, *flags, **environment)
    assert "Traceback" not in done.out + done.err, done.err
    assert (shop.state(), shop.server.databases()) == before
    return Judged(done.code, json.loads(done.out), done.err)


def waiting(shop, *operations, name="stock/0003_next", before="", imports="", atomic=True):
    """Write a migration that waits, one operation a line from line 9 on."""
    app, _, stem = name.partition("/")
    parent = before or ("0002_weight" if app == "stock" else "0003_note")
    lines = "".join(f"        {each},\n" for each in operations)
    text = (
        f"{HEAD}{imports}\n\nclass Migration(migrations.Migration):\n    atomic = {atomic}\n"
        f"    dependencies = [({app!r}, {parent!r})]\n    operations = [\n{lines}    ]\n"
    )
    (shop.folder / app / "migrations" / f"{stem}.py").write_text(text)
