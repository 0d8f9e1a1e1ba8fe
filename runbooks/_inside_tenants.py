"""Questions about whose rows are whose; runs inside the project's own Python, after _inside_django.py.

A model belongs to a tenant if foreign keys lead from it to the tenant's model. Ways through a user do
not count: who made a row is not whose it is, and a user may work for several.
"""
# ruff: noqa: UP032, ANN001, ANN003, ANN202, ANN204, ARG001, F821, PLR0917, PTH109, PTH206, SLF001

import ast
import inspect
import os
import sys

from django.apps import apps
from django.conf import settings as configured
from django.contrib.auth import get_user_model
from django.db import connections, models, transaction
from django.db.models import F, Q, UniqueConstraint

HERE = os.path.realpath(os.getcwd()) + os.sep
PLATFORM = ("django.", "rest_framework.")
EXEMPT = "tenant_isolation_exempt"
MANY = 1000


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
    own = path.startswith(HERE) and "site-packages" not in path[len(HERE) :].split(os.sep)
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


def owned_models(alias, tenant):
    """Find rows that may belong to nobody, and models of the project that belong to nobody at all."""
    chosen = world(tenant)
    for model in chosen.owned:
        for field in chosen.ways[model]:
            if field.null and not is_exempt(field.model, field.name) and field.model is model:
                fact = "{}.{} may be NULL: such a row belongs to no tenant".format(model.__name__, field.name)
                hint = "fill it and make it NOT NULL, or say in {} why not".format(EXEMPT)
                yield told(model, fact, hint, "TEN102", field.name)
    for model in real_models():
        known = model in chosen.ways or model is chosen.user or model._meta.auto_created
        if not known and file_of(model)[1] and not is_exempt(model):
            fact = "no key leads from {} to {}: all tenants share its rows".format(
                model.__name__, chosen.tenant.__name__
            )
            hint = "is that meant? then say why: {} = '...'".format(EXEMPT)
            yield told(model, fact, hint, severity="warning")


STOCK = set(dir(models.Manager)) | set(dir(models.QuerySet))


def own_methods(model):
    """Name what a model's usual manager and its queryset can do beyond Django's own."""
    manager = model._default_manager
    found = {*dir(type(manager)), *dir(type(manager.get_queryset()))} - STOCK
    return {name for name in found if not name.startswith("_")}


def managers(alias, tenant, method):
    """Find models whose manager lacks the method by which most others limit rows to a tenant."""
    chosen = world(tenant)
    can = {model: own_methods(model) for model in chosen.owned if file_of(model)[1] and not model._meta.auto_created}
    names = sorted({name for each in can.values() for name in each})
    shared = {name: sum(name in each for each in can.values()) for name in names}
    usual = [method] if method else [name for name in names if shared[name] > 1 and 2 * shared[name] >= len(can)]
    if not usual:
        return {"usual": "", "findings": []}
    chosen_name = min(usual, key=lambda name: (-shared.get(name, 0), "tenant" not in name, len(name)))
    fact = "the manager of {} has no {}(), which {} other models have"
    findings = [
        told(
            model,
            fact.format(model.__name__, chosen_name, shared.get(chosen_name, 0)),
            "give it the manager of the others: code that asks it for one tenant's rows ends with AttributeError",
            "TEN103",
            "objects",
        )
        for model in can
        if chosen_name not in can[model] and not is_exempt(model, "manager")
    ]
    return {"usual": chosen_name, "findings": findings}


def uniques(alias, tenant):
    """Find what must be unique among all tenants: the second one cannot have it, and learns that the first does."""
    chosen = world(tenant)
    for model in chosen.owned:
        for name, names in unique_sets(model) if model is not chosen.user else ():
            if not any(decides(chosen, model, each) for each in names) and not is_exempt(model, name):
                place = name if name in names else "constraints"
                fact = "{} of {} is unique among all tenants".format(", ".join(names), model.__name__)
                hint = "models.UniqueConstraint(fields=[{}], name=...)".format(
                    ", ".join(repr(each) for each in [chosen.ways[model][0].name, *names])
                )
                yield told(model, fact, hint, "TEN104", place)


