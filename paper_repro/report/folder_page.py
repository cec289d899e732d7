"""The explorable page of a user's own folder, beside its classes."""

from pathlib import Path

import numpy as np

from paper_repro import paper
from paper_repro.base.files import read_csv
from paper_repro.base.profile import Model
from paper_repro.base.provenance import Made, Origin
from paper_repro.base.run import FLAT, Run
from paper_repro.clustering.principal import principal
from paper_repro.patches.dataset import open_set
from paper_repro.report import explore_page
from paper_repro.report.explored import Explored, rows_and_links
from paper_repro.report.explorer import features_of, named_classes


def page(run: Run, name: str, features: Path, model: Model, origin: Origin) -> Made:
    """Write the page of a classified folder, of its features `features` (.npy) by the encoder `model`.

    Without a t-SNE map, for which there may be too few images, they stand by their two principal components.
    """
    folder, patches = run.results / name, open_set(run.patches(name))
    classes = read_csv(folder / "classes.csv", dtype={"label": str, "matched": str, "source": str},
                       keep_default_na=False)
    values, names = features_of(features, len(patches)), named_classes(patches, classes)
    assert values is not None  # the step that writes them is needed
    mapped = (folder / "tsne2.csv").is_file()
    xy = read_csv(folder / "tsne2.csv")[["x", "y"]].to_numpy(np.float64) if mapped else principal(values)
    place = Path(str(patches.provenance.get("folder", ""))).resolve()
    beside = place.with_name(place.name.removesuffix(FLAT))  # of a patch set of Venus
    table, links = rows_and_links(patches, beside, place, run.out, folder)
    kind = "t-SNE map" if mapped else "two principal components, as there are too few images for a t-SNE map"
    one = Explored(name, f"{name}: {paper.ENCODER_NAMES[model]}", patches.images, table, xy, *names[:2], values,
                   names[2], f"{len(patches)} images, encoder {paper.ENCODER_NAMES[model]}, {kind}.", origin.simulated,
                   links, noise=names[3])
    title = f"{name}: {len(patches)} images in {classes['class'].max() + 1} classes"
    return explore_page.write(folder / "index.html", title, [one], origin.notes)
