"""The autoencoder (Sect. 3.2.2): the base model, and a decoder that mirrors it; which one is a switch of the recipe.

"mirror": every convolution of the encoder has its transposed counterpart in the decoder, with a weight of the same
shape and under the same name, run through in the opposite order. "authors": the decoder of the authors' code, whose
first layer keeps the 512 channels and the size. Both mirror the average pool by repeating each feature over the last
map, and the max-pool by un-pooling with the encoder's indices.
"""

from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional
from torchvision.models.resnet import Bottleneck

from paper_repro.base.errors import UserError
from paper_repro.base.profile import PAPERS_BASE, Base
from paper_repro.base.recipe import DecoderKind
from paper_repro.encoders.resnet import STRIDE, ResNetEncoder, draw_parameters


def transposed(wide: int, narrow: int, kernel: int, stride: int) -> nn.ConvTranspose2d:
    """Mirror of a convolution from `narrow` to `wide` channels: an upsampling by `stride`, without a bias."""
    return nn.ConvTranspose2d(wide, narrow, kernel, stride, padding=kernel // 2, output_padding=stride - 1, bias=False)


class MirrorBlock(nn.Module):
    """Mirror of torchvision's BasicBlock: [N, wide, H, H] -> [N, narrow, stride H, stride H]."""

    def __init__(self, wide: int, narrow: int, stride: int) -> None:
        super().__init__()
        self.conv2, self.bn2 = transposed(wide, wide, 3, 1), nn.BatchNorm2d(wide)
        self.conv1, self.bn1 = transposed(wide, narrow, 3, stride), nn.BatchNorm2d(narrow)
        self.upsample: nn.Module = nn.Identity()
        if stride > 1:
            self.upsample = nn.Sequential(transposed(wide, narrow, 1, stride), nn.BatchNorm2d(narrow))

    def forward(self, x: Tensor) -> Tensor:
        """One step back through a block of the encoder."""
        y = functional.relu(self.bn2(self.conv2(x)), inplace=True)
        y = self.bn1(self.conv1(y))
        return functional.relu(y.add_(self.upsample(x)), inplace=True)


class MirrorBottleneck(nn.Module):
    """Mirror of torchvision's Bottleneck: [N, 4 inner, H, H] -> [N, narrow, stride H, stride H]."""

    def __init__(self, inner: int, narrow: int, stride: int) -> None:
        super().__init__()
        wide = Bottleneck.expansion * inner
        self.conv3, self.bn3 = transposed(wide, inner, 1, 1), nn.BatchNorm2d(inner)
        self.conv2, self.bn2 = transposed(inner, inner, 3, stride), nn.BatchNorm2d(inner)
        self.conv1, self.bn1 = transposed(inner, narrow, 1, 1), nn.BatchNorm2d(narrow)
        self.upsample: nn.Module = nn.Identity()
        if wide != narrow:
            self.upsample = nn.Sequential(transposed(wide, narrow, 1, stride), nn.BatchNorm2d(narrow))

    def forward(self, x: Tensor) -> Tensor:
        """One step back through a block of the encoder."""
        y = functional.relu(self.bn3(self.conv3(x)), inplace=True)
        y = functional.relu(self.bn2(self.conv2(y)), inplace=True)
        y = self.bn1(self.conv1(y))
        return functional.relu(y.add_(self.upsample(x)), inplace=True)


class MirrorLayer(nn.Module):
    """Mirror of one of the encoder's four layers: its last block first; the blocks are named as theirs from 1 on."""

    def __init__(self, layer: nn.Sequential) -> None:
        super().__init__()
        for number in range(len(layer), 0, -1):
            theirs: Any = layer[number - 1]
            deep = isinstance(theirs, Bottleneck)
            strided = theirs.conv2 if deep else theirs.conv1
            self.add_module(f"block{number}", (MirrorBottleneck if deep else MirrorBlock)(
                theirs.conv1.out_channels, theirs.conv1.in_channels, strided.stride[0]))

    def forward(self, x: Tensor) -> Tensor:
        """[N, wide, H, H] -> [N, narrow, stride H, stride H]."""
        for block in self.children():
            x = block(x)
        return x


class Decoder(nn.Module):
    """Mirror of the base model `encoder`: its features [N, 512] and the max-pool's indices -> [N, 3, S, S]."""

    def __init__(self, encoder: ResNetEncoder) -> None:
        super().__init__()
        self.layer4, self.layer3 = MirrorLayer(encoder.layer4), MirrorLayer(encoder.layer3)
        self.layer2, self.layer1 = MirrorLayer(encoder.layer2), MirrorLayer(encoder.layer1)
        self.conv1, self.bn1 = transposed(64, 3, 7, 2), nn.BatchNorm2d(3)

    def forward(self, features: Tensor, indices: Tensor) -> Tensor:
        """Reconstruct normalised images; `indices` [N, 64, S/4, S/4] as `max_pool2d` gives them."""
        side = 4 * indices.shape[-1]
        pooled = self.layer1(self.layer2(self.layer3(self.layer4(repeated(features, side)))))
        return self.bn1(self.conv1(unpool(pooled, indices, (side // 2, side // 2))))


class AuthorsBlock(nn.Module):
    """Residual block of the authors' decoder: [N, wide, H, H] -> [N, narrow, stride H, stride H].

    It changes channels and size in its first convolution, where `MirrorBlock` does so in its second.
    """

    def __init__(self, wide: int, narrow: int, stride: int) -> None:
        super().__init__()
        self.conv1, self.bn1 = transposed(wide, narrow, 3, stride), nn.BatchNorm2d(narrow)
        self.conv2, self.bn2 = transposed(narrow, narrow, 3, 1), nn.BatchNorm2d(narrow)
        self.upsample: nn.Module = nn.Identity()
        if stride > 1:
            self.upsample = nn.Sequential(transposed(wide, narrow, 1, stride), nn.BatchNorm2d(narrow))

    def forward(self, x: Tensor) -> Tensor:
        """Two transposed convolutions, and the identity beside them."""
        y = functional.relu(self.bn1(self.conv1(x)), inplace=True)
        y = self.bn2(self.conv2(y))
        return functional.relu(y.add_(self.upsample(x)), inplace=True)


class AuthorsLayer(nn.Module):
    """Two blocks of the authors' decoder, the first of which changes channels and size."""

    def __init__(self, wide: int, narrow: int, stride: int) -> None:
        super().__init__()
        self.block1, self.block2 = AuthorsBlock(wide, narrow, stride), AuthorsBlock(narrow, narrow, 1)

    def forward(self, x: Tensor) -> Tensor:
        """[N, wide, H, H] -> [N, narrow, stride H, stride H]."""
        return self.block2(self.block1(x))


class AuthorsDecoder(nn.Module):
    """The authors' decoder: [N, 512] features and the max-pool's indices -> [N, 3, S, S].

    Its modules have the authors' names, but for their leading underscores. Raises UserError for another base model
    than ResNet-18: theirs for others isn't known.
    """

    def __init__(self, encoder: ResNetEncoder) -> None:
        super().__init__()
        if encoder.base != PAPERS_BASE:
            raise UserError(f"Switch 'decoder': the authors' decoder is that of {PAPERS_BASE}, found base "
                            f"{encoder.base}; set decoder = \"mirror\" (--switch decoder=mirror).")
        self.p2_layer1, self.p2_layer2 = AuthorsLayer(512, 512, 1), AuthorsLayer(512, 256, 2)
        self.p2_layer3, self.p2_layer4 = AuthorsLayer(256, 128, 2), AuthorsLayer(128, 64, 2)
        self.p3_conv, self.p3_bn = transposed(64, 3, 7, 2), nn.BatchNorm2d(3)

    def forward(self, features: Tensor, indices: Tensor) -> Tensor:
        """Reconstruct normalised images; `indices` [N, 64, S/4, S/4] as `max_pool2d` gives them."""
        side = 4 * indices.shape[-1]
        pooled = self.p2_layer4(self.p2_layer3(self.p2_layer2(self.p2_layer1(repeated(features, side)))))
        # Their ReLU after the un-pooling changes nothing: the last layer's ReLU and the zeros are never below 0.
        return self.p3_bn(self.p3_conv(unpool(pooled, indices, (side // 2, side // 2))))


DECODERS: dict[DecoderKind, type[Decoder | AuthorsDecoder]] = {"mirror": Decoder, "authors": AuthorsDecoder}


class Autoencoder(nn.Module):
    """Encoder and decoder: [N, 3, S, S] normalised images -> their reconstruction; S a multiple of 32.

    `state` is the base model's (torchvision keys), without which it is a `base`; the decoder is drawn from `generator`
    by torch's default law. Raises UserError for a decoder that the base model can't have.
    """

    def __init__(self, state: Mapping[str, Tensor] | None, generator: torch.Generator,
                 decoder: DecoderKind = "mirror", base: Base = PAPERS_BASE) -> None:
        super().__init__()
        self.encoder = ResNetEncoder(state, base)
        with torch.device("meta"):
            self.decoder = DECODERS[decoder](self.encoder)
        draw_parameters(self.decoder, generator)

    def forward(self, images: Tensor) -> Tensor:
        """Encode to 512 features an image, and decode."""
        pool = self.encoder.maxpool
        pooled, indices = functional.max_pool2d(self.encoder.stem(images), pool.kernel_size, pool.stride, pool.padding,
                                                return_indices=True)
        return self.decoder(self.encoder.top(pooled), indices)


def repeated(features: Tensor, side: int) -> Tensor:
    """Features [N, D] over the last map of images of `side` px (nearest upsampling): [N, D, S/32, S/32]."""
    maps = features[:, :, None, None].expand(-1, -1, side // STRIDE, side // STRIDE)
    return maps.contiguous(memory_format=torch.channels_last)


def unpool(values: Tensor, indices: Tensor, size: tuple[int, int]) -> Tensor:
    """Put pooled values back where the maxima were, zeros elsewhere: [N, C, h, w] -> [N, C, *size].

    `indices` [N, C, h, w] are positions in the flattened map, as `max_pool2d` gives them. Where several windows chose
    one pixel, the last in raster order wins, as in torch's own `max_unpool2d` on a CPU, which has no deterministic
    mode: so every other window is set to 0 first, and then the values are added up, which gives the same bytes in any
    order. A window shares pixels only with its eight neighbours (3 x 3, stride 2), so four comparisons find the
    losers. The gradient is that of what is computed: 0 for a loser (torch's own gives it the winner's).
    """
    values, indices = values.permute(0, 2, 3, 1), indices.permute(0, 2, 3, 1)  # the order in memory
    number, height, width, channels = values.shape
    lost = torch.zeros(indices.shape, dtype=torch.bool, device=indices.device)
    lost[:, :, :-1] |= indices[:, :, :-1] == indices[:, :, 1:]
    lost[:, :-1] |= indices[:, :-1] == indices[:, 1:]
    lost[:, :-1, 1:] |= indices[:, :-1, 1:] == indices[:, 1:, :-1]
    lost[:, :-1, :-1] |= indices[:, :-1, :-1] == indices[:, 1:, 1:]
    winners = torch.where(lost, 0, values).reshape(number, height * width, channels)
    flat = values.new_zeros(number, size[0] * size[1], channels)
    filled = flat.scatter_add(1, indices.reshape(number, height * width, channels), winners)
    return filled.view(number, *size, channels).permute(0, 3, 1, 2)
