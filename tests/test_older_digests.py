"""Older digests become day folders: cleaned, complete, and never in the way of a run. The documents are synthetic."""

import os
from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from digest_lib import digest, morning
from digest_lib.__main__ import main
from digest_lib.account import account
from digest_lib.announcements import HOLIDAYS
from digest_lib.arxiv_source import ArxivSource
from digest_lib.errors import ParametersError
from digest_lib.history import Archive
from digest_lib.judging.prompt import load_prompt
from digest_lib.older_digests import import_digests
from digest_lib.plan import calendar, days_to_make, left_to_backfill
from digest_lib.reader import Reader
from digest_lib.records import Manifest, Tokens

ROOT = Path(__file__).parents[1]
FRIDAY, MONDAY = date(2026, 2, 6), date(2026, 2, 9)
NOW = datetime(2026, 2, 9, 5, 30, tzinfo=UTC)
DIGEST = """\
# ArXiv 每日推荐 - 2026-02-07

> 更新于北京时间：2026-02-07 13:14:34
> 已自动阅读了 1,264 篇最新的论文。
> 使用模型：synthetic-judge-1 | 消耗 Tokens：140507

## 深度学习理论

### [Score: 9.0/10] Widgets: On the Synthetic Theory of Widgets
- **Authors:** Ann Author, Bo Bobson (Synthetic University, Berkeley), J\\"org Muster (Works (Lab), etc.)
- **Published:** 2026-02-06
- **Link:** [https://arxiv.org/abs/2613.00001](https://arxiv.org/abs/2613.00001)
- **Reason:** On the Synthetic Theory of Widgets
前一次的回答。
Authors: Ann Author, Bo Bobson
Published: 2026-02-06
Link: https://arxiv.org/abs/2613.00001
Reason: 提出**合成**方法，见 [链接](https://example.org)，
优于 `baseline`。
Score: 9
**Field:** 深度学习理论

### [Score: 6.5/10] Old Scheme & $\\ell_p$
- **Authors:** Solo
- **Published:** 2026-02-06
- **Link:** https://arxiv.org/pdf/hep-th/9901001v3
- **Reason:** Scheme & $\\ell_p$
简短。
Score: 6.5

## 多模态智能体

### [Score: 8.0/10] Held Back Since Thursday
- **Authors:** Dee Digit
- **Published:** 2026-02-05
- **Link:** [https://arxiv.org/abs/2613.00003](https://arxiv.org/abs/2613.00003)
- **Reason:** 另一天。
"""


@pytest.fixture
def digests(tmp_path: Path) -> Path:
    """A folder with one older digest under a name that says nothing."""
    folder = tmp_path / "digests"
    folder.mkdir()
    (folder / "0001.txt").write_text(DIGEST, encoding="utf8")
    return folder


@pytest.fixture
def archive(tmp_path: Path) -> Archive:
    """An empty archive."""
    return Archive(tmp_path / "outputs")


def contents(archive: Archive) -> dict[Path, tuple[bytes, int]]:
    """Every file of an archive: its bytes, and when it was written."""
    files = [path for path in archive.root.rglob("*") if path.is_file()]
    return {path: (path.read_bytes(), path.stat().st_mtime_ns) for path in files}


def test_a_digest_becomes_the_days_its_entries_state(digests: Path, archive: Archive):
    """Title, people, date, link, score, field and reason arrive clean, judge and tokens with the day most are of."""
    assert {date(2026, 2, 5): 1, FRIDAY: 2} == import_digests(digests, archive, pytest.fail)
    old, first = archive.day(FRIDAY).papers()[::-1]
    assert ("2613.00001", "Widgets: On the Synthetic Theory of Widgets") == (first.id, first.title)
    assert ("Ann Author", "Bo Bobson", "Jörg Muster") == first.authors
    assert ("Synthetic University, Berkeley", "Works (Lab)") == first.affiliations
    assert ("hep-th/9901001", 3, "Old Scheme & $\\ell_p$") == (old.id, old.version, old.title)
    assert ("", "", ()) == (old.abstract, old.primary_category, old.categories)
    verdicts = archive.day(FRIDAY).newest_verdicts()
    verdict = verdicts["2613.00001"]
    assert verdict.reason == "提出合成方法，见 链接， 优于 baseline。"
    assert (9.0, "深度学习理论", "imported") == (verdict.score, verdict.field, verdict.judge)
    assert ("简短。", 6.5) == (verdicts["hep-th/9901001"].reason, verdicts["hep-th/9901001"].score)
    told = archive.day(FRIDAY).manifest()
    assert ("imported", "partial", "synthetic-judge-1") == (told.judge, told.state, told.model)
    assert (1264, 2, 140507) == (told.papers_read, told.recommended, told.tokens.total)
    assert told.updated.isoformat() == "2026-02-07T13:14:34+08:00"
    other = archive.day(date(2026, 2, 5)).manifest()
    assert (0, 1, 0) == (other.papers_read, other.recommended, other.tokens.total)


