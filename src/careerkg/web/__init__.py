"""The graph on the web: a SPARQL 1.1 endpoint, what describes it, dumps, and pages.

Floor 5, the extra ``web``. :func:`careerkg.web.app.create_app` makes the ASGI application,
:func:`careerkg.web.server.serve` runs it.
"""

from __future__ import annotations
