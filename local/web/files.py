"""What the names of the application's files say."""

import mimetypes
from pathlib import PurePosixPath

WORKER = "service-worker.js"
"""The service worker, at the root, so that it may serve every page."""

TYPES = {
    ".html": "text/html; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".mjs": "text/javascript; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".json": "application/json",
    ".map": "application/json",
    ".webmanifest": "application/manifest+json",
    ".svg": "image/svg+xml",
    ".png": "image/png",
    ".ico": "image/x-icon",
    ".webp": "image/webp",
    ".woff2": "font/woff2",
    ".woff": "font/woff",
    ".txt": "text/plain; charset=utf-8",
    ".wasm": "application/wasm",
}
"""By ending. Python's own table depends on the machine, and a module with the wrong type does not run."""


def content_type(name: str) -> str:
    """The media type of a file."""
    ending = PurePosixPath(name).suffix.lower()
    return TYPES.get(ending) or mimetypes.guess_type(name)[0] or "application/octet-stream"


def is_asset(path: str) -> bool:
    """Whether the file's name changes with its content, as the bundler names those below `assets/`."""
    return path.startswith("assets/")


def looks_like_a_file(path: str) -> bool:
    """Whether a path names a file and not one of the application's own routes."""
    return PurePosixPath(path).suffix.lower() in TYPES
