"""Followed authors: which spellings may be one person's."""

import pytest

from digest_lib.follow import ambiguous, followed, may_be


@pytest.mark.parametrize(
    ("author", "name"),
    [
        ("Jane Smith", "J. Smith"),
        ("J. Smith", "Jane Smith"),
        ("Jane Q. Smith", "Jane Smith"),
        ("J. Q. Smith", "Jane Quincy Smith"),
        ("Smith, Jane", "Jane Smith"),
        ("Jane Smith", "Smith, J."),
        ("JANE SMITH", "jane smith"),
        ("Émilie Dubœuf-Müller", "Emilie Duboeuf-Muller"),
        ("Łukasz Øster", "Lukasz Oster"),
        ("Laurens van der Example", "van der Example, L."),
        ("Wei-Lin Chen", "Weilin Chen"),
        ("Wei Lin Chen", "Wei-Lin Chen"),
        ("J.-L. Sample", "Jean-Luc Sample"),
        ("Jane Smith (Example Lab, Sampletown)", "Jane Smith"),
        ("Shaun O\u2019Sample", "Shaun O'Sample"),
        ("Collaboration", "collaboration"),
    ],
)
def test_spellings_of_one_name_agree(author: str, name: str):
    """Initials, middle names, accents, hyphens, brackets and the order with a comma make no other person."""
    assert may_be(author, name)
    assert may_be(name, author)


@pytest.mark.parametrize(
    ("author", "name"),
    [
        ("Jane Smith", "John Smith"),
        ("Jane Smith", "Jane Smythe"),
        ("Yun Zhang", "Yu Zhang"),
        ("Yuhan Zhang", "Yu Zhang"),
        ("Yu-Han Zhang", "Yu Zhang"),
        ("Jane A. Smith", "Jane B. Smith"),
        ("K. Smith", "Jane Smith"),
        ("Smith", "Jane Smith"),
        ("Jane", "Smith"),
        ("", "Jane Smith"),
    ],
)
def test_other_people_do_not(author: str, name: str):
    """Another given name, one that merely begins alike, and a surname alone are somebody else's."""
    assert not may_be(author, name)
    assert not may_be(name, author)


def test_the_authors_are_named_as_arxiv_writes_them(paper):
    """What a note says is the paper's spelling, not the reader's."""
    assert followed(paper(authors=("A. Other", "Zoë Øster")), ("Oster, Z.",)) == ["Zoë Øster"]
    assert followed(paper(authors=("A. Other",)), ()) == []


def test_a_name_is_ambiguous_where_two_of_its_authors_differ(paper):
    """An initial beside the full name is one person; two full names that it both fits are two."""
    one = paper(1, authors=("Jane Smith", "J. Smith"))
    two = paper(2, authors=("John Smith",))
    assert ambiguous([one], ("J. Smith", "Jane Smith")) == {}
    assert ambiguous([one, two], ("J. Smith", "Jane Smith")) == {"J. Smith": ["J. Smith", "Jane Smith", "John Smith"]}
