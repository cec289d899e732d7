"""What a reader sees: tables, figures, the verdict and the page."""

import dataclasses
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from paper_repro import paper
from paper_repro.base.code import PACKAGE
from paper_repro.base.instruments import cameras
from paper_repro.base.run import FLAT, Run
from paper_repro.base.step import Step
from paper_repro.experiments.settings import grid_seeds, scan_folder, trains, truth_recovered
from paper_repro.patches.settings import FLATTENING_CODE, METHOD, readers_of
from paper_repro.steps.catalogues import METHODS_CODE
from paper_repro.steps.maker import RECORD, Make, Maker, aside, call, named

TABLE_CODE = ("tables.layout", "tables.comparable", "tables.notation")
FOLLOWED_CODE = ("experiments.followed", "experiments.settings")
OTHERWISE_CODE = ("base.recipe", "experiments.settings")  # what isn't the paper's, below its numbers
TABLES_OWN_CODE = {  # beside TABLE_CODE and the table's own file
    "1": ("patches.dataset", "clustering.chance", *OTHERWISE_CODE), "2": ("base.recipe",),
    "3": ("patches.dataset", "clustering.assignment", "clustering.score", "clustering.chance", *OTHERWISE_CODE),
    "4": ("tables.table2", "base.recipe"),
    "truth": ("experiments.detection", "experiments.settings", "tables.table2", "base.recipe"),
    "stability": ("experiments.class_measures", *METHODS_CODE, "clustering.ward", "clustering.stability", "base.alike"),
    "seeds": ("tables.table1", "patches.dataset", "clustering.chance", *OTHERWISE_CODE),
    "shares": ("evolution.shares", "evolution.sightings", *FOLLOWED_CODE), "lives": FOLLOWED_CODE,
}
# Beside `checkpoints`, which says in which folder a table or a figure stands.
TABLES_OPTIONS = {"2": ("encoders", "recipe", "switch"), "4": (*cameras(), "instrument", "scale"),
                  "truth": ("recipe", "switch")}
FIGURE_CODE = ("figures.style",)
DRAWING = ("matplotlib", "numpy", "pillow", "pandas")
# The figures drawn from example observations, and the instruments that they show.
EXAMPLES = {"fig01": paper.RAW_IMAGES, "fig06": (paper.OUTLIER_INSTRUMENT,),
            **{f"fig{number:02d}": (paper.EXAMPLE_INSTRUMENT,) for number in (3, 4, 5, 7, 8, 9, 10)}}
EXAMPLES_CODE = ("figures.examples", "figures.panels", "figures.fig01", *METHOD, *FLATTENING_CODE)
CLASSES = dict(zip(("fig14", "fig15", "fig16"), paper.PATCH_COUNTS, strict=True))  # figure -> set
IN_TIME: dict[str, tuple[str, ...]] = {  # and the code of each
    "trends": (), "latitudes": (), "hovmoeller": ("evolution.pairs", "evolution.sightings"),
    "transitions": tuple(f"evolution.{name}" for name in ("lives", "wind", "persistence", "pairs", "shares",
                                                          "sightings"))}
IN_TIME_CODE = ("figures.in_time", "figures.class_panels", "figures.maps", *FOLLOWED_CODE)
CLASSES_CODE = ("figures.venus", "figures.class_panels", "figures.maps", "patches.dataset")
# What the verdict measures with, beside its own room: claims on single images, on views, on the benchmark's classes.
MEASURING_CODE = ("figures.examples", "figures.fig09", *METHOD, *FLATTENING_CODE, "encoders.augment", "encoders.chain",
                  "encoders.batch", "base.recipe", "encoders.resample", "encoders.resnet", "encoders.simclr",
                  "encoders.encode", "clustering.chance", "clustering.cluster", "clustering.reduce", "clustering.score",
                  "clustering.similar", "clustering.stability", "experiments.grid", "patches.photographs",
                  "patches.settings", "tables.comparable", "tables.notation", "tables.scan", "tables.table2",
                  "tables.table4")


def tables(maker: Maker) -> Iterator[Step]:
    """Tables 1 to 4, and our own: stability, seeds, effects, duplicates."""
    run = maker.run
    photographs = f"patches {run.table1_set}"
    yield _table(maker, "1", (photographs, f"grid s{run.seed_of(run.table1_set)}"))
    yield _table(maker, "2", (), simulated=run.profile.simulated)
    yield _table(maker, "3", (*named("patches", run.photo_sets), *named("benchmark", run.photo_sets)))
    yield _table(maker, "4", (), simulated=run.venus_simulated)
    if run.flat_sets:
        yield _table(maker, "stability", (*named("classes", run.flat_sets), "venus"))
        yield _table(maker, "shares", named("time", run.flat_sets))
        yield _table(maker, "lives", named("time", run.flat_sets))
    if len(grid_seeds(run)) > 1:
        yield _table(maker, "seeds", (photographs, f"grid s{run.seed_of(run.table1_set)}", "seeds"))
    if run.profile.effects and run.checkpoints == "own":
        yield _table(maker, "effects", (photographs, "effects"))
    if run.profile.truth and run.checkpoints == "own":
        yield _table(maker, "truth", ("truth",))
    yield _table(maker, "scan", named("scan", run.photo_sets))
    yield _table(maker, "duplicates", ("duplicates groups", "duplicates accuracies"))


