import sys

import single

for name in list(sys.modules):
    if name == "single" or name.startswith("single."):
        sys.modules[f"twofold.packages.{name}"] = sys.modules[name]
