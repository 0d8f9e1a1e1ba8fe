"""Gives a built page the rule by which a browser runs and fetches nothing but what the site itself holds."""

from __future__ import annotations

import base64
import hashlib
import re

from proofbook.errors import ProofbookError

INLINE = re.compile(r"<script(?P<attributes>(?:\s[^>]*)?)>(?P<code>.*?)</script>", re.DOTALL)
# a browser runs neither another page's file here nor data
NOT_RUN = re.compile(r"\s(?:src|type=[\"']?application/json)\b")
CHARSET = '<meta charset="utf-8">'


def with_policy(page: str) -> str:
    """Give a page with the policy in its head, which names each of its own inline scripts by its hash.

    Raises ProofbookError when its head has no place for one.
    """
    if CHARSET not in page:
        raise ProofbookError("a built page", f"has no policy: there is no {CHARSET} in it", "teach site/policy.py")
    return page.replace(CHARSET, f'{CHARSET}<meta http-equiv="Content-Security-Policy" content="{policy(page)}">', 1)


def policy(page: str) -> str:
    """Give the policy of a page: no other host, no inline code but what was there when it was built."""
    scripts = [each["code"] for each in INLINE.finditer(page) if not NOT_RUN.search(each["attributes"])]
    rules = {
        "default-src": ["'none'"],
        "script-src": ["'self'", *(f"'sha256-{_hash(code)}'" for code in scripts)],
        "worker-src": ["'self'"],
        "style-src": ["'self'"],
        "img-src": ["'self'", "data:"],
        "connect-src": ["'self'"],
        "base-uri": ["'none'"],
        "form-action": ["'none'"],
    }
    return "; ".join(f"{name} {' '.join(dict.fromkeys(values))}" for name, values in rules.items())


def _hash(code: str) -> str:
    return base64.b64encode(hashlib.sha256(code.encode()).digest()).decode()
