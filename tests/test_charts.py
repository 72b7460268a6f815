"""Figures: each asks a question, says how to read it, and obeys nothing that came from arXiv."""

import json
from datetime import UTC, date, datetime
from pathlib import Path

import pandas as pd
import plotly.graph_objects as go
import pytest

from digest_lib import charts, frames, newness, report, trends
from digest_lib.__main__ import main
from digest_lib.history import Archive
from digest_lib.reader import Reader
from digest_lib.records import Announcement, CategoryState
from digest_lib.wording import wording
from tests.conftest import ROOT

WILD = '<a href="javascript:alert(1)">x</a><script>alert(1)</script> %{x} ' + "word" * 5000
DAYS = [day.date() for day in pd.bdate_range("2026-01-12", periods=21)]


@pytest.fixture
def archive(tmp_path: Path, paper, verdict) -> Archive:
    """Twenty-one synthetic days whose papers, authors and fields are hostile."""
    archive = Archive(tmp_path)
    for number, day in enumerate(DAYS):
        text = f"{WILD} zorbital" if number > 15 else "Synthetic abstract."
        papers = tuple(
            paper(number * 10 + n, announced=day, title=WILD, abstract=text, authors=(WILD,), affiliations=(WILD,))
            for n in range(10)
        )
        states = {"cs.CV": CategoryState(state="announced", announced=10, judged=10)}
        folder = archive.day(day)
        folder.store(Announcement(day=day, papers=papers, categories=states), datetime(2026, 2, 9, tzinfo=UTC))
        folder.append([verdict(number * 10 + n, n, field=WILD if n > 8 else "Theory") for n in range(10)])
    return archive


def figures(archive: Archive, reader: Reader, day: date, both_scores: bool = True) -> dict[str, go.Figure]:
    """Every figure of a report on the days up to `day`."""
    first = DAYS[0]
    table = frames.judged_papers(archive, first, day, 0, (*frames.COLUMNS, *frames.PEOPLE))
    table = table.assign(judge="model", local_score=table["score"] - 1 if both_scores else float("nan"))
    accounts = frames.accounts(archive, first, day)
    shares = trends.field_shares(table, 6, "announced")
    terms = newness.rising_terms(frames.texts(archive, first, day))
    costs = trends.costs(accounts)
    return {
        "scores": charts.score_distribution(trends.score_counts(table, day), reader),
        "thresholds": charts.threshold_curve(trends.threshold_curve(table, day), reader),
        "announced": charts.field_growth(shares, trends.rising_fields(shares), reader, "announced"),
        "terms": charts.risen_terms(terms, reader),
        "category": charts.recurring_names(trends.recurring(table, "category"), "category", reader),
        "authors": charts.recurring_names(trends.recurring(table, "authors"), "authors", reader),
        "affiliations": charts.recurring_names(trends.recurring(table, "affiliations"), "affiliations", reader),
        "judging": charts.judging_trend(trends.judging(table, accounts, 6), reader),
        "disagreement": charts.disagreement(trends.disagreement(table, 6), reader),
        "completeness": charts.completeness_calendar(trends.completeness(accounts), reader),
        "day": charts.cost(costs, reader, "day"),
        "paper": charts.cost(costs, reader, "paper"),
    }


@pytest.mark.parametrize("language", ["en", "zh"])
def test_every_figure_asks_a_question_and_says_how_to_read_it(archive, reader, language):
    """The title is a question in the reader's language, a note goes with it, and the background is the page's own."""
    for figure in figures(archive, reader.model_copy(update={"language": language}), DAYS[-1]).values():
        assert figure.layout.title.text.isascii() == (language == "en")
        assert (
            "?" in figure.layout.title.text
            or "？" in figure.layout.title.text
            or "What is new" in figure.layout.title.text
        )
        assert figure.layout.meta["note"]
        assert (
            figure.layout.template.layout.paper_bgcolor == figure.layout.template.layout.plot_bgcolor == "rgba(0,0,0,0)"
        )


def test_hostile_names_are_text_in_every_figure(archive, reader):
    """Tags and templates in titles, authors, affiliations and fields are escaped and cut wherever a figure has them."""
    for figure in figures(archive, reader, DAYS[-1]).values():
        text = json.dumps(json.loads(figure.to_json()), ensure_ascii=False)
        for active in ("<script", "<a ", "wordword" * 30):
            assert active not in text
        assert " %{x} word" not in text


def test_a_first_day_and_an_empty_one_have_figures(archive, reader):
    """One day of history, and none at all, give figures that say what is missing instead of an error."""
    words = wording(reader.language).charts
    first = figures(archive, reader, DAYS[0], both_scores=False)
    assert words.nothing_new in first["terms"].to_json()
    assert words.no_pairs in first["disagreement"].to_json()
    before = figures(archive, reader, date(2026, 1, 9))
    assert all(words.no_days in before[name].to_json() for name in ("announced", "judging", "completeness", "day"))
    assert words.no_names in before["authors"].to_json()


def test_every_term_is_shown_with_its_papers(archive, reader):
    """A term's papers stand under it as links to their abstract pages, whatever their titles hold."""
    terms = newness.rising_terms(frames.texts(archive, DAYS[0], DAYS[-1]))
    page = report.term_papers(terms, reader)
    assert "zorbital" in " ".join(terms["term"])
    assert page.count("<a ") == page.count('<a href="https://arxiv.org/abs/2613.') == terms["papers"].sum()
    assert "<script" not in page


def test_the_page_of_trends_holds_every_figure(archive, capsys):
    """`trends` executes the notebook over the stored days and leaves one page, named after the window."""
    reader = str(ROOT / "parameters" / "smoke.yml")
    arguments = ["trends", "--reader", reader, "--outputs", str(archive.root), "--from", str(DAYS[0])]
    assert main([*arguments, "--to", str(DAYS[-1])]) == 0
    (made,) = (archive.root / "trends").iterdir()
    assert made.name == f"{DAYS[0]}_{DAYS[-1]}.html"
    page = made.read_text(encoding="utf8")
    assert page.count("<figure>") == 13
    assert "<h1>ArXiv trends 2026-01-12 to" in page
    assert made.name in capsys.readouterr().out
    assert main([*arguments, "--to", "soon"]) == 2
