"""No file names a folder of somebody's machine: it would mean nothing to anybody else."""

import re
import subprocess
from pathlib import Path
from shutil import which

import pytest

ROOT = Path(__file__).parents[2]
# A path that begins at the root, in one of the places where people's own folders lie; not the path part of a URL.
MACHINE_PATH = re.compile(
    r"(?<![\w.~${}/-])(?:file://)?/(?:root|work|home/[a-z_][\w.-]*|Users/[A-Za-z][\w.-]*|mnt/[a-z]|private/tmp)/"
    r"|\b[A-Z]:\\Users\\"
)
THIS = Path(__file__).resolve()


def our_files() -> list[Path]:
    """List the files that git knows, or would take with the next commit."""
    git = which("git")
    if git is None or not (ROOT / ".git").exists():
        pytest.skip("git or its folder is missing here, so the list of files is not known")
    listed = subprocess.run(  # noqa: S603 - fixed arguments
        [git, "-C", str(ROOT), "-c", f"safe.directory={ROOT}", "ls-files", "-z", "-c", "-o", "--exclude-standard"],
        capture_output=True,
        check=True,
    )
    paths = [ROOT / name for name in listed.stdout.decode().split("\0") if name]
    return [path for path in paths if path.is_file() and path != THIS]


def test_no_file_names_a_machine() -> None:
    found = []
    for path in our_files():
        data = path.read_bytes()
        if b"\0" in data[:8000]:
            continue
        for number, line in enumerate(data.decode("utf-8", errors="replace").splitlines(), start=1):
            hit = MACHINE_PATH.search(line)
            if hit:
                found.append(f"{path.relative_to(ROOT)}:{number}: {hit.group()}")
    assert not found, "please name files from the repository's root:\n" + "\n".join(found)


@pytest.mark.parametrize(
    "text",
    [
        "see /root/notes.md",
        '"/root/.cache/x"',
        "(/home/anna/x)",
        "file:///home/anna/x",
        "/Users/Anna/x",
        "C:\\Users\\x",
    ],
)
def test_a_machine_path_is_seen(text: str) -> None:
    assert MACHINE_PATH.search(text)


@pytest.mark.parametrize(
    "text",
    ["https://example.org/root/x", "cds_service/root/x", "/homework/x", "/usr/bin/env", "$HOME/root/x", "/var/x"],
)
def test_other_paths_are_left_alone(text: str) -> None:
    assert not MACHINE_PATH.search(text)
