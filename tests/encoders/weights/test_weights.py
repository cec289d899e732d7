"""Which weights a run takes, for each state of the disk and the network."""

import dataclasses
import socket
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from torchvision.models import ResNet18_Weights

from paper_repro.base.errors import UserError
from paper_repro.base.files import read_json, sha256_file
from paper_repro.base.run import Run
from paper_repro.encoders import weights, weights_file
from paper_repro.encoders.weights import BaseWeights, open_base
from tests.encoders.weights.weights_made import CHOICE, find, like_resnet18, real, sample
from tests.steps_made import stale


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "named.pth"
    torch.save(like_resnet18(), path)
    return path


@pytest.fixture(autouse=True)
def alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An empty cache of torchvision's, and no network."""
    monkeypatch.setenv("TORCH_HOME", str(tmp_path / "torch"))
    monkeypatch.setenv("PAPER_REPRO_OFFLINE", "1")


@pytest.fixture
def official(monkeypatch: pytest.MonkeyPatch, file: Path) -> Callable[[Path], Path]:
    """Makes `file` count as the official one; returns a function that puts a copy of it somewhere."""
    for module in (weights, weights_file):
        monkeypatch.setattr(module, "SHA256", sha256_file(file))

    def put(path: Path) -> Path:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(file.read_bytes())
        return path

    return put


@pytest.fixture
def no_second_try(monkeypatch: pytest.MonkeyPatch) -> Callable[[], None]:
    """Called, it makes every later download a failure of the test."""
    def forbid() -> None:
        def never(*_: object, **__: object) -> None:
            pytest.fail("tried the network again")

        monkeypatch.setattr(weights, "download", never)

    return forbid


def cache(tmp_path: Path) -> Path:
    return tmp_path / "torch" / "hub" / "checkpoints" / "resnet18-f37072fd.pth"


def fetched(run: Run) -> Path:
    return run.data / "raw" / "weights" / "resnet18-f37072fd.pth"


def check_official(base: BaseWeights, path: Path) -> None:
    assert (base.kind, base.path, base.sha256, base.note) == ("imagenet", path, sha256_file(path), "")
    assert len(base.state) == 122


def written(run: Run) -> dict[str, str]:
    """What decides later steps: the hashes of what the choice left."""
    record = read_json(run.raw / "weights" / "provenance.json")
    assert record is not None
    outputs: dict[str, str] = record["outputs"]
    return outputs


def test_address_and_hash_are_torchvisions() -> None:
    assert ResNet18_Weights.IMAGENET1K_V1.url == weights_file.URL
    assert weights_file.SHA256 == "f37072fd47e89c5e827621c5baffa7500819f7896bbacec160b1a16c560e07ec"
    assert weights_file.NAME.removeprefix("resnet18-").removesuffix(".pth") == weights_file.SHA256[:8]


# Where they come from

def test_named_file_with_the_official_hash(tmp_path: Path, official: Any, capsys: pytest.CaptureFixture[str]) -> None:
    path = official(tmp_path / "mine.pth")
    check_official(find(real(tmp_path, path)), path)
    assert capsys.readouterr() == ("", "")


def test_named_file_with_another_hash_is_a_stand_in(tmp_path: Path, file: Path,
                                                    capsys: pytest.CaptureFixture[str]) -> None:
    run = real(tmp_path, file)
    first, second = find(run), find(run)
    assert (first.kind, first.path, first.sha256) == ("stand-in", file, sha256_file(file))
    assert "stand-in weights" in first.note
    assert first.sha256 in first.note
    assert str(tmp_path) not in first.note
    assert second.note == first.note
    said = capsys.readouterr()
    assert said.out == ""
    [warning] = said.err.splitlines()
    assert "stand-in weights" in warning
    assert first.sha256 in warning


def test_named_file_wins_over_all_others(tmp_path: Path, official: Any) -> None:
    run = sample(tmp_path, official(tmp_path / "mine.pth"))
    official(cache(tmp_path))
    official(fetched(run))
    find(sample(tmp_path / "other"))
    check_official(find(run), tmp_path / "mine.pth")


def test_torchvisions_cache(tmp_path: Path, official: Any) -> None:
    official(cache(tmp_path))
    check_official(find(real(tmp_path)), cache(tmp_path))


def test_broken_file_in_torchvisions_cache(tmp_path: Path, official: Any, file: Path) -> None:
    path = official(cache(tmp_path))
    path.write_bytes(path.read_bytes()[:-1])
    with pytest.raises(UserError, match="delete the file") as caught:
        find(sample(tmp_path))
    for part in (str(path), sha256_file(file), sha256_file(path)):
        assert part in str(caught.value)


def test_earlier_download_is_used_without_network(tmp_path: Path, official: Any) -> None:
    run = real(tmp_path)
    official(fetched(run))
    check_official(find(run), fetched(run))


