"""Questions about what a view shows and takes; it is tried. Sent after _inside_tenant_trying.py."""
# ruff: noqa: UP032, ANN001, ANN202, ANN204, ARG001, F821, SLF001, BLE001

from contextlib import suppress

from django.contrib.admin.sites import all_sites
from django.core.exceptions import PermissionDenied
from django.db import models
from django.db.models import signals
from django.http import Http404
from django.urls import get_resolver


def known_classes():
    """Give every class that may bear an exemption: admin classes, their inlines, and views."""
    admins = [each for site in all_sites for each in site._registry.values()]
    inlines = [inline for each in admins for inline in each.inlines]
    return [*map(type, admins), *inlines, *dict.fromkeys(kind for kind, _ in view_classes())]


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


QUESTIONS += [listing(each) for each in (views, functions)]
