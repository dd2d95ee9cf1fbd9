"""Write everything that is derived from the ontology and the competency questions: the one command for it.

    python tools/generate.py            # write what is out of date, and name it
    python tools/generate.py --check    # write nothing; exit 1 if anything is out of date

Each ``tools/make_*.py`` derives some files and has one function for this command, ``outputs()``, which
returns the content of each file by its path. Nothing else is derived anywhere.
"""

from __future__ import annotations

import importlib
import sys
from pathlib import Path

TOOLS = Path(__file__).resolve().parent
ROOT = TOOLS.parent


def outputs() -> dict[Path, str]:
    """Return what each derived file should hold. Raises ValueError if two tools claim one file."""
    sys.path.insert(0, str(TOOLS))
    contents: dict[Path, str] = {}
    for tool in sorted(TOOLS.glob("make_*.py")):
        made: dict[Path, str] = importlib.import_module(tool.stem).outputs()
        if claimed := contents.keys() & made.keys():
            raise ValueError(f"{tool.name} writes {min(claimed)}, which another tool writes, too")
        contents |= made
    return contents


def out_of_date(contents: dict[Path, str]) -> list[Path]:
    """Return the files that are absent or differ from what they should hold, by name."""
    return sorted(
        path
        for path, content in contents.items()
        if not path.is_file() or path.read_bytes() != content.encode("utf-8")
    )


def main(arguments: list[str]) -> int:
    """Write or check the derived files; return the exit code."""
    if arguments not in ([], ["--check"]):
        print(__doc__)
        return 2
    contents = outputs()
    stale = out_of_date(contents)
    for path in stale:
        name = path.relative_to(ROOT)
        if arguments:
            print(f"{name} is out of date: run python tools/generate.py")
        else:
            path.write_bytes(contents[path].encode("utf-8"))
            print(f"wrote {name}")
    return 1 if arguments and stale else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
