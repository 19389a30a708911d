"""Something in front of replicas: nginx with the file that docker/ ships, or a small round robin where nginx is missing."""

from __future__ import annotations

import http.client
import itertools
import os
import re
import shutil
import subprocess
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
import requests

NGINX = Path(__file__).parents[2] / "docker" / "proxy" / "nginx.conf"


def nginx_program() -> str | None:
    """Return nginx; without it fail when the run requires a proxy."""
    found = shutil.which("nginx", path=f"{os.environ.get('PATH', '')}:/usr/sbin")
    required = [name.strip() for name in os.environ.get("MYELOMA_CDS_TEST_REQUIRE", "").split(",")]
    if found is None and "proxy" in required:
        pytest.fail("nginx is required and is not installed")
    return found


@contextmanager
def running_nginx(program: str, port: int, backends: Sequence[int], folder: Path) -> Iterator[None]:
    """Run nginx with the shipped file: other addresses, no TLS, everything it writes in a folder."""
    text = NGINX.read_text(encoding="utf-8")
    servers = iter(backends)
    text = re.sub(r"server 127\.0\.0\.1:\d+", lambda _: f"server 127.0.0.1:{next(servers)}", text)
    text = re.sub(r"listen 443 ssl;", f"listen 127.0.0.1:{port};", text)
    text = re.sub(r"^ *ssl_\w+ .*\n", "", text, flags=re.MULTILINE)
    spare = "".join(
        f"{name}_temp_path {folder}/{name};\n" for name in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    user = "user root;\n" if os.geteuid() == 0 else ""
    head = f"{user}daemon off;\nworker_processes 1;\npid {folder}/pid;\nerror_log {folder}/error.log;\n"
    whole = f"{head}events {{}}\nhttp {{\n{spare}{text}}}\n"
    (folder / "nginx.conf").write_text(whole, encoding="utf-8")
    command = [program, "-e", f"{folder}/error.log", "-p", str(folder), "-c", str(folder / "nginx.conf")]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as process:  # noqa: S603 - the program found
        try:
            _wait_for(port, process)
            yield
        finally:
            process.terminate()
            process.wait(timeout=10)


def _wait_for(port: int, process: subprocess.Popen[str]) -> None:
    for _ in range(100):
        if process.poll() is not None:
            raise AssertionError(process.stderr.read() if process.stderr else "nginx ended")
        try:
            requests.get(f"http://127.0.0.1:{port}/metrics", timeout=2)
        except requests.ConnectionError:
            time.sleep(0.05)
        else:
            return
    raise AssertionError("nginx did not answer")


@contextmanager
def running_round_robin(port: int, backends: Sequence[int]) -> Iterator[None]:
    """Hand requests to one backend after the other, and to the next when one does not answer."""
    turn = itertools.count()

    class Handler(BaseHTTPRequestHandler):
        def _forward(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            first = next(turn)
            for number in range(len(backends) + 1):
                backend = backends[(first + number) % len(backends)]
                connection = http.client.HTTPConnection("127.0.0.1", backend, timeout=30)
                try:
                    connection.request(self.command, self.path, body, {**self.headers, "Connection": "close"})
                    answer = connection.getresponse()
                    content = answer.read()
                except (OSError, http.client.HTTPException):
                    continue
                finally:
                    connection.close()
                self.send_response(answer.status)
                self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)
                return
            self.send_error(502)

        def do_GET(self) -> None:
            self._forward()

        def do_POST(self) -> None:
            self._forward()

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", port), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
