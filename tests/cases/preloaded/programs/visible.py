import sys

print(sorted(sys.modules))
import json

print(sorted(set(sys.modules) - {"sysconfig", "_sysconfigdata__x86_64-linux-gnu"}))
try:
    print(json.tool)
except AttributeError as error:
    print(error)
import json.tool
import importlib.util

print(json.tool.__spec__ == importlib.util.find_spec("json.tool"), json.tool.__spec__.loader.__class__.__name__)
for name in ("json.decoder", "xml.dom.minidom", "django.db.models", "no.such", "xml"):
    try:
        spec = importlib.util.find_spec(name)
    except ModuleNotFoundError as error:
        print(error)
        continue
    print(spec.name, spec.origin, spec.submodule_search_locations, spec.parent, spec.cached)
import xml

print(hasattr(xml, "dom"))
from xml import dom

print(hasattr(dom, "minidom"), "xml.dom.minidom" in sys.modules)
import django

print(hasattr(django, "db"), hasattr(django, "utils"))
