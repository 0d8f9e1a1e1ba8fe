import sys

print(__name__, __file__, __package__, __spec__, __loader__.__class__.__name__, __doc__, sorted(globals()))
print(sys.argv, sys.path, sys.executable, sys.prefix, sys.flags, sys.warnoptions, sys._xoptions)
