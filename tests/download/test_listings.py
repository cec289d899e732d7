"""Listings as different servers write them, what is no listing, and names that must not become paths."""

import os
import time
import urllib.parse
from pathlib import Path

import pytest

from paper_repro.download import listings
from paper_repro.download.http import Client, FetchError
from paper_repro.download.listings import Entry
from tests.download.server import listing

URL = "https://archive.example/pub/orbit 7/".replace(" ", "%20")
APACHE_TABLE = """<html><head><title>Index of /pub/orbit 7</title></head><body><h1>Index of</h1><table>
<tr><th><a href="?C=N;O=D">Name</a></th><th><a href="?C=M;O=A">Last modified</a></th></tr>
<tr><td><img src="/icons/back.gif"></td><td><a href="/pub/">Parent Directory</a></td><td>&nbsp;</td></tr>
<tr><td><img src="x"></td><td><a href="data/">data/</a></td><td align="right">2016-01-02 03:04  </td><td>  - </td></tr>
<tr><td><a href="a.fit"><img src="x"></a></td><td><a href="a.fit">a.fit</a></td><td>2016-01-02 03:05</td>
<td>4.0M</td></tr>
</table><address>Apache/2.4 Server</address></body></html>"""
NGINX = """<html><head><title>Index of /pub/</title></head><body><h1>Index of /pub/</h1><hr><pre><a href="../">../</a>
<a href="data/">data/</a>                     02-Jan-2016 03:04                   -
<a href="a.fit">a.fit</a>                     02-Jan-2016 03:05             4219200
</pre><hr></body></html>"""
PYTHON = """<!DOCTYPE HTML><html><head><title>Directory listing for /pub/</title></head><body><ul>
<li><a href="a.fit">a.fit</a></li><li><a href="data/">data/</a></li></ul></body></html>"""
ABSOLUTE = """<ul><li><a href="/pub/orbit%207/a.fit">a.fit</a> 1<li><a href="https://archive.example/pub/orbit%207/data">d</a>
</ul>"""


@pytest.mark.parametrize(
    ("page", "stamps"),
    [
        (APACHE_TABLE, ["2016-01-02 03:05 4.0M", "2016-01-02 03:04 -"]),
        (NGINX, ["02-Jan-2016 03:05 4219200", "02-Jan-2016 03:04 -"]),
        (PYTHON, ["", ""]),
        (ABSOLUTE, ["1", ""]),
    ],
)
def test_listings_of_known_servers(page: str, stamps: list[str]) -> None:
    assert listings.parse(page, URL) == [Entry("a.fit", stamps[0]), Entry("data", stamps[1])]


def test_the_server_of_the_tests_and_a_mirror_folder_list_the_same_names(tmp_path: Path) -> None:
    for name in ("b c.fit", "ä%41.fit", "a&b.fit"):
        (tmp_path / name).touch()
    (tmp_path / "r0001").mkdir()
    (tmp_path / ".hidden").touch()
    page = listing(tmp_path, "/pub/").decode()
    names = [one.name for one in listings.parse(page, "http://127.0.0.1:1/pub/")]
    assert names == ["a&b.fit", "b c.fit", "r0001", "ä%41.fit"]
    with Client() as client:
        local = listings.listing(client, f"{tmp_path.as_uri()}/")
        assert [one.name for one in local] == names
        os.utime(tmp_path / "b c.fit", ns=(1, 1))
        changed = listings.listing(client, f"{tmp_path.as_uri()}/")
        assert [a != b for a, b in zip(local, changed, strict=True)] == [False, True, False, False]
        with pytest.raises(FetchError, match="can't be read"):
            listings.listing(client, f"{tmp_path.as_uri()}/none/")


@pytest.mark.attack("listing-names")
@pytest.mark.parametrize("href", [
    "../up.fit", "/other/a.fit", "https://elsewhere.example/pub/orbit%207/a.fit", "x/y.fit", "..%2fup.fit", "%2e%2e/",
    "..", "a%00b", "a%5cb", "c%3a", ".hidden", "a.fit?C=N", "mailto:me@example.org", "javascript:void(0)", "#top", "",
    "%ff%fe.fit", "http://[broken/", "a%0ab",
])
def test_links_elsewhere_and_unsafe_names_are_no_entries(href: str) -> None:
    page = f'<h1>Index of</h1><a href="{href}">x</a> <a href="good.fit">'
    assert listings.parse(page, URL) == [Entry("good.fit", "")]


@pytest.mark.parametrize(
    ("page", "found"),
    [
        ("<html><title>Log in</title><form></form></html>", r"a web page \('Log in'\)"),
        ("<html><body><a href='https://elsewhere.example/'>moved</a></body></html>", r"a web page \('moved'\)"),
        ('[{"name": "a.fit"}]', r"something else \('\[{"),
        ("", "something else, empty"),
    ],
)
def test_what_is_no_listing_is_said(page: str, found: str) -> None:
    with pytest.raises(FetchError, match=f"{URL}: expected a page that lists the files of a folder, found {found}"):
        listings.parse(page, URL)


@pytest.mark.attack("listing-comments")
@pytest.mark.parametrize("part", ["<!--", "<!", "<?", "</", "<a ", "<a href='", '<a href=x ', "<a =", "<![CDATA[",
                                  "<![CDATA[>", "<a href='x>", "<title>x", "x<b>", "&#", "<script>", "<a / "])
def test_no_page_takes_more_time_than_its_length_is_worth(part: str) -> None:
    page = '<h1>Index of</h1><a href="good.fit">good</a>' + part * 20_000
    start = time.process_time()
    assert "good.fit" in [entry.name for entry in listings.parse(page, URL)]
    assert time.process_time() - start < 1


def test_comments_have_no_entries() -> None:
    page = '<!-- <a href="no1">no</a> --><a href="a">a</a>2016<!--x--><a href="b">b</a><!--<!-- <a href="no2">no</a>'
    assert listings.parse(page, URL) == [Entry("a", "2016"), Entry("b", "")]


@pytest.mark.attack("listing-names")
def test_names_and_stamps_have_an_end() -> None:
    longest = "ä" * 127 + "a"
    page = f'<h1>Index of</h1><a href="{longest}">x</a>{"y<b>" * 5000}<a href="{longest}a">x</a>'
    [entry] = listings.parse(page, URL)
    assert entry.name == longest
    assert len(entry.stamp) <= listings.MOST_STAMP


def test_an_empty_folder_has_no_entries() -> None:
    assert listings.parse('<title>Index of /pub</title><a href="/">Parent Directory</a>', URL) == []


def test_quoted_names_come_back() -> None:
    assert urllib.parse.unquote(listings.quoted("a b/ä?#.fit")) == "a b/ä?#.fit"
    assert set("?# ") & set(listings.quoted("a b/ä?#.fit")) == set()
