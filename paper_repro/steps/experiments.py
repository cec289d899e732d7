"""Experiments: Table 1's grid, the benchmark, the classes of Venus, the effects of the recipes' switches."""

from collections.abc import Iterator

from paper_repro.base.profile import Model
from paper_repro.base.run import FLAT, Run
from paper_repro.base.step import Step
from paper_repro.experiments import settings
from paper_repro.patches.settings import FLATTENING_CODE, code_of, flat_settings, set_settings
from paper_repro.patches.settings import LIBRARIES as PATCHES
from paper_repro.steps.catalogues import METHODS_CODE, catalogue
from paper_repro.steps.encoders import LIBRARIES as NETWORK
from paper_repro.steps.encoders import NETWORK_CODE, encoder
from paper_repro.steps.maker import RECORD, Maker, call, call_there, named

SCORING_CODE = ("clustering.cluster", "clustering.reduce", "clustering.score", "clustering.chance",
                "experiments.grid", "experiments.settings", "base.alike")
CLASSES_CODE = ("experiments.venus", "experiments.class_measures", "clustering.ward", "clustering.stability",
                "clustering.reduce", "experiments.grid", "experiments.settings", "patches.waves", "patches.batches",
                "patches.drawn_out", "experiments.orientation", "clustering.nearest_class")
EVOLUTION_CODE = ("experiments.evolution", "experiments.settings", "evolution.sightings", "evolution.shares",
                  "evolution.pairs", "evolution.persistence", "evolution.wind", "evolution.lives",
                  "observations.season", "observations.sun")
LIBRARIES = ("numpy", "scipy", "scikit-learn", "pandas")


def experiments(maker: Maker) -> Iterator[Step]:
    """The grid of Table 1, the benchmark, the classes of Venus, and the effects of the recipes' switches."""
    run, dask = maker.run, maker.means.dask
    for seed in settings.grid_seeds(run):
        of_seed = run if seed == run.seed_of(run.table1_set) else settings.of_seed(run, seed)
        folder = run.results if seed == run.seed_of(run.table1_set) else run.results / "seeds" / f"s{seed}"
        runs, _, not_run = settings.TABLE1_FILES  # the seconds are another machine's another time
        yield maker.step(f"grid s{seed}", folder / "table1_runs.json", (runs, not_run),
                         call("experiments.table1", "run_grid", of_seed, folder, maker.means.jobs, dask),
                         needs=features(of_seed, run.table1_set, seeds=(seed,)),
                        settings=settings.table1(of_seed), code=("experiments.table1", *SCORING_CODE),
                        libraries=LIBRARIES, scratch=(folder / settings.TABLE1_JOURNAL,), options=("jobs", "dask"))
    yield maker.step("seeds", run.results / "table1_seeds.json", (settings.SEEDS_FILE,),
                     call("experiments.seeds", "gather", run), code=("experiments.seeds",), libraries=("pandas",),
                     settings={"seeds": list(settings.grid_seeds(run)), "set": run.table1_set},
                     needs=named("grid", [f"s{seed}" for seed in settings.grid_seeds(run)]))
    for name in run.photo_sets:
        yield maker.step(f"benchmark {name}", run.results / name / RECORD, settings.BENCHMARK_FILES,
                         call_there(dask, "experiments.benchmark", "classify_photographs", run, name),
                         needs=features(run, name, models=(run.benchmark_model,)),
                         settings=settings.benchmark(run, name), libraries=LIBRARIES,
                         code=("experiments.benchmark", "clustering.assignment", *SCORING_CODE), options=("dask",))
        yield from other_maps(maker, name, f"benchmark {name}")
    for name in run.flat_sets:
        code = (*CLASSES_CODE, *METHODS_CODE, "base.alike",
                *(("experiments.truth", "simulated.venus_fields") if run.venus_simulated else ()))
        drawn = f"drawn-out {name.removesuffix(FLAT)}"
        yield turned(maker, name)
        yield maker.step(f"classes {name}", run.results / name / RECORD, settings.venus_files(run),
                         call("experiments.venus", "classify_set", run, name, jobs=maker.means.jobs, dask=dask),
                         kind="venus",
                         needs=(f"patches {name.removesuffix(FLAT)}", drawn, *features(run, name), f"turned {name}"),
                         settings=settings.venus(run, name), code=code,
                         libraries=(*LIBRARIES, "fastcluster"),
                         scratch=(run.results / name / settings.VENUS_JOURNAL,), options=("classes", "jobs", "dask"))
        yield venus_catalogue(maker, name)
        yield from other_maps(maker, name, f"classes {name}")
        yield maker.step(f"time {name}", settings.evolution_folder(run, name) / RECORD, settings.EVOLUTION_FILES,
                         call_there(dask, "experiments.evolution", "follow", run, name), options=("dask",),
                         settings=settings.evolution(run, name),
                         needs=(f"patches {name}", f"classes {name}"), code=EVOLUTION_CODE,
                         libraries=("numpy", "scipy", "pandas", "astropy"))
    if run.flat_sets:
        yield maker.step("venus", run.results / "venus.json", ("venus.csv",),
                         call("experiments.venus", "summarise", run), needs=named("classes", run.flat_sets),
                         code=("experiments.venus",), libraries=("pandas",))
    if run.profile.effects and run.checkpoints == "own":
        yield from effects(maker)


