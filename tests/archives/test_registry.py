"""The sources as data, and mirrors in their place."""

import urllib.parse
from pathlib import Path

import pytest

from paper_repro.archives import registry, weights
from paper_repro.profiles.errors import UserError


def test_every_source_is_complete() -> None:
    sources = registry.load()
    assert set(sources) == {"darts", "psa", "mendeley", "weights", "checkpoints"}
    for name, source in sources.items():
        assert source.name == name
        assert source.title
        assert source.licence
        for base in source.bases:
            assert base.startswith("https://")
            assert base.endswith("/")
    assert sources["weights"].base + weights.NAME == weights.URL
    assert sources["darts"].whole_bytes == 700e9
    assert sources["psa"].whole_bytes == 2e12


def test_redirects_lead_only_where_the_registry_says() -> None:
    sources = registry.load()
    allowed = registry.allowed_redirects(sources.values())
    assert set(allowed) == {urllib.parse.urlsplit(base).netloc for one in sources.values() for base in one.bases}
    assert allowed["download.pytorch.org"] == set()
    assert allowed["darts.isas.jaxa.jp"] == set(sources["darts"].redirects)
    assert not any("*" in host or "/" in host for hosts in allowed.values() for host in hosts)


def test_a_mirror_is_the_only_place(tmp_path: Path) -> None:
    sources = registry.load({"psa": str(tmp_path), "darts": "http://127.0.0.1:8000/pub"})
    assert sources["psa"].bases == (f"{tmp_path.as_uri()}/",)
    assert sources["darts"].bases == ("http://127.0.0.1:8000/pub/",)
    assert sources["darts"].checksums == ("md5sum.txt", "checksum.txt")
    assert sources["weights"] == registry.load()["weights"]
    assert registry.allowed_redirects([sources["psa"], sources["darts"]]) == {"127.0.0.1:8000": set()}


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["moon=/tmp"], "there is no archive 'moon'"),
        (["psa=/no/such/folder"], "expected an http"),
        (["psa=ftp://example.org/"], "expected an http"),
        (["psa=http://example.org/?a=b"], "plain address"),
        (["psa=http://me:word@example.org/"], "plain address"),
        (["psa"], "expected NAME=ADDRESS"),
        (["=x"], "expected NAME=ADDRESS"),
        (["psa=/a", "psa=/b"], "twice"),
    ],
)
def test_a_wrong_mirror_is_one_sentence(words: list[str], said: str) -> None:
    with pytest.raises(UserError, match=said):
        registry.load(registry.parse_mirrors(words))


def test_words_of_mirrors() -> None:
    assert registry.parse_mirrors(["psa=/a=b", "darts=http://h/"]) == {"psa": "/a=b", "darts": "http://h/"}
