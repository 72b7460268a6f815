"""Transformations on tables small enough to check by hand."""

from datetime import date, timedelta

import numpy as np
import pandas as pd
import pytest
from scipy.stats import beta

from bench import newness as bench
from digest_lib import trends
from digest_lib.reader import ResearchField
from digest_lib.records import CategoryState, Manifest, Tokens

MONDAY, FRIDAY = date(2026, 2, 9), date(2026, 2, 6)
ROWS = [
    ("2026-02-06", "1", "a", 8.0, "Eight"),
    ("2026-02-06", "2", "a", 6.0, "Six"),
    ("2026-02-06", "3", "b", 6.2, "More"),
    ("2026-02-06", "4", "b", 1.0, "One"),
    ("2026-02-09", "5", "a", 9.0, "Nine"),
    ("2026-02-09", "6", "b", 5.9, "Nearly"),
]


def table(rows=ROWS, **columns) -> pd.DataFrame:
    """A table of judged papers; what a test does not care about is filled in."""
    known = {"relevance": 0.5, "judge": "model", "category": "cs.CV", "local_score": np.nan} | columns
    frame = pd.DataFrame(rows, columns=["date", "id", "field", "score", "title"]).assign(**known)
    return frame.astype({"date": "datetime64[ms]", "score": float})


def account(day: date, **changes) -> dict:
    """The account of one day as `run.json` keeps it."""
    known = {"date": day, "state": "complete", "categories": {}, "papers_read": 0}
    moment = f"{day}T06:00:00Z"
    return Manifest(**(known | {"begun": moment, "updated": moment} | changes)).model_dump(mode="json")


def accounts(*days: dict) -> pd.DataFrame:
    """The table of some accounts."""
    return pd.DataFrame(list(days), columns=list(Manifest.model_fields)).astype({"date": "datetime64[ms]"})


def test_scores_are_counted_in_bins_beside_the_days_before():
    """Each score falls into the bin that begins at or below it; the days before are scaled to today's papers."""
    counts = trends.score_counts(table(), MONDAY)
    found = {(row.field, row.score): (row.papers, row.usual, row.titles) for row in counts.itertuples()}
    assert found == {  # two papers today, four on the day before: half of its counts
        ("a", 6.0): (0, 0.5, []),
        ("a", 8.0): (0, 0.5, []),
        ("a", 9.0): (1, 0.0, ["Nine"]),
        ("b", 1.0): (0, 0.5, []),
        ("b", 5.5): (1, 0.0, ["Nearly"]),
        ("b", 6.0): (0, 0.5, []),
    }


def test_a_day_is_compared_with_days_of_the_same_judge():
    """What another judge gave in the days before is not what is usual."""
    rows = table()
    rows.loc[rows["date"] == "2026-02-06", "judge"] = "local"
    assert trends.score_counts(rows, MONDAY)["usual"].sum() == 0
    assert trends.threshold_curve(rows, MONDAY)["usual"].isna().all()


def test_each_threshold_gives_the_papers_at_or_above_it():
    """A paper of exactly the threshold counts; the day before counts as one of as many papers."""
    curve = trends.threshold_curve(table(), MONDAY).set_index("threshold").round(4)
    assert list(curve.loc[[0.0, 5.9, 6.0, 9.0, 9.1], "papers"]) == [2, 2, 1, 1, 0]
    assert list(curve.loc[[0.0, 6.0, 6.1, 8.0, 9.0], "usual"]) == [2.0, 1.5, 1.0, 0.5, 0.0]


def test_shares_are_of_the_recommended_papers_of_each_day():
    """Shares add up to one on each day, and a field without a paper that day counts as zero."""
    shares = trends.field_shares(table(), threshold=6)
    found = {(row.date.date(), row.field): (row.papers, row.of, round(row.share, 4)) for row in shares.itertuples()}
    assert found == {
        (FRIDAY, "a"): (2, 3, 0.6667),
        (FRIDAY, "b"): (1, 3, 0.3333),
        (MONDAY, "a"): (1, 1, 1.0),
        (MONDAY, "b"): (0, 1, 0.0),
    }
    assert list(shares[shares["date"] == pd.Timestamp(FRIDAY)]["title"]) == ["Eight", "More"]


def test_shares_of_announced_papers_leave_imported_days_out():
    """Among announced papers a field has its recommended ones, and a day that lists no others does not count."""
    rows = table()
    shares = trends.field_shares(rows, threshold=6, among="announced")
    assert list(shares["share"]) == [0.5, 0.25, 0.5, 0.0]
    rows.loc[rows["date"] == "2026-02-06", "judge"] = "imported"
    assert {MONDAY} == {day.date() for day in trends.field_shares(rows, 6, "announced")["date"]}


