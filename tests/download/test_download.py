"""Every state of the disk and of the network: the file is whole and right, or as it was before."""

import hashlib
import socket
import threading
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any

import pytest

from paper_repro.base.errors import UserError
from paper_repro.base.progress import Progress
from paper_repro.download.connection import user_agent
from paper_repro.download.transfer import DownloadError, download

BODY = bytes(range(256)) * 4000
SHA256 = hashlib.sha256(BODY).hexdigest()


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "raw" / "file.bin"


PARTIAL = [".file.bin.partial", ".file.bin.partial.json"]


def assert_refused(url: str, path: Path, *said: str, timeout_s: float = 5.0, kept: int = 0) -> str:
    """The error of a download that must fail and leave what was there, and `kept` bytes for the next call."""
    before = path.read_bytes() if path.is_file() else None
    with pytest.raises(DownloadError) as caught:
        download(url, path, SHA256, timeout_s=timeout_s)
    assert caught.value.what.startswith(url)
    message = str(caught.value)
    for part in (url, str(path), SHA256, *said):
        assert part in message
    assert "\n" not in message
    assert (path.read_bytes() if path.is_file() else None) == before
    left = names(path.parent) if path.parent.is_dir() else []
    assert left == (PARTIAL if kept else []) + ([] if before is None else [path.name])
    assert not kept or path.with_name(PARTIAL[0]).read_bytes() == BODY[:kept]
    return message


def test_absent_file_is_fetched(server: Any, path: Path) -> None:
    download(server.serve("/file.bin", BODY), path, SHA256)
    assert path.read_bytes() == BODY
    assert names(path.parent) == ["file.bin"]
    [(_, headers)] = server.requests
    assert headers["User-Agent"] == user_agent()
    assert user_agent().startswith("paper_repro/")


def test_right_file_is_not_asked_for(server: Any, path: Path) -> None:
    path.parent.mkdir()
    path.write_bytes(BODY)
    download(server.serve("/file.bin", BODY), path, SHA256)
    assert server.requests == []


def test_wrong_file_is_replaced(server: Any, path: Path) -> None:
    path.parent.mkdir()
    path.write_bytes(BODY[:-1])
    download(server.serve("/file.bin", BODY), path, SHA256)
    assert path.read_bytes() == BODY


def test_wrong_file_stays_if_nothing_better_comes(server: Any, path: Path) -> None:
    path.parent.mkdir()
    path.write_bytes(b"old")
    assert_refused(server.serve("/file.bin", BODY[:-1]), path)


def test_left_over_of_a_killed_download_is_not_taken_for_the_file(server: Any, path: Path) -> None:
    path.parent.mkdir()
    path.with_name(".file.99.abc.partial.bin").write_bytes(BODY[:100])
    download(server.serve("/file.bin", BODY), path, SHA256)
    assert path.read_bytes() == BODY