def unique_sets(model):
    """Give the name and the fields of each thing that must be unique; keys and random UUIDs are nobody's choice."""
    for field in model._meta.local_concrete_fields:
        if field.unique and not field.primary_key and not isinstance(field, (models.UUIDField, models.FileField)):
            yield field.name, [field.name]
    for names in model._meta.unique_together:
        yield "unique_together", list(names)
    for each in model._meta.constraints:
        if isinstance(each, UniqueConstraint):
            expressions = [name for one in each.expressions for name in names_in(one)]
            yield each.name, [*each.fields, *expressions]


def names_in(expression):
    if isinstance(expression, F):
        return [expression.name]
    return [name for each in expression.get_source_expressions() if each for name in names_in(each)]


def decides(chosen, model, name):
    """Tell whether a field says by itself whose row it is."""
    try:
        field = model._meta.get_field(name.split("__")[0])
    except Exception:  # noqa: BLE001  # an annotation, not a field
        return False
    return field.is_relation and (field.related_model in chosen.ways or field.one_to_one)


def crossing_rows(alias, tenant):
    """Find rows that point into another tenant, in the database there is."""
    chosen = world(tenant)
    for model in chosen.owned:
        for field in forward(model):
            remote = field.related_model
            same = not remote or remote not in chosen.ways or remote is chosen.tenant or field is chosen.ways[model][0]
            if same or is_exempt(model, field.name) or not model._meta.managed:
                continue
            own, other = chosen.path(model), F("{}__{}".format(field.name, chosen.path(remote)))
            crossing = model._base_manager.using(alias).filter(Q(**{own + "__lt": other}) | Q(**{own + "__gt": other}))
            count = len(crossing.order_by().values_list("pk", flat=True)[:MANY])
            if count:
                some = "{} or more".format(MANY) if count == MANY else str(count)
                fact = "{} rows of {} belong to one tenant and point by {} into another".format(
                    some, model.__name__, field.name
                )
                hint = "find out who wrote them; then refuse it in clean(), and in the form or serializer"
                yield told(model, fact, hint, "TEN113", field.name)


def quietly(alias, question):
    """Ask the database in a transaction that can change nothing and does not wait for long."""

    def asked(**request):
        with transaction.atomic(using=alias):
            try:
                if connections[alias].vendor == "postgresql":
                    with connections[alias].cursor() as cursor:
                        cursor.execute("SET TRANSACTION READ ONLY; SET LOCAL statement_timeout = '20s'")
                return list(question(alias, **request))
            finally:
                transaction.set_rollback(True, using=alias)

    return asked


SECURITY = """
SELECT c.relname, c.relrowsecurity, c.relforcerowsecurity, pg_has_role(current_user, c.relowner, 'USAGE'),
       (SELECT rolsuper OR rolbypassrls FROM pg_roles WHERE rolname = current_user), current_user,
       coalesce((SELECT json_agg(json_build_object('name', p.policyname, 'using', p.qual, 'check', p.with_check,
                                                   'command', p.cmd, 'permissive', p.permissive))
                   FROM pg_policies p WHERE p.schemaname = n.nspname AND p.tablename = c.relname), '[]')::text
  FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
 WHERE c.oid = to_regclass(%s)
"""


def row_security(alias, tenant):
    """Tell what the catalogue says of each table that belongs to the tenant."""
    chosen, found = world(tenant), []
    if connections[alias].vendor != "postgresql":
        return None
    with connections[alias].cursor() as cursor:
        for model in chosen.owned:
            cursor.execute(SECURITY, [connections[alias].ops.quote_name(model._meta.db_table)])
            for table, enabled, forced, owner, bypasses, role, policies in cursor.fetchall():
                found.append(
                    {
                        "model": model._meta.label,
                        "table": table,
                        "enabled": enabled,
                        "forced": forced,
                        "owner": owner,
                        "bypasses": bypasses,
                        "role": role,
                        "policies": json.loads(policies),
                        "exempt": is_exempt(model, "row_security"),
                        "path": file_of(model)[0],
                        "line": line_of(model),
                    }
                )
    return found


def asking(question):
    """Make a question of a function that yields findings, asked quietly."""

    def asked(alias, **request):
        return quietly(alias, question)(**request)

    asked.__name__ = question.__name__
    return asked


def listing(question):
    def asked(alias, **request):
        return list(question(alias, **request))

    asked.__name__ = question.__name__
    return asked


QUESTIONS = [candidates, tenants, managers, row_security, asking(crossing_rows)]
QUESTIONS += [listing(each) for each in (exemptions, owned_models, uniques)]
