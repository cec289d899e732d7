import os
import pickle
import re
from collections.abc import Mapping
from pathlib import Path

import pytest
import torch
from torch import Tensor

from paper_repro.base.errors import UserError
from paper_repro.encoders.autoencoder import Autoencoder
from paper_repro.encoders.checkpoint import Trained, load_encoder, load_model, save_tensors
from paper_repro.encoders.simclr import SimCLR
from paper_repro.encoders.weights import BaseWeights

Networks = dict[Trained, SimCLR | Autoencoder]
BOTH: tuple[Trained, ...] = ("simclr", "autoencoder")


@pytest.fixture(scope="module")
def networks(base: BaseWeights) -> Networks:
    generator = torch.Generator().manual_seed(0)
    return {"simclr": SimCLR(base.state, generator), "autoencoder": Autoencoder(base.state, generator, "authors")}


def authors_state(network: SimCLR | Autoencoder) -> dict[str, Tensor]:
    """A network's values under the keys of the authors' published state dicts; an autoencoder with their decoder."""
    theirs: dict[str, Tensor] = {}
    if isinstance(network, SimCLR):
        theirs |= {f"_base_encoder.{key}": value for key, value in network.encoder.state_dict().items()}
        return theirs | {f"_projection_head.{key}": value for key, value in network.head.state_dict().items()}
    theirs |= {f"_encoder_resnet._resnet.{key}": value for key, value in network.encoder.state_dict().items()}
    theirs |= {"_encoder_resnet._resnet.fc.weight": torch.zeros(1000, 512),
               "_encoder_resnet._resnet.fc.bias": torch.zeros(1000)}
    named = re.compile("p2_layer|p3_|block|conv|bn|upsample")
    for key, value in network.decoder.state_dict().items():
        parts = [f"_{part}" if named.match(part) else part for part in key.split(".")]
        theirs[f"_decoder_resnet.{'.'.join(parts)}"] = value
    return theirs


def published_decoder() -> dict[str, tuple[int, ...]]:
    """Keys and shapes of the decoder's entries as the authors published them."""
    shapes: dict[str, tuple[int, ...]] = {}

    def norm(name: str, channels: int) -> None:
        values = ("weight", "bias", "running_mean", "running_var")
        shapes.update({f"{name}.{value}": (channels,) for value in values} | {f"{name}.num_batches_tracked": ()})

    for layer, wide, narrow in ((1, 512, 512), (2, 512, 256), (3, 256, 128), (4, 128, 64)):
        for block, channels in (("_block1", wide), ("_block2", narrow)):
            name = f"_decoder_resnet._p2_layer{layer}.{block}"
            shapes[f"{name}._conv1.weight"] = (channels, narrow, 3, 3)
            shapes[f"{name}._conv2.weight"] = (narrow, narrow, 3, 3)
            norm(f"{name}._bn1", narrow)
            norm(f"{name}._bn2", narrow)
        if layer > 1:
            name = f"_decoder_resnet._p2_layer{layer}._block1._upsample"
            shapes[f"{name}.0.weight"] = (wide, narrow, 1, 1)
            norm(f"{name}.1", narrow)
    shapes["_decoder_resnet._p3_conv.weight"] = (64, 3, 7, 7)
    norm("_decoder_resnet._p3_bn", 3)
    return shapes


def same(first: Mapping[str, Tensor], second: Mapping[str, Tensor]) -> bool:
    return first.keys() == second.keys() and all(torch.equal(first[key], second[key]) for key in first)


def test_the_authors_decoder_has_the_entries_they_published(networks: Networks) -> None:
    found = {key: tuple(value.shape) for key, value in authors_state(networks["autoencoder"]).items()
             if key.startswith("_decoder_resnet")}
    assert found == published_decoder()


def test_an_autoencoder_with_our_decoder_comes_back_too(base: BaseWeights, tmp_path: Path) -> None:
    network = Autoencoder(base.state, torch.Generator().manual_seed(0), "mirror")
    save_tensors(tmp_path / "checkpoint.safetensors", network.state_dict())
    loaded = load_model(tmp_path / "checkpoint.safetensors", "autoencoder")
    assert same(loaded.state_dict(), network.state_dict())


@pytest.mark.parametrize("model", BOTH)
def test_what_is_saved_comes_back(networks: Networks, tmp_path: Path, model: Trained) -> None:
    path, network = tmp_path / "checkpoint.safetensors", networks[model]
    save_tensors(path, network.state_dict())
    assert same(load_model(path, model).state_dict(), network.state_dict())
    assert same(load_encoder(path, model).state_dict(), network.encoder.state_dict())
    first = path.read_bytes()
    save_tensors(path, {key: value.contiguous() for key, value in reversed(network.state_dict().items())})
    assert path.read_bytes() == first


