import sys

print(__name__, __package__, sys.argv, sys.path[0], sys.orig_argv[1:])
raise SystemExit(4)
