"""Production's settings on a host whose mistakes browsers may forget within the hour."""

from .production import *  # noqa: F403

SECURE_HSTS_SECONDS = 60 * 60
