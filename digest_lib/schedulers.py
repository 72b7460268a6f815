"""How each scheduler is told to start a run: files that it reads, or a block of lines in the crontab.

systemd and GitHub count in New York's time. cron and launchd know this machine's clock alone: there a run is started at
every hour that the moment falls on in the course of the year, because either side may change to summer time.
"""

import os
import plistlib
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, tzinfo
from pathlib import Path
from typing import Literal, get_args

from digest_lib.announcements import NEW_YORK
from digest_lib.durable import write_atomically
from digest_lib.errors import DigestError, ParametersError
from digest_lib.history import (
    ANSWERS,
    BIBTEX,
    DELIVERIES,
    DIGEST,
    FEED,
    IMPORTED,
    LOG,
    MANIFEST,
    PAPERS,
    REPORT,
    VERDICTS,
    ZOTERO,
)
from digest_lib.moments import listed, moments

Where = Literal["systemd", "launchd", "cron", "github"]
KEPT = (
    *(PAPERS, VERDICTS, ANSWERS, IMPORTED, MANIFEST, LOG, DIGEST, REPORT, BIBTEX),
    *(DELIVERIES, FEED, ZOTERO),
)
"""What a hosted workflow keeps in its branch: not the run notebook, for it shows the reader file."""
TEMPLATES = Path(__file__).parent / "templates" / "schedule"
_DAYS = ("Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat")


@dataclass(frozen=True)
class Job:
    """What is to be started: the daily run of one reader, in the folder of the workspace."""

    root: Path
    reader: Path
    arguments: tuple[str, ...] = ()
    """What follows `daily`: nothing for the daily reader and its usual outputs."""

    @property
    def name(self) -> str:
        """What schedulers call it: one name a reader, of characters that all of them take."""
        stem = re.sub(r"[^\w.-]", lambda found: f"{ord(found[0]):x}", self.reader.stem, flags=re.ASCII)
        return "arxiv-digest" if stem == "daily" else f"arxiv-digest-{stem}"

    def command(self, python: str = sys.executable, command: str = "daily") -> list[str]:
        """The words of the command line; it calls the module, whose exit codes mean something."""
        return [python, "-m", "digest_lib", command, *self.arguments]


class Files:
    """A scheduler that reads files; `start` and `stop` are the commands that tell it of their coming and going."""

    def __init__(
        self, files: Mapping[Path, str], start: Sequence[Sequence[str]] = (), stop: Sequence[str] = ()
    ) -> None:
        self.wanted = {str(path): text for path, text in files.items()}
        self._start, self._stop = start, stop

    @property
    def present(self) -> dict[str, str]:
        """What stands there now, by its place."""
        return {place: Path(place).read_text(encoding="utf8") for place in self.wanted if Path(place).exists()}

    def install(self) -> None:
        """Put it in place, whatever stood there.

        Raises:
            DigestError: the scheduler refuses it.
        """
        self.remove()
        for place, text in self.wanted.items():
            Path(place).parent.mkdir(parents=True, exist_ok=True)
            write_atomically(Path(place), text)
        for command in self._start:
            _tell(command)

    def remove(self) -> None:
        """Take it away; where there is nothing, nothing happens."""
        present = self.present
        if present and self._stop:
            _run(self._stop)  # it may have been stopped by hand, so a refusal means nothing
        for place in present:
            Path(place).unlink()


class Crontab:
    """The crontab of this user, in which one block is ours."""

    def __init__(self, name: str, lines: str) -> None:
        begin, end = f"# {name}: begin\n", f"# {name}: end\n"
        self.wanted = {"crontab": begin + lines + end}
        self._ours = re.compile(f"^{re.escape(begin)}.*?^{re.escape(end)}", re.DOTALL | re.MULTILINE)

    @property
    def present(self) -> dict[str, str]:
        """Our block as it stands there now."""
        found = self._ours.search(_crontab())
        return {"crontab": found[0]} if found else {}

    def install(self) -> None:
        """Put our block at the end; see `Files.install`."""
        others = self._ours.sub("", _crontab())
        between = "" if others.endswith("\n") or not others else "\n"
        _tell(["crontab", "-"], others + between + self.wanted["crontab"])

    def remove(self) -> None:
        """Take our block away and leave all other lines as they are."""
        if self.present:
            _tell(["crontab", "-"], self._ours.sub("", _crontab()))


def fitting() -> Where:
    """The scheduler that this machine has.

    Raises:
        ParametersError: it has none.
    """
    if sys.platform == "darwin":
        return "launchd"
    if shutil.which("systemctl") and _run(["systemctl", "--user", "show-environment"]).returncode == 0:
        return "systemd"
    if shutil.which("crontab"):
        return "cron"
    raise ParametersError(
        "This machine has neither a systemd user manager nor a crontab; WHERE=github makes a workflow that runs "
        "elsewhere, or let a scheduler of your own start `python -m digest_lib daily`."
    )


