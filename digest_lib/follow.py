"""Followed authors: whose papers are shown whatever their score."""

import re
import unicodedata
from collections.abc import Sequence

from digest_lib.records import Paper


def followed(paper: Paper, names: Sequence[str]) -> list[str]:
    """The paper's authors, as arXiv writes them, that one of the names may mean."""
    return [author for author in paper.authors if any(may_be(author, name) for name in names)]


def ambiguous(papers: Sequence[Paper], names: Sequence[str]) -> dict[str, list[str]]:
    """The names that several differently written authors of these papers match, with those authors."""
    authors = sorted({author for paper in papers for author in paper.authors})
    matches = {name: [author for author in authors if may_be(author, name)] for name in names}
    return {name: found for name, found in matches.items() if len(found) > 1}


def may_be(author: str, name: str) -> bool:
    """Whether two names may be one person's: the same surname, and no given name that contradicts the other's.

    An initial agrees with every name that it begins; names that one side leaves out contradict nothing, but the first
    given name must be there if the other side has one. Accents and case do not count; `Surname, Given` is read as well.
    """
    (*given, surname), (*other_given, other_surname) = _parts(author), _parts(name)
    if surname != other_surname or bool(given) != bool(other_given):
        return False
    return all(one.startswith(other) or other.startswith(one) for one, other in zip(given, other_given, strict=False))


def _parts(name: str) -> list[str]:
    """Given names, then the surname, in plain lower case; an affiliation in brackets is no part of a name."""
    name = re.sub(r"\(.*?\)", "", name)
    surname, comma, given = name.partition(",")
    name = f"{given} {surname}" if comma else name
    plain = unicodedata.normalize("NFKD", name.casefold())
    plain = "".join(letter for letter in plain if not unicodedata.combining(letter))
    return re.findall(r"[^\W_]+(?:[-'\u2019][^\W_]+)*", plain) or [""]
