"""The stored days as tables, read through a cache: ten years of day folders open in seconds.

`.cache/<YYYY-MM>.parquet` beside the day folders holds one month's judged papers, and in its metadata each day's
account and the sizes and times of the files it was read from. A month whose files have changed is read anew; the
folders remain the only source of truth, and the cache can be deleted at any time.
"""

import json
import sys
from collections import defaultdict
from datetime import date, timedelta
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.dataset as ds
import pyarrow.json as pj
import pyarrow.parquet as pq
from tqdm import tqdm

from digest_lib.errors import DigestError, ParametersError
from digest_lib.history import MANIFEST, PAPERS, VERDICTS, Archive, Day
from digest_lib.records import Manifest

CACHE = ".cache"
_DATE = pa.timestamp("ms")  # Parquet knows no seconds
_PAPER = {
    "id": pa.string(),
    "title": pa.string(),
    "primary_category": pa.string(),
    "authors": pa.list_(pa.string()),
    "affiliations": pa.list_(pa.string()),
}
_VERDICT = {
    "paper": pa.string(),
    "field": pa.string(),
    "score": pa.float64(),
    "relevance": pa.float64(),
    "judge": pa.string(),
    "local_score": pa.float64(),
    "purpose": pa.string(),
}
_TEXT = {name: pa.string() for name in ("id", "title", "abstract", "primary_category")}
_SCHEMA = pa.schema(
    {"date": _DATE}
    | {{"primary_category": "category"}.get(name, name): kind for name, kind in _PAPER.items()}
    | {name: kind for name, kind in _VERDICT.items() if name not in ("paper", "purpose")}
)
PEOPLE = ("authors", "affiliations")
"""Columns of lists, which are read only when asked for."""
USUAL_WINDOW = timedelta(days=90)
COLUMNS = tuple(name for name in _SCHEMA.names if name not in PEOPLE)


def window(archive: Archive, first: str, last: str) -> tuple[date, date]:
    """The dates of two ISO texts; empty ones are the newest stored day, and 90 days before the last.

    Raises:
        ParametersError: no day is stored, a text is no date, or the first comes after the last.
    """
    days = archive.days()
    if not days:
        raise ParametersError(f"No day is stored in {archive.root.name}/; `make daily` makes one.")
    try:
        end = date.fromisoformat(last) if last else days[-1].date
        begin = date.fromisoformat(first) if first else end - USUAL_WINDOW
    except ValueError as error:
        raise ParametersError(f"FROM and TO are dates such as 2026-02-09 ({error}).") from None
    if begin > end:
        raise ParametersError(f"FROM ({begin}) is after TO ({end}).")
    return begin, end


def judged_papers(
    archive: Archive, first: date, last: date, at_least: float = 0.0, columns: tuple[str, ...] = COLUMNS
) -> pd.DataFrame:
    """One row a judged paper announced from `first` to `last`, with its newest verdict, oldest day first.

    Columns: date, id, title, category (the primary one), field, score (0-10), relevance, judge (`imported` only where
    no run has judged), local_score (missing where the local judge's opinion is not on record); on request
    those of `PEOPLE`, lists of names.

    Args:
        at_least: leave out papers with a lower score.
    """
    files = _refreshed(archive, first, last)
    if not files:
        return _SCHEMA.empty_table().select(columns).to_pandas()
    wanted = (ds.field("date") >= pd.Timestamp(first)) & (ds.field("date") <= pd.Timestamp(last))
    rows = ds.dataset(files, schema=_SCHEMA).to_table(list(columns), filter=wanted & (ds.field("score") >= at_least))
    return rows.to_pandas()


def accounts(archive: Archive, first: date, last: date, today: Manifest | None = None) -> pd.DataFrame:
    """One row a stored day, oldest first: what `run.json` says, with a column `date`.

    Args:
        today: the account of a day that is being made, which its folder does not hold yet.
    """
    found = {}
    for file in _refreshed(archive, first, last):
        found |= {day: entry["account"] for day, entry in _state(file).items()}
    if today:
        found[today.date.isoformat()] = today.model_dump(mode="json")
    days = [account for day, account in sorted(found.items()) if first.isoformat() <= day <= last.isoformat()]
    return pd.DataFrame(days, columns=list(Manifest.model_fields)).astype({"date": "datetime64[ms]"})


