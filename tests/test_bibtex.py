"""BibTeX: what an independent parser reads is what arXiv said, accents, formulas and awkward names included."""

from collections.abc import Callable
from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pybtex.database import BibliographyData, parse_string
from pylatexenc.latex2text import LatexNodes2Text

from digest_lib.delivery import bibtex
from digest_lib.history import BIBTEX
from digest_lib.reader import Reader
from digest_lib.records import Paper

MONDAY = date(2026, 2, 9)
DECODE = LatexNodes2Text(math_mode="verbatim").latex_to_text


@pytest.fixture
def exported(stored: Callable, verdict: Callable, reader: Reader) -> Callable[..., BibliographyData]:
    """Writes the BibTeX of a day on which those papers are recommended, and reads it with pybtex."""

    def export(*papers: Paper) -> BibliographyData:
        day = stored(MONDAY, papers, [verdict(1, 8, paper=one.id) for one in papers])
        bibtex.write(day, reader)
        return parse_string((day.path / BIBTEX).read_text(encoding="utf8"), "bibtex")

    return export


def test_an_entry_is_what_arxiv_says(exported: Callable, paper: Callable):
    """Identifier, primary class, year of submission, title, link and authors, in the form of arXiv's own export."""
    submitted = datetime(2025, 12, 31, 23, tzinfo=UTC)
    found = exported(paper(1, submitted=submitted), paper(2, id="hep-th/9901001", primary_category="hep-th"))
    assert ["2613.00001", "hep-th/9901001"] == list(found.entries)
    entry = found.entries["2613.00001"]
    assert entry.type == "misc"
    assert {
        "title": "Synthetic Paper 1",
        "year": "2025",
        "eprint": "2613.00001",
        "archivePrefix": "arXiv",
        "primaryClass": "cs.CV",
        "url": "https://arxiv.org/abs/2613.00001",
    } == dict(entry.fields.items())
    assert ("hep-th/9901001", "hep-th") == tuple(
        found.entries["hep-th/9901001"].fields[key] for key in ("eprint", "primaryClass")
    )


@pytest.mark.parametrize(
    ("name", "given_names", "surname", "suffix"),
    [
        ("Adrián Noriega de la Colina", "Adrián Noriega", "de la Colina", ""),
        ("Łukasz Kaiser", "Łukasz", "Kaiser", ""),
        ("Zhang, Wei", "Wei", "Zhang", ""),
        ("Hal Daumé III", "Hal", "Daumé", "III"),
        ("Sammy Davis, Jr.", "Sammy", "Davis", "Jr."),
        ("Ngô Bảo Châu", "Ngô Bảo", "Châu", ""),
        ("Jörn-Henrik Ørsted-Weiß", "Jörn-Henrik", "Ørsted-Weiß", ""),
        ("张三", "", "张三", ""),
        ("The Synthetic Collaboration", "", "The Synthetic Collaboration", ""),
        ("Team Synth: Ann Author and Bo Bobson", "", "Team Synth: Ann Author and Bo Bobson", ""),
        ("One, Two, Three, Four", "", "One, Two, Three, Four", ""),
        ("Unclosed {Brace", "Unclosed", "Brace", ""),
    ],
)
def test_an_author_keeps_their_name(
    exported: Callable, paper: Callable, name: str, given_names: str, surname: str, suffix: str
):
    """Given name, surname with its particles and suffix come back apart; a group keeps its one name."""
    authors = exported(paper(1, authors=("Ann Author", name, "Bo Bobson"))).entries["2613.00001"].persons["author"]
    assert len(authors) == 3
    parts = authors[1]
    assert given_names == DECODE(" ".join(parts.first_names + parts.middle_names))
    assert surname == DECODE(" ".join(parts.prelast_names + parts.last_names))
    assert suffix == " ".join(parts.lineage_names)


@pytest.mark.parametrize(
    "title",
    [
        "Poincaré, Gödel & Erdős: 100% naïve_tests for #1 at 5$",
        "The $\\ell_p$ norm of $O(n^{2})$ & $\\mathcal{L}_{x}$",
        "深度学习 für alle, già",
        'He said "no" – twice',
    ],
)
def test_a_title_comes_back(exported: Callable, paper: Callable, title: str):
    """Accents and special characters are TeX in the file and themselves for whoever reads it; formulas are kept."""
    assert title == DECODE(exported(paper(1, title=title)).entries["2613.00001"].fields["title"])


def test_accents_are_written_as_tex_and_tex_is_left_alone():
    r"""`é` becomes `{\'e}`; an accent that arXiv has as TeX already stays so."""
    assert "Poincar{\\'e} and Poincar\\'e" == bibtex.tex("Poincaré and Poincar\\'e")


@given(st.text(alphabet='{}\\$%#&_"@=,\n aé', max_size=40))
def test_no_title_ends_its_field(title: str):
    """Whatever braces, quotes and backslashes a title holds, the entry after it is read as it was written."""
    papers = {
        key: Paper(id=key, version=1, announced=MONDAY, announce_type="new", title=text, authors=(text, "Ann Author"),
                   abstract="", primary_category="cs.CV", categories=("cs.CV",))
        for key, text in (("2613.00001", title), ("2613.00002", "Second"))
    }  # fmt: skip
    read = parse_string(bibtex.text(papers.values()), "bibtex")
    assert list(papers) == list(read.entries)
    assert "2613.00001" == read.entries["2613.00001"].fields["eprint"]
    assert "Second" == read.entries["2613.00002"].fields["title"]
