"""Stores elsewhere: any SPARQL 1.1 endpoint as a :class:`careerkg.store.Store`, and filling one.

Floor 2, beside ``store.py``. What differs between servers is in ``dialects.py``; what each can carry, and
how it is set up, in ``docs/scale.md``.
"""

from __future__ import annotations

from careerkg.remote.connection import Access
from careerkg.remote.dialects import MERGE
from careerkg.remote.opening import ConnectOptions, connect
from careerkg.remote.push import Pushed, push
from careerkg.remote.remote_store import RemoteStore

__all__ = ["MERGE", "Access", "ConnectOptions", "Pushed", "RemoteStore", "connect", "push"]
