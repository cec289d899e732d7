"""The rules by which claims about the method are replicated, or not, on real photographs other than the paper's.

Cloud-ImVN's numbers can't be had from another set; what the paper says about the method can: which encoder is above
which, what varies, what is confused, what an embedding doesn't change with. Each rule was set before any training that
it judges was read. Every rule that can be put to the paper's own tables holds there (a test puts them).

How several trainings count, in every rule: the value is measured for each training seed of the run by itself (each
from the mean over the repeats of its clustering), and what is judged is the mean over the trainings *less* its
standard error over them where the rule asks for "at least", *plus* it where the rule asks for "at most" (standard
deviation with N - 1, over the root of N; 0 with a single training). So a difference that the luck of training explains
doesn't count. A yes or no is that of the table of means over the trainings. What involves gray photographs, and what
is read from one classification (Table 3, Figs. 12 and 13), is of the first seed alone, as in the paper.

What is judged at all: a run on real photographs with labels, other than Cloud-ImVN, with pre-trained base weights, and
where a rule needs a trained encoder, with the epochs of Table 2. The set, the seeds, the recipe, the side of the input
and "stand-in weights" where these were used stand with every verdict; simulated photographs are never judged.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from paper_repro import paper
from paper_repro.paper import Clustering, Reduction, Table1Row
from paper_repro.verify.claims.claim import Rule
from paper_repro.verify.claims.measured import Value

# Percentage points: a difference of one image in the 784 of SWIMCAT is 0.13. Less is no difference.
ONE_IMAGE = 0.1
ONE_IMAGE_WHY = "less than one image of 784 is no difference"
COMPARED = "points between the two means of 8 repeats"
DISTINCT = 0.25  # silhouette from which two classes count as distinct clusters (Kaufman and Rousseeuw 1990)
BY_CHANCE = 0.43  # rank correlation that 1 of 100 random orders of 30 rows reaches (Student's t, 28 degrees of freedom)
COMBINATIONS = tuple((row.reduction, row.dims, row.clustering) for row in paper.TABLE1 if row.encoder == "simple")
SENSITIVE = ("rotation", "resolution", "brightness", "contrast")


@dataclass(frozen=True)
class ReplicationRule:
    """One claim about the method, and when a set of real photographs replicates it.

    id: stable, without the prefix `replicated.`; how: what is measured; value: what the paper says, as printed where it
    is a number; expected, rule, unit: as of a `Claim`, without tolerance beyond rounding; reason: why this threshold.
    """

    id: str
    section: str
    statement: str
    how: str
    value: str
    expected: Value
    rule: Rule
    unit: str
    reason: str


def rules() -> Iterator[ReplicationRule]:
    """Every rule, in the paper's order."""
    yield from _embeddings()
    yield from _encoders()
    yield from _repeats()
    yield from _clusterings()
    yield from _confusions()
    yield from _maps()


def slug(reduction: Reduction, dims: int, clustering: Clustering) -> str:
    """`tsne3.kmeans`, `none.hac`."""
    return f"{reduction}{dims or ''}.{clustering}"


def _words(reduction: Reduction, dims: int, clustering: Clustering) -> str:
    before = f"{paper.REDUCTION_NAMES[reduction]} to {dims}" if dims else "no reduction"
    return f"{before}, {paper.CLUSTERING_NAMES[clustering]}"


def _row(encoder: str, reduction: str, dims: int, clustering: str) -> Table1Row:
    return next(row for row in paper.TABLE1
                if (row.encoder, row.reduction, row.dims, row.clustering) == (encoder, reduction, dims, clustering))


def _above(first: str, second: str, combination: tuple[Reduction, int, Clustering]) -> str:
    return f"{float(_row(first, *combination).mean) - float(_row(second, *combination).mean):+.1f}"