def _table(maker: Maker, number: str, needs: tuple[str, ...], *, simulated: bool = False) -> Step:
    """One table, as CSV, Markdown and LaTeX."""
    run, stem = maker.run, f"table{number}" if number.isdigit() else number
    files = [f"{stem}{end}" for end in (".csv", ".md", ".tex")]

    def again(folder: Path) -> Make:
        return call(f"tables.{stem}", "write", dataclasses.replace(run, tables_in=folder))

    return maker.step(f"table {number}", run.tables / f"{stem}.json", files,
                      call(f"tables.{stem}", "write", run), needs=needs, settings=_shown(maker, number),
                      code=(f"tables.{stem}", *TABLES_OWN_CODE.get(number, ()), *TABLE_CODE),
                      libraries=("tabulate", *(() if number in ("2", "4") else ("pandas",))), simulated=simulated,
                      options=("checkpoints", *TABLES_OPTIONS.get(number, ())), again=again)


def _shown(maker: Maker, number: str) -> dict[str, object]:
    """Settings that a table prints."""
    run = maker.run
    encoders = run.profile.encoders
    if number == "2":
        return {"checkpoints": run.checkpoints, "recipe": encoders.recipe, "switches": encoders.switches,
                "epochs": encoders.epochs, "side": encoders.side, "models": encoders.models,
                "training": dataclasses.asdict(run.profile.training),
                "augmentation": dataclasses.asdict(run.profile.augmentation)}
    if number == "4":
        return {"sets": [wanted.name for wanted in run.venus_sets], **dataclasses.asdict(run.profile.patches)}
    if number == "truth":
        return {"recipe": encoders.recipe, "switches": encoders.switches, "epochs": encoders.epochs,
                "side": encoders.side, "seed": encoders.seeds[0]}
    if number in ("shares", "lives"):
        return dataclasses.asdict(run.profile.time)
    if number in ("1", "3", "seeds"):  # where they aren't the paper's
        of_trainings = {"epochs": encoders.epochs, "recipe": encoders.recipe, "switches": encoders.switches}
        return {"repeats": run.profile.grid.repeats, "side": encoders.side, **(of_trainings if trains(run) else {})}
    return {}


def figures(maker: Maker) -> Iterator[Step]:
    """Figs 1 to 16 that the run has something to show in, and our own: losses, accuracies."""
    run = maker.run
    benchmarked = (*named("patches", run.photo_sets), *named("benchmark", run.photo_sets))
    for name, instruments in EXAMPLES.items():
        shown = [instrument for instrument in instruments if instrument in maker.instruments]
        if shown:
            code = (*EXAMPLES_CODE, *(("figures.fig05",) if name == "fig06" else ()),
                    *dict.fromkeys(module for each in shown for module in readers_of(each)))
            yield _figure(maker, name, named("observations", shown), code,
                          (*DRAWING, "numba", "scipy", "astropy"))
    yield _figure(maker, "fig02", (f"patches {run.table1_set}",), ("figures.panels", "patches.dataset"))
    yield _figure(maker, "fig11", (), ("figures.architecture", "encoders.simclr", "encoders.resnet"),
                  (*DRAWING, "torch"))
    for name in ("fig12", "fig13"):
        yield _figure(maker, name, benchmarked,
                      ("figures.maps", "patches.dataset", "clustering.assignment", "clustering.score"))
    for name, set_name in CLASSES.items():
        if set_name + FLAT in run.flat_sets:
            needs = (f"patches {set_name}", f"patches {set_name}{FLAT}", f"classes {set_name}{FLAT}")
            yield _figure(maker, name, needs, CLASSES_CODE)
    for wanted in run.venus_sets:
        if wanted.name not in paper.PATCH_COUNTS:
            name = wanted.name
            yield maker.step(f"figure venus {name}", run.figures / f"{name}.json", (f"{name}.txt",),
                             call("figures.venus", "draw_set", run, name), lane="drawing", libraries=DRAWING,
                             needs=(f"patches {name}", f"patches {name}{FLAT}", f"classes {name}{FLAT}"),
                             code=(*FIGURE_CODE, *CLASSES_CODE))
    if run.flat_sets:
        in_time = (*named("patches", run.flat_sets), *named("classes", run.flat_sets), *named("time", run.flat_sets))
        for name, code in IN_TIME.items():
            yield _figure(maker, name, in_time, (*IN_TIME_CODE, *code), settings=dataclasses.asdict(run.profile.time))
    trained = [f"train {name} {run.model_name(model, run.seed_of(name))}" for name in run.photo_sets
               for model in run.models_for(name) if model != "simple"]
    if trained and run.checkpoints == "own":
        yield _figure(maker, "losses", tuple(trained), ())
    yield _figure(maker, "accuracies", ("table 1",), ())
    yield _figure(maker, "duplicates", (f"patches {run.table1_set}", "duplicates groups"), ("patches.dataset",))
    if run.profile.truth and run.checkpoints == "own":
        for name in ("truth", *(("truth_recovered",) if truth_recovered(run) else ())):
            yield _figure(maker, name, ("truth",), ("experiments.detection", "experiments.settings"))


