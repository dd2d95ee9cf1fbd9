"""The graph in the terms of other vocabularies, one module each."""

from __future__ import annotations

from careerkg.profiles.schema_org import Book, schema_org, schema_org_json

__all__ = ["Book", "schema_org", "schema_org_json"]
