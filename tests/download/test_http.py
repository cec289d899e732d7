"""Requests: what comes of good and bad answers."""

import gzip
import socket
import tracemalloc

import pytest

from paper_repro.download import connection, decisions, http
from paper_repro.download.http import Client, FetchError, Head, Policy
from tests.download.server import ArchiveServer, Fault, first

BODY = bytes(range(256)) * 1000


def test_text_and_bytes_counted(archive: ArchiveServer, client: Client) -> None:
    assert client.text(archive.url("md5sum.txt")) == "grün\n"
    assert 'href="file.fit"' in client.text(archive.url("data/"))
    assert client.moved == sum(archive.bytes.values())


def test_names_itself(archive: ArchiveServer, client: Client) -> None:
    client.text(archive.url("md5sum.txt"))
    [request] = archive.log
    assert request.headers["user-agent"] == connection.user_agent()
    assert request.headers["accept-encoding"] == "identity"


@pytest.mark.attack("endless-body")
def test_text_that_is_too_long_is_no_text(archive: ArchiveServer, client: Client) -> None:
    assert len(client.text(archive.url("data/file.fit"), most_bytes=len(BODY))) > 0
    with pytest.raises(FetchError, match=f"at most {len(BODY) - 1} bytes"):
        client.text(archive.url("data/file.fit"), most_bytes=len(BODY) - 1)


@pytest.mark.parametrize("name", ["gzip", "x-gzip", "GZIP"])
def test_text_that_comes_as_gzip(archive: ArchiveServer, client: Client, name: str) -> None:
    body = gzip.compress("größer\n".encode() * 1000)
    archive.fault = lambda request: Fault(body=body, headers={"Content-Encoding": name})
    assert client.text(archive.url("md5sum.txt")) == "größer\n" * 1000
    assert client.moved == len(body)


@pytest.mark.attack("compressed-text")
@pytest.mark.parametrize(("body", "message"), [
    (gzip.compress(b"x" * 1000, mtime=0)[:-9], "broke off inside its gzip encoding"),
    (b"plain", "expected gzip, found something else"),
    (gzip.compress(bytes(64 << 20), mtime=0), f"a text of at most {http.MOST_TEXT_BYTES} bytes, found more"),
])
def test_gzip_that_is_none_or_a_bomb(archive: ArchiveServer, client: Client, body: bytes, message: str) -> None:
    archive.fault = lambda request: Fault(body=body, headers={"Content-Encoding": "gzip"})
    tracemalloc.start()
    try:
        with pytest.raises(FetchError, match=message):
            client.text(archive.url("md5sum.txt"))
        assert tracemalloc.get_traced_memory()[1] < 16 << 20
    finally:
        tracemalloc.stop()


def test_first_bytes_by_range(archive: ArchiveServer, client: Client) -> None:
    found, head = client.first_bytes(archive.url("data/file.fit"), 1000)
    assert found == BODY[:1000]
    assert (head.size, head.ranges, head.url) == (len(BODY), True, archive.url("data/file.fit"))
    assert head.etag is not None
    assert head.modified is not None
    assert archive.bytes == {"/data/file.fit": 1000}
    assert client.moved == 1000


def test_first_bytes_of_a_shorter_file(archive: ArchiveServer, client: Client) -> None:
    assert client.first_bytes(archive.url("data/file.fit"), 1 << 20)[0] == BODY
    found, head = client.first_bytes(archive.url("data/empty.fit"))
    assert (found, head.size) == (b"", 0)


def test_first_bytes_where_ranges_are_ignored(archive: ArchiveServer, client: Client) -> None:
    archive.fault = lambda request: Fault(ignore_range=True, headers={"Accept-Ranges": None})
    found, head = client.first_bytes(archive.url("data/file.fit"), 1000)
    assert found == BODY[:1000]
    assert (head.size, head.ranges) == (len(BODY), False)


@pytest.mark.parametrize("fault", [Fault(cut=10), Fault(cut=10, reset=True), Fault(cut=0, chunked=True),
                                   Fault(body=b"<html>maintenance"), Fault(headers={"Content-Type": "text/html"}),
                                   Fault(status=503, body=b"busy")], ids=str)
def test_first_bytes_after_faults(archive: ArchiveServer, client: Client, fault: Fault) -> None:
    archive.fault = first(2, fault)
    assert client.first_bytes(archive.url("data/file.fit"), 1000)[0] == BODY[:1000]
    assert archive.requests["/data/file.fit"] == 3
    archive.fault = lambda request: fault
    with pytest.raises(FetchError, match=r"\(tried 3 times\)") as caught:
        client.first_bytes(archive.url("data/file.fit"), 1000)
    assert caught.value.what.startswith(archive.url("data/file.fit"))


def test_head(archive: ArchiveServer, client: Client) -> None:
    url = archive.url("data/file.fit")
    assert client.head(url) == client.first_bytes(url)[1]
    assert archive.log[0].method == "HEAD"
    assert client.head(url).size == len(BODY)