def _figure(maker: Maker, name: str, needs: tuple[str, ...], code: tuple[str, ...],
            libraries: tuple[str, ...] = DRAWING, **about: Any) -> Step:
    """One figure with its caption; how many panels it has is for its code to say."""
    return maker.step(f"figure {name}", maker.run.figures / f"{name}.json", (f"{name}.txt",),
                      call("figures.style", "draw_figure", maker.run, name), needs=needs, lane="drawing",
                      code=(f"figures.{name}", *FIGURE_CODE, *code), libraries=libraries, options=("checkpoints",),
                      **about)


def verdict(maker: Maker, before: tuple[str, ...], judge_only: bool) -> Iterator[Step]:
    """The verdict on every claim, from all that is made `before`, and the page that shows everything."""
    run = maker.run
    tried = [f"scan {name}" for name in run.photo_sets if (scan_folder(run, name) / RECORD).is_file()]
    judged = tuple(name for name in before if not name.startswith(("figure ", "parts ", "catalogue ", "maps "))
                   and (not aside(name) or name in tried))
    now: dict[str, str] = {}
    yield maker.step("verdict", run.results / "verdict.json", ("verdict.csv",),
                     call("verify.verdict", "judge_all", run, lambda: maker.lists[0], now), needs=judged,
                     tells_kept=True, settings=_judged_by(run), options=("recipe", "switch"),
                     code=(*_modules("verify"), *MEASURING_CODE, *readers_of(paper.EXAMPLE_INSTRUMENT)),
                     libraries=("numpy", "scipy", "scikit-learn", "torch", "numba", "pandas", "tabulate"))
    if judge_only:
        return
    page = run.report / "index.html"
    asked = ["table effects"] if (run.tables / "effects.json").is_file() else []
    shown = tuple(name for name in before if name.startswith(("figure ", "table ", "benchmark ", "classes ", "maps "))
                  and (not aside(name) or name in asked))
    encoded = [f"encode {name} {run.model_name(run.benchmark_model, run.seed_of(name))}"
               for name in (*run.photo_sets, *run.flat_sets)]  # of which the page tells what is similar
    needs = ("verdict", *shown, *encoded)
    yield maker.step("report", page.with_suffix(".json"), (page.name,),
                     call("report.checked", "report", run, lambda: maker.lists[0], needs, now), needs=needs,
                     code=(*_modules("report"), "verify.verdict", "verify.trust", "clustering.similar",
                           "clustering.stability", "clustering.ward", "patches.drawn_out"),
                     libraries=("pillow", "jinja2", "numpy", "scikit-learn"),
                     named={"the page's own files": page_files})


def _judged_by(run: Run) -> dict[str, Any]:
    """Settings that claims look at by themselves: no output need depend on them."""
    profile = run.profile
    return {"checkpoints": run.checkpoints, "encoder_file": run.encoder_file is not None,
            "normalisation": run.normalisation,
            **{name: dataclasses.asdict(section) for name, section in (
                ("encoders", profile.encoders), ("grid", profile.grid), ("patches", profile.patches),
                ("training", profile.training), ("augmentation", profile.augmentation))}}


def _modules(room: str) -> tuple[str, ...]:
    return tuple(path.relative_to(PACKAGE).with_suffix("").as_posix().replace("/", ".")
                 for path in sorted((PACKAGE / room).rglob("*.py")))


def page_files() -> dict[str, Path]:
    """Templates, styles and scripts of the page."""
    room = PACKAGE / "report"
    return {path.relative_to(room).as_posix(): path for path in sorted(room.rglob("*"))
            if path.is_file() and path.suffix in {".html", ".css", ".js"}}
