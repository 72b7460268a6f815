"""A machine's schedulers, told and untold; and the scheduled run itself, from an empty checkout."""

import json
import os
import plistlib
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import product
from pathlib import Path

import pytest
import yaml

from digest_lib.errors import DigestError, ParametersError
from digest_lib.schedule import schedule, unschedule
from digest_lib.schedulers import Job, installed, scheduler
from tests.servers.arxiv import ArxivServer

ROOT = Path(__file__).parents[1]
NOW = datetime(2026, 2, 9, 2, tzinfo=UTC)
TODAY = NOW.date()
NAME = "arxiv-digest"
# What stands in for a machine's own commands: a crontab in a file, and commands that write down what they hear.
CRONTAB = '#!/bin/sh\ncase "$1" in -l) cat "$HOME/crontab" ;; -) cat > "$HOME/crontab" ;; esac\n'
HEARD = '#!/bin/sh\necho "${0##*/} $*" >> "$HOME/heard"\n'
REFUSES = '#!/bin/sh\n[ "$2" = enable ] || exit 0\necho "No space left on device" >&2\nexit 1\n'


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home with a folder of commands that comes before the machine's own on the PATH."""
    home = tmp_path / "home"
    (home / "bin").mkdir(parents=True)
    for name, text in {"crontab": CRONTAB, "systemctl": HEARD, "launchctl": HEARD}.items():
        (home / "bin" / name).write_text(text)
        (home / "bin" / name).chmod(0o755)
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.setenv("PATH", f"{home}/bin:{os.environ['PATH']}")
    monkeypatch.delenv("XDG_CONFIG_HOME", raising=False)
    return home


@pytest.fixture
def jobs(tmp_path: Path) -> tuple[Job, Job]:
    """The daily run, and that of another reader."""
    other = tmp_path / "parameters" / "vision.yml"
    return Job(tmp_path, tmp_path / "parameters" / "daily.yml"), Job(tmp_path, other, ("--reader", str(other)))


def test_the_crontab_keeps_its_other_lines(jobs: tuple[Job, Job], home: Path, capsys: pytest.CaptureFixture):
    """Scheduling twice leaves one block, unscheduling twice none, and what stood there before stays."""
    before = "# mine\n0 5 * * 0 backup  # no line end"
    (home / "crontab").write_text(before)
    for job in (*jobs, jobs[0]):
        schedule(job, "cron", NOW, is_agreed=True)
    assert capsys.readouterr().out.count("Scheduled; due next on ") == 3
    text = (home / "crontab").read_text()
    assert text.startswith(f"{before}\n")
    assert (1, 1) == (text.count(f"# {NAME}: begin"), text.count(f"# {NAME}-vision: begin"))
    assert installed(jobs[1], TODAY) == {"cron": True}
    for job in (*jobs, jobs[0]):
        unschedule(job, None, NOW, is_agreed=True)
    assert f"{before}\n" == (home / "crontab").read_text()
    assert capsys.readouterr().out.endswith("Removed.\nNothing is scheduled.\n")


@pytest.mark.skipif(sys.platform == "darwin", reason="there launchd comes first")
def test_systemd_is_told_in_order(jobs: tuple[Job, Job], home: Path):
    """Without WHERE a machine with a user manager gets a timer; removing it stops it first and leaves no file."""
    units = home / ".config" / "systemd" / "user"
    schedule(jobs[0], None, NOW, is_agreed=True)
    assert {f"{NAME}.service", f"{NAME}.timer"} == {path.name for path in units.iterdir()}
    schedule(jobs[0], "systemd", NOW, is_agreed=True)
    unschedule(jobs[0], None, NOW, is_agreed=True)
    assert not list(units.iterdir())
    heard = (home / "heard").read_text().replace("systemctl --user ", "").splitlines()
    start, stop = ["daemon-reload", f"enable --now {NAME}.timer"], [f"disable --now {NAME}.timer"]
    assert heard == ["show-environment", *start, *stop, *start, *stop]


def test_a_scheduler_that_refuses_is_quoted(jobs: tuple[Job, Job], home: Path):
    """What the scheduler says is what the user reads."""
    (home / "bin" / "systemctl").write_text(REFUSES)
    with pytest.raises(DigestError, match=f"enable --now {NAME}.timer` failed: No space left on device"):
        schedule(jobs[0], "systemd", NOW, is_agreed=True)


