"""Tries whether a header opens the rows of another tenant, as two tenants. Sent after _inside_tenant_listening.py.

The project is asked as over the network, middleware and all: by somebody there is, who works for one tenant, naming
another. Once known to the middleware, as by a session, and once in the view only, as by a token.
"""
# ruff: noqa: UP032, ANN001, ANN202, F821, SLF001, PLC0415

from contextlib import suppress

from django.contrib.auth import user_logged_in
from django.db import connections
from django.test import Client
from django.test.utils import override_settings
from django.urls import get_resolver

PEOPLE, OTHERS, SHOWN = 20, 3, 3
SETTINGS = {"ALLOWED_HOSTS": ["*"], "SESSION_ENGINE": "django.contrib.sessions.backends.signed_cookies"}


def known_ways():
    """Give how somebody may be known, and what makes a client of it."""

    def by_session(user):
        client = Client(raise_request_exception=False)
        client.force_login(user)
        return client

    ways = {"to the middleware, as by a session": by_session}
    with suppress(Exception):  # a project without REST framework has views that know no more than the middleware
        from rest_framework.test import APIClient

        def in_view(user):
            client = APIClient(raise_request_exception=False)
            client.force_authenticate(user)
            return client

        ways["in the view only, as by a token"] = in_view
    return ways


def lists(alias, chosen):
    """Give the path, the view and the table of each list of a tenant's rows that a URL without values leads to."""
    for path, callback in plain_paths(get_resolver(), ""):
        kind = getattr(callback, "cls", None) or getattr(callback, "view_class", None)
        if not hasattr(kind, "get_queryset") or is_exempt(kind):
            continue
        queryset = getattr(kind, "queryset", None)
        model = getattr(kind, "model", None) or getattr(queryset, "model", None)
        if model in chosen.ways and model is not chosen.tenant:
            yield path, kind, connections[alias].ops.quote_name(model._meta.db_table)


def plain_paths(resolver, before):
    for each in resolver.url_patterns:
        pattern = each.pattern
        text = getattr(pattern, "_route", None)
        if text is None:
            text = pattern.regex.pattern.lstrip("^").replace("\\Z", "").rstrip("$").replace("\\-", "-")
        if any(sign in text for sign in "<([\\*+?|"):
            continue
        if hasattr(each, "url_patterns"):
            yield from plain_paths(each, before + text)
        else:
            yield "/" + before + text, each.callback


def belonging(alias, chosen):
    """Give for each user the tenants that any row names together with them."""
    found = {}
    for model in real_models():
        users = [each.attname for each in forward(model) if each.related_model is chosen.user]
        users += ["pk"] if model is chosen.user else []
        owners = [each.attname for each in forward(model) if each.related_model is chosen.tenant]
        for user in users:
            for owner in owners:
                for who, whose in model._base_manager.using(alias).values_list(user, owner).distinct():
                    found.setdefault(who, set()).add(whose)
    return {who: found[who] - {None} for who in found if who is not None}


def strangers(alias, chosen):
    """Give people who work for one tenant, each with some that they have nothing to do with."""
    tenants = chosen.tenant._base_manager.using(alias)
    works_for = belonging(alias, chosen)
    alone = sorted((who for who in works_for if len(works_for[who]) == 1), key=str)[:PEOPLE]
    for user in chosen.user._base_manager.using(alias).filter(pk__in=alone):
        own = tenants.filter(pk__in=works_for[user.pk]).first()
        others = list(tenants.exclude(pk__in=works_for[user.pk]).order_by("pk")[:OTHERS])
        if own and others and getattr(user, "is_active", True) and not getattr(user, "is_superuser", False):
            yield user, own, others


def names_of(row):
    """Give what may name a row: its key, and every text that is its own alone."""
    fields = [each for each in row._meta.concrete_fields if each.unique and not each.is_relation]
    return {str(getattr(row, each.attname)) for each in fields if getattr(row, each.attname) not in (None, "")}


def naming(alias, tenant):
    """Find headers by which somebody opens the rows of a tenant they do not work for."""
    chosen = world(tenant)
    places, findings, has_opened = list(lists(alias, chosen)), [], False
    if not places:
        return {"lacks": "no URL without values leads to a list of a tenant's rows", "findings": []}
    user_logged_in.disconnect(dispatch_uid="update_last_login")
    with trying(alias), override_settings(**SETTINGS):
        if connections[alias].vendor == "postgresql":
            with connections[alias].cursor() as cursor:
                cursor.execute("SET LOCAL statement_timeout = '20s'")
        people = list(strangers(alias, chosen))
        if not people:
            return {"lacks": "nobody in the database works for one of two tenants", "findings": []}
        for way, make in known_ways().items():
            opened, headers, leaks = tried_as(alias, make, people, places)
            has_opened = has_opened or bool(opened)
            findings += said(chosen, way, headers, leaks)
    return {"lacks": "" if has_opened else "nobody who works for one tenant could open a list", "findings": findings}


def tried_as(alias, make, people, places):
    """Ask each list for another tenant's rows, as the first of these people who can open one."""
    for user, own, others in people:
        client, headers, opened = make(user), {}, []
        for path, kind, table in places:
            heard = get(alias, client, path)
            headers.update(heard.headers)
            if heard.shows(table):
                opened.append((path, kind, table, heard))
        if opened:
            names = names_of(own), [names_of(each) for each in others]
            return opened, headers, {each: leaking(alias, client, each, names, opened) for each in headers}
    return [], {}, {}


def leaking(alias, client, header, tenants, opened):
    """Name the views that ask for another tenant's rows, and no more for those of the own, when a header says so."""
    found, (own, others) = set(), tenants
    for path, kind, table, usual in opened:
        for names in others:
            for value in sorted(names) if not usual.asks_for(table, names) else ():
                heard = get(alias, client, path, header, value)
                asks_own = heard.asks_for(table, own - names)
                if heard.shows(table) and heard.asks_for(table, names) and not asks_own:
                    found.add(kind.__name__)
    return sorted(found)


def said(chosen, way, headers, leaks):
    fact = "{} opens rows of any {} to somebody who is known {}: {}{}"
    for header, kinds in sorted(leaks.items()):
        if kinds:
            more = " and {} more".format(len(kinds) - SHOWN) if len(kinds) > SHOWN else ""
            path, line = headers[header]
            yield {
                "message": fact.format(header, chosen.tenant.__name__, way, ", ".join(kinds[:SHOWN]), more),
                "hint": "ask where the user is known, in the permission class, whether they work for it",
                "path": path,
                "line": line,
                "fault": "TEN106",
                "severity": "error",
            }


QUESTIONS += [naming]
