import subprocess
import sys

subprocess.Popen(["/usr/bin/sleep", sys.argv[1]], env={})