def test_importing_twice_changes_nothing(digests: Path, archive: Archive):
    """The second import writes no file, whatever the order in which digests of one day came."""
    import_digests(digests, archive, pytest.fail)
    (digests / "0000.md").write_text(
        DIGEST.replace("synthetic-judge-1", "judge-2").replace("2613.00001", "2613.00009").replace("1,264", "99"),
        encoding="utf8",
    )
    import_digests(digests, archive, pytest.fail)
    before = contents(archive)
    assert {"2613.00001", "2613.00009", "hep-th/9901001"} == {paper.id for paper in archive.day(FRIDAY).papers()}
    assert (1264, 3) == (archive.day(FRIDAY).manifest().papers_read, archive.day(FRIDAY).manifest().recommended)
    import_digests(digests, archive, pytest.fail)
    assert before == contents(archive)


def test_what_cannot_be_read_is_named_and_the_rest_goes_on(digests: Path, tmp_path: Path, capsys):
    """Each fault gives file and line, the sound entries are stored, the exit code is 3; no folder at all is 2."""
    broken = DIGEST.replace("[Score: 9.0/10] ", "").replace("[Score: 6.5/", "[Score: 65/")
    broken = broken.replace("2026-02-05", "yesterday")
    (digests / "broken.md").write_text(broken, encoding="utf8")
    (digests / "latin.md").write_bytes("# Digest\n> Universit\xe4t\n".encode("latin1"))
    (digests / "notes.md").write_text("Buy milk.\n")
    (digests / ".git").mkdir()
    (digests / ".git" / "HEAD").write_text("ref: refs/heads/main\n")
    (digests / "quiet.md").write_text(DIGEST.partition("## ")[0], encoding="utf8")
    command = ["import", str(digests), "--outputs", str(tmp_path / "outputs")]
    assert main(command) == 3
    said = capsys.readouterr()
    assert [
        ("broken.md:9", "'Widgets: On the Synthetic Theory of Widgets' has no score from 0 to 10"),
        ("broken.md:23", "'Old Scheme & $\\ell_p$' has no score from 0 to 10"),
        ("broken.md:33", "'Held Back Since Thursday' has no date such as 2026-02-09 under Published"),
        ("latin.md:2", "this is no UTF-8 text"),
        ("notes.md:1", "this is no digest: it has neither a header nor an entry (`### [Score: 8.0/10] Title`)"),
    ] == [tuple(line.removeprefix(f"{digests}/").split(": ", 1)) for line in said.err.splitlines()]
    assert "3 recommendations imported on 2 announcement days." in said.out
    assert main(["import", str(tmp_path / "nowhere"), "--outputs", str(tmp_path / "outputs")]) == 2


def test_a_folder_without_files_is_an_error(tmp_path: Path, archive: Archive):
    """A misspelt folder is told and makes no archive."""
    with pytest.raises(ParametersError, match="which is no folder with files in it"):
        import_digests(tmp_path / "digest", archive, pytest.fail)
    assert not archive.root.exists()


