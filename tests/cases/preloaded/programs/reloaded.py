import importlib
import json
import sys

json.dumps = None
importlib.reload(json)
print(json.dumps([1]), json.__spec__.loader.__class__.__name__)
first = sys.modules.pop("json")
import json

print(json is first, json.dumps([2]))
