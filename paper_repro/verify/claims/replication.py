"""Claims about the method, judged on real photographs other than the paper's: each rule with what measures it."""

import functools
from collections.abc import Iterator

from paper_repro.verify.claims import replication_classes as classes
from paper_repro.verify.claims import replication_embeddings as embeddings
from paper_repro.verify.claims import replication_grid as grid
from paper_repro.verify.claims.claim import Claim, Measure, Need
from paper_repro.verify.claims.replication_basis import EachTraining, over_trainings
from paper_repro.verify.claims.replication_rules import ReplicationRule, rules

PREFIX = "replicated"
COMMAND = "make all PROFILE=swimcat IMAGES=folder ENCODERS=simple,simclr,autoencoder"
NEEDS: tuple[Need, ...] = ("photographs", "imagenet-weights", "gpu-time")

# By the name of a rule, or what it begins with: the longest that fits.
MEASURES: dict[str, Measure] = {
    "rotation": EachTraining(embeddings.rotation, over_trainings),
    "less-sensitive.": EachTraining(embeddings.less_sensitive, over_trainings),
    "gradients.explained": EachTraining(embeddings.gradients_explained, over_trainings),
    "gradients.added": EachTraining(embeddings.gradients_added, over_trainings),
    "simple-sufficient": classes.simple_sufficient,
    "simclr-above-simple.": grid.above, "simple-above-autoencoder.": grid.above,
    "simclr-above-simple.everywhere": grid.above_everywhere,
    "simple-above-autoencoder.everywhere": grid.above_everywhere,
    "best": grid.best, "rank": grid.rank, "tsne-varies.": grid.tsne_varies,
    "hac-repeats.": EachTraining(classes.hac_repeats, classes.largest),
    "tsne-kmeans-best.": grid.tsne_kmeans_best, "kmeans-better-after-tsne.": grid.kmeans_better_after_tsne,
    "hac-above-kmeans.": grid.hac_above_kmeans, "negligible": grid.negligible,
    "unequal-sizes": EachTraining(classes.unequal_sizes, functools.partial(over_trainings, form="+.3f")),
    "gray-below-colour": classes.gray_below_colour, "gray-above-chance": classes.gray_above_chance,
    "confused.gray.": classes.confused_most, "confused.gray-more.": classes.confused_more_in_gray,
    "confused.colour.": classes.veil_for_thick_white, "best-classes.colour": classes.best_classes,
    "best-class.gray": classes.best_classes, "map.colour.distinct": classes.distinct,
    "map.gray.blended": classes.blended,
}


def claims() -> Iterator[Claim]:
    """One claim for each rule."""
    for rule in rules():
        untrained = rule.id == "simple-sufficient" or ".simple." in f"{rule.id}."
        yield Claim(f"{PREFIX}.{rule.id}", rule.section, "replication", rule.statement,
                    f"{rule.value} {rule.unit}".rstrip(), rule.expected, None, rule.rule, "",
                    f"{rule.how}; {rule.reason}", NEEDS[:2] if untrained else NEEDS, COMMAND, measure_of(rule))


def measure_of(rule: ReplicationRule) -> Measure:
    """What measures a rule."""
    return MEASURES[max((name for name in MEASURES if rule.id == name or
                         (name.endswith(".") and rule.id.startswith(name))), key=len)]
