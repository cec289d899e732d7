"""Encoders: the base weights, the trainings, and the features of each set."""

from collections.abc import Iterator
from typing import Any

from paper_repro.base.profile import MODELS, Model
from paper_repro.base.recipe import other_base, training_settings
from paper_repro.base.run import Run
from paper_repro.base.step import Step
from paper_repro.encoders import weights_file
from paper_repro.experiments import settings
from paper_repro.steps.maker import RECORD, Maker, aside, call, call_there, load

NETWORK_CODE = ("encoders.resnet", "encoders.augment", "encoders.resample")
TRAINING_CODE = (*NETWORK_CODE, "encoders.train", "encoders.batch", "encoders.chain", "encoders.simclr",
                 "encoders.autoencoder", "encoders.lars", "base.recipe", "encoders.weights", "encoders.monitor",
                 "encoders.watch", "encoders.trained_on")
LIBRARIES = ("torch", "numpy", "numba")


def encoders(maker: Maker) -> Iterator[Step]:
    """The base weights, trainings and features of every set that the run encodes."""
    run = maker.run
    yield base_weights(maker)
    for name in (*run.photo_sets, *run.flat_sets):
        seeds = run.seeds_for(name)
        if name == run.table1_set:
            seeds = tuple(dict.fromkeys((*seeds, *settings.grid_seeds(run))))
        for seed in seeds:  # all models of a seed before the next one's: its grid needs them
            for model in run.models_for(name):
                if model != "simple" or seed == seeds[0]:
                    yield from encoder(maker, run, name, model, seed)
        for model in MODELS:  # that a claim's own command encoded the set with
            for seed in run.seeds_for(name) if model not in ("simple", *run.models_for(name)) else ():
                if run.features(name, model, seed).with_suffix(".json").is_file():
                    yield from encoder(maker, run, name, model, seed)


def base_weights(maker: Maker) -> Step:
    """Which weights every encoder starts from."""
    run = maker.run
    return maker.step("base weights", weights_file.folder_of(run) / RECORD, (weights_file.BASE,),
                     call("encoders.weights", "choose", run),
                     settings={"seed": run.profile.encoders.seeds[0], **_base(run)},
                     named={"weights": lambda: weights_file.files_of(run)},
                     code=("encoders.weights", "encoders.own_file"),
                     options=("weights", "base", "encoder-file", "encoder-input"))


def _base(run: Run) -> dict[str, str]:
    """The settings of what stands in place of the paper's base model; none where it is that."""
    own = {} if run.encoder_file is None else {"normalisation": run.normalisation}
    return {**other_base(run.profile), **own}


def encoder(maker: Maker, run: Run, name: str, model: Model, seed: int, apart: str = "") -> Iterator[Step]:
    """One training, where there is one, and the features of its set; `apart` marks those of a variant."""
    called, folder = f"{apart}{name} {run.model_name(model, seed)}", run.encoder(name, model, seed)
    features, device = run.features(name, model, seed), maker.means.device
    patches = f"patches {name}"
    dask = maker.means.dask
    encode = call("encoders.encode", "encode", run, name, model, seed, device=device, dask=dask)
    about: dict[str, Any] = {"needs": (patches, f"train {called}")}
    used: dict[str, Any] = {"seed": seed}
    theirs: tuple[str, ...] = ()
    chosen = () if apart else ("encoders", "checkpoints")  # a variant has its own encoder and recipe
    if model == "simple":
        about, used = {"needs": (patches, "base weights")}, {"seed": 0}
        theirs = ("encoders.own_file",) if run.encoder_file else ()
    elif run.checkpoints == "authors":
        theirs = ("encoders.authors",)
        used = {"seed": None}
        about = {"needs": (patches,),
                 "named": {"the authors' checkpoint": lambda: load("encoders.authors").files_of(run, model, name)},
                 "known": {"the hash that the authors' hub publishes": lambda: load("encoders.authors").is_published(
                     run, *load("encoders.authors").files_of(run, model, name).values())}}
        encode = call("encoders.encode", "encode_by_authors", run, name, model, device=device, dask=dask)
    else:
        yield maker.step(f"train {called}", folder / RECORD, ("checkpoint.safetensors", "losses.csv"),
                         call_there(dask, "encoders.train", "train", run, name, model, seed, device=device,
                                    accelerator=True),
                         needs=(patches, "base weights"), settings=training_settings(run.profile, name, model, seed),
                         code=TRAINING_CODE, libraries=LIBRARIES,
                         scratch=(folder / "resume.safetensors",) if aside(called) else (),  # which nobody goes on with
                         lane="training" if dask is None else "", keep=True,
                         options=("device", "dask", *chosen, *(() if apart else ("recipe", "switch"))))
    yield maker.step(f"encode {called}", features.with_suffix(".json"), (features.name,), encode, **about,
                     settings={"set": name, "model": model, "side": run.profile.encoders.side, **used,
                               **_base(run)},
                     code=(*NETWORK_CODE, "encoders.encode", "encoders.checkpoint", "base.alike", *theirs),
                     libraries=LIBRARIES, options=("device", "dask", *chosen))
