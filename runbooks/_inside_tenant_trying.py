"""Tries what an admin or a view shows: who works for no tenant must be shown no row. Sent after _inside_tenants.py."""
# ruff: noqa: UP032, ANN001, ANN202, ARG005, F821, SLF001, BLE001

import uuid
from contextlib import contextmanager

from django.db import connections, models, transaction
from django.db.models.expressions import Col
from django.db.models.sql import Query
from django.test import RequestFactory


def nobody(model):
    """Make an instance that looks saved and is in no database."""
    made = model()
    field = model._meta.pk
    while field.is_relation:
        field = field.target_field
    kinds = ((models.UUIDField, uuid.uuid4()), ((models.CharField, models.TextField), "nobody"))
    made.pk = next((value for kind, value in kinds if isinstance(field, kind)), -1)
    made._state.adding = False
    return made


def request_of(chosen, *, staff):
    """Make a request of somebody who may do everything Django's permissions know, and works for no tenant."""
    user, tenant = nobody(chosen.user), nobody(chosen.tenant)
    user.is_active, user.is_staff, user.is_superuser = True, staff, False
    for name in ("has_perm", "has_perms", "has_module_perms"):
        setattr(user, name, lambda *a, **k: True)
    for field in forward(chosen.user):
        if field.related_model is chosen.tenant:
            setattr(user, field.name, tenant)
    request = RequestFactory().get("/")
    request.user, request.session = user, {}
    for name in {"tenant", chosen.tenant._meta.model_name}:
        setattr(request, name, tenant)
    return request


class Untried(Exception):  # noqa: N818
    """What was to be tried raised something of its own."""


@contextmanager
def trying(alias):
    """Let the project's code ask the database, and take back whatever it did."""
    connection = connections[alias]
    try:
        connection.ensure_connection()
    except Exception:
        yield
        return
    with transaction.atomic(using=alias):
        try:
            yield
        finally:
            transaction.set_rollback(True, using=alias)


def attempt(alias, ask):
    with trying(alias):
        try:
            return ask()
        except Exception as error:
            raise Untried("{}: {}".format(type(error).__name__, error)) from None


def is_closed(alias, ask):
    """Tell whether somebody of any tenant is kept out, whoever it is: told from flags, without asking for rows."""
    queries = []

    def counting(execute, sql, params, many, context):
        queries.append(sql)
        return execute(sql, params, many, context)

    with trying(alias), connections[alias].execute_wrapper(counting):
        try:
            return not ask() and not queries
        except Exception:
            return False


def is_narrowed(chosen, queryset):
    """Tell whether a query asks whose rows they are: by a key to the tenant or the user, or by giving none at all."""
    return queryset.query.is_empty() or asks_whose(chosen, queryset.query.where)


def asks_whose(chosen, node):
    """Tell whether a condition holds only for rows of somebody; rows of nobody may be added to them."""
    if hasattr(node, "children"):
        told = [asks_whose(chosen, each) for each in node.children]
        shared = [getattr(each, "lookup_name", "") == "isnull" for each in node.children]
        either = node.connector != "AND" and len(told) > 1
        return not node.negated and (all(map(max, told, shared)) and any(told) if either else any(told))
    inner = getattr(node, "queryset", node)
    inner = getattr(inner, "query", inner)
    if isinstance(inner, Query):
        return inner.is_empty() or asks_whose(chosen, inner.where)
    if getattr(node, "lookup_name", "") not in ("exact", "in"):
        return False
    sides = [node.lhs, node.rhs]
    columns = [each.target for each in sides if isinstance(each, Col)]
    if len(columns) == 1 and is_owner(chosen, columns[0]):
        return True
    return any(asks_whose(chosen, each) for each in sides if not isinstance(each, Col))


def is_owner(chosen, field):
    """Tell whether a column says who: a key to the tenant or to the user, or the key of one of them."""
    owners = (chosen.tenant, chosen.user)
    return getattr(field, "related_model", None) in owners or (field.model in owners and field.primary_key)


def untried(thing, name, error):
    fact = "{} could not be tried: {}".format(name, error)
    return told(thing, fact, "look yourself, and say in {} what you saw".format(EXEMPT), severity="warning")