def test_body_of_unknown_length(server: Any, path: Path) -> None:
    def answer(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(200)
        handler.end_headers()
        handler.wfile.write(BODY)

    server.answers["/file.bin"] = answer
    download(server.url("/file.bin"), path, SHA256)
    assert path.read_bytes() == BODY


def test_redirect_is_followed(server: Any, path: Path) -> None:
    target = server.serve("/there", BODY)

    def answer(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(302)
        handler.send_header("Location", target)
        handler.end_headers()

    server.answers["/here"] = answer
    download(server.url("/here"), path, SHA256)
    assert path.read_bytes() == BODY


def test_progress_is_reported_on_request_only(server: Any, path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    download(server.serve("/file.bin", BODY), path, SHA256)
    assert f"download file.bin: {len(BODY)}/{len(BODY)} bytes" in capsys.readouterr().err
    path.unlink()
    download(server.serve("/file.bin", BODY), path, SHA256, progress=False)
    assert capsys.readouterr() == ("", "")


def test_wrong_hash(server: Any, path: Path) -> None:
    other = BODY[::-1]
    assert_refused(server.serve("/file.bin", other), path, hashlib.sha256(other).hexdigest())


def test_empty_body(server: Any, path: Path) -> None:
    assert_refused(server.serve("/file.bin", b""), path, hashlib.sha256().hexdigest())


def test_web_page_by_its_type(server: Any, path: Path) -> None:
    page = server.serve("/file.bin", b"please log in", Content_Type="text/html; charset=utf-8")
    assert_refused(page, path, "web page")


@pytest.mark.parametrize("start", [b"<!DOCTYPE html>", b"\n  <HTML lang=en>"])
def test_web_page_by_its_first_bytes(server: Any, path: Path, start: bytes) -> None:
    assert_refused(server.serve("/file.bin", start + b"<p>log in</p>"), path, "web page")


def test_body_that_breaks_off(server: Any, path: Path) -> None:
    url = server.serve("/file.bin", BODY[:1000], Content_Length=str(len(BODY)))
    assert_refused(url, path, f"broke off after 1000 bytes of {len(BODY)}", kept=1000)
    download(server.serve("/file.bin", BODY), path, SHA256)
    assert names(path.parent) == ["file.bin"]


def test_chunked_body_that_breaks_off(server: Any, path: Path) -> None:
    url = server.serve("/file.bin", b"10\r\n0123456789abcdef\r\n10\r\n01", Transfer_Encoding="chunked")
    assert_refused(url, path, "broke off")


def test_server_says_no(server: Any, path: Path) -> None:
    assert_refused(server.url("/nothing"), path, "404")


def test_nobody_listens(path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # bound but not listening: connections are refused
        assert_refused(f"http://127.0.0.1:{taken.getsockname()[1]}/file.bin", path, "can't be fetched")


@pytest.mark.attack("silent-server")
def test_silent_server_is_given_up(path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        assert_refused(f"http://127.0.0.1:{silent.getsockname()[1]}/file.bin", path, "can't be fetched", timeout_s=0.1)


@pytest.mark.attack("silent-server")
def test_server_that_falls_silent_is_given_up(server: Any, path: Path) -> None:
    done = threading.Event()

    def answer(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(200)
        handler.send_header("Content-Length", str(len(BODY)))
        handler.end_headers()
        handler.wfile.write(BODY[:500])
        handler.wfile.flush()
        done.wait(30)

    server.answers["/file.bin"] = answer
    assert_refused(server.url("/file.bin"), path, "broke off after 500 bytes", timeout_s=0.2, kept=500)
    done.set()


@pytest.mark.attack("silent-server")
def test_name_that_never_resolves_is_given_up(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    done = threading.Event()

    def hang(*_: object, **__: object) -> None:
        done.wait(30)
        raise OSError("no such host")

    monkeypatch.setattr(socket, "getaddrinfo", hang)
    assert_refused("http://example.invalid/file.bin", path, "no answer within 0.1 s", timeout_s=0.1)
    done.set()
    for thread in threading.enumerate():
        if thread.name == "download":
            thread.join()


def test_answer_that_is_no_http(path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as odd:
        def talk() -> None:
            connection, _ = odd.accept()
            with connection:
                connection.recv(1000)
                connection.sendall(b"220 ready\r\n")

        thread = threading.Thread(target=talk)
        thread.start()
        assert_refused(f"http://127.0.0.1:{odd.getsockname()[1]}/file.bin", path, "can't be fetched")
        thread.join()


def test_interrupt_leaves_what_the_next_call_goes_on_from(server: Any, path: Path,
                                                            monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    url = server.serve("/file.bin", BODY)
    with monkeypatch.context() as patch:
        patch.setattr(Progress, "step", interrupt)
        with pytest.raises(KeyboardInterrupt):
            download(url, path, SHA256)
    assert names(path.parent) == PARTIAL
    download(url, path, SHA256)
    assert names(path.parent) == ["file.bin"]
    assert path.read_bytes() == BODY


def test_place_that_is_a_folder(server: Any, path: Path) -> None:
    path.mkdir(parents=True)
    with pytest.raises(UserError, match="can't be written"):
        download(server.serve("/file.bin", BODY), path, SHA256)
    assert names(path.parent) == ["file.bin"]


def test_place_below_a_file(server: Any, path: Path) -> None:
    path.parent.write_text("in the way")
    with pytest.raises(UserError, match="can't be written"):
        download(server.serve("/file.bin", BODY), path, SHA256)
