"""A release brings a style sheet of its own and is started without collectstatic."""

from collections.abc import Iterator
from contextlib import contextmanager

from proofbook.lab.sandbox import Sandbox

TEMPLATE = """\
{% extends "admin/base_site.html" %}
{% load static %}
{% block extrastyle %}{{ block.super }}<link rel="stylesheet" href="{% static 'depot/site.css' %}">{% endblock %}
"""


@contextmanager
def inject(sandbox: Sandbox) -> Iterator[None]:
    """Collect for the release before, then change the look of the admin, and run as a server does."""
    storage = "django.contrib.staticfiles.storage.ManifestStaticFilesStorage"
    sandbox.files.edit(
        "depot/settings/production.py", "whitenoise.storage.CompressedManifestStaticFilesStorage", storage
    )
    lines = (line.partition("=") for line in sandbox.files.read("uat.env").splitlines() if not line.startswith("#"))
    sandbox.environment.update({name: value for name, _, value in lines})
    sandbox.run("python manage.py collectstatic --noinput --verbosity 0")
    sandbox.files.write("depot/static/depot/site.css", "#header { background: #1f4d3a; }\n")
    sandbox.files.write("depot/templates/admin/base_site.html", TEMPLATE)
    sandbox.files.edit("depot/settings/base.py", '    "depot",\n', "")
    sandbox.files.edit("depot/settings/base.py", "INSTALLED_APPS = [\n", 'INSTALLED_APPS = [\n    "depot",\n')
    sandbox.run("git add --all && git commit -qm 'Show our colour in the admin'")
    yield
