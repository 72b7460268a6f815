"""A fortnight of bad mornings through the real client: nothing is lost, nothing is new twice, no account is wrong."""

from datetime import date
from pathlib import Path

import pytest

from bench.season import Season, check, play, season_of
from digest_lib.history import MANIFEST, PAPERS, Archive


def fortnight(first: date, seed: int) -> Season:
    """Two weeks of 40 rows a day."""
    return season_of(None, seed, length=14, first=first, papers=40)


# Between them: a holiday of the calendar, one of the reader file, and the change to summer time.
@pytest.mark.parametrize(
    ("first", "seed"),
    [(date(2026, 1, 13), 13), (date(2026, 2, 9), 12), (date(2026, 3, 2), 7), (date(2026, 3, 2), 11)],
    ids=["calendar holiday", "reader holiday", "summer time", "storms"],
)
def test_a_bad_fortnight_ends_complete(tmp_path: Path, first: date, seed: int):
    """Every announced paper stands in exactly one day as new, and each day's account says what happened."""
    season, archive = fortnight(first, seed), Archive(tmp_path)
    findings = check(season, archive, play(season, archive))
    assert findings.broken == []
    assert findings.counts["papers announced"] == findings.counts["new on exactly one stored day"] > 200
    assert findings.counts["days completed by a later run"] > 0


def test_a_season_is_the_same_for_the_same_seed():
    """What arXiv announces, when it misbehaves and when the machine runs follow from the seed alone."""
    one, same, other = (fortnight(date(2026, 1, 13), seed) for seed in (1, 1, 2))
    assert (one.days, one.runs) == (same.days, same.runs)
    assert [(s.service, s.fault.name, s.start, s.lacking) for s in one.spells] == [
        (s.service, s.fault.name, s.start, s.lacking) for s in same.spells
    ]
    assert one.runs != other.runs


def test_the_check_names_what_is_lost_new_twice_or_out_of_nowhere(tmp_path: Path):
    """A stored paper taken away, stored again on another day or renamed breaks a promise that names it."""
    season, archive = season_of(None, 5, length=9, papers=20), Archive(tmp_path)
    journal = play(season, archive)
    assert check(season, archive, journal).broken == []

    earlier, later = archive.days()[-2:]
    (gone, moved, *rest) = (earlier.path / PAPERS).read_text(encoding="utf8").splitlines(keepends=True)
    (earlier.path / PAPERS).write_text("".join([moved, *rest]), encoding="utf8")
    with (later.path / PAPERS).open("a", encoding="utf8") as papers:
        papers.write(moved)
        papers.write(moved.replace('"id":"26', '"id":"99'))
    lost, twice = (line.split('"')[3] for line in (gone, moved))
    promises = check(season, archive, journal).promises
    assert promises["lost"] == [f"{lost} ({earlier.date})"]
    assert promises["new twice"] == [f"{twice} ({earlier.date}, {later.date})"]
    assert promises["new without an announcement"] == [f"99{twice[2:]} ({later.date})"]


def test_the_check_names_a_day_whose_account_is_wrong_or_gone(tmp_path: Path):
    """A complete day that calls itself partial, and one whose account is gone, are named with what is right."""
    season, archive = season_of(None, 5, length=9, papers=20), Archive(tmp_path)
    journal = play(season, archive)
    wrong, gone = archive.days()[-2:]
    wrong.store_manifest(wrong.manifest().model_copy(update={"state": "partial"}))
    (gone.path / MANIFEST).unlink()
    findings = check(season, archive, journal)
    assert findings.promises["an account that contradicts what happened"] == [
        f"{wrong.date} partial instead of complete at the end",
        f"{gone.date} missing instead of complete at the end",
    ]
    assert findings.broken
