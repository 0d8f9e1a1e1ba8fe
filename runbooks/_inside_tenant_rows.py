"""Questions about the rows of tenants, asked of the database there is. Sent after _inside_tenants.py."""
# ruff: noqa: UP032, ANN001, ANN003, ANN202, F821, SLF001

import json

from django.db import connections, transaction
from django.db.models import F, Q

MANY = 1000


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


def asking(question):
    """Make a question of a function that yields findings, asked quietly."""

    def asked(alias, **request):
        return quietly(alias, question)(**request)

    asked.__name__ = question.__name__
    return asked


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


QUESTIONS += [row_security, asking(crossing_rows)]
