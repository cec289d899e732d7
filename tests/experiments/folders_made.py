"""Folders of images as a user may have them, and what must hold of the classes found in them."""

import dataclasses
from collections.abc import Callable
from pathlib import Path
from typing import Any, NoReturn

import numpy as np
import pandas as pd
import pytest
from numpy.typing import NDArray
from PIL import Image
from sklearn.cluster import AgglomerativeClustering
from sklearn.metrics import adjusted_rand_score, silhouette_samples

from paper_repro.base import stopping
from paper_repro.base.errors import UserError
from paper_repro.base.profile import Model
from paper_repro.base.run import Run, open_run
from paper_repro.base.step import Steps
from paper_repro.base.walk import walk, would_make
from paper_repro.clustering.names import Method
from paper_repro.steps import Means, folder
from paper_repro.steps.folder import Request

Mangle = Callable[[bytes], bytes]
# What people, spreadsheets and power cuts do to a table in CSV
MANGLED: list[Mangle] = [
    lambda data: data.replace(b",0,", b",1,", 1), lambda data: b"\xef\xbb\xbf" + data.replace(b"\n", b"\r\n"),
    lambda data: data.replace(b",", b";"), lambda data: data.replace(b".", b","), lambda data: data[:-1],
    lambda data: data[: len(data) // 2], lambda data: data[: len(data) // 2] + bytes(len(data) // 2),
    lambda _: b"", lambda data: data + b"\0" * 4096, lambda data: b"\n".join(sorted(data.split(b"\n"))),
]  # fmt: skip
SIDE, COUNTS = 32, {"dark": 14, "grained": 12, "light": 10}
N = sum(COUNTS.values())
TRUE = np.repeat(range(3), list(COUNTS.values()))


def small(out: Path, weights: Path) -> Run:
    """The command's profile with a small encoder."""
    run = open_run("classify", out, None, weights)
    encoders = dataclasses.replace(run.profile.encoders, side=SIDE, epochs=1)
    return dataclasses.replace(run, profile=dataclasses.replace(run.profile, encoders=encoders))


def steps_for(run: Run, where: Path, k: int | None = None, encoder: Model | None = None,
              checkpoint: Path | None = None, clustering: Method = "hac") -> tuple[Request, Steps]:
    """What is asked for of a folder, checked, and the list of its steps."""
    asked = folder.request(run, where, k, encoder, checkpoint, clustering=clustering)
    return asked, folder.steps_of(run, Means(device="cpu", jobs=1), asked)


def classify(run: Run, where: Path, k: int | None = None, encoder: Model | None = None,
             checkpoint: Path | None = None, clustering: Method = "hac") -> Path:
    """What the command does with a folder, figures aside; the results' folder.

    Raises UserError for what can't be asked for, and with the reason why a step failed.
    """
    asked, steps = steps_for(run, where, k, encoder, checkpoint, clustering)
    stopping.forget()
    failed = walk(steps, [f"classify {asked.name}", f"map {asked.name}"], 1)
    if failed:
        raise UserError(next(iter(failed.values())))
    return run.results / asked.name


def stale(run: Run, where: Path, *given: Any) -> dict[str, str]:
    """The steps to classes and map of a folder that aren't up to date, as the next run sees it, and why."""
    asked, steps = steps_for(run, where, *given)
    return {step.name: why for step, why in would_make(steps, [f"classify {asked.name}", f"map {asked.name}"])}


def images(where: Path, *, labelled: bool = False, count: int = N) -> Path:
    """Three kinds of gray images of 16 px, of each of which some are light."""
    rng = np.random.default_rng(3)
    kinds = np.array(list(COUNTS))[TRUE]
    for number, kind in list(enumerate(kinds))[:: N // count][:count]:
        low, high = {"dark": (20, 60), "grained": (0, 256), "light": (190, 250)}[str(kind)]
        pixels = rng.integers(low, high, (16, 16)).astype(np.uint8)
        path = where / kind / f"{number:02d}.png" if labelled else where / f"{number:02d}.png"
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(pixels if number % 5 else pixels // 3 + 160).save(path)
    return where


def table_of(results: Path) -> pd.DataFrame:
    return pd.read_csv(results / "classes.csv")


def assert_classes_fit(found: pd.DataFrame, features: NDArray[np.float32], k: int) -> None:
    """Classes, distances and silhouettes are the literal ones of these features."""
    expected = AgglomerativeClustering(n_clusters=k, linkage="ward").fit_predict(features)
    assert adjusted_rand_score(expected, found["class"]) == 1
    sizes = np.bincount(found["class"], minlength=k)
    assert (np.diff(sizes) <= 0).all()
    for number in range(k):
        rows = np.flatnonzero(found["class"] == number)
        literal = [np.sqrt(((features[row] - features[rows].mean(axis=0)) ** 2).sum()) for row in rows]
        assert found["distance"][rows].to_numpy() == pytest.approx(literal, rel=1e-4)
    assert found["silhouette"].to_numpy() == pytest.approx(silhouette_samples(features, expected), abs=1e-6)


def refuse(*_: Any, **__: Any) -> NoReturn:
    raise AssertionError("this was to be left alone")
