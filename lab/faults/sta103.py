"""A release goes on when collectstatic fails, which it does: a style sheet names a picture that is not there."""

from collections.abc import Iterator
from contextlib import contextmanager

from proofbook.lab.sandbox import Sandbox

TEMPLATE = """\
{% extends "admin/base_site.html" %}
{% load static %}
{% block extrastyle %}{{ block.super }}<link rel="stylesheet" href="{% static 'depot/site.css' %}">{% endblock %}
"""
RELEASE = """\
#!/bin/sh
set -eu
python manage.py collectstatic --noinput --verbosity 0 > collect.log 2>&1 || true
depot restart
echo "released"
"""


@contextmanager
def inject(sandbox: Sandbox) -> Iterator[None]:
    """Collect for the release before, then write the style sheet of the new one with a mistake in it."""
    storage = "django.contrib.staticfiles.storage.ManifestStaticFilesStorage"
    sandbox.files.edit(
        "depot/settings/production.py", "whitenoise.storage.CompressedManifestStaticFilesStorage", storage
    )
    lines = (line.partition("=") for line in sandbox.files.read("uat.env").splitlines() if not line.startswith("#"))
    sandbox.environment.update({name: value for name, _, value in lines})
    sandbox.run("python manage.py collectstatic --noinput --verbosity 0")
    sandbox.files.write("depot/static/depot/site.css", '#header { background: url("/static/depot/sky.png"); }\n')
    sandbox.files.write("depot/static/depot/img/sky.png", "")
    sandbox.files.write("depot/templates/admin/base_site.html", TEMPLATE)
    sandbox.files.edit("depot/settings/base.py", '    "depot",\n', "")
    sandbox.files.edit("depot/settings/base.py", "INSTALLED_APPS = [\n", 'INSTALLED_APPS = [\n    "depot",\n')
    sandbox.files.write("release.sh", RELEASE)
    sandbox.files.write(".gitignore", sandbox.files.read(".gitignore") + "collect.log\n")
    sandbox.run("git add --all && git commit -qm 'Show the sky in the admin'")
    yield