def _embeddings() -> Iterator[ReplicationRule]:
    yield ReplicationRule(
        "rotation", "Sect. 3.2.2", "SimCLR learns embeddings that don't change when an image is turned.",
        "distance of SimCLR's features of an image and of it turned by 90 degrees, over that of two images; means over "
        "48 images spread evenly over the set", "invariant", 0.5, "at most", "", "taken as at most half, as on "
        "Cloud-ImVN")
    changes = {"rotation": "turned by 90 degrees", "resolution": "halved in side and enlarged again",
               "brightness": "with its brightness times 0.75", "contrast": "with its contrast times 0.75"}
    for name in SENSITIVE:
        yield ReplicationRule(
            f"less-sensitive.{name}", "Sect. 3.2.2", f"The augmentations make SimCLR's embeddings less sensitive to "
            f"{name} than those of the encoder they start from.", f"distance of the features of 48 images and of them "
            f"{changes[name]}, over that of two images: SimCLR's over Simple's", "less sensitive", 1.0, "at most", "",
            "a comparison: 1 is no change by training")
    yield ReplicationRule(
        "gradients.explained", "Sect. 3.2.2", "The autoencoder's embeddings are highly sensitive to large-scale "
        "gradients.", "share of the variance of the features that a linear regression on the two slopes of each "
        "image's brightness explains: the autoencoder's over SimCLR's", "highly", 1.0, "at least", "",
        "taken as more than SimCLR's, as on Venus")
    yield ReplicationRule(
        "gradients.added", "Sect. 3.2.2", "The autoencoder's embeddings are highly sensitive to large-scale gradients "
        "(one that is added).", "distance of the features of 48 images and of them with a gradient from -20 to 20 % of "
        "the range added from left to right, over that of two images: the autoencoder's over SimCLR's", "highly", 1.0,
        "at least", "", "taken as more than SimCLR's")


def _encoders() -> Iterator[ReplicationRule]:
    yield ReplicationRule(
        "simple-sufficient", "Sect. 3.2.2", "An encoder that is only pre-trained already gives high accuracies.",
        "accuracy of Simple, no reduction, HAC, over that of random labels with clusters of the same sizes, matched "
        "alike (mean of 1000)", "high", 2.0, "at least", "", "taken as twice that of random labels")
    for first, second, section, statement in (
        ("simclr", "simple", "Table 1", "SimCLR is above the Simple encoder"),
        ("simple", "autoencoder", "Sect. 3.2.2", "The Simple encoder is above the autoencoder"),
    ):
        for combination in COMBINATIONS:
            yield ReplicationRule(
                f"{first}-above-{second}.{slug(*combination)}", section, f"{statement} ({_words(*combination)}).",
                COMPARED, _above(first, second, combination), ONE_IMAGE, "at least", "points", ONE_IMAGE_WHY)
        yield ReplicationRule(
            f"{first}-above-{second}.everywhere", section, f"{statement} in every combination.",
            "the smallest of the ten differences of means over the trainings is above 0", "yes", True, "holds", "",
            "a comparison of means")
    yield ReplicationRule(
        "best", "Table 1", "SimCLR with t-SNE and k-means is the best of all 30 combinations.",
        "the highest of the means over the trainings", "yes", True, "holds", "", "a comparison of means")
    yield ReplicationRule(
        "rank", "Table 1", "The combinations stand in Table 1's order of their means.",
        "Spearman's rank correlation of the 30 means with the paper's", "1", BY_CHANCE, "at least", "",
        "1 of 100 random orders of 30 rows reaches it; another set needn't give the same order")


def _repeats() -> Iterator[ReplicationRule]:
    for encoder, name in paper.ENCODER_NAMES.items():
        yield ReplicationRule(
            f"hac-repeats.{encoder}", "Sect. 3.3", f"HAC without reduction repeats exactly ({name}).", "standard "
            "deviation of the accuracy over 8 repeats, each with the images in another order; of the training with the "
            "largest", _row(encoder, "none", 0, "hac").std, 0.05, "at most", "%", "0.0 as printed: rounding to one "
            "decimal")
    for encoder, name in paper.ENCODER_NAMES.items():
        for clustering, words in paper.CLUSTERING_NAMES.items():
            ours, other = (float(_row(encoder, *of, clustering).std) for of in (("tsne", 3), ("none", 0)))
            yield ReplicationRule(
                f"tsne-varies.{encoder}.{clustering}", "Sect. 3.3", f"Accuracies after t-SNE vary more over repeats "
                f"than those without reduction ({name}, {words}).", "points between the two standard deviations of 8 "
                "repeats", f"{ours - other:+.1f}", ONE_IMAGE, "at least", "points", ONE_IMAGE_WHY)