def test_the_mean_is_over_seven_days_and_evens_weekdays_out():
    """Seven equal days give their share as the mean, with a beta band of their papers; a heavy Tuesday is evened."""
    days = pd.bdate_range("2026-02-02", periods=10)
    rows = [
        (day, f"{day}{n}", "a" if n < (8 if day.weekday() == 1 else 4) else "b", 7.0, "T")
        for day in days
        for n in range(16)
    ]
    shares = trends.field_shares(table(rows), 6).set_index("field").loc["a"]
    last = shares.iloc[-1]
    plain = (5 * 4 + 2 * 8) / (7 * 16)
    # Both Tuesdays had 16 papers where 32 x 48/160 = 9.6 were to be expected; with a prior of 20 papers each way:
    tuesday, other = (16 + 20) / (9.6 + 20), (8 + 20) / (9.6 + 20)
    even = (6 * 4 / other + 8 / tuesday) / (7 * 16)  # the last seven days hold one Tuesday
    assert last["mean"] == pytest.approx(even)
    assert plain > last["mean"]
    assert last["low"] == pytest.approx(beta.ppf(0.025, even * 112 + 0.5, (1 - even) * 112 + 0.5), abs=0.02)
    assert last["low"] < 0.25 < last["high"]


def test_bands_grow_with_what_the_days_really_vary():
    """Days that swing far more than chance would have it get wider bands than days that do not."""
    days = pd.bdate_range("2026-01-05", periods=20)

    def width(counts) -> float:
        rows = [
            (day, f"{day}{n}", "a" if n < count else "b", 7.0, "T")
            for day, count in zip(days, counts, strict=True)
            for n in range(100)
        ]
        return trends.field_shares(table(rows), 6).set_index("field").loc["a"].eval("high - low").iloc[-1]

    steady, moody = width([50] * 20), width([20, 80] * 10)
    assert moody > 4 * steady


def test_a_field_rises_only_where_both_shares_do():
    """A lenient judge lifts every field's share of the announced papers, and no field rises."""
    days = pd.bdate_range("2026-01-05", periods=30)

    def shares(a, b, of) -> pd.DataFrame:
        return pd.concat(
            pd.DataFrame({"date": days, "field": field, "papers": counts, "of": of})
            for field, counts in (("a", a), ("b", b))
        )

    grows, flat = np.arange(30) + 10, np.full(30, 25)
    both = trends.rising_fields(shares(grows, flat, np.full(30, 300)), shares(grows, flat, grows + flat))
    assert {"a": True, "b": False} == dict(zip(both["field"], both["rises"], strict=True))
    lenient = trends.rising_fields(shares(grows, grows, np.full(30, 300)), shares(grows, grows, grows * 2))
    assert not lenient["rises"].any()
    short = shares(grows, flat, np.full(30, 300)).groupby("field").head(10)
    assert trends.rising_fields(short).empty
    assert trends.rising_fields(short, shares(grows, flat, grows + flat)).empty  # one of two is not enough


def test_growth_is_told_as_odds_in_thirty_days():
    """Odds that double in thirty days are found to double."""
    days = pd.date_range("2026-01-01", periods=61)
    odds = 0.1 * 2.0 ** (np.arange(61) / 30)
    of = np.full(61, 10_000)
    rows = pd.DataFrame({"date": days, "field": "a", "papers": (of * odds / (1 + odds)).round(), "of": of})
    found = trends.rising_fields(rows)
    assert found["times"].iloc[0] == pytest.approx(2, rel=0.01)
    assert found["rises"].iloc[0]


def test_names_of_two_papers_recur():
    """Names are counted by paper, also out of lists; one of a single paper is left out, and so is an empty one."""
    rows = table(authors=[["X", "Y"], ["X"], ["Y", "Y"], ["Z"], ["X"], []])
    found = trends.recurring(rows, "authors")
    assert [("X", 3, ["Nine", "Eight", "Six"]), ("Y", 2, ["Eight", "More"])] == list(
        zip(found["name"], found["papers"], found["titles"], strict=True)
    )
    assert round(found["mean"].iloc[0], 4) == round((8 + 6 + 9) / 3, 4)
    assert list(trends.recurring(rows, "category")["papers"]) == [6]
    assert trends.recurring(rows.assign(category=""), "category").empty


def test_the_judging_of_each_day_is_told_with_what_changed():
    """Rate, mean and judge by day; a change of model or reader is named on the first day that has it."""
    rows = table()
    rows.loc[rows["id"] == "5", "judge"] = "local"
    days = trends.judging(
        rows,
        accounts(
            account(FRIDAY, model="old", prompt_hash="p", reader_hash="r"),
            account(MONDAY, model="new", prompt_hash="p", reader_hash="s"),
        ),
        threshold=6,
    )
    assert list(days["rate"]) == [0.75, 0.5]
    assert list(days["mean"].round(4)) == [5.3, 7.45]
    assert list(days["judge"]) == ["model", "model"]
    assert list(days["changed"]) == [(), ("model", "reader")]
    assert ((days["low"] <= days["rate"]) & (days["rate"] <= days["high"])).all()


