#!/usr/bin/env python
"""Runs Django's commands; a developer's machine is the default, servers name their settings."""

import os
import sys

from django.core.management import execute_from_command_line

if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "depot.settings.development")
    execute_from_command_line(sys.argv)
