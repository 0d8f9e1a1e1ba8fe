"""Questions about what an admin or a view shows; it is tried, not read: who works for no tenant must be shown no row.

Sent after _inside_tenants.py, as one text with it.
"""
# ruff: noqa: UP032, ANN001, ANN202, ANN204, ARG001, ARG005, F821, SLF001, BLE001

import uuid
from contextlib import contextmanager, suppress

from django.contrib.admin import filters
from django.contrib.admin.sites import all_sites
from django.core.exceptions import PermissionDenied
from django.db.models import signals
from django.db.models.expressions import Col
from django.db.models.sql import Query
from django.http import Http404
from django.test import RequestFactory
from django.urls import get_resolver


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


def admins(alias, tenant):
    """Find admin classes that list rows of all tenants."""
    chosen = world(tenant)
    request = request_of(chosen, staff=True)
    for model_admin in registered(alias, chosen, request):
        kind, model = type(model_admin), model_admin.model
        if model not in chosen.ways or is_exempt(kind) or is_exempt(model, "admin"):
            continue
        try:
            queryset = attempt(alias, lambda: model_admin.get_queryset(request))  # noqa: B023
        except Untried as error:
            yield untried(kind, "{}.get_queryset".format(kind.__name__), error)
            continue
        if not is_narrowed(chosen, queryset):
            fact = "{} shows rows of all tenants".format(kind.__name__)
            yield told(kind, fact, "limit get_queryset(request) to the tenants of request.user", "TEN101")


def untried(thing, name, error):
    fact = "{} could not be tried: {}".format(name, error)
    return told(thing, fact, "look yourself, and say in {} what you saw".format(EXEMPT), severity="warning")


def registered(alias, chosen, request):
    """Give the admin classes that a tenant's staff can open."""
    for site in sorted(all_sites, key=lambda each: each.name):
        if is_closed(alias, lambda: site.has_permission(request)):  # noqa: B023
            continue
        for model_admin in site._registry.values():
            if not is_closed(alias, lambda: model_admin.has_view_permission(request)):  # noqa: B023
                yield model_admin


def known_classes():
    """Give every class that may bear an exemption: admin classes, their inlines, and views."""
    admins = [each for site in all_sites for each in site._registry.values()]
    inlines = [inline for each in admins for inline in each.inlines]
    return [*map(type, admins), *inlines, *dict.fromkeys(kind for kind, _ in view_classes())]


def choices(alias, tenant):
    """Find drop-down lists and filters of the admin that name rows of all tenants."""
    chosen = world(tenant)
    request = request_of(chosen, staff=True)
    for model_admin in registered(alias, chosen, request):
        inlines = [each(model_admin.model, model_admin.admin_site) for each in model_admin.inlines]
        for each in [model_admin, *inlines]:
            yield from open_fields(alias, chosen, request, each, model_admin)
        yield from open_filters(chosen, request, model_admin)


def open_fields(alias, chosen, request, options, model_admin):
    kind = type(options)
    closed = [
        is_closed(
            alias, lambda: options.has_add_permission(*((request, None) if options is not model_admin else (request,)))
        ),
        is_closed(alias, lambda: options.has_change_permission(request)),
    ]
    for field in [*forward(options.model), *options.model._meta.many_to_many] if not all(closed) else ():
        remote = field.related_model
        parent = options is not model_admin and remote in (model_admin.model, *model_admin.model._meta.parents)
        if remote not in chosen.ways or parent or not field.editable or is_exempt(kind) or is_exempt(kind, field.name):
            continue
        if not is_in_form(options, request, field.name):
            continue
        try:
            shown = attempt(alias, lambda: options.formfield_for_dbfield(field, request=request))  # noqa: B023
        except Untried as error:
            yield untried(kind, "{} {}".format(kind.__name__, field.name), error)
            continue
        if shown is not None and not is_narrowed(chosen, shown.queryset):
            fact = "{} offers rows of all tenants for {}".format(kind.__name__, field.name)
            kept = "formfield_for_manytomany" if field.many_to_many else "formfield_for_foreignkey"
            yield told(kind, fact, "limit field.queryset in {}".format(kept), "TEN113")


