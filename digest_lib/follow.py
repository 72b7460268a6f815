"""Followed authors: whose papers are shown whatever their score."""

import re
import unicodedata
from collections.abc import Sequence
from functools import lru_cache
from itertools import combinations

from digest_lib.records import Paper

_LETTERS = str.maketrans({"ł": "l", "ø": "o", "đ": "d", "æ": "ae", "œ": "oe", "\u2019": "'"})
"""Letters that are an accented one to a reader, and not to Unicode."""


def followed(paper: Paper, names: Sequence[str]) -> list[str]:
    """The paper's authors, as arXiv writes them, that one of the names may mean."""
    return [author for author in paper.authors if any(may_be(author, name) for name in names)]


def ambiguous(papers: Sequence[Paper], names: Sequence[str]) -> dict[str, list[str]]:
    """The names that match several authors of these papers who cannot be one person, with those authors."""
    authors = sorted({author for paper in papers for author in paper.authors}) if names else []
    matches = {name: [author for author in authors if may_be(author, name)] for name in names}
    return {
        name: found
        for name, found in matches.items()
        if any(not may_be(one, other) for one, other in combinations(found, 2))
    }


def may_be(author: str, name: str) -> bool:
    """Whether two names may be one person's: the same surname, and no given name that contradicts the other's.

    An initial agrees with every name that it begins; names that one side leaves out contradict nothing, but the first
    given name must be there if the other side has one. Accents and case do not count; `Surname, Given` is read as well.
    """
    (*given, surname), (*other_given, other_surname) = _parts(author), _parts(name)
    if surname != other_surname or bool(given) != bool(other_given):
        return False
    if "".join(given).replace("-", "") == "".join(other_given).replace("-", ""):  # Wei-Lin, Wei Lin, Weilin
        return True
    return all(
        one == other or (min(len(one), len(other)) == 1 and one[0] == other[0])
        for one, other in zip(given, other_given, strict=False)
    )


@lru_cache(maxsize=100_000)
def _parts(name: str) -> tuple[str, ...]:
    """Given names, then the surname, in plain lower case; an affiliation in brackets is no part of a name."""
    name = re.sub(r"\(.*?\)", "", name)
    surname, comma, given = name.partition(",")
    name = f"{given} {surname}" if comma else name
    plain = unicodedata.normalize("NFKD", name.casefold().translate(_LETTERS))
    plain = "".join(letter for letter in plain if not unicodedata.combining(letter))
    return tuple(re.findall(r"[^\W_]+(?:[-'\u2019][^\W_]+)*", plain)) or ("",)
