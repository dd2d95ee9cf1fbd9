"""Cold start: whole processes of the installed command, against ``python -c "import rdflib"``."""

from __future__ import annotations

import subprocess
import sys
import sysconfig
from collections.abc import Iterator
from functools import partial
from pathlib import Path

from common import Row, alternating

COMMAND = Path(sysconfig.get_path("scripts")) / "careerkg"


def run(*words: str) -> None:
    """Run a process to its end; its output is thrown away."""
    subprocess.run(words, check=True, stdout=subprocess.DEVNULL)


def rows() -> Iterator[Row]:
    """Yield the measurements."""
    peer = partial(run, sys.executable, "-c", "import rdflib")
    for words in (("query", "ASK {}"), ("show", "rhit")):
        ours, theirs = alternating(25, partial(run, str(COMMAND), *words), peer)
        yield Row(f"cold careerkg {' '.join(words)}", ours, "import rdflib", theirs, "<= 0.6")
