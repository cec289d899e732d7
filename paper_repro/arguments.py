"""Arguments of the commands that are one command's alone; what several take is in options.py."""

import argparse
from typing import get_args

from paper_repro.base.profile import MODELS, VenusClustering
from paper_repro.clustering.names import BEST, WAYS, Method, method_of
from paper_repro.options import TABLE_TARGETS, number, path, whole
from paper_repro.steps.targets import FIGURES

CLUSTERINGS = ("hac", "scan")
NAMES: tuple[VenusClustering, ...] = get_args(VenusClustering)


def clustering(text: str) -> Method:
    """A clustering by its name. Raises ArgumentTypeError for another."""
    try:
        return method_of(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"expected one of {', '.join(NAMES)}, found {text!r}; choose one") from None


def add_arguments(name: str, words: argparse.ArgumentParser) -> None:
    """The arguments of one command alone."""
    if name == "run":
        words.add_argument("target", nargs="*", help="all, table1, fig09, ... (default: all)")
        words.add_argument("--why", action="append", metavar="TARGET", help="say which steps of TARGET are not up to "
                           "date, and why; make nothing")
    if name == "fetch":
        which = words.add_mutually_exclusive_group()
        which.add_argument("--plan", action="store_true", help="only say what would be fetched, left out, and why")
        which.add_argument("--check", action="store_true", help="only check the files that are there")
    if name in ("train", "encode"):
        words.add_argument("--set", action="append", help="only this set: photos-colour, photos-gray, or one of Venus, "
                           "such as uvi-3000km-flat (may be repeated)")
    if name == "catalogue":
        words.add_argument("set", nargs="*", help="a flattened set of Venus, such as uvi-3000km-flat (default: all)")
    if name == "assign":
        words.add_argument("catalogue", type=path, help="the folder of a catalogue")
        words.add_argument("folder", nargs="?", type=path, help="images, or a patch set, in place of archive files")
        words.add_argument("--features", type=path, metavar="FILE", help="features by the catalogue's encoder, .npy "
                           "[N, D], in place of images")
        words.add_argument("--by", choices=WAYS, default=BEST, help="by the nearest centre of a class, or by its "
                           f"nearest members (default: {BEST})")
        words.add_argument("--quantile", type=number, default=0.99, metavar="Q", help="unlike any class: farther from "
                           "the nearest one than this part of the catalogue's own patches from theirs (default 0.99)")
        words.add_argument("--turned", action="store_true", help="also count the images of each class that keep it "
                           "when they are turned by 15, 30, ... 345 degrees (24 times the work)")
    if name == "patches":
        words.add_argument("--only", choices=("photographs", "venus"), help="make only sets of this kind")
        words.add_argument("--normalisation", choices=("patch", "global"), help="global: sets of Venus only, each also "
                           "in the range of its whole images, as SET-global")
        words.add_argument("--png", action="store_true", help="also write each patch of Venus as a PNG file")
    if name == "validate":
        words.add_argument("folder", type=path, help="files of an archive, in any subfolders, of one camera or several")
    if name == "statistics":
        words.add_argument("set", nargs="*", type=path, metavar="SET", help="folder of a patch set (default: all that "
                           "the profile's run has)")
        words.add_argument("--csv", type=path, metavar="FILE", help="write the table there as well")
    if name == "encode":
        words.add_argument("folder", nargs="?", type=path, help="images in place of the profile's sets: only "
                           "their features are written")
        words.add_argument("--checkpoint", type=path, metavar="FILE", help="a trained encoder, for FOLDER only")
    if name == "benchmark":
        words.add_argument("--clustering", choices=CLUSTERINGS, default="hac", help="Ward's method as in the paper "
                           "(default), or SCAN (Van Gansbeke et al. 2020) on the encoder's features, tried in Sect. 5")
    if name in ("classify", "venus"):
        default, where = ("hac", "") if name == "classify" else (None, ", or what the profile says")
        words.add_argument("--clustering", type=clustering, default=default, metavar="|".join(NAMES), help="Ward's "
                           f"method as in the paper (default{where}), k-means, HDBSCAN, a mixture of normal "
                           "distributions with diagonal covariances, or SCAN (Van Gansbeke et al. 2020)")
    if name == "classify":
        words.add_argument("folder", type=path, help="images, all in it or in one subfolder for each class; or "
                           "a patch set")
        words.add_argument("--classes", type=whole, metavar="K", help="number of classes (default: that of the class "
                           "subfolders)")
        words.add_argument("--encoder", choices=MODELS, help="default simple; simclr and autoencoder are trained on "
                           "the images themselves unless --checkpoint names a trained one")
        words.add_argument("--checkpoint", type=path, metavar="FILE", help="a trained encoder: .safetensors of "
                           "this project, or the authors' .pt")
    if name == "compare":
        words.add_argument("first", type=path, help="table of classes (CSV with class, source, better also time_utc, "
                           "latitude_deg, local_time_h), or a folder of results")
        words.add_argument("second", type=path, nargs="?", help="the same of the other period, with the same classes")
        words.add_argument("--at", metavar="DATE", help="in place of a second table: divide the first at this date")
        words.add_argument("--block-hours", type=number, default=240.0, metavar="H", help="observations within so many "
                           "hours count as one draw (default 240; 0: each by itself)")
        words.add_argument("--csv", type=path, metavar="FILE", help="write the table there as well")
    if name == "table":
        words.add_argument("number", choices=tuple(TABLE_TARGETS))
    if name == "figure":
        words.add_argument("name", choices=tuple(FIGURES))
