"""What is decided, without a connection: where to go on, where a body belongs, how long to wait, whom to follow."""

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from paper_repro.download import decisions
from paper_repro.download.decisions import STEP_BYTES, AgainError, GoneError, Kept, Policy

URL = "http://archive.test/a/file.bin"
NOW = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
STRONG = Kept(URL, 5_000_000, '"v1"', "Thu, 01 Jan 2026 00:00:00 GMT")


@pytest.mark.parametrize(("have", "offset"), [
    (0, 0), (1, 0), (STEP_BYTES, 0), (STEP_BYTES + 1, STEP_BYTES), (2 * STEP_BYTES, STEP_BYTES),
    (2 * STEP_BYTES + 1, 2 * STEP_BYTES),
])
def test_goes_on_from_the_last_step_that_is_surely_on_the_disk(have: int, offset: int) -> None:
    headers = {"Range": f"bytes={offset}-", "If-Range": '"v1"'} if offset else {}
    assert decisions.resume(have, STRONG, URL, hashed=False) == (offset, headers)


@given(have=st.integers(0, 1 << 40))
def test_a_kill_costs_at_most_one_step(have: int) -> None:
    offset, _ = decisions.resume(have, STRONG, URL, hashed=False)
    assert 0 <= have - offset <= STEP_BYTES
    assert offset % STEP_BYTES == 0


@pytest.mark.parametrize(("known", "hashed", "condition"), [
    (Kept(URL, 9, 'W/"v1"', "date"), False, {"If-Range": "date"}),  # a weak ETag isn't allowed there
    (Kept(URL, 9, None, "date"), False, {"If-Range": "date"}),
    (Kept(URL, 9, None, None), True, {}),  # the hash tells
    (Kept(URL, 9, 'W/"v1"', None), True, {}),
])
def test_asks_for_the_same_version(known: Kept, hashed: bool, condition: dict[str, str]) -> None:
    expected = {"Range": f"bytes={STEP_BYTES}-", **condition}
    assert decisions.resume(STEP_BYTES + 5, known, URL, hashed=hashed) == (STEP_BYTES, expected)


@pytest.mark.parametrize("known", [None, Kept("http://other.test/file.bin", 9, '"v1"', None), Kept(URL, 9, None, None),
                                   Kept(URL, 9, 'W/"v1"', None)])
def test_starts_again_where_the_rest_might_be_of_another_file(known: Kept | None) -> None:
    assert decisions.resume(STEP_BYTES + 5, known, URL, hashed=False) == (0, {})


@pytest.mark.parametrize("record", [None, {}, {"url": URL}, {**STRONG.record(), "size": "5"},
                                    {**STRONG.record(), "x": 1}, {**STRONG.record(), "url": None}])
def test_a_record_that_is_none_counts_as_absent(record: dict[str, Any] | None) -> None:
    assert decisions.kept(record) is None


def test_a_record_comes_back() -> None:
    assert decisions.kept(STRONG.record()) == STRONG


def part(first: int, total: int | str = 5_000_000, **more: str) -> dict[str, str]:
    return {"content-range": f"bytes {first}-4999999/{total}", "content-length": "7", "etag": '"v1"', **more}


@pytest.mark.parametrize(("status", "headers", "start", "size"), [
    (200, {"content-length": "5000000"}, 0, 5_000_000),
    (200, {}, 0, None),
    (200, {"content-length": "7", "transfer-encoding": "chunked"}, 0, None),
    (200, {"content-length": "nonsense"}, 0, None),
    (206, part(STEP_BYTES), STEP_BYTES, 5_000_000),
    (206, {"content-range": part(STEP_BYTES)["content-range"]}, STEP_BYTES, 5_000_000),  # no ETag in a part
])
def test_where_a_body_belongs(status: int, headers: dict[str, str], start: int, size: int | None) -> None:
    found = decisions.place(URL, status, headers, STEP_BYTES, STRONG, None)
    assert (found[0], found[1].size) == (start, size)


@pytest.mark.parametrize(("status", "headers"), [
    (206, part(STEP_BYTES + 1)), (206, {}), (206, {"content-range": "lines 1-2/3"}),
    (206, part(STEP_BYTES, 5_000_001)), (206, part(STEP_BYTES, etag='"v2"')), (416, {}),
    (200, {"content-length": "4999999"}), (200, {"content-encoding": "gzip"}),
])
def test_an_answer_that_does_not_fit_is_not_appended(status: int, headers: dict[str, str]) -> None:
    with pytest.raises(AgainError) as caught:
        decisions.place(URL, status, headers, STEP_BYTES, STRONG, 5_000_000)
    assert caught.value.fresh
    assert str(caught.value).startswith(URL)


def test_a_part_that_nobody_asked_for_is_refused() -> None:
    with pytest.raises(AgainError, match="expected the part"):
        decisions.place(URL, 206, part(0), 0, None, None)


def test_packed_files_may_be_called_an_encoding() -> None:
    assert decisions.place(URL + ".tar.gz", 200, {"content-encoding": "x-gzip"}, 0, None, None)[0] == 0


@pytest.mark.parametrize(("status", "kind"), [
    (200, None), (206, None), (416, None), (408, AgainError), (429, AgainError), (500, AgainError), (502, AgainError),
    (503, AgainError), (504, AgainError), (400, GoneError), (401, GoneError), (403, GoneError), (404, GoneError),
    (410, GoneError), (501, GoneError), (204, GoneError),
])
def test_which_statuses_are_tried_again(status: int, kind: type | None) -> None:
    found = decisions.refusal(URL, status, {"retry-after": "7"}, NOW)
    assert found is None if kind is None else isinstance(found, kind)
    if isinstance(found, AgainError):
        assert found.wait_s == 7


