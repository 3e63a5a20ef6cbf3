"""How transactions fail: in a sentence that says what to do, and without a value of anybody's."""

from __future__ import annotations

import threading
import time

import pytest
from sqlalchemy import insert, text
from sqlalchemy.exc import DataError, IntegrityError, ProgrammingError

from mat.errors import StaleRow, StoreError
from mat.store.engine import Store
from tests.store_servers import NUMBER, TestServer, make_numbers

#: Each has a store of its own.
pytestmark = pytest.mark.slow

CANARY = "canary-51c0ffee"


def fail(store: Store, statement: str) -> None:
    with store.transaction(None) as connection:
        connection.execute(text(statement))


@pytest.mark.parametrize(
    ("state", "said"),
    [
        ("53100", "The disk of the case store is full"),
        ("53200", "ran out of memory"),
        ("53300", "too many at once"),
        ("55P03", "Somebody else was changing the same thing"),
        ("57014", "took the case store too long"),
        ("57P01", "connection to the case store was lost"),
        ("57P03", "does not answer"),
        ("40P01", "try again"),
        ("42P01", "another revision"),
        ("25006", "can only be read now"),
        ("XX001", "files are damaged"),
    ],
)
def test_what_the_database_cannot_do_is_told_in_a_sentence_without_a_value(store: Store, state: str, said: str) -> None:
    statement = f"DO $$ BEGIN RAISE EXCEPTION '{CANARY}' USING ERRCODE = '{state}', DETAIL = '{CANARY}'; END $$"

    with pytest.raises(StoreError, match=said) as caught:
        fail(store, statement)

    assert CANARY not in str(caught.value)
    assert caught.value.__cause__ is None
    assert caught.value.__suppress_context__


def test_a_change_that_somebody_else_made_first_is_a_stale_row(store: Store) -> None:
    with pytest.raises(StaleRow):
        fail(store, "DO $$ BEGIN RAISE EXCEPTION 'x' USING ERRCODE = '40001'; END $$")


def test_a_refused_privilege_is_a_defect_and_not_swallowed(store: Store) -> None:
    with pytest.raises(ProgrammingError, match="42501: permission denied for table store"):
        fail(store, "SELECT * FROM store")


def test_an_error_that_is_passed_on_holds_no_value(store: Store) -> None:
    def ask() -> None:
        with store.transaction(None) as connection:
            connection.execute(text("SELECT CAST(:given AS uuid)"), {"given": CANARY})

    with pytest.raises(DataError) as caught:
        ask()

    assert CANARY not in str(caught.value)
    assert CANARY not in str(caught.value.orig)
    assert caught.value.params is None


def test_a_broken_uniqueness_is_the_callers_business_and_holds_no_value(store: Store) -> None:
    make_numbers(store)

    def write_twice() -> None:
        with store.transaction(None) as connection:
            connection.execute(insert(NUMBER).values(n=1, said=CANARY))
            connection.execute(insert(NUMBER).values(n=1, said=CANARY))

    with pytest.raises(IntegrityError, match="number_pkey") as caught:
        write_twice()

    assert CANARY not in str(caught.value)


def test_two_people_in_each_others_way_are_told_to_try_again(store: Store) -> None:
    make_numbers(store)
    with store.transaction(None) as connection:
        connection.execute(insert(NUMBER), [{"n": 1, "said": ""}, {"n": 2, "said": ""}])
    both_have_one = threading.Barrier(2)
    told: list[BaseException] = []

    def change(first: int, second: int) -> None:
        update = text("UPDATE number SET said = 'x' WHERE n = :n")
        try:
            with store.transaction(None) as connection:
                connection.execute(update, {"n": first})
                both_have_one.wait(timeout=20)
                connection.execute(update, {"n": second})
        except StoreError as error:
            told.append(error)

    threads = [threading.Thread(target=change, args=pair) for pair in ((1, 2), (2, 1))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)

    assert len(told) == 1
    assert "try again" in str(told[0])


def test_too_many_at_once_are_told_so(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("mat.store.engine._SECONDS_FOR_A_CONNECTION", 0.1)
    store.close()
    taken = [store.transaction(None) for _ in range(10)]
    for transaction in taken:
        transaction.__enter__()

    with pytest.raises(StoreError, match="too many at once"):
        fail(store, "SELECT 1")

    for transaction in taken:
        transaction.__exit__(None, None, None)


def test_a_connection_lost_in_the_middle_is_told_and_nothing_is_saved(store: Store, server: TestServer) -> None:
    make_numbers(store)

    def write_and_lose() -> None:
        with store.transaction(None) as connection:
            connection.execute(insert(NUMBER).values(n=1, said=""))
            number = connection.scalar(text("SELECT pg_backend_pid()"))
            with server.connect("postgres") as administrator:
                administrator.execute("SELECT pg_terminate_backend(%s)", [number])
            connection.execute(text("SELECT 1"))

    with pytest.raises(StoreError, match="nothing of this was saved"):
        write_and_lose()

    with store.transaction(None) as connection:
        assert connection.scalar(text("SELECT count(*) FROM number")) == 0


@pytest.mark.parametrize("said", ["a\x00b", "a\ud800"])
def test_a_text_that_cannot_be_stored_is_told_in_a_sentence_and_not_quoted(store: Store, said: str) -> None:
    make_numbers(store)

    def write() -> None:
        with store.transaction(None) as connection:
            connection.execute(insert(NUMBER).values(n=1, said=said))

    with pytest.raises(StoreError, match=r"^What was typed holds a character that cannot be stored[a-z:; ]*\.$"):
        write()


def test_a_connection_lost_while_saving_leaves_it_open_and_says_so(store: Store, server: TestServer) -> None:
    def lose_at_the_end() -> None:
        with store.transaction(None) as connection:
            number = connection.scalar(text("SELECT pg_backend_pid()"))
            with server.connect("postgres") as administrator:
                administrator.execute("SELECT pg_terminate_backend(%s)", [number])
                time.sleep(0.2)

    with pytest.raises(StoreError, match="look whether it was saved"):
        lose_at_the_end()