def test_an_imported_day_is_measured_by_what_it_says_was_read():
    """A digest lists what it recommends: its rate is of the papers read by its head, and without one it has none."""
    days = trends.judging(
        table(judge="imported"), accounts(account(FRIDAY, papers_read=60), account(MONDAY)), threshold=6
    )
    assert list(zip(days["date"], days["papers"], days["rate"], strict=True)) == [(pd.Timestamp(FRIDAY), 60, 0.05)]
    assert days["mean"].isna().all()


def test_a_rate_is_unusual_outside_the_band_of_its_judge():
    """Three times the papers of twenty days before are unusual; as many are not, nor is anything after a few days."""
    days = [day.date() for day in pd.bdate_range("2026-01-12", periods=21)]

    def told(*counts: int) -> tuple[float, ...]:
        rows = [
            (day, f"{day}{n}", "a", 7.0 if n < count else 2.0, "T")
            for day, count in zip(days[-len(counts) :], counts, strict=True)
            for n in range(100)
        ]
        return trends.unusual_rate(table(rows), accounts(), 6, days[-1])

    rate, low, high = told(*[20] * 20, 60)
    assert (rate, low < 0.22 < high < 0.6) == (0.6, True)
    assert told(*[20] * 20, 21) == ()
    assert told(*[20] * 5, 60) == ()


def test_judges_disagree_where_one_recommends_and_the_other_does_not():
    """Only papers that both scored count."""
    rows = table(local_score=[7.0, 5.0, 6.0, np.nan, 9.5, np.nan])
    found = trends.disagreement(rows, threshold=6)
    assert [(3, 0.3333, 0.7333), (1, 0.0, -0.5)] == [
        (row.papers, round(row.differ, 4), round(row.apart, 4)) for row in found.itertuples()
    ]
    assert trends.disagreement(table(), 6).empty


def test_a_category_is_whole_where_nothing_is_missing():
    """A settled category with all its papers judged is whole, a quiet one too; others are not."""
    states = {
        "cs.CV": CategoryState(state="announced", announced=2, judged=2),
        "cs.LG": CategoryState(state="announced", announced=2, judged=1),
        "cs.AI": CategoryState(state="quiet"),
        "cs.RO": CategoryState(state="stale"),
    }
    found = trends.completeness(accounts(account(MONDAY, categories=states)))
    assert {"cs.CV": True, "cs.LG": False, "cs.AI": True, "cs.RO": False} == dict(
        zip(found["category"], found["whole"], strict=True)
    )


def test_costs_are_told_by_day():
    """Prompt tokens come without the cached ones; a day that is not done yet has no seconds."""
    tokens = Tokens(prompt=100, cached=40, completion=10, total=110)
    found = trends.costs(
        accounts(
            account(FRIDAY, tokens=tokens, cost=0.5, papers_read=4, seconds={"fetch": 1, "total": 9}), account(MONDAY)
        )
    )
    assert [(4, 60, 40, 10, 0.5, 9.0)] == list(found.drop(columns="date").head(1).itertuples(index=False, name=None))
    assert np.isnan(found["seconds"].iloc[1])


def test_no_papers_give_empty_answers():
    """A table without rows yields answers without rows."""
    empty, nothing = table().iloc[:0], accounts()
    shares = trends.field_shares(empty, 6)
    answers = [
        trends.score_counts(empty, MONDAY),
        shares,
        trends.field_shares(empty, 6, "announced"),
        trends.rising_fields(shares),
        trends.recurring(empty.assign(authors=[]), "authors"),
        trends.judging(empty, nothing, 6),
        trends.disagreement(empty, 6),
        trends.completeness(nothing),
        trends.costs(nothing),
    ]
    assert all(answer.empty for answer in answers)
    assert trends.threshold_curve(empty, MONDAY)["papers"].sum() == 0


def test_a_renamed_field_keeps_its_trend(reader):
    """Rows under an older name of a field count under its name of today."""
    renamed = reader.model_copy(update={"fields": (ResearchField(name="c", aliases=("a",)),)})
    assert ["c", "c", "b", "b", "c", "b"] == list(trends.with_current_fields(table(), renamed)["field"])


def test_names_narrow_a_table():
    """Only the rows of the names given are left; no name leaves all."""
    assert len(trends.only(table(), "field", ["a"])) == 3
    assert len(trends.only(table(), "field", [])) == 6


def test_a_planted_rise_is_found_and_a_quiet_quarter_is_silent():
    """A field that quadruples and five new terms are announced with nothing else; without them nothing is."""
    planted, quiet = bench.announced(0, planted=True), bench.announced(0, planted=False)
    assert (0, 0) == (planted.missed, planted.false)
    assert quiet.count == 0
    assert timedelta(days=61) < bench.newness.SPAN
