"""What the stored days say, as plain DataFrames: the tables of `frames` in, one answer out.

Shares, bands and tests own up to overdispersion: papers come in clumps and judges have moods, so that counts vary
several times more than draws from an urn. A variance is the binomial one times what the residuals show (quasi-binomial;
McCullagh and Nelder, Generalized Linear Models, 4.5), never less than the binomial one.
"""

from collections.abc import Collection
from datetime import date, timedelta

import numpy as np
import pandas as pd
from scipy.stats import beta, false_discovery_control
from scipy.stats import t as student

from digest_lib.reader import Reader
from digest_lib.wording import wording

FALSE_DISCOVERIES = 0.05
"""Rate at which a field may be called rising though it is not."""
WEEK = 5
"""Announcement days."""
FEWEST_DAYS = 3 * WEEK
"""With fewer days no field is called rising."""
FEWEST_PAPERS = 10
USUAL = timedelta(days=30)
MOST_TITLES = 5
"""Papers that stand for many."""
_WINDOW = 7  # announcement days in a moving mean
_PRIOR = 20.0  # papers' worth of belief that a weekday is like the others
_JUDGES = {"imported": 0, "local": 1, "model": 2}


def with_current_fields(table: pd.DataFrame, reader: Reader) -> pd.DataFrame:
    """The table with fields under the names they bear today, so that a renamed field keeps its trend."""
    today = {alias: field.name for field in reader.fields for alias in field.aliases}
    today[""] = wording(reader.language).no_field  # a model names no field below the threshold
    return table.assign(field=table["field"].replace(today))


def only(table: pd.DataFrame, column: str, names: Collection[str]) -> pd.DataFrame:
    """The rows whose `column` is one of `names`; all of them where no name is given."""
    return table[table[column].isin(list(names))] if names else table


def score_counts(table: pd.DataFrame, day: date, width: float = 0.5) -> pd.DataFrame:
    """Papers of `day` by field and score, beside those of the 30 days before.

    Columns: field, score (lower end of a bin `width` wide), papers, usual (what a day of as many papers has had, on
    the days that the same judge judged) and titles (the best few; empty where no paper of the day is in the bin).
    """
    binned = table.assign(bin=(table["score"] / width).astype(int) * width)
    today, before = _today_and_before(binned, day)
    keys = ["field", "bin"]
    best = today.sort_values(["score", "relevance"], ascending=False)
    counts = pd.DataFrame(
        {
            "papers": today.groupby(keys).size(),
            "usual": before.groupby(keys).size() * len(today) / max(len(before), 1),
        }
    ).fillna(0.0)
    counts = counts.join(best.groupby(keys).head(MOST_TITLES).groupby(keys)["title"].agg(list).rename("titles"))
    counts["titles"] = [titles if isinstance(titles, list) else [] for titles in counts["titles"]]
    return counts.astype({"papers": int}).rename_axis(["field", "score"]).reset_index()


def threshold_curve(table: pd.DataFrame, day: date) -> pd.DataFrame:
    """How many papers each threshold gives: columns threshold (0-10 in tenths), papers, low, usual, high.

    `usual` is the median of the 30 days before, `low` and `high` hold four days of five, each day taken as one of as
    many papers as `day` has; they are missing where the same judge has judged no day before.
    """
    thresholds = np.arange(101) / 10
    today, before = _today_and_before(table, day)
    reached = {
        date: 1 - np.searchsorted(np.sort(scores), thresholds - 1e-9) / len(scores)
        for date, scores in before.groupby("date")["score"]
    }
    usual = np.full((3, len(thresholds)), np.nan)
    if reached:
        usual = np.quantile(np.stack(list(reached.values())), [0.1, 0.5, 0.9], axis=0) * len(today)
    papers = len(today) - np.searchsorted(np.sort(today["score"]), thresholds - 1e-9)
    columns = dict(zip(("low", "usual", "high"), usual, strict=True))
    return pd.DataFrame({"threshold": thresholds, "papers": papers} | columns)


