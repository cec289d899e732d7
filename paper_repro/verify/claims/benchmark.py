"""What Sects. 2.3, 3.2.2 and 4.1 say about the benchmark beside its tables: the photographs, confusions and maps."""

from collections.abc import Iterator

from paper_repro import paper
from paper_repro.verify.claims.claim import BENCHMARK, Claim, Need
from paper_repro.verify.claims.table3 import COLOURS, NEEDS, slug

TABLE3, PATCHES, FIGURES = (f"make {target} PROFILE=paper" for target in ("table3", "patches", "benchmark"))
SWIMCAT_IMAGES = 784  # Sect. 2.3
EMBEDDINGS = "uvi-3000km-flat"  # where the autoencoder's embeddings are looked at
DISTINCT = 0.25  # silhouette from which two classes count as distinct clusters (Kaufman and Rousseeuw 1990)
TURNED = 0.5  # of the distance between two images
# (part, true class, class it is taken for): Sect. 4.1
CONFUSIONS = (("a", "Thin white", "Thick white"), ("a", "Veil", "Thick white"))
PAIRS = (("Thin white", "Thick dark"), ("Clear sky", "Veil"), ("Thin white", "Thick white"))  # gray, both ways
BLENDED = {"a": PAIRS[2:], "b": PAIRS[1:]}  # pairs that Sect. 4.1 takes out of "distinct clusters" in Fig. 12


def claims() -> tuple[Claim, ...]:
    """All claims about the benchmark that are no cell of a table."""
    return (*_photographs(), *_confusions(), *_maps(), *_embeddings())


def _photographs() -> Iterator[Claim]:
    need: tuple[Need, ...] = ("cloud-imvn",)
    for what, statement, expected, unit in (
        ("images", "Cloud-ImVN 1.0 has 2100 images.", paper.IMAGES_PER_CLASS * len(paper.CLASS_NAMES), "images"),
        ("smallest", "They are equally distributed among the six classes (the smallest).", paper.IMAGES_PER_CLASS,
         "images"),
        ("largest", "They are equally distributed among the six classes (the largest).", paper.IMAGES_PER_CLASS,
         "images"),
        ("side", "They are 150 x 150 px.", paper.IMAGE_SIDE_PX, "px"),
    ):
        yield Claim(f"photos.{what}", "Sect. 2.3", statement, str(expected), float(expected), 0.0, "equal", unit,
                    "a count", need, PATCHES, "photographs")
    yield Claim("photos.swimcat", "Sect. 2.3", "SWIMCAT has 784 images.", str(SWIMCAT_IMAGES), float(SWIMCAT_IMAGES),
                0.0, "equal", "images", "a count", ("swimcat",), "make patches PROFILE=swimcat IMAGES=folder",
                "swimcat")


def _holds(name: str, section: str, statement: str, reason: str, needs: tuple[Need, ...], command: str,
           measure: str) -> Claim:
    return Claim(name, section, statement, "yes", True, None, "holds", "", reason, needs, command, measure)


def _confusions() -> Iterator[Claim]:
    for (letter, true, taken), statement, reason in zip(
        CONFUSIONS,
        ("The largest discrepancy in colour is Thin white taken for Thick white.",
         "Some Veil images are taken for Thick white (colour)."),
        ("the largest count beside the diagonal", "the largest count beside the diagonal in the row Veil"), strict=True,
    ):
        yield _holds(f"confusion.{letter}.{slug(true)}.{slug(taken)}", "Sect. 4.1", statement, reason, NEEDS, TABLE3,
                     "confusion_row" if true == "Veil" else "confusion_largest")
    for one, other in PAIRS:
        yield _holds(f"confusion.b.{slug(one)}.{slug(other)}", "Sect. 4.1", f"In gray, {one} and {other} are one of "
                     "the three pairs of classes that are confused most.", "both ways added", NEEDS, TABLE3,
                     "confusion_pair")
    yield _holds("confusion.gray-lower", "Sect. 4.1", "The total accuracy is lower in gray than in colour.",
                 "a comparison", NEEDS, TABLE3, "gray_lower")


def _maps() -> Iterator[Claim]:
    for letter, pairs in BLENDED.items():
        named = " and ".join("/".join(pair) for pair in pairs)
        yield _holds(f"map.{letter}.blended", "Fig. 12", "Classes fall into distinct clusters on the t-SNE map, except "
                     f"{named} ({COLOURS[letter]}).", f"the {'least' if len(pairs) == 1 else 'two least'} separated of "
                     f"15 pairs of classes by their silhouette on the map, all others above {DISTINCT}", NEEDS, FIGURES,
                     "blended")
    yield _holds("map.a.transition", "Sect. 4.1", "Most Thin white images taken for Thick white lie in a zone between "
                 "the two on the map.", "taken as their mean silhouette in their true class, of the two, being below "
                 "that of the Thin white images classified right", NEEDS, FIGURES, "transition")


def _embeddings() -> Iterator[Claim]:
    yield Claim("embeddings.autoencoder", "Sect. 3.2.2", "The autoencoder's embeddings are highly sensitive to "
                "gradients and holes, even of flattened patches (share of their variance that these explain, over "
                "SimCLR's).", "highly", 1.0, None, "at least", "",
                "taken as more than SimCLR's; linear regression on the flattened patch's two slopes and on the density "
                "of its emptiest bin", ("uvi", "imagenet-weights", "gpu-time"),
                f"python -m paper_repro encode --profile paper --encoders autoencoder --set {EMBEDDINGS}", "gradients")
    yield Claim("embeddings.rotation", "Sect. 3.2.2", "The augmentations help to learn embeddings that don't change "
                "when an image is turned (distance of a quarter turn over that of two images).", "invariant", TURNED,
                None, "at most", "", "taken as at most half", (*BENCHMARK, "gpu-time"), FIGURES, "turned")