def is_in_form(options, request, name):
    if name in options.get_readonly_fields(request) or name in (options.get_exclude(request) or ()):
        return False
    named = options.fields
    if options.fieldsets:
        named = [each for _, part in options.fieldsets for each in part["fields"]]
    if not named:
        return True
    return name in [each for part in named for each in (part if isinstance(part, (list, tuple)) else [part])]


def open_filters(chosen, request, model_admin):
    kind = type(model_admin)
    for entry in model_admin.get_list_filter(request):
        name, given = entry if isinstance(entry, (list, tuple)) else (entry, filters.RelatedFieldListFilter)
        if not isinstance(name, str) or given is not filters.RelatedFieldListFilter:
            continue
        model = model_admin.model
        for part in name.split("__"):
            model = getattr(model._meta.get_field(part), "related_model", None) if model else None
        if model in chosen.ways and not is_exempt(kind) and not is_exempt(kind, name):
            fact = "{} names rows of all tenants in its filter {}".format(kind.__name__, name)
            yield told(kind, fact, '("{}", admin.RelatedOnlyFieldListFilter)'.format(name), "TEN113", "list_filter")


def view_classes():
    """Give every class-based view that a URL leads to, with what as_view() was given; Django's own apart."""
    seen = set()
    for callback in callbacks(get_resolver()):
        kind = getattr(callback, "cls", None) or getattr(callback, "view_class", None)
        given = getattr(callback, "initkwargs", None) or getattr(callback, "view_initkwargs", None) or {}
        key = kind or callback, tuple(sorted(given))
        if kind and key not in seen and not kind.__module__.startswith("django."):
            seen.add(key)
            yield kind, {**given, **({"action_map": callback.actions} if getattr(callback, "actions", None) else {})}


def callbacks(resolver):
    for each in resolver.url_patterns:
        if hasattr(each, "url_patterns"):
            yield from callbacks(each)
        else:
            yield inspect.unwrap(each.callback) if not hasattr(each.callback, "cls") else each.callback


class AnyWords(dict):
    """Stands for whatever a URL would have named."""

    def __missing__(self, key):
        return -1


def opened(chosen, kind, given):
    """Make a view as a request of somebody who works for no tenant would find it."""
    request = request_of(chosen, staff=False)
    actions = given.get("action_map")
    view = kind(**{name: value for name, value in given.items() if name != "action_map"})
    view.args, view.kwargs, view.request = (), AnyWords(), request
    if "initialize_request" in dir(view):
        request._force_auth_user = request.user
        view.action_map, view.format_kwarg = actions, None
        view.action = (actions or {}).get("get", "list")
        view.request = view.initialize_request(request)
        view.request.user = request.user
    return view


def permits(view):
    """Ask the view's own doors."""
    if hasattr(view, "check_permissions"):
        try:
            view.check_permissions(view.request)
        except Exception:
            return False
    return view.test_func() if hasattr(view, "test_func") else True


def views(alias, tenant):
    """Find views that show rows of all tenants, or take a row of another tenant as input."""
    chosen = world(tenant)
    for kind, given in view_classes():
        if not hasattr(kind, "get_queryset") or is_exempt(kind):
            continue
        try:
            view = attempt(alias, lambda: opened(chosen, kind, given))  # noqa: B023
            if is_closed(alias, lambda: permits(view)):  # noqa: B023
                continue
            queryset = attempt(alias, view.get_queryset)
        except Untried as error:
            if not isinstance(error.__context__, (PermissionDenied, Http404)) and file_of(kind)[1]:
                yield untried(kind, "{}.get_queryset".format(kind.__name__), error)
            continue
        if getattr(queryset, "model", None) not in chosen.ways:
            continue
        if hasattr(view, "filter_queryset"):
            with suppress(Untried):  # a filter that wants more of a request than there is narrows nothing by itself
                queryset = attempt(alias, lambda: view.filter_queryset(queryset))  # noqa: B023
        if not is_narrowed(chosen, queryset):
            fact = "{} shows rows of all tenants".format(kind.__name__)
            yield told(kind, fact, "limit get_queryset() to the tenant of the request", "TEN106")
        yield from open_inputs(alias, chosen, kind, view)
        yield from ownerless(alias, chosen, kind, view)


