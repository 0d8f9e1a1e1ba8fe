"""A developer's machine: a .env file is read, errors are shown in the browser."""

import os
from pathlib import Path

from depot.database_url import read_database_url
from depot.environment import read_env_file, require

read_env_file(Path(__file__).resolve().parents[2] / ".env")

from .base import *  # noqa: E402, F403  after .env, which base reads from

DEBUG = True
SECRET_KEY = os.environ.get("SECRET_KEY", "development-only")
ALLOWED_HOSTS = ALLOWED_HOSTS or ["localhost", "127.0.0.1", "[::1]"]  # noqa: F405

FRONT_END = ["http://localhost:5173"]  # a front end's own development server
CORS_ALLOWED_ORIGINS = CORS_ALLOWED_ORIGINS or FRONT_END  # noqa: F405
CSRF_TRUSTED_ORIGINS = CSRF_TRUSTED_ORIGINS or FRONT_END  # noqa: F405

# --8<-- [start:database]
DATABASES = {"default": read_database_url(require("DATABASE_URL")["DATABASE_URL"])}
# --8<-- [end:database]
