"""Writes the tables of settings in operations.md from the services' own settings, or checks that they are current.

python docs/settings.py            write the tables
python docs/settings.py --check    exit with 1 if they differ
"""

import importlib
import json
import re
import sys
from pathlib import Path

from pydantic.fields import FieldInfo

sys.path[:0] = [str(Path(__file__).resolve().parents[1])]

from services.chassis.settings import PREFIX, ServiceSettings  # noqa: E402 - found by the path above

DOCUMENT = Path(__file__).resolve().parent / "operations.md"
BEGIN = "<!-- settings: begin; made by docs/settings.py -->\n"
END = "<!-- settings: end -->\n"
SERVICES = ("messaging", "unread", "presence", "notifier")


def of_service(name: str) -> type[ServiceSettings]:
    """The settings class of a service."""
    module = importlib.import_module(f"services.{name}.settings")
    return next(
        found
        for found in vars(module).values()
        if isinstance(found, type) and issubclass(found, ServiceSettings) and found is not ServiceSettings
    )


def tables() -> str:
    """All tables: what every service knows, then what each one knows beside that."""
    parts = [_table("Every service", ServiceSettings.model_fields)]
    for name in SERVICES:
        fields = of_service(name).model_fields
        own = {field: info for field, info in fields.items() if _row(field, info) not in parts[0]}
        parts.append(_table(f"`services.{name}`", own))
    return "\n".join(parts)


def _table(title: str, fields: dict[str, FieldInfo]) -> str:
    required_first = sorted(fields.items(), key=lambda field: not field[1].is_required())
    rows = "".join(_row(name, info) for name, info in required_first)
    return f"### {title}\n\n| variable | default | meaning |\n| --- | --- | --- |\n{rows}"


def _row(name: str, info: FieldInfo) -> str:
    return f"| `{PREFIX}{name.upper()}` | {_default(info)} | {info.description} |\n"


def _default(info: FieldInfo) -> str:
    if info.is_required():
        return "**required**"
    value = info.get_default()
    if value == "":
        return "none"
    return f"`{json.dumps(value) if isinstance(value, (tuple, bool)) else value}`"


def written(text: str) -> str:
    """The document with its tables as they should be."""
    return re.sub(
        f"{re.escape(BEGIN)}.*?{re.escape(END)}", lambda _: f"{BEGIN}\n{tables()}\n{END}", text, flags=re.DOTALL
    )


def main() -> None:
    """Writes, or checks with `--check`."""
    text = DOCUMENT.read_text()
    fresh = written(text)
    if "--check" in sys.argv[1:]:
        if fresh != text:
            sys.exit("the tables of settings in docs/operations.md are not current: run `python docs/settings.py`")
        return
    DOCUMENT.write_text(fresh)


if __name__ == "__main__":
    main()
