"""`make doctor` on a sound machine, and on one that is broken in each way: the fault is named, and what to do."""

import os
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from digest_lib.announcements import newest_announcement
from digest_lib.doctor import Doctor
from digest_lib.schedulers import Job
from tests.servers import model_faults
from tests.servers.arxiv import ArxivServer
from tests.servers.faults import Fault
from tests.servers.model import ModelServer
from tests.servers.synthetic import synthetic_days

ROOT = Path(__file__).parents[1]
KEY = "sk-recognisable-0123456789"
NOBODY = "http://127.0.0.1:9"


@pytest.fixture(scope="module")
def arxiv() -> Iterator[ArxivServer]:
    """ArXiv on the day that this machine's clock shows: the doctor looks at clocks."""
    today = newest_announcement(datetime.now(UTC))
    with ArxivServer(synthetic_days(today, 2, papers=20), today) as server:
        yield server


@pytest.fixture(scope="module")
def model() -> Iterator[ModelServer]:
    """A model service that calls itself by a longer name than the reader file does."""
    with ModelServer({}, answering_model="some-model-2026-01-01") as server:
        yield server


@pytest.fixture
def doctor(
    arxiv: ArxivServer, model: ModelServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture,
):  # fmt: skip
    """Examines a machine that is sound but for what a test says; (exit code, report)."""
    arxiv.clear_faults()
    model.clear_faults()
    monkeypatch.setenv("HOME", str(tmp_path))  # where schedules are looked for
    monkeypatch.delenv("XDG_CONFIG_HOME", raising=False)
    sound = tmp_path / "reader.yml"
    sound.write_text((ROOT / "parameters" / "smoke.yml").read_text() + "judge: {model: some-model}\n")

    def examine(
        reader: Path = sound, outputs: Path = tmp_path, ahead: timedelta = timedelta(0), **environ: str
    ) -> tuple[int, str]:
        known = {"ARXIV_API_URL": arxiv.api_url, "ARXIV_FEED_URL": arxiv.feed_url}
        known |= {"OPENAI_API_KEY": KEY, "OPENAI_BASE_URL": model.base_url} | environ
        code = Doctor(Job(ROOT, reader), outputs, datetime.now(UTC) + ahead, known).examine()
        said = capsys.readouterr()
        assert KEY not in said.out + said.err
        return code, said.out

    return examine


def fault(report: str) -> str:
    """The one fault of a report, with what to do."""
    assert report.count("\nfault") == 1, report
    return report.partition("\nfault")[2].partition("\nok")[0].partition("\nwarn")[0]


def test_a_sound_machine_has_no_fault(doctor, model: ModelServer):
    """Every line is fine; one question was asked, and the model's own name and what it cost are told."""
    asked = len(model.log)
    code, report = doctor()
    assert code == 0, report
    assert "fault" not in report
    assert len(model.log) == asked + 1
    cost = model.log[-1].usage["total_tokens"]
    assert f"some-model-2026-01-01 at 127.0.0.1 answers; that cost {cost} tokens" in report
    assert "the clock agrees with arXiv's" in report


def test_no_network(doctor):
    """Where nothing can be reached, arXiv and the network are named."""
    code, report = doctor(ARXIV_FEED_URL=f"{NOBODY}/rss", ARXIV_API_URL=f"{NOBODY}/api/query")
    assert code == 1
    assert "cannot be reached" in fault(report)
    assert "-> check the network" in fault(report)


def test_an_overloaded_index(doctor, arxiv: ArxivServer):
    """A refusal of the index alone is a fault of arXiv, told with its status."""
    arxiv.fault("api", Fault.status(403), times=None)
    code, report = doctor()
    assert (code, "HTTP 403" in fault(report)) == (1, True)


def test_a_wrong_key(doctor, model: ModelServer):
    """A refused key is named, with the variable to correct."""
    model.fault(model_faults.BAD_KEY, times=None)
    code, report = doctor()
    assert code == 1
    assert "refuses the key (HTTP 401); check OPENAI_API_KEY" in fault(report)


def test_no_model_service(doctor):
    """A service that is not there is named by its host, with the variable to correct."""
    code, report = doctor(OPENAI_BASE_URL=f"{NOBODY}/v1")
    assert code == 1
    assert "at 127.0.0.1 does not answer" in fault(report)
    assert "OPENAI_BASE_URL" in fault(report)


