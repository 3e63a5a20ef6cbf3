"""Notes are those of C2SP, letter by letter: the published example is made and read, and nothing near it."""

from __future__ import annotations

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from governance.notes import private_key_line, public_key_of, read_note, read_private_key, read_public_key, sign
from mat.errors import BadInput

#: The example that Go's package for signed notes and many others publish.
PRIVATE = "PRIVATE+KEY+PeterNeumann+c74f20a3+AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz"
PUBLIC = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
TEXT = "If you think cryptography is the answer to your problem,\nthen you don't know what your problem is.\n"
SIGNATURE = (
    "\u2014 PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n"
)
NOTE = f"{TEXT}\n{SIGNATURE}"


def some_key(number: int) -> Ed25519PrivateKey:
    return Ed25519PrivateKey.from_private_bytes(bytes([number]) * 32)


def test_the_published_example_is_signed_and_read() -> None:
    private, name = read_private_key(PRIVATE)

    note = sign(TEXT, private, name)

    assert note == NOTE
    assert read_note(note).text == TEXT
    assert read_note(note).signed_by([read_public_key(PUBLIC)]) == (public_key_of(private, name),)
    assert public_key_of(private, name).line == PUBLIC
    assert private_key_line(private, name) == PRIVATE


@given(st.integers(0, len(NOTE) - 1), st.characters(codec="utf-8"))
def test_a_note_with_any_letter_changed_is_unreadable_or_unsigned(place: int, letter: str) -> None:
    changed = NOTE[:place] + letter + NOTE[place + 1 :]

    assert (changed == NOTE) == is_signed(changed)


def is_signed(note: str) -> bool:
    try:
        return bool(read_note(note).signed_by([read_public_key(PUBLIC)]))
    except BadInput:
        return False


@given(st.integers(0, len(PUBLIC) - 1), st.characters(codec="utf-8"))
def test_a_public_key_with_any_letter_changed_is_refused(place: int, letter: str) -> None:
    changed = PUBLIC[:place] + letter + PUBLIC[place + 1 :]

    if changed != PUBLIC:
        with pytest.raises(BadInput):
            read_public_key(changed)


def test_several_signatures_stand_under_one_note_and_unknown_ones_are_passed_over() -> None:
    known = [public_key_of(some_key(number), f"partner{number}") for number in (1, 2)]
    lines = [sign(TEXT, some_key(number), f"partner{number}").rpartition("\n\n")[2] for number in (1, 2, 3)]

    note = read_note(f"{TEXT}\n{''.join(lines)}")

    assert [each.name for each in note.signatures] == ["partner1", "partner2", "partner3"]
    assert note.signed_by(known) == tuple(known)


def test_a_signature_under_another_name_does_not_count() -> None:
    note = read_note(NOTE.replace("\u2014 PeterNeumann ", "\u2014 Somebody "))

    assert note.signed_by([read_public_key(PUBLIC)]) == ()


@pytest.mark.parametrize(
    "note",
    [
        "",
        TEXT,
        NOTE.removesuffix("\n"),
        f"{NOTE}\n",
        NOTE.replace("\u2014 ", "- "),
        NOTE.replace("\u2014 ", "\u2014  "),
        NOTE.replace("\n", "\r\n"),
        NOTE.replace("AM=\n", "AN=\n"),
        NOTE.replace("AM=\n", "AM\n"),
        f"{TEXT}\n{SIGNATURE}spare\n",
        f"{TEXT}{SIGNATURE}",
        f"{TEXT}\n",
    ],
    ids=[
        "nothing",
        "text alone",
        "no last newline",
        "one newline more",
        "another dash",
        "two spaces",
        "other line ends",
        "bits to spare",
        "no padding",
        "a line under the signatures",
        "no empty line",
        "no signature",
    ],
)
def test_what_is_not_written_as_a_note_is_refused(note: str) -> None:
    with pytest.raises(BadInput, match="not a signed note"):
        read_note(note)


@pytest.mark.parametrize("text", ["no newline", "tab\tinside\n", ""])
def test_what_cannot_be_a_text_is_not_signed(text: str) -> None:
    with pytest.raises(ValueError, match="last line ends in a newline"):
        sign(text, some_key(1), "partner")


@pytest.mark.parametrize("name", ["", "two words", "a+b", "line\nbreak"])
def test_a_name_that_cannot_stand_in_a_note_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match="cannot name a key"):
        public_key_of(some_key(1), name)


@pytest.mark.parametrize(
    "line", ["", PUBLIC, PRIVATE.replace("PRIVATE", "private"), PRIVATE.replace("c74f20a3", "c74f20a4"), PRIVATE[:-4]]
)
def test_what_is_no_private_key_is_refused(line: str) -> None:
    with pytest.raises(BadInput, match="private key"):
        read_private_key(line)