def test_a_run_takes_an_imported_day_over(digests: Path, archive: Archive, source: ArxivSource, reader: Reader):
    """Asked for, the day is made as if it had not been imported, and what was imported stays beside it."""
    text = DIGEST.replace("2026-02-06", "2026-02-09")
    (digests / "0001.txt").write_text(text, encoding="utf8")
    import_digests(digests, archive, pytest.fail)
    imported = archive.day(MONDAY).verdicts()
    day = archive.open(MONDAY)
    announcement = morning.fetch(day, reader, archive, source, NOW)
    prompt = load_prompt(ROOT / "parameters" / "prompt.md", reader)
    verdicts = morning.judge(day, announcement.papers, reader, archive, prompt)
    manifest = account(day, announcement, verdicts, reader, prompt, NOW)
    assert ("complete", "local", len(announcement.papers), NOW) == (
        manifest.state, manifest.judge, manifest.papers_read, manifest.begun,
    )  # fmt: skip
    assert {paper.id for paper in announcement.papers} == set(day.newest_verdicts())
    day.store_manifest(manifest)
    os.close(day.lock)

    before = {path: found for path, found in contents(archive).items() if path.name != "verdicts.jsonl"}
    (digests / "0002.txt").write_text(text.replace("judge-1", "judge-2"), encoding="utf8")
    import_digests(digests, archive, pytest.fail)
    assert before == {path: found for path, found in contents(archive).items() if path.name != "verdicts.jsonl"}
    assert {verdict.judge for verdict in day.newest_verdicts().values()} == {"local"}
    beside = [verdict for verdict in day.verdicts() if verdict.judge == "imported"]
    assert imported == beside[:2]
    assert {"judge-2"} == {verdict.model.removeprefix("synthetic-") for verdict in beside[2:]}


def test_imported_days_are_not_made_uninvited(digests: Path, archive: Archive):
    """No run is planned for an imported day or for what lies between such days, and the calendar marks them."""
    import_digests(digests, archive, pytest.fail)
    tuesday = date(2026, 2, 10)
    assert [tuesday] == days_to_make(archive, tuesday, HOLIDAYS)
    assert not left_to_backfill(archive, date(2026, 6, 1), HOLIDAYS)
    assert "2026-02-02   ?  ?  ?  i  i" in calendar(archive, date(2026, 2, 2), date(2026, 2, 8), HOLIDAYS)


def test_imported_papers_count_as_announced_but_teach_nobody(digests: Path, archive: Archive):
    """What an older digest lists is not new on another day; without abstracts it is no backlog for the judge."""
    import_digests(digests, archive, pytest.fail)
    assert {"2613.00001", "2613.00003", "hep-th/9901001"} == archive.new_ids(MONDAY, within=90)
    assert archive.backlog(MONDAY, most=10) == []


@pytest.mark.parametrize("language", ["en", "zh"])
def test_a_digest_made_here_comes_back(
    language: str, tmp_path: Path, archive: Archive, reader: Reader, paper: Callable, verdict: Callable
):
    """What was written is what is read, in both languages: hostile titles, a hundred authors and more, the header."""
    reader = reader.model_copy(update={"language": language, "time_zone": "Europe/Berlin"})
    title = "<b>A</b> & [B](javascript:alert(1)) &amp;lt; A*-Search: Nothing `lost`"
    papers = [paper(1, title=title), paper(2, authors=tuple(f"A{n} Author" for n in range(101)))]
    verdicts = {one.paper: one for one in (verdict(1, 9.5, reason="A & B < C, [D](E)"), verdict(2, 7.0))}
    told = {"papers_read": 44, "model": "some | model", "tokens": Tokens(total=1234), "begun": NOW, "updated": NOW}
    made = Manifest(date=MONDAY, state="complete", categories={}, **told)
    (tmp_path / "made.md").write_text(digest.render(made, papers, verdicts, reader), encoding="utf8")
    assert {MONDAY: 2} == import_digests(tmp_path, archive, pytest.fail)
    day = archive.day(MONDAY)
    first, second = day.papers()
    assert (title, papers[0].authors) == (first.title, first.authors)
    assert papers[1].authors[:100] == second.authors
    assert [(one.score, one.field) for one in verdicts.values()] == [(one.score, one.field) for one in day.verdicts()]
    assert "A & B < C, [D](E)" == day.verdicts()[0].reason
    manifest = day.manifest()
    assert (44, 1234, "some | model") == (manifest.papers_read, manifest.tokens.total, manifest.model)
    assert made.updated == manifest.updated
