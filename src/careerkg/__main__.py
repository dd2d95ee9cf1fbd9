"""``python -m careerkg``: the same as ``careerkg``."""

from __future__ import annotations

from careerkg.cli import console

if __name__ == "__main__":
    console()
