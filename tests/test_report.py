"""The blocks of the report: what is shown of a day, and that nothing in it is more than text."""

from datetime import UTC, datetime

import pandas as pd
import pytest
from lxml import html

from digest_lib import report
from digest_lib.records import CategoryState, Manifest, Verdict
from tests.hostile import MARKUP


class Compared(Verdict):
    """A model's verdict beside which the local judge's score is known."""

    local_score: float | None = None


@pytest.fixture
def manifest() -> Manifest:
    """The account of a Monday on which one of two categories is not settled."""
    return Manifest(
        date="2026-02-09",
        state="partial",
        categories={
            "cs.CV": CategoryState(state="announced", announced=4, fetched=4, judged=4),
            "cs.LG": CategoryState(state="stale", why="its feed is still that of 2026-02-06"),
        },
        papers_read=4,
        model="a-model",
        stood_in={"cap": 1},
        begun=datetime(2026, 2, 9, 5, tzinfo=UTC),
        updated=datetime(2026, 2, 9, 5, tzinfo=UTC),
    )


def text(block: str) -> str:
    """The text of a block, blanks pressed together."""
    return " ".join(html.fromstring(f"<div>{block}</div>").text_content().split())


def test_the_first_screen_says_what_matters(manifest, reader, paper, verdict):
    """How many to read, the best three with their reasons, each category's completeness, all that is unusual."""
    verdicts = {f"2613.0000{n}": verdict(n, score, reason=f"Reason {n}.") for n, score in enumerate((6, 9, 2, 8, 7), 1)}
    papers = [paper(number) for number in range(1, 6)]
    shown = text(report.masthead(manifest, papers, verdicts, reader, (0.8, 0.05, 0.2)))
    assert "4 reach your threshold of 6, of 4 papers announced" in shown
    best = shown[shown.index("The best three") :]
    assert [best.index(f"Reason {number}.") for number in (2, 4, 5)] == sorted(
        best.index(f"Reason {number}.") for number in (2, 4, 5)
    )
    assert "Reason 1." not in shown
    assert "cs.CV 4/4" in shown
    assert "! cs.LG 0/0 (still the last batch)" in shown
    for unusual in ("cs.LG (its feed is still", "the local judge stood in", "80.0% of the papers"):
        assert unusual in shown


def test_a_day_without_papers_says_so(manifest, reader):
    """Nothing announced, nothing recommended: a sentence each, and no empty lists."""
    quiet = manifest.model_copy(update={"papers_read": 0, "categories": {}, "stood_in": {}})
    shown = text(report.masthead(quiet, [], {}, reader))
    assert "arXiv announced no new papers" in shown
    assert "Nothing unusual." in shown
    assert "<form" not in report.paper_cards([], {}, reader)
    assert report.second_looks([], {}, reader) == ""


def test_cards_stand_in_the_order_of_the_digest(reader, paper, verdict):
    """Fields by their best paper, papers by score; those below the threshold folded away at the end."""
    verdicts = {
        "2613.00001": verdict(1, 7, field="Theory"),
        "2613.00002": verdict(2, 5, field=""),
        "2613.00003": verdict(3, 9, field="Multimodal"),
        "2613.00004": verdict(4, 8, field="Theory"),
    }
    block = html.fromstring(report.paper_cards([paper(number) for number in range(1, 5)], verdicts, reader))
    assert block.xpath("//div[@id='above']/*/@data-field") == ["Multimodal"] * 2 + ["Theory"] * 3 + [
        "below the threshold"
    ]
    ids = [f"paper-2613.0000{number}" for number in (3, 4, 1, 2)]
    assert ids == block.xpath("//article/@id")
    assert block.xpath("//details[@id='below']//article/@id") == ids[3:]