def other_maps(maker: Maker, name: str, classes: str) -> Iterator[Step]:
    """The maps of a set by its other encoders and trainings, where it has any; `classes`: the step of its classes."""
    run, others = maker.run, settings.others(maker.run, name)
    encoded = [f"encode {name} {run.model_name(*one)}" for one in others]
    if others:
        yield maker.step(f"maps {name}", run.results / name / "maps" / RECORD, (),
                         call_there(maker.means.dask, "experiments.maps", "map_others", run, name), options=("dask",),
                         needs=(f"patches {name}", classes, *encoded),
                         settings={"set": name, "others": others, "map_dims": settings.MAP_DIMS,
                                   "seed": run.profile.grid.seed,
                                   **({"clustering": settings.clustering(run)} if name in run.flat_sets else {})},
                         code=("experiments.maps", "clustering.ward", "clustering.methods", "clustering.scan",
                               "clustering.assignment", *SCORING_CODE),
                         libraries=(*LIBRARIES, "fastcluster"))


def turned(maker: Maker, name: str) -> Step:
    """The features of one flattened set's patches at other angles, by the encoder whose classes are shown."""
    run, path = maker.run, settings.turned_file(maker.run, name)
    wanted = next(each for each in run.venus_sets if each.name + FLAT == name)
    encoded = f"encode {name} {run.model_name(run.benchmark_model, run.seed_of(name))}"
    return maker.step(f"turned {name}", path.with_suffix(".json"), (path.name, path.with_suffix(".csv").name),
                      call_there(maker.means.dask, "experiments.turned_patches", "encode_turned", run, name,
                                 device=maker.means.device, accelerator=True,
                                 jobs=maker.means.jobs if maker.means.dask is None else 1),
                      needs=(f"observations {wanted.instrument}", f"patches {name}", encoded),
                      settings={**set_settings(run, wanted.instrument, wanted.scale_km), **flat_settings(run),
                                "encoder": run.benchmark_model, "side": run.profile.encoders.side},
                      code=(*code_of(wanted.instrument), *FLATTENING_CODE, "patches.turned", *NETWORK_CODE,
                            "encoders.encode", "experiments.turned_patches"),
                      libraries=(*PATCHES, *NETWORK), options=("device", "jobs", "dask"))


def venus_catalogue(maker: Maker, name: str) -> Step:
    """The catalogue of one flattened set of Venus."""
    run, model = maker.run, maker.run.benchmark_model
    wanted = next(each for each in run.venus_sets if each.name + FLAT == name)
    made_by = f"{name} {run.model_name(model, run.seed_of(name))}"
    trained = None if run.checkpoints == "authors" else f"train {made_by}"
    return catalogue(
        maker, run, name, run.features(name, model), model, classes=f"classes {name}", encoded=f"encode {made_by}",
        encoder="base weights" if model == "simple" else trained, clustering=settings.clustering(run),
        settings={**set_settings(run, wanted.instrument, wanted.scale_km), **flat_settings(run)})


def features(run: Run, name: str, models: tuple[Model, ...] = (),
             seeds: tuple[int, ...] = ()) -> tuple[str, ...]:
    """The steps that make a set and its features by the run's encoders."""
    return (f"patches {name}", *(
        f"encode {name} {run.model_name(model, seed)}" for model in models or run.models_for(name)
        for seed in (seeds or run.seeds_for(name))[:1 if model == "simple" else None]))


def effects(maker: Maker) -> Iterator[Step]:
    """The trainings of every variant of the recipe, and what they come to."""
    run, needs = maker.run, list[str]()
    for variant, seed in settings.effects_trainings(run):
        one = settings.of_variant(run, variant, seed)
        apart = f"effects/{variant} "
        yield from encoder(maker, one, run.table1_set, "simclr", seed, apart)
        needs.append(f"encode {apart}{run.table1_set} {one.model_name('simclr', seed)}")
    yield maker.step("effects", run.results / "effects.json", (settings.EFFECTS_FILE,),
                     call_there(maker.means.dask, "experiments.effects", "gather", run), options=("dask",),
                     needs=(f"patches {run.table1_set}", *needs),
                     settings=settings.effects(run), code=("experiments.effects", *SCORING_CODE),
                     libraries=LIBRARIES)