@pytest.mark.parametrize("fault", [Fault(chunked=True, ignore_range=True), Fault(no_length=True, ignore_range=True),
                                   Fault()], ids=["chunked", "no length", "length"])
@pytest.mark.parametrize("name", ["file", "empty"])
def test_size_where_head_is_refused(archive: ArchiveServer, client: Client, fault: Fault, name: str) -> None:
    archive.fault = lambda request: Fault(status=405) if request.method == "HEAD" else fault
    url = archive.url(f"data/{name}.fit")
    size = len(BODY) if name == "file" else 0
    assert client.size(url) == size
    first, head = client.first_bytes(url, 1000)
    assert first == BODY[:min(size, 1000)]
    assert head.size in {None, size}
    assert client.first_bytes(url, 1 << 20)[0] == BODY[:size]


def test_size_is_not_counted_where_a_header_says_it(archive: ArchiveServer, client: Client) -> None:
    assert client.size(archive.url("data/file.fit")) == len(BODY)
    assert not archive.bytes["/data/file.fit"]


@pytest.mark.attack("endless-body")
def test_size_of_what_never_ends(archive: ArchiveServer, client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(decisions, "MOST_BYTES", len(BODY) - 1)
    archive.fault = lambda request: Fault(chunked=True)
    with pytest.raises(FetchError, match=f"expected at most {len(BODY) - 1} bytes, found more"):
        client.size(archive.url("data/file.fit"))


def test_connections_are_used_again(archive: ArchiveServer, client: Client) -> None:
    made = []
    original = archive.get_request

    def get_request() -> tuple[socket.socket, object]:
        made.append(1)
        return original()

    archive.get_request = get_request  # type: ignore[method-assign]
    for _ in range(3):
        client.head(archive.url("data/file.fit"))
        client.text(archive.url("md5sum.txt"))
        client.first_bytes(archive.url("data/file.fit"))
    assert len(made) == 1


@pytest.mark.attack("redirects")
def test_redirects(archive: ArchiveServer, client: Client) -> None:
    assert client.text(archive.url("data")) == client.text(archive.url("data/"))
    with ArchiveServer(archive.root) as other:
        archive.fault = lambda request: Fault(status=302, headers={"Location": other.url("md5sum.txt")})
        with pytest.raises(FetchError, match="not among the hosts listed"):
            client.text(archive.url("md5sum.txt"))
        assert not other.requests
        here, there = (f"127.0.0.1:{one.server_port}" for one in (archive, other))
        with Client(Policy(), redirects={here: [there]}) as listed:
            assert listed.text(archive.url("md5sum.txt")) == "grün\n"


@pytest.mark.attack("redirects")
def test_redirects_end(archive: ArchiveServer, client: Client) -> None:
    archive.fault = lambda request: Fault(status=302, headers={"Location": "md5sum.txt"})
    with pytest.raises(FetchError, match="redirects more than"):
        client.text(archive.url("md5sum.txt"))
    assert archive.requests["/md5sum.txt"] == http.MOST_REDIRECTS + 1


@pytest.mark.parametrize("url", ["http://", "http://[::1/x", "gopher://127.0.0.1/x", "nothing"])
def test_what_is_no_address(client: Client, url: str) -> None:
    with pytest.raises(FetchError, match="no address"):
        client.text(url)


def test_a_mirror_folder_answers_like_a_server(archive: ArchiveServer, client: Client) -> None:
    for name in ("data/file.fit", "data/empty.fit"):
        url = (archive.root / name).as_uri()
        found, head = client.first_bytes(url, 1000)
        remote, far = client.first_bytes(archive.url(name), 1000)
        assert found == remote
        assert (head.size, head.ranges) == (far.size, far.ranges)
        assert client.head(url) == Head(url, far.size, head.etag, head.modified, ranges=True)
    assert client.text((archive.root / "md5sum.txt").as_uri()) == "grün\n"


@pytest.mark.parametrize("name", ["nothing.fit", "data"])
def test_what_a_mirror_folder_lacks(archive: ArchiveServer, client: Client, name: str) -> None:
    with pytest.raises(FetchError, match="can't be read"):
        client.text((archive.root / name).as_uri())


@pytest.mark.parametrize(("login", "sent"), [("", None), ("me:w%40rd@", "Basic bWU6d0ByZA==")])
@pytest.mark.parametrize("scheme", ["http://", ""])
def test_a_proxy_of_the_environment_is_used_as_curl_does(archive: ArchiveServer, monkeypatch: pytest.MonkeyPatch,
                                                         scheme: str, login: str, sent: str | None) -> None:
    monkeypatch.setenv("http_proxy", f"{scheme}{login}127.0.0.1:{archive.server_port}")
    with Client(Policy()) as client:
        assert client.text("http://archive.test/pub/md5sum.txt") == "grün\n"
        assert archive.log[0].headers.get("proxy-authorization") == sent
        monkeypatch.setenv("no_proxy", "127.0.0.1")
        assert client.text(archive.url("md5sum.txt")) == "grün\n"