def ownerless(alias, chosen, kind, view):
    """Find views that create rows and leave out whose they are; one that writes its own way of saving is believed."""
    actions = getattr(view, "action_map", None)
    creates = hasattr(kind, "post") if actions is None else actions.get("post") == "create"
    if not creates or not all(is_stock(kind, name) for name in ("create", "perform_create")):
        return
    with suppress(Untried):  # that it cannot be made has been said
        serializer = attempt(alias, view.get_serializer)
        model = getattr(getattr(serializer, "Meta", None), "model", None)
        if not chosen.ways.get(model) or not all(is_stock(type(serializer), name) for name in ("create", "save")):
            return
        field = chosen.ways[model][0]
        given = serializer.fields.get(field.name)
        filled = model.save is not models.Model.save or signals.pre_save.has_listeners(model)
        named = given is not None and not given.read_only
        named = named or any(names(each, field.name) for each in validators(serializer))
        if not (named or filled or field.null or field.has_default() or is_exempt(kind, field.name)):
            fact = "{} creates rows without {}: nobody says whose they are".format(kind.__name__, field.name)
            yield told(kind, fact, "override perform_create(): serializer.save({}=...)".format(field.name), "TEN102")


def is_stock(kind, name):
    return getattr(getattr(kind, name, None), "__module__", "").startswith(PLATFORM)


def validators(serializer):
    """Give every validate() of the project's own: it may add what no client sends."""
    own = [each for each in type(serializer).__mro__ if not each.__module__.startswith(PLATFORM)]
    return [vars(each)["validate"] for each in own if "validate" in vars(each)]


def names(function, word):
    code = getattr(inspect.unwrap(function), "__code__", None)
    return code is None or word in (*code.co_consts, *code.co_names)


def open_inputs(alias, chosen, kind, view):
    if not hasattr(view, "get_serializer"):
        return
    try:
        fields = attempt(alias, lambda: dict(view.get_serializer().fields))
    except Untried as error:
        yield untried(kind, "the serializer of {}".format(kind.__name__), error)
        return
    for name, field in fields.items():
        queryset = getattr(getattr(field, "child_relation", field), "queryset", None)
        if field.read_only or queryset is None or queryset.model not in chosen.ways or is_exempt(kind, name):
            continue
        if not is_narrowed(chosen, queryset.all()):
            serializer = type(view.get_serializer())
            fact = "{} takes rows of all tenants for {}, in {}".format(serializer.__name__, name, kind.__name__)
            yield told(serializer, fact, "limit the field's queryset to the tenant of the request", "TEN113")


def functions(alias, tenant):
    """Find functions among the views that name a model of a tenant: what they ask cannot be tried."""
    chosen = world(tenant)
    names = {model.__name__ for model in chosen.owned}
    seen = set()
    for callback in callbacks(get_resolver()):
        if hasattr(callback, "cls") or hasattr(callback, "view_class") or not hasattr(callback, "__code__"):
            continue
        used = sorted(names & set(callback.__code__.co_names))
        if used and callback not in seen and file_of(callback)[1] and not is_exempt(callback):
            seen.add(callback)
            fact = "{} is a function that uses {}; what it asks for was not tried".format(
                callback.__name__, ", ".join(used)
            )
            yield told(
                callback, fact, "read it, then set {} on it with what you saw".format(EXEMPT), severity="warning"
            )


QUESTIONS += [listing(each) for each in (admins, choices, views, functions)]
