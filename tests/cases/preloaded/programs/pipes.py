import os
import subprocess

reading, writing = os.pipe()
code = "import os, sys; os.write(int(sys.argv[1]), b'through'); print(os.get_inheritable(int(sys.argv[1])), sorted(os.listdir('/proc/self/fd'))[:-1] != [])"
subprocess.run(["python", "-c", code, str(writing)], pass_fds=(writing,))
os.close(writing)
print(os.read(reading, 100))
code = "import sys; print(sys.executable)"
subprocess.run(["python3", "-c", code])
