import atexit
import sys
import threading
import time


class Last:
    def __del__(self):
        print("deleted")


def work():
    time.sleep(0.05)
    print("thread done")


kept = Last()
atexit.register(print, "at exit")
threading.Thread(target=work).start()
open("unclosed.txt", "w").write("flushed\n")
print("main done")
sys.stderr.write("to stderr")