def test_nothing_is_done_unasked(jobs: tuple[Job, Job], home: Path, capsys: pytest.CaptureFixture):
    """Without a terminal and without YES=1 everything is shown and nothing written."""
    with pytest.raises(ParametersError, match="YES=1"):
        schedule(jobs[0], "systemd", NOW, is_agreed=False)
    assert "OnCalendar=Mon,Tue,Wed,Thu,Fri *-*-* 00,04:35:00 America/New_York" in capsys.readouterr().out
    assert not (home / ".config").exists()


def test_secrets_stay_where_they_are(
    jobs: tuple[Job, Job], home: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture
):
    """A key is in nothing that is written or shown; one that only this terminal knows is named."""
    monkeypatch.setenv("OPENAI_API_KEY", "sk-recognisable")
    schedule(jobs[0], "systemd", NOW, is_agreed=True)
    said = capsys.readouterr().out
    assert "OPENAI_API_KEY" in said.partition("unknown to a scheduled run: ")[2]
    assert "sk-recognisable" not in said
    assert not [path for path in home.rglob("*") if path.is_file() and "sk-recognisable" in path.read_text()]


def test_a_bad_reader_file_is_not_scheduled(home: Path, tmp_path: Path):
    """A reader file that every morning would refuse is refused at once."""
    wrong = tmp_path / "wrong.yml"
    wrong.write_text("catagories: [cs.CV]")
    command = [sys.executable, "-m", "digest_lib", "schedule", "--where", "cron", "--yes", "--reader", str(wrong)]
    assert subprocess.run(command, cwd=ROOT, capture_output=True, check=False).returncode == 2
    assert not (home / "crontab").exists()


def test_launchd_gets_every_hour_of_the_year(tmp_path: Path):
    """The agent's property list parses, starts the module in the folder, and says the hours that cron is told."""
    job = Job(tmp_path, tmp_path / "parameters" / "视觉.yml", ("--reader", "parameters/视觉.yml"))
    ((place, text),) = scheduler("launchd", job, TODAY).wanted.items()
    assert place.endswith("LaunchAgents/local.arxiv-digest-89c689c9.plist")
    agent = plistlib.loads(text.encode())
    assert agent["WorkingDirectory"] == str(tmp_path)
    assert agent["ProgramArguments"] == [sys.executable, "-m", "digest_lib", "daily", *job.arguments]
    line = scheduler("cron", job, TODAY).wanted["crontab"].splitlines()[1]
    minute, hours, _, _, days = line.split()[:5]
    expected = {(int(d), int(h), int(minute)) for h, d in product(hours.split(","), days.split(","))}
    known = {(one["Weekday"], one["Hour"], one["Minute"]) for one in agent["StartCalendarInterval"]}
    assert expected <= known


