from collections.abc import Mapping

import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional
from torchvision.models.resnet import Bottleneck

from paper_repro.base.recipe import DecoderKind
from paper_repro.encoders.autoencoder import DECODERS, Autoencoder, MirrorBottleneck, MirrorLayer, unpool
from paper_repro.encoders.train import be_deterministic
from paper_repro.encoders.weights import BaseWeights


@pytest.fixture(autouse=True)
def _any_algorithm() -> None:
    """Undo what a training before asked for: torch's own un-pooling, with which is compared, isn't deterministic."""
    torch.use_deterministic_algorithms(False)


def pooled(side: int = 14, *, levels: int = 4, seed: int = 0) -> tuple[Tensor, Tensor, tuple[int, int]]:
    """Values to put back, and the encoder's indices for a map of few levels, in which windows share many maxima."""
    generator = torch.Generator().manual_seed(seed)
    image = torch.randint(0, levels, (2, 3, side, side + 4), generator=generator, dtype=torch.float64)
    _, indices = functional.max_pool2d(image, 3, 2, 1, return_indices=True)
    return torch.randn(indices.shape, generator=generator, dtype=torch.float64), indices, (side, side + 4)


def literal(values: Tensor, indices: Tensor, size: tuple[int, int]) -> Tensor:
    """Windows in raster order, each writing over what was there."""
    out = torch.zeros(*values.shape[:2], *size, dtype=values.dtype)
    for n, c, row, column in torch.cartesian_prod(*(torch.arange(k) for k in values.shape)):
        place = indices[n, c, row, column]
        out[n, c, place // size[1], place % size[1]] = values[n, c, row, column]
    return out


@pytest.mark.parametrize("levels", [1, 2, 4, 1000])
@pytest.mark.parametrize("side", [2, 7, 40])
def test_unpool_equals_torchs_and_the_literal_one(side: int, levels: int) -> None:
    values, indices, size = pooled(side, levels=levels)
    found = unpool(values, indices, size)
    assert torch.equal(found, literal(values, indices, size))
    assert torch.equal(found, functional.max_unpool2d(values, indices, [3, 3], [2, 2], [1, 1], output_size=size))


def test_unpool_sees_shared_maxima() -> None:
    _, indices, _ = pooled()
    assert len(set(indices[0, 0].flatten().tolist())) < indices[0, 0].numel()  # else the tests above would prove little


def test_gradient_of_unpool_is_that_of_what_it_computes() -> None:
    values, indices, size = pooled(6)
    assert torch.autograd.gradcheck(lambda x: unpool(x, indices, size), values.requires_grad_())


def test_unpool_gives_the_same_bytes_with_any_number_of_threads() -> None:
    generator = torch.Generator().manual_seed(1)
    maps = torch.randint(0, 3, (8, 64, 32, 32), generator=generator).float()
    maps = maps.contiguous(memory_format=torch.channels_last)
    _, indices = functional.max_pool2d(maps, 3, 2, 1, return_indices=True)
    values = torch.randn(indices.shape, generator=generator).contiguous(memory_format=torch.channels_last)
    found = []
    be_deterministic(torch.device("cpu"))
    try:
        for threads in (1, 2, 3, 2):
            torch.set_num_threads(threads)
            leaf = values.clone().requires_grad_()
            out = unpool(leaf, indices, (32, 32))
            torch.autograd.backward([out.mul(maps).sum()])
            assert leaf.grad is not None
            found.append(out.detach().numpy().tobytes() + leaf.grad.numpy().tobytes())
    finally:
        torch.set_num_threads(1)
    assert len(set(found)) == 1


def test_torch_itself_has_no_deterministic_unpool() -> None:
    # the reason for our own: should this fail one day, torch's will do
    values, indices, size = pooled()
    be_deterministic(torch.device("cpu"))
    with pytest.raises(RuntimeError, match="deterministic"):
        functional.max_unpool2d(values, indices, [3, 3], [2, 2], [1, 1], output_size=size)


@pytest.fixture(scope="module")
def network(base: BaseWeights) -> Autoencoder:
    return Autoencoder(base.state, torch.Generator().manual_seed(0))


def test_every_convolution_has_a_mirror_of_the_same_name_and_shape(network: Autoencoder) -> None:
    def shapes(part: nn.Module) -> dict[str, tuple[int, ...]]:
        return {key: tuple(value.shape) for key, value in part.state_dict().items() if value.ndim == 4}

    def mirrored(name: str) -> str:
        # torchvision counts blocks from 0 and calls the shortcut otherwise
        name = name.replace(".0.conv", ".block1.conv").replace(".1.conv", ".block2.conv")
        return name.replace(".0.downsample", ".block1.upsample")

    decoder = shapes(network.decoder)
    assert decoder == {mirrored(name): shape for name, shape in shapes(network.encoder).items()}
    assert len(decoder) == 20


@pytest.mark.parametrize("side", [32, 64, 96, 224])
def test_maps_of_the_decoder_mirror_those_of_the_encoder(network: Autoencoder, side: int) -> None:
    into: dict[str, torch.Size] = {}
    out: dict[str, torch.Size] = {}
    names = ("layer1", "layer2", "layer3", "layer4", "conv1")
    hooks = []
    for name in names:
        remember_in = lambda module, args, result, name=name: into.__setitem__(name, args[0].shape)  # noqa: E731
        remember_out = lambda module, args, result, name=name: out.__setitem__(name, result.shape)  # noqa: E731
        hooks.append(getattr(network.encoder, name).register_forward_hook(remember_in))
        hooks.append(getattr(network.decoder, name).register_forward_hook(remember_out))
    with torch.no_grad():
        images = torch.zeros(1, 3, side, side)
        assert network.eval()(images).shape == images.shape
    for hook in hooks:
        hook.remove()
    network.train()
    assert out == into
    assert set(out) == set(names)


def test_no_layer_of_the_decoder_has_a_bias_of_its_own_before_a_batch_norm(network: Autoencoder) -> None:
    layers = [layer for layer in network.decoder.modules() if isinstance(layer, nn.ConvTranspose2d)]
    assert len(layers) == 20
    assert all(layer.bias is None for layer in layers)


def test_reconstruction_goes_through_the_512_features(network: Autoencoder) -> None:
    seen: list[torch.Size] = []
    hook = network.decoder.register_forward_hook(lambda module, args, result: seen.append(args[0].shape))
    images = torch.rand(2, 3, 64, 64, generator=torch.Generator().manual_seed(0))
    features = network.eval().encoder(images)
    with torch.no_grad():
        network(images)
        _, indices = functional.max_pool2d(network.encoder.stem(images), 3, 2, 1, return_indices=True)
        torch.testing.assert_close(network.decoder(features, indices), network(images))
    hook.remove()
    network.train()
    assert seen[0] == (2, 512)


def test_the_decoders_have_as_many_parameters_as_counted_in_both_codes(base: BaseWeights) -> None:
    count = {kind: sum(p.numel() for p in Autoencoder(base.state, torch.Generator(), kind).decoder.parameters())
             for kind in DECODERS}
    assert count == {"mirror": 11_174_598, "authors": 13_497_926}


def literal_bottleneck(block: MirrorBottleneck, x: Tensor, stride: int) -> Tensor:
    """Back through 1 x 1, 3 x 3 (which enlarges) and 1 x 1 convolutions; beside them a 1 x 1 where channels change."""
    state = {name: values.detach() for name, values in block.named_parameters()}

    def back(values: Tensor, weight: str, step: int) -> Tensor:
        middle = state[weight].shape[-1] // 2
        return functional.conv_transpose2d(values, state[weight], stride=step, padding=middle, output_padding=step - 1)

    def normalised(values: Tensor, name: str) -> Tensor:
        mean, variance = values.mean((0, 2, 3), keepdim=True), values.var((0, 2, 3), correction=0, keepdim=True)
        weight, bias = (state[f"{name}.{kind}"][None, :, None, None] for kind in ("weight", "bias"))
        return (values - mean) / (variance + 1e-5).sqrt() * weight + bias

    y = normalised(back(x, "conv3.weight", 1), "bn3").clamp(min=0)
    y = normalised(back(y, "conv2.weight", stride), "bn2").clamp(min=0)
    y = normalised(back(y, "conv1.weight", 1), "bn1")
    beside = normalised(back(x, "upsample.0.weight", stride), "upsample.1") if "upsample.0.weight" in state else x
    return (y + beside).clamp(min=0)


@pytest.mark.parametrize(("inner", "narrow", "stride"), [(4, 16, 1), (4, 8, 1), (4, 8, 2)])
def test_the_mirrored_bottleneck_is_the_literal_one(inner: int, narrow: int, stride: int) -> None:
    block, generator = MirrorBottleneck(inner, narrow, stride), torch.Generator().manual_seed(1)
    for values in block.parameters():
        nn.init.uniform_(values, -1, 1, generator=generator)
    assert [tuple(block.get_parameter(f"conv{n}.weight").shape) for n in (3, 2, 1)] == [
        (4 * inner, inner, 1, 1), (inner, inner, 3, 3), (inner, narrow, 1, 1)]
    assert ("upsample.0.weight" in dict(block.named_parameters())) == (narrow != 4 * inner)
    x = torch.rand((2, 4 * inner, 6, 6), generator=generator)
    found = block(x.clone())
    assert found.shape == (2, narrow, 6 * stride, 6 * stride)
    torch.testing.assert_close(found, literal_bottleneck(block, x, stride))


def test_a_layer_of_bottlenecks_takes_sizes_and_strides_of_theirs() -> None:
    theirs = nn.Sequential(Bottleneck(8, 4, stride=2, downsample=nn.Conv2d(8, 16, 1, 2)), Bottleneck(16, 4))
    ours = MirrorLayer(theirs)
    assert ours(torch.rand(2, 16, 3, 3)).shape == (2, 8, 6, 6)
    assert [name for name, _ in ours.named_children()] == ["block2", "block1"]


def literal_authors_decoder(state: Mapping[str, Tensor], features: Tensor, indices: Tensor) -> Tensor:
    """Their decoder in evaluation mode, operation by operation."""
    side = 4 * indices.shape[-1]

    def norm(x: Tensor, name: str) -> Tensor:
        mean, var, weight, bias = (state[f"{name}.{part}"].view(1, -1, 1, 1)
                                   for part in ("running_mean", "running_var", "weight", "bias"))
        return (x - mean) / (var + 1e-5).sqrt() * weight + bias

    def up(x: Tensor, name: str, stride: int) -> Tensor:
        weight = state[f"{name}.weight"]
        return functional.conv_transpose2d(x, weight, None, stride, weight.shape[-1] // 2, stride - 1)

    x = functional.interpolate(features[:, :, None, None], (side // 32, side // 32), mode="nearest")
    for layer in (1, 2, 3, 4):
        for block in (1, 2):
            name, stride = f"p2_layer{layer}.block{block}", 2 if layer > 1 and block == 1 else 1
            y = norm(up(x, f"{name}.conv1", stride), f"{name}.bn1").relu()
            y = norm(up(y, f"{name}.conv2", 1), f"{name}.bn2")
            identity = norm(up(x, f"{name}.upsample.0", 2), f"{name}.upsample.1") if stride == 2 else x
            x = (y + identity).relu()
    x = functional.max_unpool2d(x, indices, [3, 3], [2, 2], [1, 1], output_size=(side // 2, side // 2)).relu()
    return norm(up(x, "p3_conv", 2), "p3_bn")


@pytest.mark.parametrize("side", [32, 96])
def test_the_authors_decoder_is_the_literal_one(base: BaseWeights, side: int) -> None:
    generator = torch.Generator().manual_seed(3)
    network = Autoencoder(base.state, generator, "authors").eval()
    for name, value in network.decoder.state_dict().items():
        if value.ndim == 1:
            value.uniform_(0.5, 1.5, generator=generator).sub_(1.0 if name.endswith(("bias", "mean")) else 0.0)
    images = torch.randn(2, 3, side, side, generator=generator)
    with torch.no_grad():
        _, indices = functional.max_pool2d(network.encoder.stem(images), 3, 2, 1, return_indices=True)
        expected = literal_authors_decoder(network.decoder.state_dict(), network.encoder(images), indices)
        found = network(images)
    assert found.shape == images.shape
    torch.testing.assert_close(found, expected, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("kind", DECODERS)
def test_gradients_reach_every_parameter(base: BaseWeights, kind: DecoderKind) -> None:
    network = Autoencoder(base.state, torch.Generator().manual_seed(0), kind)
    images = torch.rand(4, 3, 64, 64, generator=torch.Generator().manual_seed(0))
    be_deterministic(torch.device("cpu"))
    torch.autograd.backward([functional.mse_loss(network(images), images)])
    assert [name for name, p in network.named_parameters() if p.grad is None or not p.grad.any()] == []


def test_decoder_comes_from_the_generator_alone(base: BaseWeights) -> None:
    before = torch.get_rng_state()
    first, same, other = (Autoencoder(base.state, torch.Generator().manual_seed(seed)) for seed in (1, 1, 2))
    assert torch.equal(torch.get_rng_state(), before)
    weight = "layer4.block1.conv1.weight"
    assert all(torch.equal(a, b) for a, b in zip(first.parameters(), same.parameters(), strict=True))
    assert not torch.equal(first.decoder.state_dict()[weight], other.decoder.state_dict()[weight])
