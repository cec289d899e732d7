"""Every mistake in what a profile says is one sentence that names the file and the key."""

import re
import typing
from pathlib import Path

import msgspec
import pytest

from paper_repro.base import profile
from paper_repro.base.instruments import entries
from tests.base.profiles_made import WHOLE, refusal, written

MISTAKES = [
    ("extra = 1", "extra: there is no such key; expected some of: title, extends, photographs, encoders, "),
    ('"a b" = 1', '"a b": there is no such key; '),
    ("[extra]", "extra: there is no such key; "),
    ("title = 3", "title: expected text, found 3; correct it."),
    ("title = 2024-01-01", 'title: expected text, found "2024-01-01"; '),
    ("grid = 3", "[grid]: expected a table, found 3; correct it."),
    ("venus = 3", "[venus]: expected a table, found 3; "),
    ("[training]\nbatch_size = 1", "[training] batch_size: expected a whole number from 2 to 65536, found 1; "),
    ("[training]\nmax_epochs = 3", "[training] max_epochs: there is no such key; "),
    ("[augmentation]\ncrop_scale = [1, 0.5]", "[augmentation] crop_scale: expected two numbers of which the second is "
     "not the smaller, found [1.0, 0.5]; "),
    ("[augmentation]\ncrop_scale = 0.5", "[augmentation] crop_scale: expected a list of 2 numbers above 0 and at most "
     "1, found 0.5; "),
    ("[augmentation]\nblur_sigma = [1, 2, 3]", "[augmentation] blur_sigma: expected a list of 2 numbers above 0 "),
    ("patches = []", "[patches]: expected a table, found []; "),
    ("[photographs]\nsource = 'web'", '[photographs] source: expected "folder" or "simulated", found "web"; '),
    ("[photographs]\nsource = 1", '[photographs] source: expected "folder" or "simulated", found 1; '),
    ("[photographs]\nper_class = 1", "[photographs] per_class: expected a whole number from 2 to 1000000, found 1; "),
    ("[photographs]\nside = 31", "[photographs] side: expected a whole number from 32 to 4096, found 31; "),
    ("[photographs]\nseed = -1", "[photographs] seed: expected a whole number from 0 to 2147483647, found -1; "),
    ("[encoders]\nside = 4097", "[encoders] side: expected a whole number from 32 to 4096, found 4097; "),
    ("[encoders]\nside = '64'", '[encoders] side: expected a whole number from 32 to 4096, found "64"; '),
    ("[encoders]\nside = true", "[encoders] side: expected a whole number from 32 to 4096, found true; "),
    ("[encoders]\nside = 64.0", "[encoders] side: expected a whole number from 32 to 4096, found 64.0; "),
    ("[encoders]\nepochs = 0", "[encoders] epochs: expected a whole number from 1 to 1000000, found 0; "),
    ("[encoders]\nepochs = 0x" + "f" * 6000, "[encoders] epochs: expected a whole number from 1 to 1000000, found som"),
    ("[encoders]\nepochs" + ".a" * 5000 + " = 1", "[encoders] epochs: expected a whole number from 1 to 1000000, foun"),
    ("[encoders]\nrecipe = 'mine'", '[encoders] recipe: expected "authors" or "paper", found "mine"; '),
    ("[encoders]\nspeed = 3", "[encoders] speed: there is no such key; expected some of: models, recipe, side, "),
    ("[encoders]\nmodels = 'simple'", "[encoders] models: expected a list, not empty and without repetition, of "),
    ("[encoders]\nmodels = []", '"simclr" or "simple", found []; '),
    ("[encoders]\nmodels = ['scan']", '"simclr" or "simple", found ["scan"]; '),
    ("[encoders]\nmodels = ['simple', 'simple']", '"simclr" or "simple", found ["simple", "simple"]; '),
    ("[encoders]\nseeds = []", "[encoders] seeds: expected a list, not empty and without repetition, of whole numbers "
                               "from 0 to 2147483647, found []; "),
    ("[encoders]\nseeds = [1, 0, 1]", "found [1, 0, 1]; "),
    ("[encoders]\nseeds = [2147483648]", "found [2147483648]; "),
    ("[encoders]\nseeds = 3", "[encoders] seeds: expected a list, "),
    ("[encoders]\nswitches = 3", "[encoders.switches]: expected a table, found 3; "),
    ("[encoders.switches]\nblur = 3", "[encoders.switches] blur: there is no such key; expected some of: views, "
                                      "rotation_crop, normalise_first, "),
    ("[encoders.switches]\nkeep_best = 1", "[encoders.switches] keep_best: expected true or false, found 1; "),
    ("[encoders.switches]\nblur_kernel = 8", "blur_kernel: expected an odd whole number from 1 to 4095, found 8; "),
    ("[encoders.switches]\nweight_decay = -1", "weight_decay: expected a number from 0 to 1, found -1; "),
    ("[grid]\nrepeats = 0", "[grid] repeats: expected a whole number from 1 to 1000000, found 0; "),
    ("[grid]\nkmeans_n_init = 0", "[grid] kmeans_n_init: expected a whole number from 1 to 1000000, found 0; "),
    ("[effects]\nepochs = 0", "[effects] epochs: expected a whole number from 1 to 1000000, found 0; "),
    ("[venus]\nclasses = 1", "[venus] classes: expected a whole number from 2 to 100, found 1; "),
    ("[venus]\nclasses = 101", "[venus] classes: expected a whole number from 2 to 100, found 101; "),
    ("[venus]\nbootstraps = 0", "[venus] bootstraps: expected a whole number from 1 to 1000000, found 0; "),
    ("[venus]\nsize = 0", "[venus] size: expected a number above 0 and at most 1000, found 0; "),
    ("[venus]\nsize = nan", "[venus] size: expected a number above 0 and at most 1000, found NaN; "),
    ("[venus]\nsize = inf", "[venus] size: expected a number above 0 and at most 1000, found Infinity; "),
    ("[venus]\nsets = ['uvi-9km']", '[venus.sets]: expected a table, found ["uvi-9km"]; '),
    ("[venus.sets]\nuvi-9km = 9", "[venus.sets] uvi-9km: expected a table, found 9; "),
    ("[venus.sets]\nuvi-9km = {}", "[venus.sets] uvi-9km.instrument: expected text, found nothing; add it."),
    ("[venus.sets]\nuvi-9km = {instrument = 'uvi'}", "[venus.sets] uvi-9km.scale_km: expected a number above 0 and at "
                                                     "most 12103.6, found nothing; add it."),
    ("[venus.sets]\nuvi-9km = {instrument = 'uvi', scale_km = 9, k = 4}", "[venus.sets] uvi-9km.k: there is no such k"),
    ("[venus.sets]\nir-9km = {instrument = 'ir', scale_km = 9}",
     f'[venus.sets] ir-9km.instrument: expected one of: {", ".join(entries())}, found "ir"; correct it.'),
    ("[venus.sets]\nuvi-9km = {instrument = 'uvi', scale_km = 90}",
     "[venus.sets] uvi-9km: expected the name uvi-90km, after its instrument and scale; rename it."),
    ("[venus.sets]\n'uvi-500.000km' = {instrument = 'uvi', scale_km = 500.0001}",
     '[venus.sets] "uvi-500.000km": expected the name uvi-500.0001km, '),
    ("[venus.sets]\nuvi-0km = {instrument = 'uvi', scale_km = 0}", "found 0; "),
    ("[venus.sets]\n'uvi-12103.7km' = {instrument = 'uvi', scale_km = 12103.7}", "found 12103.7; "),
    ("[patches]\nalpha = 60", "[patches] alpha: there is no such key; expected some of: angle_threshold_deg, "),
    ("[patches]\nangle_threshold_deg = 0", "angle_threshold_deg: expected a number above 0 and at most 90, found 0; "),
    ("[patches]\nangle_threshold_deg = 90.1", "found 90.1; "),
    ("[patches]\noutlier_sigmas = 0", "[patches] outlier_sigmas: expected a number above 0 and at most 1000, found 0"),
    ("[patches]\nmin_density = 0", "[patches] min_density: expected a number above 0 and at most 1000, found 0; "),
    ("[patches]\ndensity_bins = 1", "[patches] density_bins: expected a whole number from 2 to 256, found 1; "),
    ("[patches]\nmin_bin_density = 0", "[patches] min_bin_density: expected a number above 0 and at most 1000, found "),
    ("[patches]\ninterpolation = 'spline'", '[patches] interpolation: expected "cubic" or "linear" or "nearest", foun'),
    ("[patches]\nresolution_px = 7", "[patches] resolution_px: expected a whole number from 8 to 4096, found 7; "),
    ("[patches]\nresolution_px = 4097", "found 4097; "),
    ("[patches]\nflatten_sigma_px = 0", "[patches] flatten_sigma_px: expected a whole number from 1 to 4096, found 0"),
    ("[patches]\nflatten_kernel_px = 96", "flatten_kernel_px: expected an odd whole number from 3 to 8191, found 96; "),
    ("[patches]\nflatten_kernel_px = 1", "flatten_kernel_px: expected an odd whole number from 3 to 8191, found 1; "),
    ("[patches]\ncontrast = 0", "[patches] contrast: expected a number above 0 and at most 100, found 0; "),
    ("[truth]\npatches = 15", "[truth] patches: expected a whole number from 16 to 1000000, found 15; "),
    ("[venus]\nclasses = 48\n[truth.turned]\npatches = [60, 49]", "[venus] classes: expected fewer than the patches of "
     "each set of known truth ([truth] patches: 48), found 48; name fewer classes, or more patches there."),
    ("[venus]\nclasses = 20\n[truth.turned]\npatches = [60, 16]", "[venus] classes: expected fewer than the patches of "
     "each set of known truth ([truth.turned] patches: 16), found 20; name fewer classes, or more patches there."),
    ("[truth.turned]\nwind = [1]", "[truth.turned] wind: there is no such key; expected some of: contrast, patches, "),
    ("[truth.turned]\nblending = [0.5]", "of numbers from 0 to 0.49, found [0.5]; correct it."),
    ("[truth.turned]\nholes = [1, 1]", "expected a list, not empty and without repetition, of numbers from 0 to 1, "),
    ("[patches]\ncontrast = '" + "x" * 90 + "'", f'found "{"x" * 59}...; correct it.'),
]