def test_systemd_accepts_the_units(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """`systemd-analyze verify` has nothing to say, also where the folder's name holds a blank, a quote, % and $."""
    if not shutil.which("systemd-analyze"):
        pytest.skip("systemd-analyze is not installed")
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    root = tmp_path / 'a "folder" of 100 % $HOME'
    root.mkdir()
    one = scheduler("systemd", Job(root, root / "daily.yml", ("--outputs", str(root / "outputs"))), TODAY)
    for place, text in one.wanted.items():
        Path(place).parent.mkdir(parents=True, exist_ok=True)
        Path(place).write_text(text)
        assert "%" not in text.replace("%%", "")  # a bare one would name something of systemd's
    ran = subprocess.run(
        ["systemd-analyze", "verify", "--user", "--man=no", *one.wanted],
        env={**os.environ, "XDG_RUNTIME_DIR": str(tmp_path)}, capture_output=True, text=True, check=False,
    )  # fmt: skip
    ours = [line for line in ran.stderr.splitlines() if NAME in line]
    assert (0, []) == (ran.returncode, ours), ran.stderr


def test_cron_accepts_its_lines(tmp_path: Path):
    """The machine's own crontab finds nothing wrong with the block."""
    if not shutil.which("crontab"):
        pytest.skip("crontab is not installed")
    text = scheduler("cron", Job(tmp_path / "100 %", tmp_path / "daily.yml"), TODAY).wanted["crontab"]
    path = tmp_path / "crontab"
    path.write_text(text)
    for option in ("-n", "-T"):  # a dry run, in Debian's cron and in cronie
        ran = subprocess.run(["crontab", option, str(path)], capture_output=True, text=True, check=False)
        if "usage" not in ran.stderr.lower():
            assert ran.returncode == 0, ran.stderr
            path.write_text(text.replace(" * * ", " * 13 "))
            assert subprocess.run(["crontab", option, str(path)], capture_output=True, check=False).returncode
            return
    pytest.skip("this crontab knows no dry run")


def test_the_workflow_fits_the_schema(tmp_path: Path):
    """The workflow file is one by GitHub's schema, as check-jsonschema carries it."""
    job = Job(tmp_path, tmp_path / "parameters" / "vision.yml", ("--reader", "parameters/vision.yml"))
    one = scheduler("github", job, TODAY)
    one.install()
    command = [sys.executable, "-m", "check_jsonschema", "--builtin-schema", "vendor.github-workflows", *one.wanted]
    ran = subprocess.run(command, capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stdout + ran.stderr
    one.remove()
    assert not one.present


@pytest.fixture
def checkout(tmp_path: Path, arxiv: ArxivServer) -> Path:
    """A fresh copy of this repository without a single stored day; its .env points to the stand-in's morning."""
    folder = tmp_path / "a 100 % empty checkout"
    left = shutil.ignore_patterns(
        ".git", ".venv*", ".env", "outputs", ".*_cache", "__pycache__", "*.egg-info", ".hypothesis"
    )
    shutil.copytree(ROOT, folder, ignore=left)
    (folder / "outputs").mkdir()
    (folder / "outputs" / ".gitkeep").touch()
    # What a fresh environment would hold by itself: the package from this folder, in the notebook's kernel too.
    settings = {"PYTHONPATH": folder, "ARXIV_API_URL": arxiv.api_url, "ARXIV_FEED_URL": arxiv.feed_url}
    (folder / ".env").write_text("".join(f'{name}="{value}"\n' for name, value in settings.items()))
    return folder


def shell(
    script: str, folder: Path, home: Path, path: str = "/usr/bin:/bin", **environ: str
) -> subprocess.CompletedProcess:
    """Runs a script as cron and systemd do: no terminal, next to no environment."""
    (home / "tmp").mkdir(parents=True, exist_ok=True)
    known = {"HOME": str(home), "LOGNAME": "someone", "PATH": path, "SHELL": "/bin/sh"}
    return subprocess.run(
        ["bash", "-e", "-c", script], cwd=folder, env=known | environ,
        stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False,
    )  # fmt: skip


def test_the_crontab_line_makes_a_morning_in_an_empty_checkout(checkout: Path, home: Path):
    """Scheduled and started as cron would, twice: a whole day, its log one line an event, then nothing more to do."""
    with (checkout / ".env").open("a") as settings:
        settings.write('DIGEST_NOW="2026-02-09T05:35:00Z"\n')
    command = [sys.executable, "-m", "digest_lib", "schedule", "--where", "cron", "--yes"]
    told = subprocess.run(
        [*command, "--reader", "parameters/smoke.yml"], cwd=checkout, capture_output=True, text=True, check=False,
        env={"HOME": str(home), "PATH": f"{home}/bin:/usr/bin:/bin"},
    )  # fmt: skip
    assert told.returncode == 0, told.stderr
    line = next(line for line in (home / "crontab").read_text().splitlines() if line[0] != "#")
    for _ in range(2):
        # cron ends a command at the first bare %.
        ran = shell(re.split(r"(?<!\\)%", line.split(maxsplit=5)[5])[0].replace(r"\%", "%"), home, home)
        assert (ran.returncode, ran.stdout, ran.stderr) == (0, "", "")
    account = json.loads((checkout / "outputs" / "smoke" / "2026-02-09" / "run.json").read_text())
    assert (account["state"], len(account["history"])) == ("complete", 1)
    log = (checkout / "outputs" / "schedule.log").read_text()
    assert "2026-02-09 is finished" in log
    assert "\r" not in log
    assert "\x1b" not in log


def workflow_steps(checkout: Path) -> Iterator[dict]:
    """The workflow's own shell scripts, in order; the actions between them are GitHub's."""
    job = Job(checkout, checkout / "parameters" / "smoke.yml", ("--reader", "parameters/smoke.yml"))
    ((_, text),) = scheduler("github", job, TODAY).wanted.items()
    for step in yaml.safe_load(text)["jobs"]["digest"]["steps"]:
        if "run" in step and "if" not in step:
            yield step


def test_the_workflow_keeps_the_days_in_its_branch(checkout: Path, home: Path, tmp_path: Path, arxiv: ArxivServer):
    """A morning and a second look, each in a new checkout: text and thirty reports stay, nothing private does."""
    if not shutil.which("git"):
        pytest.skip("git is not installed")
    environ = dict.fromkeys(("DATE", "OPENAI_BASE_URL", "DIGEST_ZOTERO"), "")
    environ |= {"OPENAI_API_KEY": "sk-recognisable", "DIGEST_NOTIFY": "mailto://me@home", "GITHUB_ACTOR": "someone"}
    environ |= {"DIGEST_NOW": "2026-02-09T05:35:00Z", "TEXT": "https://example.org/digests/smoke"}
    settings = (checkout / ".env").rename(tmp_path / "settings")
    begin = """git init --quiet --bare ../origin; git init --quiet; git add --all
    git -c user.name=me -c user.email=me@home commit --quiet --message all; git push --quiet ../origin HEAD:main"""
    assert shell(begin, checkout, home).returncode == 0
    said = []
    for look in ("first", "second"):
        clone = tmp_path / look
        begin = f"""git clone --quiet --branch main ../origin {clone}; cd {clone}
        mkdir -p .venv/bin; touch .venv/.ready-base; cp {settings} .env
        printf '#!/bin/sh\nexec {sys.executable} "$@"\n' > .venv/bin/python; chmod +x .venv/bin/python"""
        assert shell(begin, checkout, home).returncode == 0
        for step in workflow_steps(clone):
            if step["name"].startswith("Keep") and look == "first":
                (clone / "outputs" / "marks.csv").write_text("2613.00001,a private mark\n")
                for number in range(35):
                    aged = clone / "outputs" / "smoke" / f"2025-{1 + number // 28:02}-{1 + number % 28:02}"
                    aged.mkdir()
                    (aged / "report.html").write_text("an older report")
            ran = shell(step["run"], clone / step.get("working-directory", "."), home, **environ, PYTHONPATH=str(clone))
            assert ran.returncode == 0, f"{step['name']}: {ran.stdout}{ran.stderr}"
            said.append(ran.stderr)
    assert ["2026-02-09 is finished" in text for text in said].count(True) == 1
    listed = shell("git ls-tree -r --name-only digests; git log --format=%s digests", tmp_path / "origin", home).stdout
    assert listed.count("Digests of ") == 1
    paths = listed.split("\n")[:-2]
    names = {"papers.jsonl", "verdicts.jsonl", "run.json", "run.log", "digest.md", "report.html", "papers.bib"}
    assert {f"smoke/2026-02-09/{name}" for name in names} == {path for path in paths if "/2026" in path}
    assert {path.rpartition("/")[2] for path in paths} - names == {"feed.xml"}
    assert sum(path.endswith("report.html") for path in paths) == 30
    folder = tmp_path / "second" / "_site"
    site = {
        str(path.relative_to(folder)): path.read_text(encoding="utf8") for path in folder.rglob("*") if path.is_file()
    }
    day = {"2026-02-09/report.html", "2026-02-09/papers.bib"}
    assert site.keys() == {"index.html", "feed.xml"} | day
    assert 'href="https://example.org/digests/smoke/2026-02-09/digest.md"' in site["index.html"]
    texts = shell("git log --patch digests -- ':!*/report.html'", tmp_path / "origin", home).stdout
    kept = texts + "".join(site.values())
    for private in ("sk-recognisable", "me@home", "a private mark", "phrases:", str(tmp_path)):
        assert private not in kept
