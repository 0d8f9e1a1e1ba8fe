"""Questions about whose rows are whose; runs inside the project's own Python, after _inside_django.py.

A model belongs to a tenant if foreign keys lead from it to the tenant's model. Ways through a user do
not count: who made a row is not whose it is, and a user may work for several.
"""
# ruff: noqa: UP032, ANN001, ANN003, ANN202, ANN204, ARG001, F821, PLR0917, SLF001

import ast
import inspect
import os
import sys

from django.apps import apps
from django.conf import settings as configured
from django.contrib.auth import get_user_model

PLATFORM = ("django.", "rest_framework.")
EXEMPT = "tenant_isolation_exempt"


def forward(model):
    """Give the foreign keys of a model."""
    return [each for each in model._meta.concrete_fields if each.is_relation and isinstance(each.related_model, type)]


def real_models():
    return [each for each in apps.get_models(include_auto_created=True) if not each._meta.proxy]


def candidates(alias):
    """Count for each model how many others point to it; users, and what Django brings, are no tenants."""
    user, counts = get_user_model(), {}
    for model in real_models():
        for target in {each.related_model for each in forward(model)} - {model, user}:
            if not target.__module__.startswith(PLATFORM):
                counts[target._meta.label] = counts.get(target._meta.label, 0) + 1
    return sorted(([count, label] for label, count in counts.items()), reverse=True)


class World:
    """Which models belong to the tenant, and over which keys each reaches it."""

    def __init__(self, label):
        self.tenant = apps.get_model(label)
        self.user = get_user_model()
        self.ways = {self.tenant: []}
        for required in (True, False):  # a way that is always there is better than a shorter one
            self.spread(required)

    def spread(self, required):
        grown = True
        while grown:
            grown = {}
            for model in real_models():
                for field in forward(model) if model not in self.ways else ():
                    remote = field.related_model
                    through_user = remote is self.user and remote is not self.tenant
                    if remote in self.ways and not through_user and not (required and field.null):
                        grown[model] = min(
                            [*([grown[model]] if model in grown else []), [field, *self.ways[remote]]], key=len
                        )
            self.ways.update(grown)

    @property
    def owned(self):
        """The models that belong to a tenant, without the tenant itself."""
        return [each for each in self.ways if each is not self.tenant]

    def path(self, model):
        """Give the way as a query writes it."""
        return "__".join(each.name for each in self.ways[model]) or "pk"


WORLDS = {}


def world(tenant):
    return WORLDS.setdefault(tenant, World(tenant)) if tenant not in WORLDS else WORLDS[tenant]


def file_of(thing):
    """Give a file as the reader names it, and whether it is the project's own."""
    try:
        path = os.path.realpath(inspect.getsourcefile(inspect.unwrap(thing)))
    except (TypeError, OSError):
        return "", False
    own = is_own(path)
    return (path[len(HERE) :] if own else path), own


def line_of(thing, name=""):
    """Give the line on which a class or function begins, or on which a class sets a name, in Meta too."""
    try:
        lines, first = inspect.getsourcelines(inspect.unwrap(thing))
    except (TypeError, OSError):
        return 0
    body = ast.parse(inspect.cleandoc("\n" + "".join(lines)) if lines[0][:1].isspace() else "".join(lines)).body[0]
    header = first + body.lineno - 1
    for node in ast.walk(body) if name else ():
        targets = getattr(node, "targets", None) or [getattr(node, "target", None)]
        if isinstance(node, (ast.Assign, ast.AnnAssign)) and getattr(targets[0], "id", "") == name:
            return first + node.lineno - 1
    return header


def full_name(thing):
    return thing._meta.label if hasattr(thing, "_meta") else "{}.{}".format(thing.__module__, thing.__qualname__)


def reason(thing, name=""):
    """Give the reason for which a class, or one name of it, is exempt; a class does not pass its own on."""
    declared = [vars(thing).get(EXEMPT), getattr(configured, EXEMPT.upper(), {}).get(full_name(thing))]
    for each in declared:
        found = each.get(name) if isinstance(each, dict) else each
        if found:
            return found if isinstance(found, str) and found.strip() else None
    return ""


def is_exempt(thing, name=""):
    return bool(reason(thing, name))


def told(thing, message, hint="", fault="", name="", severity="error"):
    """Give a finding as the runbook reads it."""
    return {
        "message": message,
        "hint": hint,
        "path": file_of(thing)[0],
        "line": line_of(thing, name),
        "fault": fault,
        "severity": severity,
    }


def tenants(alias, tenant):
    """Tell how many models belong to the tenant, and along which way."""
    chosen = world(tenant)
    return {model._meta.label: chosen.path(model) for model in chosen.owned}


def exemptions(alias, tenant):
    """Find exemptions without a reason: nobody can judge later whether they still hold."""
    for thing in {**dict.fromkeys(real_models()), **dict.fromkeys(known_classes())}:
        declared = vars(thing).get(EXEMPT)
        for name, each in (declared if isinstance(declared, dict) else {"": declared}).items():
            if declared is not None and not (isinstance(each, str) and each.strip()):
                what = "{} {}".format(thing.__name__, name).strip()
                yield told(thing, "{} is exempt without a reason".format(what), "write why, as a text", name=EXEMPT)
    for label, each in getattr(configured, EXEMPT.upper(), {}).items():
        if not each:
            module = sys.modules[configured.SETTINGS_MODULE]
            yield told(module, "{} is exempt without a reason".format(label), "write why, as a text")


def listing(question):
    def asked(alias, **request):
        return list(question(alias, **request))

    asked.__name__ = question.__name__
    return asked


QUESTIONS = [candidates, tenants, listing(exemptions)]
