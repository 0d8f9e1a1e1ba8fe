"""The deployment asks five times whether the server is healthy, and that takes less time than its start."""

from collections.abc import Iterator
from contextlib import contextmanager

from proofbook.lab.sandbox import Sandbox

COUNTED = """\
for attempt in 1 2 3 4 5; do
  status=$(curl --silent --output /dev/null --max-time 5 --write-out '%{http_code}' "$DEPOT_URL/api/v1/health/") || :
  case $status in
    200) echo "healthy: HTTP $status"; exit 0 ;;
  esac
  echo "attempt $attempt of 5: HTTP $status"
done
echo "not healthy after 5 attempts: HTTP $status"
exit 1
"""

LOOKS_FIRST = """
from time import sleep

from django.core.management import call_command

sleep(0.8)  # as long as a store of secrets may take to answer
call_command("check", verbosity=0)
call_command("migrate", check_unapplied=True, verbosity=0)
"""

# without it gunicorn listens before it loads the application, and an attempt would wait in its queue
LOADS_FIRST = "preload_app = True\n"


@contextmanager
def inject(sandbox: Sandbox) -> Iterator[None]:
    """Count attempts instead of seconds, and let the server wait and look before it serves, as servers do."""
    head, limit, _ = sandbox.files.read("bin/wait_healthy").partition("limit=")
    assert limit
    sandbox.files.write("bin/wait_healthy", head + COUNTED)
    sandbox.files.write("depot/wsgi.py", sandbox.files.read("depot/wsgi.py") + LOOKS_FIRST)
    sandbox.files.write("gunicorn.conf.py", sandbox.files.read("gunicorn.conf.py") + LOADS_FIRST)
    sandbox.run("git commit --quiet --all --message 'Five attempts must do'")
    yield