@pytest.mark.parametrize(("text", "message"), MISTAKES, ids=[text[:40] for text, _ in MISTAKES])
def test_a_mistake_is_one_sentence_with_file_and_key(text: str, message: str, tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    said = refusal(written(path, f"extends = 'sample'\n{text}"))
    assert message in said
    assert said.startswith(f"{path}: ")


@pytest.mark.parametrize("key", ["source", "per_class", "side", "models", "recipe", "epochs", "seeds", "repeats",
                                 "kmeans_n_init", "bootstraps"])
def test_a_missing_key_is_named(key: str, tmp_path: Path) -> None:
    text, count = re.subn(rf"^{key} = .*\n", "", WHOLE, flags=re.MULTILINE)
    assert count
    assert re.search(rf"mine.toml: \[\w+\] {key}: expected .*, found nothing; add it\.", refusal(
        written(tmp_path / "mine.toml", text)))


@pytest.mark.parametrize("section", ["photographs", "encoders", "grid"])
def test_a_missing_section_is_named(section: str, tmp_path: Path) -> None:
    assert f"[{section}]: expected a table, found nothing; add it." in refusal(
        written(tmp_path / "mine.toml", WHOLE.replace(f"[{section}", "[effects.unknown")))


def test_a_profile_without_any_set_of_venus_has_no_section(tmp_path: Path) -> None:
    text = re.sub(r'^"?(uvi|vmc)-.*\n', "", WHOLE, flags=re.MULTILINE)
    assert "[venus.sets]: expected at least one set, found none; add one." in refusal(
        written(tmp_path / "mine.toml", text))


def test_known_truth_without_any_property_is_refused(tmp_path: Path) -> None:
    text = re.sub(r"(?s)(\[truth.turned\]\n).*?(\[venus\]\n)", r"\1\2", WHOLE)
    assert "[truth.turned]: expected values of at least one property, found none; add some of contrast, " in refusal(
        written(tmp_path / "mine.toml", text))
    assert "[truth.turned]: expected" in refusal(
        written(tmp_path / "mine.toml", text.replace("[truth.turned]\n", "")))


def test_photographs_of_a_folder_need_no_size(tmp_path: Path) -> None:
    text = WHOLE.replace('"simulated"\nper_class = 2\nside = 32\nseed = 2147483647', '"folder"')
    assert profile.load(written(tmp_path / "mine.toml", text)).photographs == profile.Photographs("folder")


def test_the_file_that_has_the_mistake_is_named(tmp_path: Path) -> None:
    base = tmp_path / "base.toml"
    mine = written(tmp_path / "mine.toml", "extends = 'base.toml'\n[grid]\nseed = 3")
    written(base, "extends = 'sample'\n[grid]\nrepeats = 0")
    assert refusal(mine).startswith(f"{base}: [grid] repeats: expected")
    written(base, "extends = 'sample'\n[grid]\nseed = -3")
    assert profile.load(mine).grid.seed == 3


def test_bounds_of_each_type_are_put_into_words() -> None:
    """Every type of a profile's files has the bounds that the sentence about it says."""
    for kind in (profile.Photographs, profile.Encoders, profile.Grid, profile.Effects, profile.Venus,
                 profile.VenusSet, profile.PatchParameters, profile.Switches):
        for wanted in typing.get_type_hints(kind, include_extras=True).values():
            for each in getattr(wanted, "__metadata__", ()):
                if isinstance(each, msgspec.Meta) and each.min_length is None:
                    assert each.le is not None
                    assert (each.ge is None) != (each.gt is None)
