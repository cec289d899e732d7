"""What the text and Tables 2 and 4 say about the method itself, and the example figures and what is not run."""

import dataclasses
from collections.abc import Iterator

from paper_repro import paper
from paper_repro.tables.table2 import NAMES, plain
from paper_repro.tables.table4 import PARAMETERS
from paper_repro.verify.claims.claim import BENCHMARK, Claim

COMMAND = "make verify"


def claims() -> tuple[Claim, ...]:
    """The claims about the method, those about the settings, and what no command here runs."""
    return (*_method(), *_views(), *_settings(), *_examples(), *_not_run())


def _method() -> Iterator[Claim]:
    def number(name: str, section: str, statement: str, expected: float, tolerance: float, unit: str,
               reason: str) -> Claim:
        return Claim(f"method.{name}", section, statement, plain(expected), expected, tolerance, "equal", unit, reason,
                     ("none",), COMMAND, name.replace("-", "_"))

    yield Claim("method.parameters", "Sect. 3.2.1", "ResNet-18 has over 11 million trainable parameters.",
                "over 11 million", float(paper.PARAMETERS_OVER), None, "at least", "", "a lower bound",
                ("none",), COMMAND, "parameters")
    yield number("features", "Sect. 3.2.1", "The feature vector has length 512.", paper.FEATURES, 0, "", "a count")
    yield number("gray-mean", "Sect. 3.2.3", "The single mean of gray images follows from Eq. 6.", paper.GRAY_MEAN,
                 5e-8, "", "rounding to seven decimals")
    yield number("gray-std", "Sect. 3.2.3", "The single standard deviation of gray images follows from Eq. 6.",
                 paper.GRAY_STD, 5e-8, "", "rounding to seven decimals")
    yield number("head-hidden", "Sect. 3.2.2", "Output size of the projection head's first layer.", paper.HEAD[0], 0,
                 "", "a count")
    yield number("head-out", "Sect. 3.2.2", "Output size of the projection head's second layer.", paper.HEAD[1], 0, "",
                 "a count")
    yield number("train-images", "Sect. 4.1", "80 % of the 2100 images are for training.",
                 paper.TRAIN_SHARE * paper.IMAGES_PER_CLASS * len(paper.CLASS_NAMES), 0, "images", "a count")
    yield number("window", "Sect. 3.1.3", "Points within 1.5 times half the patch's size are projected.", 1.5, 0, "",
                 "a setting")
    yield number("spacing-km", "Sect. 3.1.2", "Neighbouring viewpoints of Eq. 4 are a patch's scale of 3000 km apart.",
                 paper.EXAMPLE_SCALE_KM, 1e-6, "km", "rounding of floating-point numbers")
    yield Claim("method.central-viewpoint", "Sect. 3.1.2", "Even close-ups the size of a patch have a viewpoint in "
                "their centre.", "yes", True, None, "holds", "", "to rounding", ("none",), COMMAND, "central_viewpoint")
    yield Claim("method.library-defaults", "Sect. 3.3", "k-means, t-SNE, PCA and HAC use scikit-learn's default "
                "values.", "yes", True, None, "holds", "", "each parameter beside the default of the version "
                "installed; those that a later version has changed are those of the paper's time", ("none",), COMMAND,
                "library_defaults")
    yield number("blur-km", "Fig. 10", "A blur of 16 px on a patch of 3000 km has a physical size of 375 km.",
                 paper.EXAMPLE_BLUR_KM, 0, "km", "a quotient of whole numbers")
    yield number("blur-kernel", "Fig. 10", "The kernel of the blur is 2 x 3 sigma + 1.",
                 paper.TABLE4.flatten_kernel_px, 0, "px", "whole numbers")


