"""A package that others keep under a second name, and a part of which is imported only when it is asked for."""

import importlib

from . import faults


def __getattr__(name):
    if name == "late":
        return importlib.import_module("single.late")
    raise AttributeError(name)
