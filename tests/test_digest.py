"""The digest's grammar, which archives and scripts parse."""

import random
import re
from datetime import UTC, datetime

import pytest
from markdown_it import MarkdownIt

from digest_lib import digest
from digest_lib.reader import Reader, ResearchField
from digest_lib.records import CategoryState, Manifest, Tokens
from tests.servers.synthetic import HOSTILE

ENTRY = re.compile(
    r"### \[Score: (\d+\.\d)/10\] (.+)\n"
    r"- \*\*Authors:\*\* (.*)\n"
    r"- \*\*Published:\*\* (\d{4}-\d\d-\d\d)\n"
    r"- \*\*Link:\*\* \[(https://arxiv\.org/abs/[^\]]+)\]\(\5\)\n"
    r"- \*\*Reason:\*\* (.+)\n?"
)


@pytest.fixture
def manifest() -> Manifest:
    """The account of a complete Monday."""
    return Manifest(
        date="2026-02-09",
        state="complete",
        categories={
            "cs.CV": CategoryState(state="announced", announced=2, fetched=2, judged=2),
            "cs.RO": CategoryState(state="quiet"),
        },
        papers_read=2,
        model="doubao-seed",
        tokens=Tokens(total=140507),
        begun=datetime(2026, 2, 9, 5, 36, 23, tzinfo=UTC),
        updated=datetime(2026, 2, 9, 5, 36, 23, tzinfo=UTC),
    )


@pytest.fixture
def chinese() -> Reader:
    """A Chinese reader of two fields in Beijing."""
    fields = (ResearchField(name="大模型新技术"), ResearchField(name="深度学习理论"))
    return Reader(categories=("cs.CV", "cs.RO"), language="zh", time_zone="Asia/Shanghai", fields=fields)


def test_the_shape_is_the_seeds(manifest, chinese, paper, verdict):
    """A small Chinese digest, to the letter."""
    papers = [paper(1, title="A $O(n)$ Bound", authors=("Ö. One", "Two")), paper(2), paper(3)]
    verdicts = [
        verdict(1, 9, field="深度学习理论", reason="理由。"),
        verdict(2, 5.9),
        verdict(3, 6, field="大模型新技术"),
    ]
    text = digest.render(manifest, papers, {one.paper: one for one in verdicts}, chinese)
    assert text == (
        "# ArXiv 每日推荐 - 2026-02-09\n\n"
        "> 更新于北京时间：2026-02-09 13:36:23\n"
        "> 已自动阅读了 2 篇最新的论文。\n"
        "> 使用模型：doubao-seed | 消耗 Tokens：140507\n"
        "> 完整性：完整（已评分/已公布）cs.CV 2/2，cs.RO 0/0（无新论文）\n\n"
        "## 深度学习理论\n\n"
        "### [Score: 9.0/10] A $O(n)$ Bound\n"
        "- **Authors:** Ö. One, Two\n"
        "- **Published:** 2026-02-09\n"
        "- **Link:** [https://arxiv.org/abs/2613.00001](https://arxiv.org/abs/2613.00001)\n"
        "- **Reason:** 理由。\n\n"
        "## 大模型新技术\n\n"
        "### [Score: 6.0/10] Synthetic Paper 3\n"
        "- **Authors:** Author 3\n"
        "- **Published:** 2026-02-09\n"
        "- **Link:** [https://arxiv.org/abs/2613.00003](https://arxiv.org/abs/2613.00003)\n"
        "- **Reason:** Synthetic reason."
    )


def test_the_same_in_english(manifest, reader, paper, verdict):
    """An English reader gets the same lines in English, the zone by its name."""
    header = digest.render(manifest, [paper()], {"2613.00001": verdict(1, 8)}, reader).split("\n")[:6]
    assert header == [
        "# ArXiv Daily Digest - 2026-02-09",
        "",
        "> Updated (UTC time): 2026-02-09 05:36:23",
        "> 2 new papers were read.",
        "> Model: doubao-seed | Tokens: 140507",
        "> Completeness: complete (judged/announced) cs.CV 2/2, cs.RO 0/0 (nothing new)",
    ]


