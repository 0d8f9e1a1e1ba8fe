"""Reads a PostgreSQL URL the way libpq does, for Django's DATABASES."""

from urllib.parse import parse_qsl, unquote, urlsplit

from django.core.exceptions import ImproperlyConfigured

SCHEMES = ("postgresql", "postgres")
PLACES = {"host": "HOST", "port": "PORT", "dbname": "NAME", "user": "USER", "password": "PASSWORD"}


# --8<-- [start:read-database-url]
def read_database_url(url):
    """Gives Django's settings for the database at this URL; query parameters become connection options."""
    parts, options = split(url)
    database = {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": unquote(parts.path.removeprefix("/")),
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": unquote(parts.hostname or ""),
        "PORT": str(parts.port or ""),
        "OPTIONS": {"connect_timeout": 5},
        "CONN_MAX_AGE": 60,
        "CONN_HEALTH_CHECKS": True,
    }
    for name, value in options:
        if name in PLACES:
            database[PLACES[name]] = value
        else:
            database["OPTIONS"][name] = value
    if not database["NAME"]:
        raise unusable("names no database", "End it with /name.")
    return database


# --8<-- [end:read-database-url]


def split(url):
    if "#" in url:
        raise unusable("holds a bare #", "Write %23 for # in a password.")
    try:
        parts = urlsplit(url.strip())
        parts.port  # noqa: B018  reading it is what checks it
    except ValueError:
        raise unusable("has a host or port that cannot be read", "Write host:port, and %40 for @.") from None
    if parts.scheme not in SCHEMES:
        raise unusable(f"has the scheme {parts.scheme!r}", "Only postgresql:// is supported.")
    return parts, query_parameters(parts.query)


def query_parameters(query):
    try:
        # libpq takes + for itself, where forms take it for a space.
        return parse_qsl(query.replace("+", "%2B"), keep_blank_values=True, strict_parsing=bool(query))
    except ValueError:
        raise unusable("has a parameter without =", "Write ?name=value&name=value.") from None


def unusable(fact, hint):
    # The URL itself is never shown: it holds the password.
    return ImproperlyConfigured(f"DATABASE_URL {fact}. {hint}")
