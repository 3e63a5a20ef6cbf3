"""PostgreSQL's own programs for a whole database, run against the store; what they say stays here.

Their messages may quote rows, so a caller hears a sentence of ours and nothing else.
"""

from __future__ import annotations

import subprocess
import threading
from collections.abc import Generator
from contextlib import contextmanager, suppress
from typing import IO

from psycopg.conninfo import make_conninfo

from mat.errors import StoreError
from mat.store.account import plain_environment, program
from mat.store.place import Gate, Role

_BYTES_KEPT = 4000
_REASONS = (
    ("No space left", "the disk is full, so make room and try again."),
    ("server version mismatch", "its server is newer than the programs that come with mat, so use its own."),
    ("permission denied", "the login of database_url may not do this, so use a superuser's address."),
    ("must be superuser", "the login of database_url may not do this, so use a superuser's address."),
    ("must be able to SET ROLE", "the login of database_url may not do this, so use a superuser's address."),
    ("connection to server", "its server does not answer, so see that it runs and try again."),
    ("already exists", "the place is not empty, so name another data_dir or database_url."),
)


class Program:
    """A running program: where it reads and writes, and how it ended."""

    def __init__(self, process: subprocess.Popen[bytes], streams: tuple[IO[bytes], IO[bytes], IO[bytes]]) -> None:
        self.input, self.output, self._messages = streams
        self._process = process
        self._said = b""
        self._listener = threading.Thread(target=self._listen, daemon=True)
        self._listener.start()

    def finish(self, failed: str) -> None:
        """Wait for its end.

        Raises:
            StoreError: it failed; the sentence begins with `failed`.
        """
        code = self._process.wait()
        self._listener.join()
        if code != 0:
            said = self._said.decode("utf-8", errors="replace")
            reason = next((reason for word, reason in _REASONS if word in said), "the file does not fit this server.")
            raise StoreError(f"{failed}: {reason}")

    def _listen(self) -> None:
        for line in self._messages:
            self._said = (self._said + line)[:_BYTES_KEPT]


@contextmanager
def running(name: str, *arguments: str, **environment: str) -> Generator[Program]:
    """Run a program while the block runs; killed if the block fails, and never heard of again then."""
    with subprocess.Popen(  # noqa: S603 - a program of our own package, no shell, no value of a record
        [str(program(name)), *arguments],
        env=plain_environment(**environment),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as process:
        if process.stdin is None or process.stdout is None or process.stderr is None:
            raise AssertionError("unreachable: all three are pipes")
        try:
            yield Program(process, (process.stdin, process.stdout, process.stderr))
        except BaseException:
            process.kill()
            raise
        finally:
            with suppress(BrokenPipeError):
                process.stdin.close()


@contextmanager
def running_on(gate: Gate, role: Role, name: str, *arguments: str) -> Generator[Program]:
    """Run a program on the store's database as `role`, as `running` does."""
    address = gate.address(role)
    secret = {"PGPASSWORD": address.pop("password")} if "password" in address else {}
    with running(name, *arguments, "--no-password", f"--dbname={make_conninfo(**address)}", **secret) as found:
        yield found