def field_shares(table: pd.DataFrame, threshold: float, among: str = "recommended") -> pd.DataFrame:
    """Each field's recommended papers as a share of all recommended papers, or of all announced ones, day by day.

    Columns: date, field, papers, of (papers they are a share of), share, mean (over seven announcement days, weekdays
    evened out), low, high (95 % of what the mean can be), title (the field's best paper of the day). Every field has a
    row on every day, so that an absence counts as zero. Imported days list no announced papers and are left out there.
    """
    rows = table if among == "recommended" else table[table["judge"] != "imported"]
    chosen = rows[rows["score"] >= threshold]
    of = (chosen if among == "recommended" else rows).groupby("date").size()
    papers = chosen.groupby(["date", "field"]).size().unstack(fill_value=0).reindex(of.index, fill_value=0)
    best = chosen.sort_values(["score", "relevance"]).groupby(["date", "field"])["title"].last()
    weekday = papers.index.day_of_week
    expected = np.outer(of.groupby(weekday).sum(), papers.sum() / max(of.sum(), 1))
    factor = (papers.groupby(weekday).sum() + _PRIOR) / (expected + _PRIOR)
    even = papers / factor.reindex(weekday).to_numpy()
    seen = of.rolling(_WINDOW, min_periods=1).sum()
    mean = even.rolling(_WINDOW, min_periods=1).sum().div(seen, axis="index").clip(upper=1)
    spread = _overdispersion(papers, of, mean * factor.reindex(weekday).to_numpy(), of / seen)
    yes = mean.mul(seen, axis="index") / spread
    no = (1 - mean).mul(seen, axis="index") / spread
    columns = {
        "papers": papers,
        "share": papers.div(of, axis="index"),
        "mean": mean,
        "low": pd.DataFrame(beta.ppf(0.025, yes + 0.5, no + 0.5), papers.index, papers.columns),
        "high": pd.DataFrame(beta.ppf(0.975, yes + 0.5, no + 0.5), papers.index, papers.columns),
    }
    shares = pd.DataFrame({name: wide.stack() for name, wide in columns.items()}).join(best)
    shares.insert(1, "of", of.reindex(shares.index.get_level_values("date")).to_numpy())
    return shares.reset_index()


def rising_fields(*shares: pd.DataFrame) -> pd.DataFrame:
    """Which fields rise: columns field, times (how many times its odds grow in 30 days), q, rises.

    Each field's counts are regressed on the date and the weekday (quasi-binomial). Given its share of the announced
    and of the recommended papers, a field rises where both do: a lenient judge lifts the first of all fields, a
    shrinking field the second of all others. `q` is the false-discovery rate over the fields.
    """
    tests: dict[str, list[tuple[float, float]]] = {}
    for table in shares:
        for field, rows in table.groupby("field"):
            if len(rows) >= FEWEST_DAYS and rows["papers"].sum() >= FEWEST_PAPERS:
                tests.setdefault(field, []).append(_growth(rows))
    passed = {field: tuple(zip(*each, strict=True)) for field, each in tests.items() if len(each) == len(shares)}
    results = pd.DataFrame(
        [(field, min(times), max(chances)) for field, (times, chances) in passed.items()],
        columns=["field", "times", "q"],
    )
    if len(results):
        results["q"] = false_discovery_control(results["q"])
    return results.assign(rises=(results["q"] <= FALSE_DISCOVERIES).astype(bool))


def recurring(table: pd.DataFrame, column: str, most: int = 15) -> pd.DataFrame:
    """The names in `column` (of names, or of lists of names) of recommended papers, those of most papers first.

    Columns: name, papers, mean (score), titles (the best few, best first). A name of one paper is left out,
    and so is what has none: imported digests tell no category.
    """
    best_first = table.sort_values(["score", "relevance"], ascending=False, ignore_index=True)
    named = best_first[column].explode().replace("", np.nan).dropna().rename("name").reset_index().drop_duplicates()
    counts = named["name"].value_counts()
    often = counts[counts > 1].sort_index().sort_values(ascending=False, kind="stable").index[:most]
    rows = named[named["name"].isin(often)].join(best_first[["score", "title"]], on="index").sort_values("index")
    of_name = rows.groupby("name")
    titles = of_name.head(MOST_TITLES).groupby("name")["title"].agg(list)
    answer = pd.DataFrame({"papers": of_name.size(), "mean": of_name["score"].mean(), "titles": titles})
    return answer.reindex(often).rename_axis("name").reset_index()


