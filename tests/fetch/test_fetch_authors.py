"""make fetch CHECKPOINTS=authors: the photographs, and the encoders that Table 1 then runs from."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
import torch

from paper_repro.base.errors import UserError
from paper_repro.base.run import COLOUR, Run, open_run
from paper_repro.encoders.simclr import SimCLR
from paper_repro.fetch import check, checkpoints, cloud_imvn, fetch, images
from paper_repro.patches.dataset import open_set
from tests.download.server import ArchiveServer, Fault
from tests.encoders.conftest import make_base
from tests.encoders.test_checkpoint import authors_state
from tests.fetch.sources import cloud_imvn_made, test_checkpoints
from tests.steps_made import make


@pytest.fixture
def server(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[ArchiveServer]:
    """A server with the photographs and, as the only checkpoint, the authors' SimCLR for them."""
    monkeypatch.setattr(cloud_imvn, "PER_CLASS", cloud_imvn_made.FEW)
    monkeypatch.setattr(images, "instruments", lambda _: ())  # nothing of Venus
    root = tmp_path / "served"
    cloud_imvn_made.served(root, cloud_imvn_made.packed("rar50-solid"))
    test_checkpoints.serve(root, test_checkpoints.SIMCLR, hashed=False)
    base = make_base()
    torch.save(authors_state(SimCLR(base.state, torch.Generator().manual_seed(0))),
               root / checkpoints.FILES / test_checkpoints.SIMCLR)
    with ArchiveServer(root) as running:
        yield running


@pytest.fixture
def run(tmp_path: Path) -> Run:
    (tmp_path / "weights.pth").touch()
    return open_run("paper", tmp_path / "out", weights=tmp_path / "weights.pth",
                    checkpoints="authors")


def mirrors(server: ArchiveServer) -> dict[str, str]:
    return {"mendeley": server.base, "checkpoints": server.base}


def test_photographs_and_checkpoints(server: ArchiveServer, run: Run, capsys: pytest.CaptureFixture[str]) -> None:
    fetch.fetch(run, mirrors(server))
    said = capsys.readouterr().out
    assert "checkpoints: the authors have none of autoencoder for photos-colour\n" in said
    assert (run.raw / "checkpoints" / test_checkpoints.SIMCLR).is_file()
    check.check(run)

    make(run, f"patches {COLOUR}")
    made = open_set(run.patches(COLOUR))
    assert len(made) == 6 * cloud_imvn_made.FEW
    assert set(made.table["label"]) == {"Clear sky", "Patterned", "Veil", "Thin white", "Thick white",
                                                "Thick dark"}
    asked = server.requests.total()
    fetch.fetch(run, mirrors(server))
    assert server.requests.total() == asked + 1  # the list of checkpoints


def test_own_encoders_need_none(server: ArchiveServer, run: Run) -> None:
    fetch.fetch(replace(run, checkpoints="own"), mirrors(server))
    assert not (run.raw / "checkpoints").exists()
    assert not [path for path in server.requests if "cloud-patch-encoders" in path]


def test_offline_what_is_there_is_enough(server: ArchiveServer, run: Run, capsys: pytest.CaptureFixture[str]) -> None:
    own = replace(run, checkpoints="own")
    with pytest.raises(UserError, match=r"photographs: https://data\.mendeley\.com/: not asked, PAPER_REPRO_OFF"):
        fetch.fetch(own, {})
    cloud_imvn_made.put(run.raw / "mendeley", "by hand.rar", cloud_imvn_made.packed())
    fetch.fetch(own, {})
    with pytest.raises(UserError, match=r"items could not be fetched \(listed above\)"):
        fetch.fetch(run, {})
    assert "checkpoints: https://huggingface.co/: not asked for autoencoder of photos" in capsys.readouterr().err


def test_a_checkpoint_that_is_none(server: ArchiveServer, run: Run) -> None:
    server.fault = lambda request: Fault(body=b"no state dict") if request.path.endswith(".pt") else None
    with pytest.raises(UserError, match=r"checkpoints: .*expected a simclr or autoencoder checkpoint"):
        fetch.fetch(run, mirrors(server))
    assert not list((run.raw / "checkpoints").rglob("*_default.pt"))