def test_others_may_read_what_the_umask_lets_them(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The umask is not set on the way: it is that of all threads."""
    before = os.umask(0o027)
    try:
        with monkeypatch.context() as patch:
            patch.setattr(os, "umask", lambda _: pytest.fail("set for other threads too"))
            save_tensors(tmp_path / "x.safetensors", {"a": torch.zeros(2)})
    finally:
        os.umask(before)
    assert (tmp_path / "x.safetensors").stat().st_mode & 0o777 == 0o640


@pytest.mark.parametrize(("model", "count"), [("simclr", 124), ("autoencoder", 242)])
def test_the_authors_files_load(networks: Networks, tmp_path: Path, model: Trained,
                                count: int) -> None:
    path, network = tmp_path / f"{model}_resnet18_cloud-imvn-1.0_default.pt", networks[model]
    theirs = authors_state(network)
    assert len(theirs) == count  # as counted in what they published
    torch.save(theirs, path)
    assert same(load_model(path, model).state_dict(), network.state_dict())
    assert same(load_encoder(path, model).state_dict(), network.encoder.state_dict())


def test_decoder_of_another_shape_is_refused_but_its_encoder_loads(
    networks: Networks, tmp_path: Path
) -> None:
    path, network = tmp_path / "other.pt", networks["autoencoder"]
    names = {f"_p2_layer{old}": f"_p2_layer{5 - old}" for old in (1, 2, 3, 4)}
    theirs = {}
    for key, value in authors_state(network).items():
        layer = next((old for old in names if old in key), "")
        theirs[key.replace(layer, names[layer]) if layer else key] = value
    torch.save(theirs, path)
    with pytest.raises(UserError, match=r"other\.pt: autoencoder .* entry 'decoder\.p2_layer1.*expected shape"):
        load_model(path, "autoencoder")
    assert same(load_encoder(path, "autoencoder").state_dict(), network.encoder.state_dict())


def test_loaded_encoder_can_be_trained_and_has_values_of_its_own(
    networks: Networks, tmp_path: Path
) -> None:
    path = tmp_path / "half.pt"
    torch.save({key: value.half() if value.is_floating_point() else value
                for key, value in authors_state(networks["simclr"]).items()}, path)
    encoder = load_encoder(path, "simclr")
    assert {p.dtype for p in encoder.parameters()} == {torch.float32}
    assert all(p.requires_grad for p in encoder.parameters())


@pytest.mark.parametrize("suffix", ["safetensors", "pt"])
def test_file_that_is_absent_or_torn_is_named(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"x.{suffix}"
    with pytest.raises(UserError, match=rf"x\.{suffix}: expected a trained simclr encoder, found none.*train"):
        load_encoder(path, "simclr")
    path.write_bytes(b"")
    with pytest.raises(UserError, match=rf"x\.{suffix}: expected a simclr checkpoint .*can't be read"):
        load_encoder(path, "simclr")
    path.write_bytes(b"\x80\x02" + bytes(range(60)))
    with pytest.raises(UserError, match=rf"x\.{suffix}: expected a simclr checkpoint .*can't be read"):
        load_encoder(path, "simclr")


class Trap:
    """Creates a file when it is unpickled."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> tuple[object, ...]:
        return (Path.touch, (self.path,))


def test_no_pickled_code_is_run(tmp_path: Path) -> None:
    torch.save({"_base_encoder.conv1.weight": Trap(tmp_path / "sprung")}, tmp_path / "a.pt")
    (tmp_path / "b.pt").write_bytes(pickle.dumps({"x": Trap(tmp_path / "sprung")}))
    for name in ("a.pt", "b.pt"):
        with pytest.raises(UserError, match="can't be read"):
            load_encoder(tmp_path / name, "simclr")
    assert not (tmp_path / "sprung").exists()


def test_checkpoint_of_another_model_is_refused(networks: Networks, tmp_path: Path,
                                                base: BaseWeights) -> None:
    torch.save(authors_state(networks["simclr"]), tmp_path / "theirs.pt")
    save_tensors(tmp_path / "ours.safetensors", networks["simclr"].state_dict())
    torch.save(base.state, tmp_path / "base.pt")
    torch.save([1, 2], tmp_path / "list.pt")
    torch.save({"model": {}}, tmp_path / "nested.pt")
    for name in ("theirs.pt", "ours.safetensors", "base.pt", "list.pt", "nested.pt"):
        with pytest.raises(UserError, match=rf"{name}: expected an? autoencoder"):
            load_encoder(tmp_path / name, "autoencoder")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ("missing", r"'layer1\.0\.conv1\.weight': expected shape \[64, 64, 3, 3\], found none"),
        ("extra", r"'layer5\.weight': expected none, found shape \[1\]"),
        ("shape", r"'layer1\.0\.conv1\.weight': expected shape \[64, 64, 3, 3\], found shape \[2, 2\]"),
    ],
)
def test_entry_that_does_not_fit_is_named(networks: Networks, tmp_path: Path, change: str,
                                          message: str) -> None:
    state = dict(networks["simclr"].state_dict())
    if change == "missing":
        del state["encoder.layer1.0.conv1.weight"]
    elif change == "extra":
        state["encoder.layer5.weight"] = torch.zeros(1)
    else:
        state["encoder.layer1.0.conv1.weight"] = torch.zeros(2, 2)
    save_tensors(tmp_path / "x.safetensors", state)
    with pytest.raises(UserError, match=rf"x\.safetensors: simclr checkpoint, entry {message}"):
        load_encoder(tmp_path / "x.safetensors", "simclr")