def scheduler(where: Where, job: Job, since: date, zone: tzinfo | None = None) -> Files | Crontab:
    """How one scheduler is told of a job; `zone` is the clock that cron and launchd go by (None: this machine's)."""
    match where:
        case "systemd":
            return _systemd(job, since)
        case "launchd":
            return _launchd(job, since, zone)
        case "cron":
            return _cron(job, since, zone)
    return _github(job, since)


def installed(job: Job, since: date) -> dict[Where, bool]:
    """Where the job is scheduled, and whether as it would be today."""
    known = {where: scheduler(where, job, since) for where in get_args(Where)}
    return {where: one.present == one.wanted for where, one in known.items() if one.present}


def _systemd(job: Job, since: date) -> Files:
    folder = Path(os.environ.get("XDG_CONFIG_HOME") or Path.home() / ".config") / "systemd" / "user"
    calendar = (
        f"OnCalendar={','.join(_DAYS[day] for day in one.weekdays)} *-*-* "
        f"{listed(one.hours, 2)}:{one.minute:02}:00 {NEW_YORK.key}"
        for one in moments(NEW_YORK, since)
    )
    command = " ".join('"' + re.sub(r'(["\\])', r"\\\1", word).replace("$", "$$") + '"' for word in job.command())
    values = {
        "what": f"arXiv digest ({job.reader.stem})".replace("%", "%%"),
        "folder": str(job.root).replace("%", "%%"),
        "command": command.replace("%", "%%"),
        "calendar": "\n".join(calendar),
    }
    tell = ("systemctl", "--user")
    return Files(
        {folder / f"{job.name}.{kind}": _filled(kind, values) for kind in ("service", "timer")},
        start=[(*tell, "daemon-reload"), (*tell, "enable", "--now", f"{job.name}.timer")],
        stop=(*tell, "disable", "--now", f"{job.name}.timer"),
    )


def _launchd(job: Job, since: date, zone: tzinfo | None) -> Files:
    label, log = f"local.{job.name}", str(job.root / "outputs" / "schedule.log")
    path = Path.home() / "Library" / "LaunchAgents" / f"{label}.plist"
    agent = {
        "Label": label,
        "WorkingDirectory": str(job.root),
        "ProgramArguments": job.command(),
        # What was slept through is made up for on waking, once.
        "StartCalendarInterval": [
            {"Weekday": day, "Hour": hour, "Minute": one.minute}
            for one in moments(zone, since) for day in one.weekdays for hour in one.hours
        ],
        "StandardOutPath": log,
        "StandardErrorPath": log,
    }  # fmt: skip
    domain = f"gui/{os.getuid()}"
    return Files(
        {path: plistlib.dumps(agent).decode()},
        start=[("launchctl", "bootstrap", domain, str(path))],
        stop=("launchctl", "bootout", f"{domain}/{label}"),
    )


def _cron(job: Job, since: date, zone: tzinfo | None) -> Crontab:
    # cron ends a command at a bare %.
    started = f"cd {shlex.quote(str(job.root))} && {shlex.join(job.command())}".replace("%", r"\%")
    lines = [f"{one.cron} {started} >> outputs/schedule.log 2>&1\n" for one in moments(zone, since)]
    return Crontab(job.name, "".join(lines))


def _github(job: Job, since: date) -> Files:
    """One workflow a repository: it owns the site."""
    lines = [f'    - cron: "{one.cron}"\n      timezone: {NEW_YORK.key}' for one in moments(NEW_YORK, since)]
    values = {
        "schedule": "\n".join(lines),
        "command": shlex.join(job.command(".venv/bin/python")),
        "site": shlex.join(job.command(".venv/bin/python", "site")),
        "subfolder": "" if job.reader.stem == "daily" else f"/{job.reader.stem}",
        "kept": " ".join(f"'!{name}'" for name in KEPT),
    }
    path = job.root / ".github" / "workflows" / "daily-digest.yml"
    return Files({path: _filled("workflow.yml", values)})


def _filled(template: str, values: Mapping[str, str]) -> str:
    text = (TEMPLATES / template).read_text(encoding="utf8")
    for name, value in values.items():
        text = text.replace(f"<{name}>", value)
    return text


def _crontab() -> str:
    return _run(["crontab", "-l"]).stdout if shutil.which("crontab") else ""


def _tell(command: Sequence[str], text: str = "") -> None:
    ran = _run(command, text)
    if ran.returncode:
        raise DigestError(f"`{shlex.join(command)}` failed: {ran.stderr.strip() or ran.returncode}")


def _run(command: Sequence[str], text: str = "") -> subprocess.CompletedProcess[str]:
    try:
        return subprocess.run(command, input=text, capture_output=True, text=True, check=False)  # noqa: S603
    except FileNotFoundError:
        raise DigestError(f"There is no {command[0]} on this machine.") from None
