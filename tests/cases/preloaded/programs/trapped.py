import signal
import sys


def trapped(number, frame):
    print("trapped", number)
    sys.exit(7)


signal.signal(signal.SIGTERM, trapped)
print("ready", flush=True)
signal.pause()
