"""A check of the project lies there, and no workflow calls it any more."""

from collections.abc import Iterator
from contextlib import contextmanager

from proofbook.lab.sandbox import Sandbox

CHECK = """\
      # --8<-- [start:tenants]
      - name: Tenants are kept apart
        run: python runbooks/check_tenant_isolation.py --tenant tenants.Tenant
      # --8<-- [end:tenants]
"""


@contextmanager
def inject(sandbox: Sandbox) -> Iterator[None]:
    """Shorten the workflow by the step that seemed to do nothing."""
    sandbox.files.edit(".github/workflows/delivery.yml", CHECK, "")
    sandbox.run('git commit --quiet --all --author "Sam <sam@example.test>" --message "Make the pipeline faster"')
    yield
