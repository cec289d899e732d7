"""SCAN (Van Gansbeke et al. 2020) on features that stay as they are: learning to classify images without labels.

Written from the publication. What is trained here is its clustering heads, one linear layer and a softmax each; the
network below them isn't trained along, and no other views of the images go in, so self-labelling (their Sect. 2.3) has
the same features to learn from as before. Every draw comes from one seed, and all work is done with one thread.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits

from paper_repro.base import stopping

Array = NDArray[np.float64]
SMALLEST = 1e-12  # below it a probability's logarithm is not taken


@dataclass(frozen=True)
class Settings:
    """Their values, for small images: neighbours of an image, weight of the entropy, Adam, confidence that is trusted.

    heads: trained side by side, the one of the lowest loss is used; learning_rate: ten times theirs, which was for all
    of a trained network; labelling_epochs: at most.
    """

    neighbours: int = 20
    heads: int = 10
    entropy_weight: float = 5.0
    epochs: int = 100
    batch: int = 128
    learning_rate: float = 1e-3
    weight_decay: float = 1e-4
    confidence: float = 0.99
    labelling_epochs: int = 200


@dataclass(frozen=True, eq=False)
class Scan:
    """What SCAN found: labels [N] after self-labelling, and before it by the best head; loss of each head [H].

    confident: share of images that the best head was confident of, before and after self-labelling.
    """

    labels: NDArray[np.int64]
    before: NDArray[np.int64]
    losses: Array
    confident: tuple[float, float]


def neighbours(x: NDArray[Any], count: int) -> NDArray[np.int64]:
    """The nearest other rows of each row of x [N, D] by their cosine: [N, min(count, N - 1)], nearest first."""
    from sklearn.neighbors import NearestNeighbors

    with threadpool_limits(limits=1):
        search = NearestNeighbors(n_neighbors=min(count, len(x) - 1), algorithm="brute", metric="cosine")
        return np.asarray(search.fit(x).kneighbors(return_distance=False), np.int64)  # which leaves a row itself out


def loss(p: Array, q: Array, entropy_weight: float) -> Array:
    """SCAN's loss (their Eq. 2) of class probabilities p [..., B, C] of images, and q of a neighbour of each: [...].

    -mean log <p, q> + weight * sum of m log m over classes, m the mean of p: neighbours in one class, classes filled.
    """
    agreement = np.log(np.maximum((p * q).sum(axis=-1), SMALLEST)).mean(axis=-1)
    mean = np.maximum(p.mean(axis=-2), SMALLEST)
    result: Array = -agreement + entropy_weight * (mean * np.log(mean)).sum(axis=-1)
    return result


def loss_gradients(p: Array, q: Array, entropy_weight: float) -> tuple[Array, Array]:
    """Gradients of `loss` by the logits of p and of q, shaped as these."""
    batch = p.shape[-2]
    agreement = np.maximum((p * q).sum(axis=-1, keepdims=True), SMALLEST) * batch
    mean = np.maximum(p.mean(axis=-2, keepdims=True), SMALLEST)
    by_p, by_q = -q / agreement + entropy_weight * (np.log(mean) + 1) / batch, -p / agreement
    return _through_softmax(p, by_p), _through_softmax(q, by_q)


def softmax(logits: Array) -> Array:
    """Probabilities over the last axis."""
    shifted = np.exp(logits - logits.max(axis=-1, keepdims=True))
    result: Array = shifted / shifted.sum(axis=-1, keepdims=True)
    return result


def scan(x: NDArray[Any], k: int, seed: int, settings: Settings | None = None) -> Scan:
    """Divide the rows of x [N, D] into at most `k` classes by SCAN. Same seed, same labels.

    x is standardised, column by column, before the linear layers. A class may stay empty.
    """
    settings = settings or Settings()
    rng = np.random.default_rng(seed)
    near = neighbours(x, settings.neighbours)
    values = np.asarray(x, np.float64)
    spread = values.std(axis=0)
    values = (values - values.mean(axis=0)) / np.where(spread > 0, spread, 1)
    with threadpool_limits(limits=1):
        heads = _Heads(rng, settings, values.shape[1], k)
        for _ in range(settings.epochs):
            for rows in _batches(len(values), settings.batch, rng):
                stopping.check()
                anchors, others = values[rows], values[near[rows, rng.integers(near.shape[1], size=len(rows))]]
                by_p, by_q = loss_gradients(heads(anchors), heads(others), settings.entropy_weight)
                heads.step(anchors, by_p, others, by_q)
        pairs = np.stack([loss(heads(values), heads(values[near[:, n]]), settings.entropy_weight)
                          for n in range(near.shape[1])])
        losses = pairs.mean(axis=0)
        best = heads.only(int(losses.argmin()))
        before, sure = _told(best, values, settings.confidence)
        _label_themselves(best, values, settings, rng)
        labels, surer = _told(best, values, settings.confidence)
    return Scan(labels, before, losses, (sure, surer))


def _label_themselves(head: "_Heads", values: Array, settings: Settings, rng: np.random.Generator) -> None:
    """Self-labelling: the head learns the classes it is confident of, each weighing as much as any other.

    Ends when it is confident of no more images than before.
    """
    head.forget()
    most = -1
    for _ in range(settings.labelling_epochs):
        p = head(values)[0]
        chosen = np.flatnonzero(p.max(axis=1) > settings.confidence)
        if len(chosen) <= most or not len(chosen):
            return
        most = len(chosen)
        for rows in _batches(len(chosen), settings.batch, rng):
            stopping.check()
            part = chosen[rows]
            p = head(values[part])[0]
            part, p = part[p.max(axis=1) > settings.confidence], p[p.max(axis=1) > settings.confidence]
            if len(part):
                classes = p.argmax(axis=1)
                weights = 1 / np.bincount(classes, minlength=p.shape[1])[classes]
                by_logits = (p - np.eye(p.shape[1])[classes]) * (weights / weights.sum())[:, None]
                head.step(values[part], by_logits[None])


def _told(head: "_Heads", values: Array, confidence: float) -> tuple[NDArray[np.int64], float]:
    """Class of each image, and the share of images that the head is confident of."""
    p = head(values)[0]
    return p.argmax(axis=1).astype(np.int64), float((p.max(axis=1) > confidence).mean())


def _batches(count: int, size: int, rng: np.random.Generator) -> list[NDArray[np.int64]]:
    """All rows once, in random order, in batches of about equal size."""
    return np.array_split(rng.permutation(count), max(1, round(count / size)))


def _through_softmax(p: Array, by_p: Array) -> Array:
    """The gradient by the logits, from that by the probabilities."""
    result: Array = p * (by_p - (p * by_p).sum(axis=-1, keepdims=True))
    return result


class _Heads:
    """Linear layers with a softmax, side by side: weights [H, D + 1, C], the last row the bias; trained with Adam."""

    FIRST, SECOND, EPSILON = 0.9, 0.999, 1e-8  # of Adam (Kingma & Ba 2015)

    def __init__(self, rng: np.random.Generator, settings: Settings, features: int, classes: int) -> None:
        bound = 1 / np.sqrt(features)
        self.weights = rng.uniform(-bound, bound, (settings.heads, features + 1, classes))
        self.settings = settings
        self.forget()

    def __call__(self, x: Array) -> Array:
        """Class probabilities [H, B, C] of x [B, D]."""
        return softmax(x @ self.weights[:, :-1] + self.weights[:, -1:])

    def only(self, head: int) -> "_Heads":
        """One of the heads alone."""
        self.weights = self.weights[head:head + 1].copy()
        return self

    def forget(self) -> None:
        """Begin a training: no means of gradients yet."""
        self.steps, self.means, self.squares = 0, np.zeros_like(self.weights), np.zeros_like(self.weights)

    def step(self, *inputs_and_gradients: Array) -> None:
        """One step of Adam by pairs of inputs [B, D] and gradients of their logits [H, B, C]."""
        gradient = self.settings.weight_decay * self.weights
        for x, by_logits in zip(inputs_and_gradients[::2], inputs_and_gradients[1::2], strict=True):
            gradient[:, :-1] += x.T @ by_logits
            gradient[:, -1] += by_logits.sum(axis=1)
        self.steps += 1
        self.means = self.FIRST * self.means + (1 - self.FIRST) * gradient
        self.squares = self.SECOND * self.squares + (1 - self.SECOND) * gradient**2
        mean, square = self.means / (1 - self.FIRST**self.steps), self.squares / (1 - self.SECOND**self.steps)
        self.weights -= self.settings.learning_rate * mean / (np.sqrt(square) + self.EPSILON)
