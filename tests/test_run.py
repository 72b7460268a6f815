"""A whole morning through the command line: real client, real kernel, real documents."""

import json
import os
import re
import signal
import subprocess
import sys
import time
from datetime import date, datetime
from pathlib import Path

import nbformat
import pytest

from bench.cascade import store_judged
from bench.days import judged_day
from digest_lib import lessons
from digest_lib.__main__ import main
from digest_lib.arguments import EXIT_CODES
from digest_lib.history import LOG, VERDICTS, Archive
from digest_lib.judging.prompt import Prompt
from digest_lib.reader import Judge, Reader
from tests.servers import model_faults
from tests.servers.arxiv import ArxivServer
from tests.servers.faults import Fault
from tests.servers.model import ModelServer
from tests.servers.synthetic import synthetic_day, synthetic_days
from tests.servers.webhook import WebhookServer

ROOT = Path(__file__).parents[1]
FILES = {"papers.jsonl", "verdicts.jsonl", "run.json", "run.ipynb", "run.log", "digest.md", "report.html", "papers.bib"}


@pytest.fixture
def daily(arxiv: ArxivServer, tmp_path: Path):
    """Runs `python -m digest_lib daily` against the stand-in; returns the finished process."""

    def run(*arguments: str, reader: str = "smoke", **environ: str) -> subprocess.CompletedProcess:
        return subprocess.run(**command(arxiv, tmp_path, reader, *arguments, **environ), check=False)

    return run


def command(arxiv: ArxivServer, outputs: Path, reader: str, *arguments: str, **environ: str) -> dict:
    """The arguments of subprocess for a run on the stand-in's morning."""
    where = {"ARXIV_API_URL": arxiv.api_url, "ARXIV_FEED_URL": arxiv.feed_url, "DIGEST_NOTIFY": ""}
    return {
        "args": [
            *(sys.executable, "-m", "digest_lib", "daily", "--reader", f"parameters/{reader}.yml"),
            *("--outputs", str(outputs), *arguments),
        ],
        "cwd": ROOT,
        "env": {**os.environ, "OPENAI_API_KEY": ""} | where | {"DIGEST_NOW": "2026-02-09T13:30:00+08:00"} | environ,
        "stdout": subprocess.PIPE,
        "stderr": subprocess.PIPE,
        "text": True,
    }


def with_model(folder: Path) -> Path:
    """The smallest reader file, with a model judge."""
    path = folder / "model.yml"
    text = (ROOT / "parameters" / "smoke.yml").read_text()
    path.write_text(f"{text}judge: {{model: some-model, max_tokens: 100000}}\n")
    return path


def contents(folder: Path) -> dict[str, bytes]:
    """Every file below a folder with its bytes."""
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_a_morning_leaves_a_whole_day_folder(daily, arxiv: ArxivServer, days: dict, tmp_path: Path):
    """Seven files that name no folder of the machine and account for every paper; a second run changes nothing."""
    ran = daily()
    assert ran.returncode == 0, ran.stderr
    day = Archive(tmp_path).day(date(2026, 2, 9))
    assert {path.name for path in day.path.iterdir()} == FILES
    assert {"2026-02-09", "index.html", "feed.xml", ".cache"} == {path.name for path in tmp_path.iterdir()}

    announced = {
        paper["id"]
        for paper in days[date(2026, 2, 9)]["papers"]
        if paper["announce_type"] == "new" and paper["primary_category"] in ("cs.CV", "cs.LG")
    }
    assert announced == {paper.id for paper in day.papers()} == {verdict.paper for verdict in day.verdicts()}
    manifest = day.manifest()
    assert (manifest.state, len(announced)) == ("complete", manifest.papers_read)
    assert {"kernel", "imports", "fetch", "judge", "notebook", "export", "total"} <= set(manifest.seconds)
    assert manifest.tokens.total == 0

    digest = (day.path / "digest.md").read_text(encoding="utf8")
    assert digest.startswith("# ArXiv Daily Digest - 2026-02-09\n\n> Updated (UTC time): 2026-02-09 05:30:00\n")
    assert manifest.recommended == digest.count("### [Score: ")
    page = (day.path / "report.html").read_text(encoding="utf8")
    assert page.count("plotly.js v") == 1
    assert page.count('<script type="application/json">') == 13

    for name in ("run.ipynb", "run.json", "run.log", "digest.md"):
        text = (day.path / name).read_text(encoding="utf8")
        assert str(ROOT) not in text
        assert str(Path.home()) not in text

    log = (day.path / "run.log").read_text(encoding="utf8")
    assert all(datetime.fromisoformat(line.split()[0]).tzinfo for line in log.splitlines())
    assert f"It ends complete: {len(announced)} read, {manifest.recommended} recommended." in log
    for text in (log, ran.stderr, ran.stdout):
        assert all(text.count(f"papers {done}: ") <= 1 for done in ("fetched", "judged"))
        assert "\r" not in text

    before, requests = contents(tmp_path), len(arxiv.log)
    again = daily()
    assert (again.returncode, "is finished" in again.stderr) == (0, True)
    assert before == contents(tmp_path)
    assert requests == len(arxiv.log)


