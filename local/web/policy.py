"""What the application's page may load, and from where (Content Security Policy, level 3)."""

import base64
import hashlib
import re
from collections.abc import Iterable

_INLINE = re.compile(
    r"<(?P<kind>script|style)(?P<attributes>[^>]*)>(?P<code>.*?)</(?P=kind)>", re.DOTALL | re.IGNORECASE
)


def content_security_policy(page: str, gateway: Iterable[str]) -> str:
    """The policy: everything from the host itself, streams and calls to the gateway beside it, nothing from elsewhere.

    Args:
        page: the application's page; what stands inline in it may run, by its hash, and nothing else inline.
        gateway: the origins of the gateway.
    """
    rules = {
        "default-src": ["'self'"],
        "script-src": ["'self'", *_hashes(page, "script")],
        "style-src": ["'self'", *_hashes(page, "style")],
        # The favicon with the number in it is drawn by the page.
        "img-src": ["'self'", "data:", "blob:"],
        "font-src": ["'self'", "data:"],
        "connect-src": ["'self'", *sorted(set(gateway))],
        "worker-src": ["'self'"],
        "object-src": ["'none'"],
        "base-uri": ["'none'"],
        "form-action": ["'self'"],
        "frame-ancestors": ["'none'"],
    }
    return "; ".join(f"{name} {' '.join(sources)}" for name, sources in rules.items())


def _hashes(page: str, kind: str) -> list[str]:
    found = [match for match in _INLINE.finditer(page) if match["kind"].lower() == kind]
    codes = [match["code"] for match in found if "src=" not in match["attributes"].lower()]
    return [f"'sha256-{base64.b64encode(hashlib.sha256(code.encode()).digest()).decode()}'" for code in codes]
