"""RDF/XML (W3C RDF 1.1 XML Syntax), one rdf:Description for each subject.

Written here because the engine's writer leaves a carriage return bare, which XML parsers turn into a line
feed, writes characters that XML 1.0 forbids, and makes up element names that are none.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping

from careerkg.errors import DataError
from careerkg.export.lines import END
from careerkg.vocabulary import RDF

__all__ = ["RdfXmlWriter", "check_characters"]

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_.-]*\Z")
_LOCAL = re.compile(r"[A-Za-z_\u00c0-\u024f][\w.-]*\Z")
_ESCAPE = re.compile(r"\\(?:u([0-9A-F]{4})|U([0-9A-F]{8})|(.))", re.DOTALL)
_PLAIN = {"t": "\t", "n": "\n", "r": "\r", "b": "\b", "f": "\f"}
_FORBIDDEN = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


class RdfXmlWriter:
    """Writes rdf:Description elements from the lines of a graph.

    Raises DataError for what RDF/XML cannot express: a predicate that has no XML name at its end, a
    character that XML 1.0 forbids, a triple term.
    """

    def __init__(self, prefixes: Mapping[str, str]) -> None:
        self._prefixes = {
            namespace: prefix
            for prefix, namespace in sorted(prefixes.items(), reverse=True)
            if _NAME.match(prefix) and not prefix.lower().startswith("xml")
        }
        self._prefixes[str(RDF)] = "rdf"
        self._elements: dict[str, str] = {}
        self.used = {"rdf": str(RDF)}

    def head(self) -> str:
        """Return the beginning of the document, with the prefixes that the elements so far need."""
        spaces = [f'\n    xmlns:{prefix}="{_attribute(self.used[prefix])}"' for prefix in sorted(self.used)]
        return f'<?xml version="1.0" encoding="UTF-8"?>\n<rdf:RDF{"".join(spaces)}>\n'

    def elements(self, batches: Iterable[list[str]]) -> Iterator[str]:
        """Yield the elements, some at a time."""
        subject = None
        for batch in batches:
            done: list[str] = []
            for line in batch:
                this, predicate, token = line.split(END, 2)
                if this != subject:
                    if subject is not None:
                        done.append("  </rdf:Description>\n")
                    subject = this
                    done.append(f"  <rdf:Description {_reference('about', this)}>\n")
                name = self._elements.get(predicate) or self._element(predicate)
                done.append(f"    <{name}{self._content(token, name)}\n")
            yield "".join(done)
        if subject is not None:
            yield "  </rdf:Description>\n"

    def _element(self, predicate: str) -> str:
        """Return the name of a predicate's element, and note its prefix."""
        iri = predicate[1:]
        # The longest local name; a namespace with a known prefix is preferred.
        cuts = [cut for cut in range(len(iri) - 1, 0, -1) if _LOCAL.match(iri, cut)]
        known = [cut for cut in cuts if iri[:cut] in self._prefixes]
        if not cuts:
            raise DataError(f"RDF/XML cannot express the property <{iri}>: it does not end in an XML name")
        if known:
            cut = known[-1]
            prefix = self._prefixes[iri[:cut]]
        else:
            cut = next((cut for cut in cuts if iri[cut - 1] in "/#:"), cuts[-1])
            prefix = f"ns{1 + sum(name.startswith('ns') for name in self.used)}"
            while prefix in self._prefixes.values():
                prefix += "_"
            self._prefixes[iri[:cut]] = prefix
        self.used[prefix] = iri[:cut]
        name = self._elements[predicate] = f"{prefix}:{iri[cut:]}"
        return name

    def _content(self, token: str, name: str) -> str:
        """Return what stands behind the element's name: its object, and the end tag if there is one."""
        if token[0] != '"':
            if token.startswith("<<("):
                raise DataError("RDF/XML cannot express triple terms; use ttl, trig, nt or nq")
            term = token[:-2]
            return f" {_reference('resource', term)}/>"
        text = token[:-2]
        close = text.rfind('"')
        value, mark = text[1:close], text[close + 1 :]
        attribute = ""
        if mark.startswith("@"):
            if "--" in mark:
                raise DataError("RDF/XML cannot express the direction of a text; use ttl, trig, nt or nq")
            attribute = f' xml:lang="{mark[1:]}"'
        elif mark:
            attribute = f' rdf:datatype="{_attribute(mark[3:])}"'
        return f"{attribute}>{_text(value)}</{name}>"


def _reference(kind: str, token: str) -> str:
    """Return the attribute that names a node."""
    if token[0] == "_":
        return f'rdf:nodeID="{token[2:]}"'
    return f'rdf:{kind}="{_attribute(token[1:])}"'


def _attribute(iri: str) -> str:
    """Return an IRI as an attribute value; IRIs hold no quotes and no angle brackets."""
    return iri.replace("&", "&amp;")


def _text(value: str) -> str:
    """Return the text of an N-Triples string as XML."""
    value = value.replace(END, "> ")
    if "\\" in value:
        value = _ESCAPE.sub(_unescaped, value)
    check_characters(value, "RDF/XML")
    return value.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace("\r", "&#13;")


def check_characters(text: str, format_: str) -> None:
    """Raise DataError if a text has a character that XML 1.0 has no form for."""
    if bad := _FORBIDDEN.search(text):
        raise DataError(
            f"{format_} cannot express the character U+{ord(bad.group()):04X}; use ttl, nt or jsonld"
        )


def _unescaped(match: re.Match[str]) -> str:
    """Return the character that an escape of N-Triples stands for."""
    code = match[1] or match[2]
    return chr(int(code, 16)) if code else _PLAIN.get(match[3], match[3])