def test_a_morning_with_a_model(daily, arxiv: ArxivServer, days: dict, tmp_path: Path):
    """With a key, the model's verdicts make the digest, its bill the account; the key itself is in no file."""
    key = "sk-recognisable-0123456789"
    titles = {paper["title"]: paper["id"] for paper in days[date(2026, 2, 9)]["papers"]}
    reader = with_model(tmp_path)
    verdict = {"score": 8, "field": "Theory", "reason": "A synthetic reason."}
    recommended = sorted(days[date(2026, 2, 9)]["verdicts"])
    with ModelServer(dict.fromkeys(recommended, verdict), titles, answering_model="some-model-2026") as model:
        environ = {"OPENAI_API_KEY": key, "OPENAI_BASE_URL": model.base_url}
        model.fault(model_faults.BAD_KEY, times=1)
        refused = daily("--reader", str(reader), **environ)
        assert refused.returncode == 3
        assert "refuses the key (HTTP 401)" in refused.stderr
        assert "judged locally" in (tmp_path / "2026-02-09" / "digest.md").read_text()
        ran = daily("--reader", str(reader), **environ)
        assert ran.returncode == 0, ran.stderr
        assert "completed since" in (tmp_path / "2026-02-09" / "digest.md").read_text()
        asked = len(model.log)
        assert daily("--reader", str(reader), "--force", **environ).returncode == 0
        assert len(model.log) == asked, "the same questions were bought twice"
        billed = sum(request.usage["total_tokens"] for request in model.log if request.usage)
    day = Archive(tmp_path).day(date(2026, 2, 9))
    manifest = day.manifest()
    assert (manifest.state, manifest.judge, manifest.model) == ("complete", "model", "some-model-2026")
    assert manifest.tokens.total == billed > 0
    assert manifest.prompt_hash
    digest = (day.path / "digest.md").read_text(encoding="utf8")
    assert f"> Model: some-model-2026 | Tokens: {billed}\n" in digest
    assert [run.state for run in manifest.history] == ["partial", "complete", "complete"]
    assert re.findall(r" ends (\w+)", (day.path / "run.log").read_text()) == ["partial", "complete", "complete"]
    assert "judged locally" not in digest
    shown = {line.rpartition("/")[2].rstrip(")") for line in digest.splitlines() if line.startswith("- **Link:**")}
    assert shown == {paper.id for paper in day.papers()} & set(recommended)
    assert not [path for path in tmp_path.rglob("*") if path.is_file() and key.encode() in path.read_bytes()]