def test_download(tmp_path: Path, official: Any, server: Any, file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("PAPER_REPRO_OFFLINE")
    monkeypatch.setattr(weights, "URL", server.serve("/w.pth", file.read_bytes()))
    run = real(tmp_path)
    check_official(find(run), fetched(run))
    check_official(find(run), fetched(run))
    assert len(server.requests) == 1


def test_broken_earlier_download_is_fetched_again(tmp_path: Path, official: Any, server: Any, file: Path,
                                                  monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PAPER_REPRO_OFFLINE", "0")
    monkeypatch.setattr(weights, "URL", server.serve("/w.pth", file.read_bytes()))
    run = sample(tmp_path)
    official(fetched(run)).write_bytes(b"half")
    check_official(find(run), fetched(run))


def check_random(base: BaseWeights) -> None:
    assert (base.kind, base.path) == ("random", None)
    assert base.sha256 == weights.sha256_state(base.state)
    assert "random weights" in base.note


def test_no_network_with_simulated_photographs_is_random_and_remembered(
        tmp_path: Path, server: Any, monkeypatch: pytest.MonkeyPatch, no_second_try: Any,
        capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.delenv("PAPER_REPRO_OFFLINE")
    monkeypatch.setattr(weights, "URL", server.url("/nothing"))
    run = sample(tmp_path)
    first = find(run)
    check_random(first)
    [sentence] = capsys.readouterr().err.splitlines()
    assert sentence.startswith("Random weights, since ")
    assert "WEIGHTS=" in sentence
    assert "404" in sentence
    choice = read_json(run.raw / "weights" / "base.json")
    assert choice == {"kind": "random", "sha256": first.sha256, "seed": run.profile.encoders.seeds[0]}
    no_second_try()
    second = find(run)
    check_random(second)
    assert second.sha256 == first.sha256
    assert second.note == first.note


def test_silent_network_is_given_up_within_seconds(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert weights.TIMEOUT_S <= 10
    monkeypatch.delenv("PAPER_REPRO_OFFLINE")
    monkeypatch.setattr(weights, "TIMEOUT_S", 0.1)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        monkeypatch.setattr(weights, "URL", f"http://127.0.0.1:{silent.getsockname()[1]}/w.pth")
        start = time.monotonic()
        check_random(find(sample(tmp_path)))
        assert time.monotonic() - start < 4  # the default of `download` is 5 s


@pytest.mark.parametrize("text", ["{", None])
def test_without_its_choice_the_download_is_tried_again(tmp_path: Path, official: Any, server: Any, file: Path,
                                                        monkeypatch: pytest.MonkeyPatch, text: str | None) -> None:
    run = sample(tmp_path)
    check_random(find(run))
    choice = run.raw / "weights" / "base.json"
    choice.unlink()
    if text is not None:
        choice.write_text(text)
    monkeypatch.delenv("PAPER_REPRO_OFFLINE")
    monkeypatch.setattr(weights, "URL", server.serve("/w.pth", file.read_bytes()))
    check_official(find(run), fetched(run))


def test_wrong_file_from_the_network_is_not_taken(tmp_path: Path, server: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("PAPER_REPRO_OFFLINE")
    monkeypatch.setattr(weights, "URL", server.serve("/w.pth", b"log in", Content_Type="text/html"))
    run = sample(tmp_path)
    check_random(find(run))
    assert not fetched(run).exists()


def test_offline_is_not_tried(tmp_path: Path, no_second_try: Any) -> None:
    no_second_try()
    check_random(find(sample(tmp_path)))


def test_weights_that_appear_win_over_the_choice(tmp_path: Path, official: Any, file: Path) -> None:
    run = sample(tmp_path)
    check_random(find(run))
    check_official(find(sample(tmp_path, file)), file)
    official(cache(tmp_path))
    check_official(find(run), cache(tmp_path))


@pytest.mark.parametrize("offline", [True, False])
def test_real_photographs_need_weights(tmp_path: Path, server: Any, monkeypatch: pytest.MonkeyPatch,
                                       offline: bool) -> None:
    if not offline:
        monkeypatch.delenv("PAPER_REPRO_OFFLINE")
    monkeypatch.setattr(weights, "URL", server.url("/nothing"))
    with pytest.raises(UserError) as caught:
        find(real(tmp_path))
    for part in (server.url("/nothing"), weights_file.SHA256, "WEIGHTS=", "PAPER_REPRO_OFFLINE" if offline else "404"):
        assert part in str(caught.value)
    assert not (tmp_path / "data").exists()


# Once they are chosen

def test_the_same_weights_from_elsewhere_change_nothing(tmp_path: Path, official: Any) -> None:
    """A download that torchvision later has too, a file that was moved: no training is thrown away for that."""
    run = real(tmp_path)
    official(fetched(run))
    check_official(find(run), fetched(run))
    before = written(run)
    official(cache(tmp_path))
    check_official(find(run), cache(tmp_path))
    assert written(run) == before
    here, there = official(tmp_path / "here.pth"), tmp_path / "there.pth"
    check_official(find(real(tmp_path, here)), here)
    here.rename(there)
    moved = real(tmp_path, there)
    assert stale(moved, CHOICE) == {}
    check_official(find(moved), there)
    assert written(run) == before


def test_other_seeds_of_the_trainings_change_no_weights_that_are_real(tmp_path: Path, file: Path) -> None:
    for named, same in ((file, True), (None, False)):
        run = sample(tmp_path, named)
        find(run)
        before = written(run)
        encoders = dataclasses.replace(run.profile.encoders, seeds=(7, 0))
        find(dataclasses.replace(run, profile=dataclasses.replace(run.profile, encoders=encoders)))
        assert (written(run) == before) == same


@pytest.mark.usefixtures("official")
def test_a_download_that_was_damaged_since_is_fetched_again(tmp_path: Path, server: Any, file: Path,
                                                            monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("PAPER_REPRO_OFFLINE")
    monkeypatch.setattr(weights, "URL", server.serve("/w.pth", file.read_bytes()))
    run = real(tmp_path)
    find(run)
    data = bytearray(fetched(run).read_bytes())
    data[-1] ^= 1
    fetched(run).write_bytes(data)
    with pytest.raises(UserError, match=f"{weights_file.NAME}: expected .*found others or none; run the same command"):
        open_base(run)
    check_official(find(run), fetched(run))


def test_they_must_be_chosen_first(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"base\.json: expected a note of which base weights are used, found nothing;"):
        open_base(sample(tmp_path))
