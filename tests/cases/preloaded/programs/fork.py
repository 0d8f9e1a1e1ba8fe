import os
import sys
import time

if not os.fork():
    os.setsid()
    time.sleep(float(sys.argv[1]))