def texts(archive: Archive, first: date, last: date) -> pd.DataFrame:
    """One row a stored paper that has an abstract, judged or not: columns date, id, title, abstract, category.

    Read from the folders themselves: no question asks for more than some months of abstracts.
    """
    days = [day for day in archive.days() if first <= day.date <= last]
    nothing = pa.schema({"date": _DATE} | _TEXT).empty_table()
    rows = pa.concat_tables([nothing, *(_dated(day, _read(day.path / PAPERS, _TEXT)) for day in days)])
    return rows.filter(pc.not_equal(rows["abstract"], "")).to_pandas().rename(columns={"primary_category": "category"})


def _refreshed(archive: Archive, first: date, last: date) -> list[Path]:
    """The cache's files for the months from `first` to `last`; those whose days have changed are written anew."""
    months: dict[Path, list[Day]] = defaultdict(list)
    for day in archive.days():
        if f"{first:%Y-%m}" <= f"{day.date:%Y-%m}" <= f"{last:%Y-%m}":
            months[archive.root / CACHE / f"{day.date:%Y-%m}.parquet"].append(day)
    stale = [file for file, days in months.items() if not _is_fresh(file, days)]
    bar = tqdm(stale, "months read into the cache", file=sys.stderr, disable=len(stale) <= 3)
    for file in bar:
        _write(file, months[file])
    return list(months)


def _is_fresh(file: Path, days: list[Day]) -> bool:
    if not file.exists():
        return False
    stored = {day: entry["files"] for day, entry in _state(file).items()}
    return stored == {day.date.isoformat(): _files(day) for day in days}


def _state(file: Path) -> dict[str, dict]:
    """What a file of the cache says it was made from, by day; nothing where it is torn or of another version."""
    try:
        schema = pq.read_schema(file)
    except pa.ArrowInvalid:
        return {}
    return json.loads(schema.metadata[b"days"]) if schema.equals(_SCHEMA) else {}


def _files(day: Day) -> list[list[int]]:
    """Size and time of change of what a day's rows are read from."""
    paths = [day.path / name for name in (PAPERS, VERDICTS, MANIFEST)]
    return [[stat.st_size, stat.st_mtime_ns] for path in paths if path.exists() and (stat := path.stat())]


def _write(file: Path, days: list[Day]) -> None:
    state, tables = {}, []
    for day in days:
        # Looked at before it is read: what changes meanwhile is read again the next time.
        files = _files(day)
        account = json.loads((day.path / MANIFEST).read_text(encoding="utf8"))
        state[day.date.isoformat()] = {"files": files, "account": account}
        tables.append(_dated(day, _judged(day)))
    rows = pa.concat_tables(tables).cast(_SCHEMA).replace_schema_metadata({"days": json.dumps(state)})
    file.parent.mkdir(exist_ok=True)
    partial = file.with_name(f".{file.name}.partial")
    pq.write_table(rows, partial, compression="zstd")
    partial.replace(file)


def _judged(day: Day) -> pa.Table:
    """A day's papers beside the newest verdict on each; imported digests speak only where no run has."""
    papers, verdicts = _read(day.path / PAPERS, _PAPER), _read(day.path / VERDICTS, _VERDICT)
    verdicts = verdicts.filter(pc.is_in(verdicts["purpose"], pa.array(["first", "audit"])))
    own = verdicts.filter(pc.not_equal(verdicts["judge"], "imported"))
    verdicts = (own if len(own) else verdicts)[::-1]
    rows = verdicts.take(pc.index_in(papers["id"], value_set=verdicts["paper"]))
    columns = [*papers.columns, *rows.select(_SCHEMA.names[-5:]).columns]
    return pa.table(columns, names=_SCHEMA.names[1:]).filter(pc.is_valid(rows["paper"]))


def _dated(day: Day, rows: pa.Table) -> pa.Table:
    return rows.add_column(0, "date", pa.repeat(pa.scalar(day.date).cast(_DATE), len(rows)))


def _read(path: Path, columns: dict[str, pa.DataType]) -> pa.Table:
    """Some columns of a file of JSON lines, as Arrow parses them; a torn last line is left out.

    Raises:
        DigestError: a line is no JSON, or not of the right kind.
    """
    schema = pa.schema(columns)
    text = path.read_bytes() if path.exists() else b""
    text = text[: text.rfind(b"\n") + 1]
    if not text:
        return schema.empty_table()
    options = pj.ParseOptions(explicit_schema=schema, unexpected_field_behavior="ignore")
    # One block holds the whole file, because a line must not be longer than a block.
    try:
        return pj.read_json(pa.BufferReader(text), pj.ReadOptions(block_size=len(text)), options).select(list(columns))
    except pa.ArrowInvalid as error:
        raise DigestError(f"{path} was changed or damaged ({error}); mend it, or move its folder away.") from None