def test_a_card_shows_what_is_known_of_a_paper(reader, paper, verdict):
    """Score, field, category, authors with the many folded, reason, notes, abstract and link."""
    many = tuple(f"Author {number}" for number in range(1, 31))
    one = paper(1, authors=many, announce_type="cross", primary_category="cs.RO", categories=("cs.RO", "cs.CV"))
    (card,) = html.fromstring(
        report.paper_cards([one], {one.id: verdict(1, 8.25, stands_in="cap")}, reader)
    ).find_class("card")
    assert {"data-score": "8.25", "data-field": "Theory", "data-category": "cs.CV", "data-local": ""}.items() <= dict(
        card.attrib
    ).items()
    shown = " ".join(card.text_content().split())
    for part in (
        "8.2/10",
        "cs.RO",
        "Author 8 and others, 30 in all Author 9",
        "Synthetic reason.",
        "Synthetic abstract.",
    ):
        assert part in shown
    assert "cross-listed, primary category cs.RO" in shown
    assert "judged locally: the cap was reached" in shown
    assert [one.link] == card.xpath(".//a/@href")


def test_near_misses_are_listed(reader, paper, verdict):
    """What lacks a point or less is listed, best first; what is recommended or far below is not."""
    verdicts = {f"2613.0000{n}": verdict(n, score) for n, score in enumerate((6, 5, 5.9, 4.9), 1)}
    looks = html.fromstring(f"<div>{report.second_looks([paper(n) for n in range(1, 5)], verdicts, reader)}</div>")
    assert looks.xpath("//h2/text()") == ["Just under the threshold"]
    assert looks.xpath("//h3/a/text()") == ["Synthetic Paper 3", "Synthetic Paper 2"]


def test_judges_that_disagree_are_shown_side_by_side(reader, paper, verdict):
    """With a local score beside the model's, the papers furthest apart come first, with both scores."""
    scores = {1: (8, 2.0), 2: (8, 7.5), 3: (7, 2.5), 4: (9, None)}
    verdicts = {
        f"2613.0000{n}": Compared(**verdict(n, score).model_dump(exclude={"local_score"}), local_score=local)
        for n, (score, local) in scores.items()
    }
    papers = [paper(number) for number in scores]
    looks = html.fromstring(f"<div>{report.second_looks(papers, verdicts, reader)}</div>")
    assert looks.xpath("//h2/text()") == ["Where model and local judge disagree most"]
    assert looks.xpath("//h3/a/text()") == ["Synthetic Paper 1", "Synthetic Paper 3"]
    assert "8.0/10 local 2.0" in " ".join(looks.text_content().split())
    cards = html.fromstring(report.paper_cards(papers, verdicts, reader))
    assert cards.xpath("//article/@data-local") == ["", "2.0", "7.5", "2.5"]
    assert cards.xpath("//option[@value='local']")


def test_hostile_texts_make_no_element(reader, paper, verdict, manifest):
    """Whatever stands in a title, an author, an abstract, a reason, a field: it makes no element of its own."""
    papers = [
        paper(n, title=wild, authors=(wild,) * 10, abstract=wild, primary_category=wild[:99])
        for n, wild in enumerate(MARKUP, 1)
    ]
    verdicts = {
        one.paper: one for one in (verdict(n, n / 2, field=wild[:99], reason=wild) for n, wild in enumerate(MARKUP, 1))
    }
    wild_manifest = manifest.model_copy(update={"model": MARKUP[0]})
    terms = pd.DataFrame([{"term": wild, "ids": ["2613.00001"], "titles": [wild]} for wild in MARKUP])
    page = html.fromstring(
        "<div>"
        + report.masthead(wild_manifest, papers, verdicts, reader)
        + report.paper_cards(papers, verdicts, reader)
        + report.second_looks(papers, verdicts, reader)
        + report.term_papers(terms, reader)
        + "</div>"
    )
    tags = {str(element.tag) for element in page.iter()}
    assert not tags & {"script", "img", "svg", "iframe", "style", "textarea", "title"}
    assert not [name for element in page.iter() for name in element.attrib if name.startswith("on")]
    assert all(link.startswith(("https://arxiv.org/abs/2613.", "#papers")) for link in page.xpath("//a/@href"))
    assert len(page.find_class("card")) == len(MARKUP)
