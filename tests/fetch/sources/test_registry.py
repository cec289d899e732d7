"""The sources as data, and mirrors in their place."""

import urllib.parse
from pathlib import Path

import pytest

from paper_repro.base.errors import UserError
from paper_repro.encoders import weights_file
from paper_repro.fetch import registry


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
        for folder, base in source.parts:
            assert base.startswith("https://")
            assert (folder[-1], base[-1]) == ("/", "/")
    assert sources["weights"].base + weights_file.NAME == weights_file.URL
    assert sources["darts"].whole_bytes == 700e9
    assert sources["psa"].whole_bytes == 2e12


def test_redirects_lead_only_where_the_registry_says() -> None:
    sources = registry.load()
    allowed = registry.allowed_redirects(sources.values())
    parts = [base for one in sources.values() for _, base in one.parts]
    assert set(allowed) == {urllib.parse.urlsplit(base).netloc for one in sources.values()
                            for base in (*one.bases, *parts)}
    assert [allowed[urllib.parse.urlsplit(base).netloc] for base in parts] == [set()]
    assert allowed["download.pytorch.org"] == set()
    assert allowed["darts.isas.jaxa.jp"] == set(sources["darts"].redirects)
    assert not any("*" in host or "/" in host for hosts in allowed.values() for host in hosts)


def test_a_mirror_is_the_only_place(tmp_path: Path) -> None:
    sources = registry.load({"psa": str(tmp_path), "darts": "http://127.0.0.1:8000/pub"})
    assert sources["psa"].bases == (f"{tmp_path.as_uri()}/",)
    assert sources["darts"].bases == ("http://127.0.0.1:8000/pub/",)
    assert sources["darts"].parts == ()
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


def test_a_copy_of_a_part_has_paths_of_its_own() -> None:
    darts = registry.load()["darts"]
    image = "vcouvi_1001/data/l2b/r0001/uvi_20151207_052330_365_l2b_v10.fit"
    assert darts.copies(f"vco-v-uvi-3-cdr-v1.0/{image}") == (f"https://atmos.nmsu.edu/PDS/data/{image}",)
    assert darts.copies("extras/vco_uvi_l3_v1.0/vcouvi_7001/") == ()
