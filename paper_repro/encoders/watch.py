"""Training one can watch: after each epoch, measures of how the encoder sees the test images, and a line on them.

They are taken from the pass over the test images that the test loss needs anyway, so that they cost next to nothing
and no random draw of the training moves.
"""

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from paper_repro.base.profile import Model
from paper_repro.encoders import monitor

MEASURES = ("spread", "alignment", "uniformity", "knn_accuracy", "ward_ari")
MOST = 1024  # test images that are looked at
NEIGHBOURS = 5  # whose labels say what an image is


class Watch:
    """Looks at the embeddings of the test images while their loss is computed, and measures them.

    Embeddings are what the loss acts on: SimCLR's projections of two views, the autoencoder's 512 features. Labels are
    compared with the features of one view of each image, since these are what is clustered.
    """

    def __init__(self, model: Model, network: nn.Module, labels: NDArray[np.int64] | None) -> None:
        self.model, self.labels = model, labels
        self.features, self.projections = list[NDArray[np.float32]](), list[NDArray[np.float32]]()
        encoder = dict(network.named_modules()).get("encoder.avgpool")
        for module, kept in ((encoder, self.features), (network if model == "simclr" else None, self.projections)):
            if module is not None:
                module.register_forward_hook(self._keeper(network, kept))

    def _keeper(self, network: nn.Module, kept: list[NDArray[np.float32]]) -> Callable[..., None]:
        """A hook that keeps the output of a module as rows, where nothing is learnt from it and there are few yet."""
        def keep(_: nn.Module, __: Any, output: Tensor) -> None:
            rows = 2 * MOST if self.model == "simclr" else MOST
            if not network.training and sum(map(len, kept)) < rows:
                kept.append(output.detach().flatten(1).float().cpu().numpy()[:rows - sum(map(len, kept))])

        return keep

    def measured(self, order: NDArray[np.int64]) -> dict[str, float]:
        """What is measured of the images `order`, numbers in the set, since the last call; without what can't be.

        spread, uniformity, and SimCLR's alignment: of the embeddings; knn_accuracy, ward_ari: where labels are known.
        """
        features, projections = (np.concatenate(kept) if kept else np.empty((0, 1), np.float32)
                                 for kept in (self.features, self.projections))
        self.features.clear()
        self.projections.clear()
        views = 2 if self.model == "simclr" else 1
        seen, found = features[::views], dict[str, float]()
        embedded = projections if self.model == "simclr" else features
        if len(embedded) > views and np.isfinite(embedded).all():
            found |= {"spread": monitor.spread(embedded), "uniformity": monitor.uniformity(embedded[::views])}
            if self.model == "simclr":
                found["alignment"] = monitor.alignment(embedded)
        if self.labels is not None and len(seen) > NEIGHBOURS and np.isfinite(seen).all():
            labels = self.labels[order[:len(seen)]]
            if 1 < len(np.unique(labels)) < len(seen):  # else any encoder would be right, or none could be
                found |= {"knn_accuracy": monitor.knn_accuracy(seen, labels, NEIGHBOURS),
                          "ward_ari": monitor.ward_ari(seen, labels)}
        return {name: round(found[name], 6) for name in MEASURES if name in found}

    def before(self, network: nn.Module, batches: Sequence[NDArray[np.int64]],
               inputs: Callable[[NDArray[np.int64]], Tensor]) -> dict[str, float]:
        """The same of the network as it is before training; `inputs` makes views of a batch."""
        network.eval()
        with torch.inference_mode():
            for batch in batches:
                network(inputs(batch))
        return self.measured(np.concatenate(batches))


def of_guess(losses: Sequence[float], sizes: Sequence[int]) -> float:
    """NT-Xent over that of a guess, mean over batches of `sizes` images; an image alone, whose loss is 0, is left out.

    A small last batch has fewer negatives and so a lower loss, whatever has been learnt: only this compares batches of
    different sizes.
    """
    shares = [loss / monitor.chance_loss(size) for loss, size in zip(losses, sizes, strict=True) if size > 1]
    return float(np.mean(shares)) if shares else math.nan


def line(epoch: int, epochs: int, losses: tuple[float, float], shares: tuple[float, float] | None,
         measured: Mapping[str, float], before: Mapping[str, float]) -> str:
    """What is printed after an epoch: losses of training and test, and the measures beside those before training.

    shares: the losses over those of a guess (see `of_guess`); None for the autoencoder.
    """
    said = [f"epoch {epoch} of {epochs}"]
    for name, loss, share in zip(("training", "test"), losses, shares or (None, None), strict=True):
        said.append(f"{name} loss {loss:.5g}" + ("" if share is None else f" ({100 * share:.1f} % of a guess)"))
    if "spread" in measured:
        said.append(f"spread {measured['spread']:.3f}")
    for name, words, factor, unit in (("knn_accuracy", "kNN accuracy", 100, " %"), ("ward_ari", "Ward's ARI", 1, "")):
        if name in measured:
            shown, untrained = (f"{factor * each[name]:.3g}{unit}" if name in each else "" for each in
                                (measured, before))
            said.append(f"{words} {shown}" + (f" (untrained {untrained})" if untrained else ""))
    return ", ".join(said)
