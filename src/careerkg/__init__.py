"""careerkg: the career knowledge graph."""
