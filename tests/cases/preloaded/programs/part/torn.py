import sys

print(sys.argv)
raise LookupError("torn")
