"""A release reads a variable that the one before did not know; it was set in every place but one."""

from collections.abc import Iterator
from contextlib import contextmanager

from proofbook.lab.sandbox import Sandbox

READ = """
# mail is handed over to this host
EMAIL_HOST = os.environ["MAIL_HOST"]
"""
KNOWN = """\
[variables.MAIL_HOST]
about = "where mails are handed over"
required = ["uat", "prod"]
example = "mail.example.com"

"""


@contextmanager
def inject(sandbox: Sandbox) -> Iterator[None]:
    """Read the variable in the settings, declare it, and set it on the server that was tried."""
    path = "depot/settings/production.py"
    docstring, _, rest = sandbox.files.read(path).partition("\n\n")
    sandbox.files.write(path, f"{docstring}\n\nimport os\n\n{rest}{READ}")
    sandbox.files.edit("environment.toml", "[variables.LOG_LEVEL]\n", f"{KNOWN}[variables.LOG_LEVEL]\n")
    sandbox.files.write("uat.env", sandbox.files.read("uat.env") + "MAIL_HOST=mail.uat.example.com\n")
    sandbox.run("git commit --quiet --all --message 'Hand mails over to a host of our own'")
    yield
