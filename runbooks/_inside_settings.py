"""Runs inside the project's own Python and tells what its settings come to; no secret leaves this process."""
# ruff: noqa: ANN001, ANN202, UP032, ARG001, ARG005, PLC0415, SIM905

KEPT = """
    DEBUG ALLOWED_HOSTS CSRF_TRUSTED_ORIGINS CSRF_COOKIE_SECURE CSRF_USE_SESSIONS SESSION_COOKIE_SECURE
    SESSION_COOKIE_HTTPONLY SESSION_COOKIE_AGE SESSION_ENGINE PASSWORD_RESET_TIMEOUT SECURE_HSTS_SECONDS
    SECURE_SSL_REDIRECT SECURE_PROXY_SSL_HEADER MIDDLEWARE SETTINGS_MODULE CORS_ALLOW_CREDENTIALS
""".split()
CORS = {
    "CORS_ALLOWED_ORIGINS": "CORS_ORIGIN_WHITELIST",
    "CORS_ALLOWED_ORIGIN_REGEXES": "CORS_ORIGIN_REGEX_WHITELIST",
    "CORS_ALLOW_ALL_ORIGINS": "CORS_ORIGIN_ALLOW_ALL",
    "CORS_ALLOW_HEADERS": "CORS_ALLOW_HEADERS",
}


def plain(value):
    if isinstance(value, (list, tuple, set, frozenset)):
        return [plain(each) for each in value]
    return value if isinstance(value, (bool, int, type(None))) else str(getattr(value, "pattern", value))


def resolved(alias, salt):
    """Give the settings that decide who may read, write and listen, as this environment makes them."""
    from django.conf import settings
    from django.db import connections

    found = {name: plain(getattr(settings, name, None)) for name in KEPT}
    found.update((new, plain(getattr(settings, new, getattr(settings, old, None)))) for new, old in CORS.items())
    found["cors"] = "corsheaders" in settings.INSTALLED_APPS
    found["vendors"] = {name: connections[name].vendor for name in connections}
    databases = {name: connections[name].settings_dict for name in connections}
    found["traces"] = {"DATABASES[{!r}]".format(name): trace(databases[name], salt) for name in databases}
    found["traces"]["SECRET_KEY"] = trace(str(settings.SECRET_KEY), salt)
    return found


def trace(value, salt):
    """Give what is equal for equal values only, within one run of the runbook, and betrays none of them."""
    import hashlib

    return hashlib.pbkdf2_hmac("sha256", repr(value).encode(), salt.encode(), 1000).hex()


def secret_key(alias, candidates):
    """Tell of the key only what betrays nothing: its size, and which public texts it equals."""
    from django.conf import settings

    key = str(settings.SECRET_KEY)
    return {
        "length": len(key),
        "unique": len(set(key)),
        "insecure": key.startswith("django-insecure-"),
        "equals": [text for text in candidates if text == key],
        "fallbacks": len(getattr(settings, "SECRET_KEY_FALLBACKS", [])),
    }


def signs_with(alias, key, fallbacks):
    """Tell whether the settings came to exactly this key and these fallbacks."""
    from django.conf import global_settings, settings

    found = [str(each) for each in getattr(settings, "SECRET_KEY_FALLBACKS", [])]
    known = hasattr(global_settings, "SECRET_KEY_FALLBACKS")  # since Django 4.1
    return {"key": key == settings.SECRET_KEY, "fallbacks": known and found == fallbacks}


def trusted(alias, origins):
    """Give those origins from which Django reads a form, by its own comparison."""
    from urllib.parse import urlsplit

    from django.middleware.csrf import CsrfViewMiddleware
    from django.utils.http import is_same_domain

    middleware = CsrfViewMiddleware(lambda request: None)
    exact, below = middleware.allowed_origins_exact, middleware.allowed_origin_subdomains
    return [
        origin
        for origin in origins
        if origin in exact
        or any(is_same_domain(urlsplit(origin).netloc, host) for host in below.get(urlsplit(origin).scheme, ()))
    ]


def admitted(alias, hosts):
    """Give those hosts under which Django lets itself be called."""
    from django.conf import settings
    from django.http.request import split_domain_port, validate_host

    allowed = settings.ALLOWED_HOSTS
    if settings.DEBUG and not allowed:
        allowed = [".localhost", "127.0.0.1", "[::1]"]
    return [host for host in hosts if validate_host(split_domain_port(host)[0], allowed)]


def deploy_checks(alias):
    """Run check --deploy and give what a --fail-level of WARNING fails on; what the project silenced stays silent."""
    from django.core import checks

    found = checks.run_checks(include_deployment_checks=True)
    return [
        {"id": each.id, "level": each.level, "message": str(each.msg), "hint": str(each.hint or "")}
        for each in found
        if each.level >= checks.WARNING and not each.is_silenced()
    ]


QUESTIONS = (resolved, secret_key, signs_with, trusted, admitted, deploy_checks)