def test_killed_at_any_moment_a_run_ends_with_the_same_digest(arxiv: ArxivServer, tmp_path: Path):
    """A run killed without warning, then one left alone: the digest is that of an undisturbed run."""
    assert subprocess.run(**command(arxiv, tmp_path / "whole", "smoke"), check=False).returncode == 0
    with subprocess.Popen(**command(arxiv, tmp_path / "killed", "smoke")) as run:
        time.sleep(5.0)
        run.send_signal(signal.SIGKILL)
    assert subprocess.run(**command(arxiv, tmp_path / "killed", "smoke"), check=False).returncode == 0
    whole, killed = (tmp_path / name / "2026-02-09" for name in ("whole", "killed"))
    assert (whole / "digest.md").read_bytes() == (killed / "digest.md").read_bytes()
    assert {path.name for path in killed.iterdir()} == FILES


def test_a_failed_attempt_to_make_a_day_anew_leaves_it_alone(daily, arxiv: ArxivServer, tmp_path: Path):
    """Where arXiv fails while a day is made anew, the good day stays to the byte."""
    assert daily().returncode == 0
    before = contents(tmp_path / "2026-02-09")
    arxiv.fault("feed", Fault.html, times=None)
    arxiv.fault("api", Fault.html, times=None)
    assert daily("--force", "--patience", "0").returncode == 4
    assert before == contents(tmp_path / "2026-02-09")


def test_bad_parameters_are_told_before_anything_runs(daily, tmp_path: Path):
    """A misspelt key, an impossible date and one to come exit with 2, one sentence and no trace."""
    wrong = tmp_path / "wrong.yml"
    wrong.write_text("catagories: [cs.CV]")
    outputs = tmp_path / "outputs"
    for arguments, environ, sentence in (
        (["--reader", str(wrong)], {}, "did you mean 'categories'?"),
        (["--date", "2026-02-30"], {}, "which is no date"),
        (["--date", "2026-02-10"], {}, "is not out yet; the newest is 2026-02-09's"),
        ([], {"DIGEST_NOW": "yesterday"}, "which is no ISO time"),
    ):
        ran = daily("--outputs", str(outputs), *arguments, **environ)
        assert ran.returncode == 2
        assert sentence in ran.stderr
        assert len(ran.stderr.strip().splitlines()) == 1
    assert not outputs.exists()


def test_pruning_is_a_command_of_its_own(tmp_path: Path, capsys: pytest.CaptureFixture):
    """`prune` says how many notebooks went, and refuses a number of days below zero with 2."""
    asked = ["prune", "--reader", str(ROOT / "parameters" / "smoke.yml"), "--outputs", str(tmp_path), "--keep"]
    assert (main([*asked, "30"]), capsys.readouterr().out.split(".")[0]) == (0, "Run notebooks removed: 0")
    assert main([*asked, "-1"]) == 2


def test_a_weekend_is_quiet(daily, tmp_path: Path):
    """Asked for a Saturday, a run says that arXiv announced nothing, exits with 0 and writes nothing."""
    for now in ("2026-02-09T13:30:00+08:00", "2026-02-07T13:30:00+08:00"):
        ran = daily("--date", "2026-02-07", DIGEST_NOW=now)
        assert ran.returncode == 0
        assert "Quiet: arXiv announced nothing on 2026-02-07" in ran.stdout
    assert not list(tmp_path.iterdir())


def test_an_empty_feed_that_cannot_be_checked_publishes_nothing(daily, arxiv: ArxivServer, tmp_path: Path):
    """An empty feed without an index exits with 4 and a sentence; only the failed notebook and the log are kept."""
    arxiv.fault("feed", Fault.empty, times=None)
    arxiv.fault("api", Fault.status(403), times=None)
    ran = daily("--patience", "0")
    assert ran.returncode == 4
    assert "its feed is empty, and the index cannot be asked" in ran.stderr
    assert {path.name for path in (tmp_path / "2026-02-09").iterdir()} == {"run.failed.ipynb", "run.log"}
    assert "It ends: ArxivUnreachable: " in (tmp_path / "2026-02-09" / "run.log").read_text()
    failed = nbformat.read(tmp_path / "2026-02-09" / "run.failed.ipynb", as_version=4)
    assert any(output.output_type == "error" for cell in failed.cells for output in cell.get("outputs", ()))