@pytest.mark.parametrize(("value", "seconds"), [
    ("0", 0), ("120", 120), (" 5 ", 5), ("Fri, 02 Jan 2026 03:04:35 GMT", 30), ("Fri, 02 Jan 2026 03:00:00 GMT", 0),
    ("", None), ("-1", None), ("soon", None), ("1.5", None), ("9" * 30, None), ("Fri, 31 Feb 2026 03:04:35 GMT", None),
    (f"Fri, 02 Jan {'9' * 30} 03:04:35 GMT", None), ("Fri, 02 Jan 2026 03:04:35 +" + "9" * 30, None),
])
def test_retry_after(value: str, seconds: float | None) -> None:
    assert decisions.retry_after({"retry-after": value}, NOW) == seconds


@pytest.mark.parametrize(("date", "seconds"), [
    ("Mon, 05 Jan 2026 03:04:05 GMT", 30),  # three days ahead of this machine
    ("Thu, 01 Jan 2026 03:04:05 GMT", 4 * 86400 + 30),
    ("Mon, 05 Jan 2026 03:05:00 GMT", 0),
    ("nonsense", 3 * 86400 + 30),
])
def test_retry_after_counts_from_the_servers_own_clock(date: str, seconds: float) -> None:
    headers = {"retry-after": "Mon, 05 Jan 2026 03:04:35 GMT", "date": date}
    assert decisions.retry_after(headers, NOW) == seconds


def test_no_retry_after() -> None:
    assert decisions.retry_after({}, NOW) is None


def test_pauses_double_and_end() -> None:
    policy = Policy(tries=4, backoff_s=2.0, longest_wait_s=100.0)
    assert [decisions.pause(tried, None, policy, 0.5) for tried in (1, 2, 3, 4)] == [2.0, 4.0, 8.0, None]
    assert [decisions.pause(1, None, policy, jitter) for jitter in (0.0, 1.0)] == [1.0, 3.0]
    assert [decisions.pause(tried, None, policy, 0.5, stranger=True) for tried in (1, 2)] == [2.0, None]
    assert decisions.pause(1, None, Policy(tries=1), 0.5, stranger=True) is None


@given(tried=st.integers(1, 40), asked=st.none() | st.floats(0, 1e4), jitter=st.floats(0, 1))
def test_pauses_are_never_shorter_than_asked_for_nor_too_long(tried: int, asked: float | None, jitter: float) -> None:
    policy = Policy(tries=20, longest_wait_s=60.0)
    wait = decisions.pause(tried, asked, policy, jitter)
    assert (wait is None) == (tried >= 20 or (asked or 0) > 60)
    assert wait is None or (asked or 0) <= wait <= 60 + policy.backoff_s


LISTED = {"archive.test": ("cdn.test", "other.test:8080")}


@pytest.mark.parametrize(("url", "location", "target"), [
    (URL, "b.bin", "http://archive.test/a/b.bin"),
    (URL, "/c", "http://archive.test/c"),
    (URL, "http://archive.test:80/c", "http://archive.test:80/c"),
    (URL, "https://archive.test/c", "https://archive.test/c"),
    (URL, "//cdn.test/c", "http://cdn.test/c"),
    (URL, "https://cdn.test/c?signed=1", "https://cdn.test/c?signed=1"),
    (URL, "http://other.test:8080/c", "http://other.test:8080/c"),
])
def test_redirects_that_are_followed(url: str, location: str, target: str) -> None:
    assert decisions.redirected(url, location, LISTED) == target


@pytest.mark.attack("redirects")
@pytest.mark.parametrize(("url", "location", "said"), [
    (URL, None, "without saying where"), (URL, "", "without saying where"),
    (URL, "http://evil.test/", "not among the hosts listed for archive.test"),
    (URL, "//evil.test/c", "not among"), (URL, "http://sub.archive.test/", "not among"),
    (URL, "http://other.test/c", "not among"), (URL, "http://archive.test:8080/c", "not among"),
    (URL, "https://archive.test:8443/c", "not among"), (URL, "http://user@archive.test/c", "not among"),
    (URL, "http://archive.test@evil.test/c", "not among"), ("http://cdn.test/", "http://archive.test/", "not among"),
    (URL, "ftp://archive.test/c", "from http to ftp"), (URL, "file:///etc/passwd", "from http to file"),
    ("https://archive.test/", "http://archive.test/", "from https to http"),
    ("https://archive.test/", "http://cdn.test/", "from https to http"),
    (URL, "http://archive.test:port/", "no address"), (URL, "http://[::1/", "no address"),
])
def test_redirects_that_are_refused(url: str, location: str | None, said: str) -> None:
    with pytest.raises(GoneError, match=said) as caught:
        decisions.redirected(url, location, LISTED)
    assert str(caught.value).startswith(url)


@pytest.mark.parametrize(("name", "kind", "first", "page"), [
    ("file.bin", "text/html", b"", True), ("file.bin", "Text/HTML; charset=utf-8", b"x", True),
    ("file.bin", "application/octet-stream", b"\n <!DOCTYPE HTML>", True), ("file.bin", "", b"<html lang=en>", True),
    ("file.bin", "text/plain", b"<htm", False), ("file.fit", "", b"SIMPLE  =", False),
    ("index.html", "text/html", b"<html>", False), ("index.HTM", "text/html", b"<html>", False),
])
def test_web_pages(name: str, kind: str, first: bytes, page: bool) -> None:
    assert decisions.web_page(f"http://archive.test/{name}?q=.html", {"content-type": kind}, first) is page
