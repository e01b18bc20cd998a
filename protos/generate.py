"""Makes the Python stubs of every contract, or checks that the committed ones are current.

python protos/generate.py            write the stubs beside the .proto files
python protos/generate.py --check    exit with 1 and name the files that differ
"""

import filecmp
import shutil
import sys
import tempfile
from pathlib import Path

import grpc_tools
from grpc_tools import protoc

PROTOS = Path(__file__).resolve().parent
SUFFIXES = ("_pb2.py", "_pb2.pyi", "_pb2_grpc.py", "_pb2_grpc.pyi")


def generate(out: Path) -> None:
    """Writes the stubs of every .proto file below `protos/` into `out`."""
    sources = sorted(str(path.relative_to(PROTOS)) for path in PROTOS.glob("*/**/*.proto"))
    services = [name for name in sources if name.startswith("conversations/") and "/common/" not in name]
    includes = ["protoc", f"-I{PROTOS}", f"-I{Path(grpc_tools.__file__).parent / '_proto'}"]
    messages = protoc.main([*includes, f"--python_out={out}", f"--pyi_out={out}", *sources])
    plugin = f"--plugin=protoc-gen-mypy_grpc={Path(sys.executable).parent / 'protoc-gen-mypy_grpc'}"
    stubs = protoc.main([*includes, plugin, f"--grpc_python_out={out}", f"--mypy_grpc_out={out}", *services])
    if messages or stubs:
        sys.exit("protoc failed")


def stubs_below(folder: Path) -> dict[str, Path]:
    """The generated files below `folder`, by their path within it."""
    return {
        str(path.relative_to(folder)): path
        for path in sorted(folder.rglob("*_pb2*"))
        if path.name.endswith(SUFFIXES) and "__pycache__" not in path.parts
    }


def main() -> None:
    """Generates, or checks with `--check`."""
    with tempfile.TemporaryDirectory() as name:
        fresh = Path(name)
        generate(fresh)
        new, old = stubs_below(fresh), stubs_below(PROTOS)
        drift = sorted(
            key
            for key in new.keys() | old.keys()
            if key not in new or key not in old or not filecmp.cmp(new[key], old[key], shallow=False)
        )
        if "--check" in sys.argv[1:]:
            if drift:
                sys.exit("stubs differ from their contracts (run `make protos`):\n  " + "\n  ".join(drift))
            return
        for key in drift:
            if key in new:
                shutil.copy(new[key], PROTOS / key)
            else:
                old[key].unlink()
        print(f"{len(drift)} of {len(new)} stubs changed")  # noqa: T201 - the command's answer


if __name__ == "__main__":
    main()