def test_nobody_there_points_to_the_demo(arxiv: ArxivServer, tmp_path: Path):
    """As cron starts it, a run without a network exits with 4, names `make demo`, and tells who asked to be told."""
    nowhere = {"ARXIV_FEED_URL": "http://127.0.0.1:9/rss", "ARXIV_API_URL": "http://127.0.0.1:9/api/query"}
    with WebhookServer() as hook:
        started = command(arxiv, tmp_path, "smoke", **nowhere, DIGEST_NOTIFY=hook.address)
        named = ("ARXIV_", "DIGEST_", "HOME", "PYTHONPATH")
        kept = {name: value for name, value in started["env"].items() if name.startswith(named)}
        bare = {"env": {"PATH": "/usr/bin:/bin"} | kept, "stdin": subprocess.DEVNULL, "start_new_session": True}
        ran = subprocess.run(**started | bare, check=False)
    assert ran.returncode == 4
    assert ["cannot be reached" in message["message"] for message in hook.messages] == [True]
    assert "cannot be reached" in ran.stderr
    assert "make demo" in ran.stderr


def test_a_second_run_is_told_that_one_is_at_work(daily, tmp_path: Path):
    """While one run is at work in the outputs, a second exits with 5 and a sentence."""
    with Archive(tmp_path).locked():
        ran = daily()
    assert ran.returncode == 5
    assert "at work" in ran.stderr


def test_another_day_comes_from_its_submission_window(daily, tmp_path: Path):
    """A day whose feed is gone is made from the submission window and says in its header that this approximates.

    Its outputs may be named from the folder that the command is given in.
    """
    ran = daily("--date", "2026-02-05", "--outputs", os.path.relpath(tmp_path, ROOT))
    assert ran.returncode == 0, ran.stderr
    account = json.loads((tmp_path / "2026-02-05" / "run.json").read_text())
    assert {category["source"] for category in account["categories"].values()} == {"window"}
    assert "approximated by the submission window" in (tmp_path / "2026-02-05" / "digest.md").read_text()


def test_exit_codes_are_documented():
    """The help text and the README name every exit code of the error tree."""
    readme = (ROOT / "README.md").read_text(encoding="utf8")
    for code in ("0", "1", "2", "3", "4", "5", "6", "130"):
        assert f"{code} " in EXIT_CODES
        assert f"| {code} |" in readme


def test_a_judge_that_cannot_learn_takes_nothing_back(daily, reader: Reader, prompt: Prompt, tmp_path: Path):
    """Where a day too old to be shown is damaged, a morning with a model is published, made anew, too, and says it."""
    archive, asked = Archive(tmp_path), reader.model_copy(update={"judge": Judge(model="on record")})
    store_judged(archive, judged_day(synthetic_day(date(2025, 9, 1), papers=120)), asked, prompt)
    for day in synthetic_days(date(2025, 10, 30), 30, papers=1).values():
        store_judged(archive, judged_day(day), asked, prompt)
    lessons.teach(archive, reader)
    (archive.days()[0].path / VERDICTS).write_text("damaged\n")
    file = with_model(tmp_path)
    with ModelServer({}, {}) as model:
        environ = {"OPENAI_API_KEY": "sk-test", "OPENAI_BASE_URL": model.base_url}
        for manner in ((), ("--force",)):
            run = daily("--reader", str(file), "--date", "2026-02-09", *manner, **environ)
            assert run.returncode == 0, run.stderr
            assert "The local judge has learned nothing new (DigestError" in run.stderr
    assert archive.day(date(2026, 2, 9)).is_finished
    assert (archive.day(date(2026, 2, 9)).path / LOG).read_text().count("learned nothing new") == 2