def test_order_is_defined_whatever_order_verdicts_arrive_in(manifest, chinese, paper, verdict):
    """Papers go by score, relevance, id; fields by their best paper, then as the reader lists them."""
    verdicts = [
        verdict(1, 8, relevance=0.1, field="深度学习理论"),
        verdict(2, 8, relevance=0.2, field="深度学习理论"),
        verdict(3, 8, relevance=0.1, field="深度学习理论"),
        verdict(4, 8, field="大模型新技术"),
        verdict(5, 9, field="别的"),
    ]
    papers = [paper(number) for number in range(1, 6)]
    texts = set()
    for seed in range(5):
        random.Random(seed).shuffle(papers)
        random.Random(seed).shuffle(verdicts)
        texts.add(digest.render(manifest, papers, {one.paper: one for one in verdicts}, chinese))
    (text,) = texts
    assert re.findall(r"^## (.+)", text, re.MULTILINE) == ["别的", "大模型新技术", "深度学习理论"]
    assert re.findall(r"\[https.+?000(\d\d)\]", text) == ["05", "04", "02", "01", "03"]


def test_nothing_to_recommend_is_said(manifest, chinese, paper, verdict):
    """A day below the threshold and a day without papers each say so in the digest."""
    assert digest.render(manifest, [paper()], {"2613.00001": verdict(1, 5)}, chinese).endswith(
        "\n\n今天没有达到推荐阈值（6 分）的论文。"
    )
    quiet = manifest.model_copy(update={"papers_read": 0, "state": "quiet"})
    assert digest.render(quiet, [], {}, chinese).endswith("\n\narXiv 今天在所选类别中没有公布新论文。")


def test_a_day_from_the_submission_window_says_so(manifest, reader):
    """Where the feed was gone, one more header line names the window that stood in for it."""
    state = CategoryState(state="announced", source="window")
    text = digest.render(manifest.model_copy(update={"categories": {"cs.CV": state}}), [], {}, reader)
    assert "cs.CV without the announcement list, approximated by the submission window 2026-02-05 19:00 to" in text


def test_what_was_not_sent_is_said_once_and_is_nothing_unusual(manifest, reader):
    """The cascade's share of a day stands under the title, in one line, and not among the day's troubles."""
    spared = manifest.model_copy(update={"stood_in": {"cascade": 103}})
    assert [line for line in digest.header(spared, reader) if "103" in line] == [digest.header(spared, reader)[-1]]
    assert digest.remarks(spared, reader) == []


def test_hostile_papers_stay_in_their_lines(manifest, reader, paper, verdict):
    """Tags, links, Markdown, TeX and thousands of authors leave the grammar whole and nothing active in the page."""
    papers, verdicts = [], {}
    for number, wild in enumerate(HOSTILE, 1):
        text = " ".join(wild["abstract"].split())
        authors = tuple(wild["authors"].split(", "))
        papers.append(paper(number, title=" ".join(wild["title"].split()), authors=authors, abstract=text))
        verdicts[papers[-1].id] = verdict(number, 8, reason=text or "-")
    text = digest.render(manifest, papers, verdicts, reader)
    assert len(HOSTILE) == len(ENTRY.findall(text))
    assert len(HOSTILE) == text.count("### [Score:")
    page = MarkdownIt("commonmark", {"html": True}).render(text)
    assert not re.search(r"<(script|img|iframe|svg|a href=\"(?!https://arxiv\.org/abs/26))", page, re.IGNORECASE)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        (r"x\\<script>y</script>", r"x\<script>y</script>"),
        ("[a](javascript:alert(1))", "[a](javascript:alert(1))"),
        ("![a](http://example.org/x.png)", "![a](http://example.org/x.png)"),
        ("<http://example.org>", "<http://example.org>"),
        ("&lt;b&gt;", "&lt;b&gt;"),
        ("a < b & c", "a < b & c"),
    ],
)
def test_active_markdown_is_shown_as_text(text: str, shown: str):
    """Tags, links, images, autolinks and entities reach the reader's eye as the characters they are."""
    (paragraph,) = MarkdownIt("commonmark", {"html": True}).parseInline(digest.inert(text))
    assert {"text", "text_special"} >= {child.type for child in paragraph.children}
    assert shown == "".join(child.content for child in paragraph.children)


def test_a_backslash_before_a_tag_does_not_wake_it():
    """A backslash in the text cannot undo the escape of what follows it."""
    (paragraph,) = MarkdownIt("commonmark", {"html": True}).parseInline(digest.inert(r"\<script>x</script>"))
    assert "html_inline" not in {child.type for child in paragraph.children}


def test_harmless_titles_stay_as_arxiv_writes_them():
    r"""TeX, stars, brackets and comparisons are not touched, so titles can be found again."""
    for title in (r"On $\ell_p$ norms", "A* and B_1", "[Re] Cats", "If $a < b$ then c & d", "50% of `code`"):
        assert title == digest.inert(title)