def _clusterings() -> Iterator[ReplicationRule]:
    for encoder in ("simple", "simclr"):
        name = paper.ENCODER_NAMES[encoder]
        best = float(_row(encoder, "tsne", 3, "kmeans").mean)
        others = max(float(row.mean) for row in paper.TABLE1
                     if row.encoder == encoder and (row.reduction, row.clustering) != ("tsne", "kmeans"))
        yield ReplicationRule(
            f"tsne-kmeans-best.{encoder}", "Sect. 3.3", f"k-means after t-SNE is the most accurate for {name}.",
            "points by which its mean is above the best other of the encoder", f"{best - others:+.1f}", 0.0, "at least",
            "points", "a comparison: in the paper it is 0.1 for SimCLR")
    for encoder, name in paper.ENCODER_NAMES.items():
        tsne, none = (float(_row(encoder, *of, "kmeans").mean) for of in (("tsne", 3), ("none", 0)))
        yield ReplicationRule(
            f"kmeans-better-after-tsne.{encoder}", "Sect. 3.3", f"k-means does better on the three dimensions of t-SNE "
            f"than on all features ({name}).", COMPARED, f"{tsne - none:+.1f}", ONE_IMAGE, "at least", "points",
            ONE_IMAGE_WHY)
    for encoder, name in paper.ENCODER_NAMES.items():
        hac, kmeans = (float(_row(encoder, "none", 0, of).mean) for of in ("hac", "kmeans"))
        yield ReplicationRule(
            f"hac-above-kmeans.{encoder}", "Table 1", f"Without reduction HAC is above k-means ({name}).", COMPARED,
            f"{hac - kmeans:+.1f}", ONE_IMAGE, "at least", "points", ONE_IMAGE_WHY)
    yield ReplicationRule(
        "negligible", "Sect. 3.3", "SimCLR with HAC and no reduction is only negligibly below SimCLR's highest.",
        "points by which its mean is below", "0.4", 1.5, "at most", "points", "less than the error of the best "
        "mean on Cloud-ImVN, 1.9, which is what is allowed there")
    yield ReplicationRule(
        "unequal-sizes", "Sect. 3.3", "Unlike k-means, HAC doesn't assume clusters of equal size.",
        "share of the images by which the sorted sizes of SimCLR's clusters without reduction miss the sorted sizes of "
        "the classes: HAC's less k-means' (mean of 8 repeats)", "yes", 0.0, "at most", "", "a comparison; only a set "
        "of unequal classes can tell")


def _confusions() -> Iterator[ReplicationRule]:
    yield ReplicationRule(
        "gray-below-colour", "Sect. 4.1", "The total accuracy is lower in gray than in colour.",
        "points between the accuracies in colour and in gray, an encoder trained on each (SimCLR, no reduction, HAC)",
        "+24.8", ONE_IMAGE, "at least", "points", ONE_IMAGE_WHY)
    yield ReplicationRule(
        "gray-above-chance", "Sect. 4.1", "The gray accuracy is significantly above that of random labels.",
        "points above the highest of 1000 random labellings with clusters of the same sizes, matched alike", "+43.0",
        ONE_IMAGE, "at least", "points", "significant at 1 in 1000")

    def holds(name: str, statement: str, how: str) -> ReplicationRule:
        return ReplicationRule(name, "Sect. 4.1", statement, how, "yes", True, "holds", "", "a comparison of counts")

    yield holds("confused.gray.clear-sky.veil", "In gray, Clear sky and Veil are among the pairs confused most.",
                "one of the two most of the ten pairs that SWIMCAT has, both ways added, and not 0 (in the paper "
                "one of three of fifteen)")
    yield ReplicationRule(
        "confused.gray-more.clear-sky.veil", "Sect. 4.1", "Without colour, Clear sky and Veil are much harder to tell "
        "apart.", "points by which the share of both classes' images that are taken for the other is higher in gray "
        "than in colour", "+21.7", 1.0, "at least", "points", "taken as one image of a hundred")
    yield holds("confused.colour.veil.thick-white", "Where Veil is taken for another class in colour, it is most often "
                "Thick white.", "the largest count of the row Veil beside the diagonal, and not 0")
    yield holds("best-classes.colour", "Clear sky and Patterned are the best recognised classes in colour.",
                "no other class has a higher accuracy than either")
    yield holds("best-class.gray", "Patterned is the best recognised class in gray.",
                "no other class has a higher accuracy")


def _maps() -> Iterator[ReplicationRule]:
    yield ReplicationRule(
        "map.colour.distinct", "Fig. 12", "In colour the classes that SWIMCAT has fall into distinct clusters on the "
        "t-SNE map.", "silhouette on the map of the least separated of the ten pairs of classes", "distinct", DISTINCT,
        "at least", "", "from there on two classes count as distinct clusters (Kaufman and Rousseeuw 1990)")
    yield ReplicationRule(
        "map.gray.blended", "Fig. 12", "In gray, Clear sky and Veil are the least separated pair on the t-SNE map.",
        "by the silhouettes on the map of the ten pairs", "yes", True, "holds", "", "a comparison")
