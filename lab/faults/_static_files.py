"""Static files as a deployed release has them: collected once, and served by the names of the storage."""

from proofbook.lab.sandbox import Sandbox

PRODUCTION = "depot/settings/production.py"
TEMPLATE = """\
{% extends "admin/base_site.html" %}
{% load static %}
{% block extrastyle %}{{ block.super }}<link rel="stylesheet" href="{% static 'depot/site.css' %}">{% endblock %}
"""


def name_files_by(sandbox: Sandbox, storage: str) -> None:
    """Choose one of Django's storages."""
    whitenoise = "whitenoise.storage.CompressedManifestStaticFilesStorage"
    sandbox.files.edit(PRODUCTION, whitenoise, f"django.contrib.staticfiles.storage.{storage}")


def run_as_a_server(sandbox: Sandbox) -> None:
    """Take the environment that a server is given."""
    lines = (line.partition("=") for line in sandbox.files.read("uat.env").splitlines() if not line.startswith("#"))
    sandbox.environment.update({name: value for name, _, value in lines})


def run_as_a_server_without_pages(sandbox: Sandbox) -> None:
    """Take the environment of a server for an API that serves no file; WhiteNoise warns where the folder is missing."""
    run_as_a_server(sandbox)
    (sandbox.root / "staticfiles").mkdir()


def collect_for_the_release_before(sandbox: Sandbox) -> None:
    """Deploy names with hashes, and collect while nothing is wrong."""
    name_files_by(sandbox, "ManifestStaticFilesStorage")
    run_as_a_server(sandbox)
    sandbox.run("python manage.py collectstatic --noinput --verbosity 0")


def give_the_admin_a_style_sheet(sandbox: Sandbox, css: str) -> None:
    """Put a style sheet of our own on each page of the admin."""
    sandbox.files.write("depot/static/depot/site.css", css)
    sandbox.files.write("depot/templates/admin/base_site.html", TEMPLATE)
    sandbox.files.edit("depot/settings/base.py", '    "depot",\n', "")
    sandbox.files.edit("depot/settings/base.py", "INSTALLED_APPS = [\n", 'INSTALLED_APPS = [\n    "depot",\n')
