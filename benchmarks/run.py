"""Run the benchmarks and print a table of ratios; every ratio compares two measurements of this run.

    python benchmarks/run.py              # all
    python benchmarks/run.py start query  # some: bench_start.py and bench_query.py

Exit code 1 if a goal is missed. The machine should be otherwise idle; install the package without ``-e``
for the cold starts that people see.
"""

from __future__ import annotations

import importlib
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent


def main(names: list[str]) -> int:
    """Run the named benchmarks, or all, and return the exit code."""
    sys.path.insert(0, str(HERE))
    known = [path.stem.removeprefix("bench_") for path in sorted(HERE.glob("bench_*.py"))]
    unknown = [name for name in names if name not in known]
    if unknown:
        print(f"no benchmark {unknown[0]!r}; there are: {', '.join(known)}")
        return 2
    missed = 0
    print(f"{'what':<58} {'ours':>11} {'peer':>11} {'ratio':>8}  goal")
    for name in names or known:
        for row in importlib.import_module(f"bench_{name}").rows():
            missed += not row.reached
            print(
                f"{row.what:<58} {row.ours * 1000:>8.2f} ms {row.theirs * 1000:>8.2f} ms {row.ratio:>8.2f}"
                f"  {row.goal}{'' if row.reached else '  MISSED'}   ({row.peer})",
                flush=True,
            )
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