def _views() -> Iterator[Claim]:
    """The augmentations of Sect. 3.2.2, as drawn by the code that training uses."""
    chosen = paper.AUGMENTATION
    for name, statement, ends, allowed in (
        ("crop-scale", "Share of the area that a random resized crop keeps.", chosen.crop_scale, 0.01),
        ("brightness", "Factor of the brightness jitter of 0.5.", (1 - chosen.brightness, 1 + chosen.brightness), 0.01),
        ("contrast", "Factor of the contrast jitter of 0.5.", (1 - chosen.contrast, 1 + chosen.contrast), 0.01),
        ("blur-sigma", "Standard deviation of the blur.", chosen.blur_sigma, 0.02),
    ):
        yield Claim(f"views.{name}", "Sect. 3.2.2", statement, f"{ends[0]:g} to {ends[1]:g}", ends, allowed, "range",
                    "px" if name == "blur-sigma" else "", "a hundredth of the range, which some thousand draws reach",
                    ("none",), COMMAND, "drawn")
    yield Claim("views.blur-share", "Sect. 3.2.2", "Share of the views that are blurred.", "50 %",
                chosen.blur_probability, 0.03, "within", "", "more than three errors of some thousand draws", ("none",),
                COMMAND, "blurred")
    yield Claim("views.blur-kernel", "Sect. 3.2.2", "Kernel size of the blur in this run's recipe.",
                f"{chosen.blur_kernel}", float(chosen.blur_kernel), 0.0, "equal", "px", "a setting", ("none",), COMMAND,
                "view_kernel")
    yield Claim("views.no-empty-area", "Sect. 3.2.2", "Random rotations are cropped so that no empty area is left.",
                "yes", True, None, "holds", "", "no pixel of a view lies beyond the image; views of a white image are "
                "white", ("none",), COMMAND, "no_empty_area")


def _settings() -> Iterator[Claim]:
    for table, names, values in (
        (2, NAMES, dataclasses.asdict(paper.TABLE2)),
        (4, {name: one.words for name, one in PARAMETERS.items()}, dataclasses.asdict(paper.TABLE4)),
    ):
        for name, value in values.items():
            text = isinstance(value, str)
            yield Claim(f"table{table}.{name}", f"Table {table}", f"{names[name]}, as this run uses it.",
                        value.capitalize() if text else plain(value), True if text else float(value),
                        None if text else 0.0, "holds" if text else "equal", "", "a setting",
                        ("none",), f"make table{table} PROFILE=paper", "setting")


    for name, statement, value in (
        ("side", "All images are resized to 224 x 224 px.", paper.INPUT_SIDE_PX),
        ("repeats", "Each combination of Table 1 was run eight times.", paper.REPEATS),
    ):
        yield Claim(f"settings.{name}", {"side": "Sect. 3.2.3", "repeats": "Table 1"}[name], statement, f"{value}",
                    float(value), 0.0, "equal", "", "a setting", ("none",), COMMAND, "profile_setting")
    yield Claim("settings.lowest-loss", "Sect. 4.1", "The weights after the epoch with the lowest loss on the test set "
                "are used.", "yes", True, None, "holds", "", "by the losses of the training", (*BENCHMARK, "gpu-time"),
                "make train PROFILE=paper", "lowest_loss")


def _examples() -> Iterator[Claim]:
    """What is said of example images (Figs 5 and 9)."""
    for method in ("linear", "cubic"):
        yield Claim(f"example.{method}", "Fig. 9", f"A patch by {method} interpolation differs only minutely from that "
                    "by the nearest point (root mean square, share of the patch's range).", "minute", 0.05, None,
                    "at most", "", "taken as a twentieth", ("uvi",), "make fig09 PROFILE=paper", "interpolated")
    yield Claim("example.nearest-faster", "Sect. 3.1.4", "Nearest interpolation is much faster than linear and cubic.",
                "much faster", True, None, "holds", "", "taken as at least five times", ("uvi",), COMMAND,
                "nearest_faster")
    yield Claim("example.minnaert-85", "Sect. 3.1.1", "The Minnaert law is acceptable up to angles of 85 deg (scatter "
                "about the fit of Eq. 2 with 85 deg over that with 75 deg).", "acceptable", 2.0, None, "at most", "",
                "taken as at most twice, in the median of up to five images", ("uvi",), COMMAND, "minnaert_85")


def _not_run() -> Iterator[Claim]:
    yield Claim("text.noisy-500km", "Footnote 12", "More than 20,000 patches of 500 km could be made of VMC images.",
                "20000+", 20000.0, None, "at least", "patches", "a lower bound", ("vmc",),
                "python -m paper_repro patches --profile paper --vmc FOLDER --scale 500", "vmc_500km")
    yield Claim("text.scan", "Sect. 5", "SCAN in place of the clustering brings no gain.", "no gain", True, None,
                "holds", "", "a comparison", ("gpu-time",), "none: SCAN is not part of this project", "scan")
