"""A day's recommended papers as BibTeX, in the form of arXiv's own export, for Zotero and other reference managers."""

import re
from collections.abc import Iterable

from pybtex.database import BibliographyData, Entry, Person
from pybtex.database.output.bibtex import Writer
from pylatexenc.latexencode import UnicodeToLatexEncoder

from digest_lib.digest import recommended
from digest_lib.durable import write_atomically
from digest_lib.history import BIBTEX, Day
from digest_lib.reader import Reader
from digest_lib.records import Paper

_SUFFIX = re.compile(r"(.+?),? +((?:Jr|Sr)\.?|I{2,3}|IV)")
# A group has one name, which nobody may split into given name and surname.
_GROUP = re.compile(
    r"\b(collaboration|consortium|team|group|project|initiative|committee|and|et al)\b|:", re.IGNORECASE
)
_FORMULA = re.compile(r"(\$[^$]+\$)")
# Letters that TeX has no accent for (Chinese, Vietnamese) stay as they are: BibTeX files are UTF-8 by now.
_ACCENTS = UnicodeToLatexEncoder(
    non_ascii_only=True,
    replacement_latex_protection="braces-almost-all",
    unknown_char_policy="keep",
    unknown_char_warning=False,
)


class _TexWriter(Writer):
    """Writes text that is TeX already; pybtex's own encoding would also escape what stands in formulas."""

    def _encode(self, value: str) -> str:
        return value


def write(day: Day, reader: Reader) -> None:
    """Write `papers.bib` into the day's folder, best paper first; the same verdicts give the same bytes."""
    pairs = recommended(day.papers(), day.newest_verdicts(), reader)
    write_atomically(day.path / BIBTEX, text(paper for paper, _ in pairs))


def text(papers: Iterable[Paper]) -> str:
    """Papers as a BibTeX file, in their order."""
    return _TexWriter().to_string(BibliographyData({paper.id: _entry(paper) for paper in papers}))


def _entry(paper: Paper) -> Entry:
    fields = {
        "title": tex(paper.title),
        "year": str((paper.submitted or paper.announced).year),
        "eprint": paper.id,
        "archivePrefix": "arXiv",
        "primaryClass": paper.primary_category,
        "url": paper.link,
    }
    known = {name: value for name, value in fields.items() if value}
    return Entry("misc", known, persons={"author": [_person(name) for name in paper.authors if name.strip(" {}")]})


def name_parts(name: str) -> tuple[str, str, str]:
    """Given names, surname with its particles, and suffix; a group, which nobody may split, has a surname alone."""
    suffix = ""
    if found := _SUFFIX.fullmatch(name):
        name, suffix = found.groups()
    if _GROUP.search(name) or name.count(",") > 1:
        return "", name, suffix
    parts = Person(name)
    given, surname = (*parts.first_names, *parts.middle_names), (*parts.prelast_names, *parts.last_names)
    return " ".join(given), " ".join(surname), suffix


def _person(name: str) -> Person:
    given, surname, suffix = map(tex, name_parts(name))
    # Braces keep a name of several words whole where there is no given name to tell its parts apart.
    return Person(first=given, last=surname if given else f"{{{surname}}}", lineage=suffix)


def tex(text: str) -> str:
    """Text as TeX: accents and special characters written out, formulas as they are, no brace that ends its field."""
    text = text.rstrip("\\")
    if not _is_balanced(text) or not _is_balanced(re.sub(r"\\[{}]", "", text)):
        text = re.sub(r"\\?[{}]", "", text)
    pieces = _FORMULA.split(text)
    pieces[::2] = [re.sub(r"(?<!\\)[&%#_$]", r"\\\g<0>", piece) for piece in pieces[::2]]
    return _ACCENTS.unicode_to_latex("".join(pieces))


def _is_balanced(text: str) -> bool:
    depth = 0
    for brace in re.findall("[{}]", text):
        depth += 1 if brace == "{" else -1
        if depth < 0:
            return False
    return depth == 0