def test_a_model_that_cannot_judge(doctor, model: ModelServer):
    """A model whose answers cannot be used is told from a service that does not answer."""
    model.fault(model_faults.EMPTY, times=None)
    code, report = doctor()
    assert (code, "gives no usable answer" in fault(report)) == (1, True)


def test_a_service_that_refuses_the_question(doctor, model: ModelServer):
    """A service that takes no question of ours is a fault with the places to look at."""
    model.fault(model_faults.status(400), times=None)
    code, report = doctor()
    assert (code, "127.0.0.1 refuses the question" in fault(report)) == (1, True)


def test_bad_yaml(doctor, tmp_path: Path):
    """A reader file that is no YAML is named with the line; the rest is examined all the same."""
    wrong = tmp_path / "wrong.yml"
    wrong.write_text("categories: [cs.CV\nlanguage: en\n")
    code, report = doctor(reader=wrong)
    assert code == 1
    assert "wrong.yml is not valid YAML, line" in fault(report)
    assert "-> correct that file" in fault(report)
    assert "the clock agrees" in report
    assert " model " not in report, "without a reader there is no model to ask for"


@pytest.mark.parametrize(("days", "side"), [(1, "ahead of"), (-1, "behind")])
def test_a_clock_one_day_off(doctor, days: int, side: str):
    """A clock that would take one day for another is a fault that says by how much and how to set it."""
    code, report = doctor(ahead=timedelta(days=days))
    assert code == 1
    assert f"the clock is 1 day, 0:00:00 (h:mm:ss) {side} arXiv's" in fault(report)
    assert "-> set it (timedatectl" in fault(report)


def test_the_command_line(arxiv: ArxivServer, tmp_path: Path):
    """`python -m digest_lib doctor` exits with 1 where there is a fault, and reads the clock that a run would read."""
    now = (datetime.now(UTC) + timedelta(days=1)).isoformat()
    environ = {"ARXIV_API_URL": arxiv.api_url, "ARXIV_FEED_URL": arxiv.feed_url, "DIGEST_NOW": now}
    command = [sys.executable, "-m", "digest_lib", "doctor", "--outputs", str(tmp_path)]
    environ = {**os.environ, "OPENAI_API_KEY": ""} | environ
    ran = subprocess.run(command, cwd=ROOT, env=environ, capture_output=True, text=True, check=False)
    assert ran.returncode == 1
    assert "-> unset DIGEST_NOW" in fault(ran.stdout)
    assert "the local judge works alone (no OPENAI_API_KEY)" in ran.stdout


def test_a_full_disk(doctor, tmp_path: Path):
    """A file system without room is named by what the system says of it."""
    full = tmp_path / "full"
    full.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=64k", "none", str(full)], capture_output=True, check=False
    )
    if mounted.returncode:
        pytest.skip("only root can mount a small file system")
    try:
        (full / "ballast").write_bytes(bytes(60_000))
        code, report = doctor(outputs=full / "outputs")
    finally:
        subprocess.run(["umount", str(full)], check=True)
    assert code == 1
    assert "nothing can be written to" in fault(report)
    assert "No space left on device" in fault(report)
    assert "-> make room" in fault(report)


def test_no_write_permission(doctor, tmp_path: Path):
    """A folder that takes no file is named, with the command that shows why."""
    closed = tmp_path / "closed"
    closed.mkdir()
    closed.chmod(0o500)
    if os.access(closed, os.W_OK):  # root may write anywhere but where the kernel itself says no
        closed = Path("/proc")
        if not closed.is_dir():
            pytest.skip("this user may write anywhere")
    code, report = doctor(outputs=closed)
    assert code == 1
    assert f"nothing can be written to {closed}" in fault(report)
    assert f"ls -ld {closed}" in fault(report)


def test_a_schedule_of_another_time(doctor, tmp_path: Path):
    """What starts a run is named; lines made in another time zone are told, with the command that mends them."""
    units = tmp_path / ".config" / "systemd" / "user"
    assert "nothing starts it" in doctor()[1]
    units.mkdir(parents=True)
    (units / "arxiv-digest-reader.timer").write_text("[Timer]\nOnCalendar=Mon..Fri 08:00\n")
    code, report = doctor()
    assert code == 0
    assert "-> make schedule WHERE=systemd" in report
