"""A library was copied into the project without the source map that its last line names."""

from collections.abc import Iterator
from contextlib import contextmanager

from proofbook.lab.sandbox import Sandbox

SCRIPT = """\
/* picks a day */
var picker=function(d){return d.toISOString().slice(0,10)};
//# sourceMappingURL=picker.min.js.map
"""


@contextmanager
def inject(sandbox: Sandbox) -> Iterator[None]:
    """Add the minified script alone."""
    sandbox.files.write("orders/static/orders/picker.min.js", SCRIPT)
    sandbox.run("git add --all && git commit -qm 'Let people pick a day'")
    yield
