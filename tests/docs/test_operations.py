import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
OPERATIONS = (ROOT / "docs" / "operations.md").read_text()


def test_the_tables_of_settings_are_current() -> None:
    command = [sys.executable, "docs/settings.py", "--check"]
    result = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60, check=False)
    assert result.returncode == 0, result.stderr


def exported() -> set[str]:
    """The metrics that the services make, as they are exported."""
    found = set()
    for file in (ROOT / "services").rglob("*.py"):
        for kind, name in re.findall(r'\b(Counter|Gauge|Histogram|Summary)\(\s*"([a-z_]+)"', file.read_text()):
            found.add(f"{name}_total" if kind == "Counter" else name)
    return found


def test_every_metric_is_documented_and_no_other() -> None:
    section = OPERATIONS.split("## Metrics and logs")[1].split("##")[0]
    documented = {row.split("`")[1].split("{")[0] for row in section.splitlines() if row.startswith("| `")}
    assert documented == exported()


def test_every_file_and_heading_that_the_documents_link_to_is_there() -> None:
    for document in (*(ROOT / "docs").glob("*.md"), ROOT / "CONTRIBUTING.md"):
        for link in _links(document.read_text()):
            if link.startswith("https://"):
                continue
            name, _, heading = link.partition("#")
            target = (document.parent / name).resolve() if name else document
            assert target.exists(), f"{document.name} links to {link}"
            if heading:
                headings = {_anchor(line) for line in target.read_text().splitlines() if line.startswith("#")}
                assert heading in headings, f"{document.name} links to {link}"


def _links(text: str) -> list[str]:
    return [part.split(")")[0] for part in text.split("](")[1:]]


def _anchor(line: str) -> str:
    words = line.lstrip("#").strip().lower()
    return "".join(char for char in words if char.isalnum() or char in " -_").replace(" ", "-")