def judging(table: pd.DataFrame, accounts: pd.DataFrame, threshold: float) -> pd.DataFrame:
    """What the judges did, day by day.

    Columns: date, judge (`model` where any paper was judged by one, else `local`, else `imported`), papers,
    recommended, rate, mean (score), low, high (what 95 % of the days are within, by the days of the same judge), and
    changed (which of model, prompt and reader differ from the day before; a tuple). An imported digest lists only what
    it recommends: papers are those that it says were read, and no mean is known.
    """
    table = table.assign(recommended=table["score"] >= threshold, by=table["judge"].map(_JUDGES).astype(int))
    days = table.groupby("date").agg(
        papers=("id", "size"), recommended=("recommended", "sum"), mean=("score", "mean"), by=("by", "max")
    )
    days["judge"] = [tuple(_JUDGES)[number] for number in days.pop("by")]
    imported = days["judge"] == "imported"
    read = accounts.set_index("date")["papers_read"].reindex(days.index)
    days["papers"], days["mean"] = days["papers"].mask(imported, read), days["mean"].mask(imported)
    days = days[days["papers"] >= days["recommended"]].copy()  # one that does not say how many it read is left out
    days["rate"] = days["recommended"] / days["papers"]
    kind = days.groupby("judge")
    usual = kind["recommended"].transform("sum") / kind["papers"].transform("sum")
    variance = usual * (1 - usual) / days["papers"]
    squares = ((days["rate"] - usual) ** 2 / variance.where(variance > 0)).fillna(0.0)
    spread = squares.groupby(days["judge"]).transform("sum") / (kind["rate"].transform("size") - 1).clip(lower=1)
    reach = 1.96 * np.sqrt(variance * spread.clip(lower=1))
    days["low"], days["high"] = (usual - reach).clip(lower=0), (usual + reach).clip(upper=1)
    made = accounts.set_index("date")[["model", "prompt_hash", "reader_hash"]].reindex(days.index)
    before = made.shift().where(made.shift().notna(), made)
    days["changed"] = [
        tuple(name.removesuffix("_hash") for name in made.columns if now[name] != then[name])
        for now, then in zip(made.to_dict("records"), before.to_dict("records"), strict=True)
    ]
    columns = ["date", "judge", "papers", "recommended", "rate", "mean", "low", "high", "changed"]
    return days.reset_index()[columns]


def unusual_rate(table: pd.DataFrame, accounts: pd.DataFrame, threshold: float, day: date) -> tuple[float, ...]:
    """The selection rate of `day`, and what 95 % of its judge's days of the last 30 are within, where it is outside.

    Nothing where it is inside, and where its judge has judged fewer than `FEWEST_DAYS` of them.
    """
    recent = table[(table["date"] >= pd.Timestamp(day - USUAL)) & (table["date"] <= pd.Timestamp(day))]
    days = judging(recent, accounts, threshold)
    today = days[days["date"] == pd.Timestamp(day)]
    if today.empty or (days["judge"] == today["judge"].item()).sum() < FEWEST_DAYS:
        return ()
    rate, low, high = (float(today[name].item()) for name in ("rate", "low", "high"))
    return () if low <= rate <= high else (rate, low, high)


def disagreement(table: pd.DataFrame, threshold: float) -> pd.DataFrame:
    """How far model and local judge are apart on the papers that both scored.

    Columns: date, papers, differ (share of them that one recommends and the other does not), apart (mean of the
    model's score minus the local one).
    """
    both = table[(table["judge"] == "model") & table["local_score"].notna()]
    both = both.assign(
        differ=(both["score"] >= threshold) != (both["local_score"] >= threshold),
        apart=both["score"] - both["local_score"],
    )
    return (
        both.groupby("date")
        .agg(papers=("id", "size"), differ=("differ", "mean"), apart=("apart", "mean"))
        .reset_index()
    )


