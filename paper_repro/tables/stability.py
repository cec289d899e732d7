"""How sure the classes of Venus' clouds are: silhouette and agreement for every number of classes (Sect. 4.2)."""


from paper_repro import paper
from paper_repro.base import hints
from paper_repro.base.errors import UserError
from paper_repro.base.files import read_csv, read_json
from paper_repro.base.provenance import Made, Origin
from paper_repro.base.run import Run
from paper_repro.clustering.names import METHOD_NAMES
from paper_repro.experiments.class_measures import GAP, STABILITY, choice, counted, rounded
from paper_repro.experiments.settings import clustering
from paper_repro.tables.layout import Block, store

CAPTION = "Silhouette of {} classes of the Venus patches, and how far they come back"
NOTES = (
    "ARI: adjusted Rand index, 1 for the same classes, 0 for no more in common than by chance. bootstrap: with the "
    "classes of as many patches drawn with replacement; trainings: between those of encoders trained with different "
    "seeds.",
    GAP,
    "kept when turned: of the turns of a patch by 15, 30, ... 345 degrees on the sphere, the share at which the class "
    "with the nearest mean is that of the patch unturned.",
    f"The paper takes {paper.VENUS_CLASSES} classes and says that they blend into one another (Sect. 4.2): a "
    "silhouette near 0 is the measure of that.",
)


def write(run: Run, origin: Origin) -> Made:
    """Write `stability.csv`, `.md`, `.tex`: a block for each set. Raises UserError where a set was not classified."""
    blocks, rows = [], []
    for name in run.flat_sets:
        folder = run.results / name
        path, record = folder / "stability.csv", read_json(folder / "provenance.json")
        if record is None or not path.is_file():
            raise UserError(f"{folder}: expected a finished classification with stability.csv and provenance.json, at "
                            f"least one isn't there; run `{hints.command('run', 'venus')}`.")
        table, known = read_csv(path), read_json(folder / "classes.json") or {}
        said = f"{counted(record['settings'])}. {choice(table, len(known['classes']), known['by_gap'])}"
        blocks.append(Block(list(STABILITY.values()), "r" * len(STABILITY), rounded(table), f"{name}: {said}"))
        rows += [[name, *row] for row in table[list(STABILITY)].to_dict("split")["data"]]
    method = clustering(run)
    whose = "Ward's" if method == "hac" else f"the {METHOD_NAMES[method]}"
    return store(run, "stability", CAPTION.format(whose), ["set", *STABILITY], rows, blocks, origin, NOTES)
