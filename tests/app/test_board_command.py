from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
from pathlib import Path
from urllib.error import HTTPError
from urllib.request import urlopen

import pytest

from app.commands.acting import account
from app.serving.identity import FILE_NAME, read_provider
from app.tasking.founding import Founding, found
from mat.errors import SettingsError
from mat.settings import Settings
from mat.store.engine import Store
from tests.staff import Staff

PROVIDER = 'metadata_url = "https://id.example/.well-known"\nclient_id = "board"\nclient_secret = "s"\n'
ANYWHERE = "0.0.0.0"  # noqa: S104 - to be refused


def run(settings: Settings, *words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "app.cli", "board", *words],
        env=environment(settings), capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip


def environment(settings: Settings) -> dict[str, str]:
    places = {"DATA_DIR": settings.data_dir, "KEY_DIR": settings.key_dir, "DATABASE_URL": settings.database_url}
    return os.environ | {f"MAT_{name}": str(value) for name, value in places.items()}


@pytest.mark.slow
@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["--demo"], "This case store is not one for demonstrations"),
        (["--demo", "--address", ANYWHERE], "it serves this machine alone"),
        (["--demo", "--origin", "https://board.example"], "it serves this machine alone"),
        ([], "oidc.toml cannot be read"),
        (["--address", "board.example"], "--address should be a number"),
    ],
)
def test_a_board_that_would_let_in_whom_it_should_not_is_not_opened(
    staff: Staff, store_settings: Settings, words: list[str], sentence: str
) -> None:
    done = run(store_settings, *words)

    assert done.returncode == 2
    assert sentence in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.slow
@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["--address", ANYWHERE], "reached by https alone"),
        (["--origin", "http://board.example"], "should be such as https://"),
        (["--origin", "https://board.example/here"], "should be such as https://"),
    ],
)
def test_beyond_this_machine_it_is_reached_by_https_alone(
    staff: Staff, store_settings: Settings, words: list[str], sentence: str
) -> None:
    path = store_settings.key_dir / FILE_NAME
    path.write_text(PROVIDER, encoding="utf-8")
    path.chmod(0o600)

    done = run(store_settings, *words)

    assert (done.returncode, sentence in done.stderr) == (2, True)


@pytest.mark.slow
def test_the_board_of_a_demonstration_opens_says_so_and_stops_when_told(store: Store, store_settings: Settings) -> None:
    found(store, Founding(os_name=account(), person="Fay Founder", seats=20, is_demonstration=True, panel="A"))
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        refused = run(store_settings, "--demo", "--port", str(taken.getsockname()[1]))
    assert (refused.returncode, "choose another with --port" in refused.stderr) == (2, True)

    with subprocess.Popen(
        [sys.executable, "-m", "app.cli", "board", "--demo", "--port", "0"],
        env=environment(store_settings), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    ) as board:  # fmt: skip
        assert board.stdout is not None
        assert "DEMONSTRATION STORE" in board.stdout.readline()
        address = board.stdout.readline().split(" at ")[1].strip()
        board.stdout.readline()
        with urlopen(f"{address}/sign-in") as answer:  # noqa: S310 - of a board that this test opened
            page = answer.read().decode()
        with pytest.raises(HTTPError) as missing:
            urlopen(f"{address}/media/x")  # noqa: S310
        board.send_signal(signal.SIGTERM)
        assert board.wait(timeout=30) == 0

    assert "Demonstration data" in page
    assert missing.value.code == 404
    missing.value.close()


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (PROVIDER + "more = 1\n", "and nothing else"),
        (PROVIDER.replace("client_id", "id"), "and nothing else"),
        (PROVIDER.replace("https://id", "http://id"), "should begin with https://"),
        (PROVIDER.replace('"s"', '""'), "as text"),
        ("client_id = ", "is not TOML"),
    ],
)
def test_a_provider_that_cannot_be_trusted_or_read_is_refused(tmp_path: Path, content: str, sentence: str) -> None:
    path = tmp_path / FILE_NAME
    path.write_text(content, encoding="utf-8")
    path.chmod(0o600)

    with pytest.raises(SettingsError, match=sentence):
        read_provider(tmp_path)


def test_a_secret_that_others_may_read_is_refused(tmp_path: Path) -> None:
    path = tmp_path / FILE_NAME
    path.write_text(PROVIDER, encoding="utf-8")
    path.chmod(0o644)

    with pytest.raises(SettingsError, match="others may read it"):
        read_provider(tmp_path)
    path.chmod(0o600)
    assert "client_secret" not in repr(read_provider(tmp_path))