def completeness(accounts: pd.DataFrame) -> pd.DataFrame:
    """One row a day and category: columns date, category, state, announced, judged, whole (nothing is missing)."""
    rows = [
        (day, name, state["state"], state["announced"], state["judged"])
        for day, categories in zip(accounts["date"], accounts["categories"], strict=True)
        for name, state in categories.items()
    ]
    table = pd.DataFrame(rows, columns=["date", "category", "state", "announced", "judged"])
    settled = table["state"].isin(["announced", "quiet"])
    return table.assign(whole=settled & (table["judged"] >= table["announced"]))


def costs(accounts: pd.DataFrame) -> pd.DataFrame:
    """What each day took.

    Columns: date, papers, prompt, cached, completion (tokens; `prompt` without `cached`), cost (in the currency of the
    price table), seconds (missing where the day is not done yet).
    """
    tokens = pd.DataFrame(list(accounts["tokens"]), columns=["prompt", "cached", "completion"])
    return pd.DataFrame(
        {
            "date": accounts["date"],
            "papers": accounts["papers_read"].astype(int),
            "prompt": tokens["prompt"] - tokens["cached"],
            "cached": tokens["cached"],
            "completion": tokens["completion"],
            "cost": accounts["cost"].astype(float),
            "seconds": [float(stages.get("total", np.nan)) for stages in accounts["seconds"]],
        }
    )


def _today_and_before(table: pd.DataFrame, day: date) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The rows of `day`, and those of the 30 days before that the same judge judged: judges differ in their scores."""
    today = table[table["date"] == pd.Timestamp(day)]
    judges = today["judge"].mode()
    before = table[(table["date"] >= pd.Timestamp(day - USUAL)) & (table["date"] < pd.Timestamp(day))]
    return today, before[before["judge"].isin(judges[:1])]


def _overdispersion(papers: pd.DataFrame, of: pd.Series, fitted: pd.DataFrame, leverage: pd.Series) -> pd.Series:
    """By field, how many times the binomial variance the counts have around shares that were fitted to them."""
    fitted = fitted.clip(upper=1)
    variance = (fitted * (1 - fitted)).mul(of * (1 - leverage), axis="index")
    squares = (papers - fitted.mul(of, axis="index")) ** 2 / variance.where(variance > 0)
    return squares.mean().fillna(1.0).clip(lower=1)


def _growth(rows: pd.DataFrame) -> tuple[float, float]:
    """By how many times the odds of one field's share grow in 30 days, and the chance of as much without growth."""
    days = (rows["date"] - rows["date"].iloc[0]).dt.days.to_numpy() / 30
    weekdays = pd.get_dummies(rows["date"].dt.day_of_week, dtype=float).to_numpy()
    design = np.column_stack([np.ones(len(rows)), days - days.mean(), weekdays])
    # Weekdays are alike until they show otherwise: a normal prior of half a unit of log-odds.
    ridge = np.diag([0.0, 0.0, *[4.0] * weekdays.shape[1]])
    papers, of = rows["papers"].to_numpy(float), rows["of"].to_numpy(float)
    share = papers.sum() / of.sum()
    weights = np.array([np.log(share / (1 - share)) if share < 1 else 10.0, *[0.0] * (design.shape[1] - 1)])
    for _ in range(25):
        fitted = 1 / (1 + np.exp(-design @ weights))
        variance = of * fitted * (1 - fitted) + 1e-12
        information = design.T @ (design * variance[:, None]) + ridge
        step = np.linalg.solve(information, design.T @ (papers - of * fitted) - ridge @ weights)
        weights += np.clip(step, -2, 2)
        if np.abs(step).max() < 1e-8:
            break
    residuals = papers - of * fitted
    weeks = np.arange(len(rows)) // WEEK
    by_week = np.bincount(weeks, residuals) ** 2 / np.bincount(weeks, variance)
    # What lasts for days does not average out over them: weeks may vary more than their days do.
    spread = max(1.0, (residuals**2 / variance).sum() / (len(rows) - 2), by_week.sum() / max(len(by_week) - 2, 1))
    error = np.sqrt(spread * np.linalg.inv(information)[1, 1])
    return float(np.exp(weights[1])), float(student.sf(weights[1] / error, len(rows) - 2))
