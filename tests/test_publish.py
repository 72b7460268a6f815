"""From the executed notebook to the two documents."""

import json
import re
from pathlib import Path

import nbformat
import pandas as pd
import plotly.graph_objects as go
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

from digest_lib import charts, publish, report, trends
from digest_lib.history import Archive
from tests.servers import demo
from tests.servers.synthetic import HOSTILE


def shown(data: dict, *tags: str) -> nbformat.NotebookNode:
    """A cell that was executed and shows `data`."""
    return new_code_cell("secret_source()", metadata={"tags": list(tags)}, outputs=[new_output("execute_result", data)])


@pytest.fixture
def documents(tmp_path: Path):
    """Publishes cells; returns the Markdown and the HTML document."""

    def make(*cells: nbformat.NotebookNode) -> tuple[str, str]:
        nbformat.write(new_notebook(cells=list(cells)), tmp_path / "run.ipynb")
        return publish.documents(tmp_path / "run.ipynb", "A <title>", "zh")

    return make


def test_tags_decide_what_is_published_where(documents):
    """Cells tagged `digest` go to the digest, `report` to the report; untagged cells, code and progress go nowhere."""
    progress = new_output("stream", name="stderr", text="papers judged: 3/3")
    markdown, page = documents(
        new_markdown_cell("# Notes of the author"),
        shown({"text/markdown": "# Digest", "text/plain": "plain"}, "digest"),
        shown({"text/html": "<p>Table</p>", "text/plain": "plain"}, "report"),
        shown({"text/markdown": "unpublished", "text/html": "unpublished"}),
        new_code_cell("x", metadata={"tags": ["report", "digest"]}, outputs=[progress]),
    )
    assert markdown == "# Digest\n"
    assert "<p>Table</p>" in page
    for text in ("Notes of the author", "unpublished", "secret_source", "papers judged", "plain"):
        assert text not in markdown
        assert text not in page.split("<main>")[1].split("</main>")[0]


def test_markdown_survives_to_the_letter(documents):
    """What the digest cell shows is the digest, TeX, quotes, entities and Chinese included."""
    text = '# 每日\n\n> a | b\n\n- **Reason:** $\\alpha < \\beta$ `x` &#60;b> "q" 深度'
    markdown, _ = documents(shown({"text/markdown": text}, "digest"))
    assert markdown == text + "\n"


def test_the_page_needs_no_network(documents):
    """Plotly's script stands in the page once, and nothing in it is drawn from elsewhere."""
    cell = {publish.PLOTLY_MIMETYPE: json.loads(go.Figure(go.Bar(x=[1], y=[2])).to_json())}
    _, page = documents(shown(cell, "report"), shown(cell, "report"))
    assert page.count("plotly.js v") == 1
    assert page.count("<figure>") == 2
    assert not re.search(r"<(script|link|img|iframe)[^>]*(src|href)=", page)
    policy = re.search(r'content="([^"]+)" http-equiv="Content-Security-Policy"', page)[1]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy.replace("style-src 'unsafe-inline'", "")
    assert "<title>A &lt;title&gt;</title>" in page
    assert len(page) < 8_000_000


def test_hostile_papers_stay_text_in_the_report(documents, reader, paper, verdict):
    """Titles and fields that hold tags, scripts and quotes are shown as text, on cards and in figures."""
    papers = [paper(n, title=" ".join(wild["title"].split())) for n, wild in enumerate(HOSTILE, 1)]
    papers.append(paper(99, title="</script><script>alert(1)</script>", primary_category='"><img src=x>'))
    wild_field = "</script><script>alert(2)</script>"
    verdicts = {one.id: verdict(int(one.id[-5:]), 8, field=wild_field) for one in papers}
    day = pd.Timestamp("2026-02-09")
    rows = {"date": [day], "id": ["1"], "title": [wild_field], "field": [wild_field], "score": [8.0]}
    table = pd.DataFrame(rows | {"relevance": [0.5], "judge": ["local"]})
    figure = charts.score_distribution(trends.score_counts(table, day.date()), reader)
    _, page = documents(
        shown({"text/html": report.paper_cards(papers, verdicts, reader)}, "report"),
        shown({publish.PLOTLY_MIMETYPE: json.loads(figure.to_json())}, "report"),
    )
    body = page.split("<main>")[1].split("</main>")[0]
    assert "<script>alert" not in body
    assert "<img" not in body
    assert body.count("<script") == 1  # the figure's data
    assert len(papers) == body.count('<article class="card"')


def test_the_demo_makes_three_weeks_and_a_report(tmp_path: Path, capfd):
    """The demo stores fifteen announcement days, ends with the last one's documents and says where they lie."""
    assert demo.main(tmp_path) == 0
    days = Archive(tmp_path).days()
    assert len(days) == 15
    assert {"complete"} == {day.manifest().state for day in days}
    assert all((day.path / "digest.md").exists() for day in days)
    out, err = capfd.readouterr()
    assert "2026-03-20/report.html" in out
    assert "synthetic days: 15/15" in err
    page = (days[-1].path / "report.html").read_text(encoding="utf8")
    assert len(set(re.findall(r"2026-03-\d\dT", page))) >= 15
