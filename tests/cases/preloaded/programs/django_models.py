import sys

before = set(sys.modules)
import django.db.models

print(sorted(set(sys.modules) - before - {"sysconfig"} - {name for name in sys.modules if name.startswith("_sysconfigdata")}))
print(django.db.models.Q(a=1) & django.db.models.Q(b=2))
