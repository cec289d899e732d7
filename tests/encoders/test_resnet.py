import numpy as np
import pytest
import torch
from torch import nn
from torchvision.models import resnet18

from paper_repro import paper
from paper_repro.encoders.resnet import STRIDE, ResNetEncoder, draw_parameters, normalisation, trunk
from paper_repro.encoders.weights import BaseWeights


def test_gray_normalisation_comes_out_of_equation_6_as_printed() -> None:
    mean, std = normalisation(colour=False)
    assert mean == pytest.approx([paper.GRAY_MEAN] * 3, abs=1e-12)
    assert std == pytest.approx([paper.GRAY_STD] * 3, abs=1e-12)
    assert len(set(mean)) == len(set(std)) == 1  # no colour appears


def test_colour_normalisation_is_that_of_imagenet() -> None:
    assert normalisation(colour=True) == (paper.IMAGENET_MEAN, paper.IMAGENET_STD)


def test_encoder_is_torchvisions_network_without_its_classifier(base: BaseWeights) -> None:
    whole = resnet18(weights=None)
    whole.load_state_dict(base.state)
    whole.fc = nn.Identity()
    images = torch.rand(2, 3, 64, 64, generator=torch.Generator().manual_seed(0))
    with torch.no_grad():
        features = ResNetEncoder(base.state).eval()(images)
        assert torch.equal(features, whole.eval()(images))
    assert features.shape == (2, paper.FEATURES)


def test_trunk_leaves_out_the_classifier_only(base: BaseWeights) -> None:
    assert set(base.state) - set(trunk(base.state)) == {"fc.weight", "fc.bias"}
    assert list(trunk(base.state)) == list(ResNetEncoder().state_dict())
    assert len(trunk(base.state)) == 120


def test_encoder_copies_its_state_and_draws_nothing(base: BaseWeights) -> None:
    before = torch.get_rng_state()
    encoder = ResNetEncoder(base.state)
    assert torch.equal(torch.get_rng_state(), before)
    original = base.state["conv1.weight"].clone()
    with torch.no_grad():
        encoder.conv1.weight.zero_()
    assert torch.equal(base.state["conv1.weight"], original)


@pytest.mark.parametrize("side", [32, 64, 96])
def test_last_map_is_smaller_by_the_stride(base: BaseWeights, side: int) -> None:
    encoder = ResNetEncoder(base.state).eval()
    sizes: list[int] = []
    encoder.layer4.register_forward_hook(lambda *call: sizes.append(call[2].shape[-1]))
    with torch.no_grad():
        encoder(torch.zeros(1, 3, side, side))
    assert sizes == [side // STRIDE]


def test_gradients_reach_every_parameter(base: BaseWeights) -> None:
    encoder = ResNetEncoder(base.state)
    images = torch.rand(4, 3, 64, 64, generator=torch.Generator().manual_seed(0))
    encoder(images).square().sum().backward()
    assert [name for name, p in encoder.named_parameters() if p.grad is None or not p.grad.any()] == []


@pytest.mark.parametrize(
    ("kind", "sizes"), [(nn.Linear, (40, 30)), (nn.ConvTranspose2d, (8, 6, 3)), (nn.ConvTranspose2d, (6, 8, 1))]
)
def test_parameters_are_drawn_by_torchs_own_law(kind: type[nn.Module], sizes: tuple[int, ...]) -> None:
    torch.manual_seed(3)
    expected = kind(*sizes).state_dict()
    with torch.device("meta"):
        layer = kind(*sizes)
    before = torch.get_rng_state()
    draw_parameters(layer, torch.Generator().manual_seed(3))
    assert torch.equal(torch.get_rng_state(), before)
    for key, value in layer.state_dict().items():
        np.testing.assert_array_equal(value.numpy(), expected[key].numpy())


def test_drawn_batch_norm_layers_are_the_identity() -> None:
    with torch.device("meta"):
        layer = nn.Sequential(nn.BatchNorm2d(4, eps=0.0))
    draw_parameters(layer, torch.Generator())
    images = torch.rand(2, 4, 3, 3, generator=torch.Generator().manual_seed(0))
    assert torch.equal(layer.eval()(images), images)
