"""Queries with bounds that hold: a deadline inside evaluation, a limit on memory, a row cap, a queue.

Floor 4, below the command line, the web and the assistants, which all ask here. The engine cannot be
interrupted, so that each query runs in a worker process that can: see :class:`QueryPool`.
"""

from __future__ import annotations

from careerkg.bounded.answers import Answer
from careerkg.bounded.formats import GRAPH_TYPES, ROW_TYPES, Formats
from careerkg.bounded.pool import QueryPool
from careerkg.bounded.source import Source

__all__ = ["GRAPH_TYPES", "ROW_TYPES", "Answer", "Formats", "QueryPool", "Source"]
