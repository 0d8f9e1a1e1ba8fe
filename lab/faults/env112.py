"""The secret has one name in the store and another in the pipeline, which puts nothing in its place."""

from collections.abc import Iterator
from contextlib import contextmanager

from proofbook.lab.sandbox import Sandbox

SECRETS = "export PRODUCTION_SECRET_KEY=T6m2nLq8WxYv4bRj0cZsKfHd3uGpE9aN-1iUoXyQwMtVrBzC5kSgPhJeD7lA\n"
RENDER = """\
#!/usr/bin/env bash
# Writes prod.env as the pipeline does: each ${NAME} in the template becomes that secret.
source deploy/secrets.sh
sed "s|[$]{PROD_SECRET_KEY}|${PROD_SECRET_KEY-}|" deploy/prod.env.template > prod.env
"""


@contextmanager
def inject(sandbox: Sandbox) -> Iterator[None]:
    """Render the server's file from a template that asks for PROD_, where the store has PRODUCTION_."""
    path = "depot/settings/production.py"
    sandbox.files.edit(path, '    "SECRET_KEY",\n', "")
    sandbox.files.edit(path, 'environment["SECRET_KEY"]', 'os.environ["SECRET_KEY"]')
    sandbox.files.edit(path, "from depot.database_url", "import os\n\nfrom depot.database_url")
    lines = sandbox.files.read("prod.env").splitlines(keepends=True)
    template = ["SECRET_KEY=${PROD_SECRET_KEY}\n" if line.startswith("SECRET_KEY=") else line for line in lines]
    sandbox.files.write("deploy/prod.env.template", "".join(template))
    sandbox.files.write("deploy/secrets.sh", SECRETS)
    sandbox.files.write("deploy/render", RENDER)
    sandbox.run("bash deploy/render")
    sandbox.run("git add --all && git commit --quiet --message 'Write the environment from the store of secrets'")
    yield
