"""paper.py against the independent transcription in golden/paper, and against the paper's own arithmetic."""

import csv
import dataclasses
import inspect
import itertools
from collections import Counter
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from paper_repro import paper

GOLDEN = Path(__file__).parent / "golden" / "paper"
TABLE3 = {"a": paper.TABLE3_COLOUR, "b": paper.TABLE3_GRAY}


def read(name: str) -> list[dict[str, str]]:
    with (GOLDEN / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file, strict=True))


def constants() -> dict[str, str]:
    rows = read("constants.csv")
    names = [row["name"] for row in rows]
    assert len(set(names)) == len(names)
    return {row["name"]: row["value"] for row in rows}


def exact(value: float | str) -> Decimal:
    """The decimal number as written, so that 0.1 + 0.2 is 0.3."""
    return Decimal(str(value))


def one_decimal(value: Fraction) -> str:
    return str((Decimal(value.numerator) / Decimal(value.denominator)).quantize(Decimal("0.1"), ROUND_HALF_UP))


def held() -> dict[str, Any]:
    """What paper.py holds of constants.csv, under the transcription's names."""
    augmentation, table4 = paper.AUGMENTATION, paper.TABLE4
    return {
        "cloud_imvn_images": paper.IMAGES_PER_CLASS * len(paper.CLASS_NAMES),
        "cloud_imvn_side_px": paper.IMAGE_SIDE_PX,
        "cloud_imvn_classes": len(paper.CLASS_NAMES),
        "cloud_imvn_images_per_class": paper.IMAGES_PER_CLASS,
        "clusters_benchmark": paper.BENCHMARK_CLUSTERS,
        "clusters_venus": paper.VENUS_CLASSES,
        "swimcat_images": paper.SWIMCAT_IMAGES,
        "emission_limit_minnaert_deg": paper.MINNAERT_UP_TO_DEG,
        "unilluminated_incidence_deg": paper.UNILLUMINATED_DEG,
        "outlier_median_kernel_px": paper.OUTLIER_KERNEL_PX,
        "projection_area_factor": paper.WINDOW_FACTOR,
        "standardization_clip_low": paper.CLIPPED[0],
        "standardization_clip_high": paper.CLIPPED[1],
        "views_per_image": paper.VIEWS_PER_IMAGE,
        "smallest_patch_set": min(paper.PATCH_COUNTS.values()),
        "largest_patch_set": max(paper.PATCH_COUNTS.values()),
        "feature_length": paper.FEATURES,
        "head_hidden": paper.HEAD[0],
        "head_out": paper.HEAD[1],
        "head_layers": len(paper.HEAD),
        "network_input_px": paper.INPUT_SIDE_PX,
        "table1_repeats": paper.REPEATS,
        "tsne_reduction_dims": {row.dims for row in paper.TABLE1 if row.reduction == "tsne"}.pop(),
        "crop_scale_low": augmentation.crop_scale[0],
        "crop_scale_high": augmentation.crop_scale[1],
        "jitter_brightness": augmentation.brightness,
        "jitter_contrast": augmentation.contrast,
        "blur_probability_percent": exact(augmentation.blur_probability) * 100,
        "blur_kernel_px": augmentation.blur_kernel,
        "blur_sigma_low": augmentation.blur_sigma[0],
        "blur_sigma_high": augmentation.blur_sigma[1],
        "gray_mean": paper.GRAY_MEAN,
        "gray_std": paper.GRAY_STD,
        "train_percent": exact(paper.TRAIN_SHARE) * 100,
        "test_percent": 100 - exact(paper.TRAIN_SHARE) * 100,
        "accuracy_colour_percent": paper.TABLE3_COLOUR.total,
        "accuracy_gray_percent": paper.TABLE3_GRAY.total,
        "fig5_alpha_deg": table4.angle_threshold_deg,
        "fig6_outlier_threshold": table4.outlier_sigmas,
        "fig9_resolution_px": table4.resolution_px,
        "fig10_resolution_px": table4.resolution_px,
        "fig10_blur_sigma_px": table4.flatten_sigma_px,
        "fig10_blur_kernel_px": table4.flatten_kernel_px,
        "fig10_contrast": table4.contrast,
        "fig10_scale_km": paper.EXAMPLE_SCALE_KM,
        "fig10_blur_size_km": paper.EXAMPLE_BLUR_KM,
        "example_minnaert_k": paper.EXAMPLE_K,
        "uvi_3000km_latitude_low_deg": paper.LATITUDES["uvi-3000km"][0],
        "uvi_3000km_latitude_high_deg": paper.LATITUDES["uvi-3000km"][1],
        "uvi_3000km_local_time_low_h": paper.LOCAL_TIMES["uvi-3000km"][0],
        "uvi_3000km_local_time_high_h": paper.LOCAL_TIMES["uvi-3000km"][1],
        "uvi_500km_latitude_low_deg": paper.SOUTHERNMOST_500KM_DEG,
        **{f"imagenet_mean_{c}": value for c, value in zip("rgb", paper.IMAGENET_MEAN, strict=True)},
        **{f"imagenet_std_{c}": value for c, value in zip("rgb", paper.IMAGENET_STD, strict=True)},
        **{f"luma_{c}": value for c, value in zip("rgb", paper.LUMA, strict=True)},
    }


def test_table1_equals_transcription() -> None:
    ours = [
        {
            "encoder": paper.ENCODER_NAMES[row.encoder],
            "reduction": paper.REDUCTION_NAMES[row.reduction],
            "dims": str(row.dims) if row.dims else "None",
            "clustering": paper.CLUSTERING_NAMES[row.clustering],
            "accuracy": row.printed,
            "std": row.std,
        }
        for row in paper.TABLE1
    ]
    assert ours == read("table1.csv")


def test_table1_holds_every_combination_once_in_order_of_the_mean() -> None:
    reductions = [("tsne", 3), ("pca", 256), ("pca", 64), ("pca", 16), ("none", 0)]
    every = itertools.product(paper.ENCODER_NAMES, reductions, paper.CLUSTERING_NAMES)
    expected = {(encoder, *reduction, clustering) for encoder, reduction, clustering in every}
    assert len(paper.TABLE1) == 30
    assert {(row.encoder, row.reduction, row.dims, row.clustering) for row in paper.TABLE1} == expected
    assert Counter(row.encoder for row in paper.TABLE1) == dict.fromkeys(paper.ENCODER_NAMES, 10)
    means = [exact(row.mean) for row in paper.TABLE1]
    assert means == sorted(means, reverse=True)


def test_table1_prints_an_error_exactly_where_the_deviation_is_not_zero() -> None:
    assert [bool(row.error) for row in paper.TABLE1] == [exact(row.std) != 0 for row in paper.TABLE1]


def test_table2_equals_transcription() -> None:
    printed = {row["parameter"]: exact(row["value"]) for row in read("table2.csv")}
    table = paper.TABLE2
    assert printed == {
        "Batch size": table.batch_size,
        "Max. epochs": table.max_epochs,
        "Loss temperature": exact(table.loss_temperature),
        "Base learning rate": exact(table.base_learning_rate),
        "LARS coefficient": exact(table.lars_coefficient),
        "LARS momentum": exact(table.lars_momentum),
        "LARS weight decay": exact(table.lars_weight_decay),
    }
    assert len(dataclasses.fields(table)) == len(printed)


@pytest.mark.parametrize("part", TABLE3)
def test_table3_equals_transcription(part: str) -> None:
    *rows, last = read(f"table3{part}.csv")
    table = TABLE3[part]
    assert tuple(rows[0]) == ("true", *paper.CLASS_NAMES, "accuracy")
    assert tuple(row["true"] for row in rows) == paper.CLASS_NAMES
    assert tuple(tuple(int(row[name]) for name in paper.CLASS_NAMES) for row in rows) == table.matrix
    assert tuple(row["accuracy"] for row in rows) == table.class_accuracies
    assert last == {"true": "Total", **dict.fromkeys(paper.CLASS_NAMES, ""), "accuracy": table.total}


@pytest.mark.parametrize("part", TABLE3)
def test_table3_accuracies_follow_from_its_matrix(part: str) -> None:
    table = TABLE3[part]
    assert [sum(row) for row in table.matrix] == [paper.IMAGES_PER_CLASS] * 6
    shares = [Fraction(100 * row[i], sum(row)) for i, row in enumerate(table.matrix)]
    assert tuple(one_decimal(share) for share in shares) == table.class_accuracies
    assert one_decimal(sum(shares, Fraction(0)) / 6) == table.total  # Sect. 4.1: the average of the class accuracies


def test_table3_colour_total_is_the_table1_row_of_the_chosen_method() -> None:
    chosen = ("simclr", "none", "hac")  # Sect. 3.3
    rows = [row for row in paper.TABLE1 if (row.encoder, row.reduction, row.clustering) == chosen]
    assert [row.printed for row in rows] == [paper.TABLE3_COLOUR.total]


def test_table4_equals_transcription() -> None:
    printed = {row["parameter"]: row["value"] for row in read("table4.csv")}
    table = paper.TABLE4
    assert printed.pop("Interpolation method").lower() == table.interpolation
    assert {name: exact(value.removesuffix("°")) for name, value in printed.items()} == {
        "Angle-based removal threshold": exact(table.angle_threshold_deg),
        "Outlier removal sigma multiplier": exact(table.outlier_sigmas),
        "Minimum patch density": exact(table.min_density),
        "Local density bins": table.density_bins,
        "Minimum bin density": exact(table.min_bin_density),
        "Resolution": table.resolution_px,
        "Flattening blur sigma": table.flatten_sigma_px,
        "Flattening blur kernel size": table.flatten_kernel_px,
        "Standardization contrast": exact(table.contrast),
    }
    assert len(dataclasses.fields(table)) == len(printed) + 1


def test_flattening_blur_has_the_size_fig10_names() -> None:
    table, printed = paper.TABLE4, constants()
    km_per_px = Fraction(int(printed["fig10_scale_km"]), table.resolution_px)
    assert table.flatten_sigma_px * km_per_px == int(printed["fig10_blur_size_km"]) == 375
    assert table.flatten_kernel_px == 2 * 3 * table.flatten_sigma_px + 1


def test_patch_counts_equal_transcription() -> None:
    rows = read("patch_counts.csv")
    assert {row["set"]: int(row["patches"]) for row in rows} == paper.PATCH_COUNTS
    for row in rows:
        assert row["set"].endswith(f"-{row['scale_km']}km")
        assert row["set"][:3].upper() in row["instrument"]


def test_constants_equal_transcription() -> None:
    printed = constants()
    wrong = {name: (value, printed[name]) for name, value in held().items() if exact(value) != exact(printed[name])}
    assert wrong == {}


def test_the_images_that_the_figures_were_drawn_from_equal_transcription() -> None:
    printed = constants()
    assert printed["example_image"] == paper.EXAMPLE_IMAGE.replace("l2b", "12b")  # as the paper misprints it
    assert printed["fig6_image"] == paper.OUTLIER_IMAGE


def test_parameters_of_the_network_equal_transcription() -> None:
    assert constants()["resnet18_parameters_over"] == f"{paper.PARAMETERS_OVER // 10**6} million"


def test_patches_left_out_as_noisy_equal_transcription() -> None:
    assert constants()["vmc_500km_patches_possible"] == f"{paper.NOISY_PATCHES_OVER}+"


def test_title_equals_transcription() -> None:
    assert constants()["title"] == paper.TITLE


def test_class_names_are_those_of_sect_2_3() -> None:
    names = constants()["cloud_imvn_class_names"].split(", ")
    assert {name.removesuffix(" clouds") for name in names} == {name.lower() for name in paper.CLASS_NAMES}


def test_random_baseline_is_one_in_the_number_of_classes() -> None:
    assert Fraction(constants()["random_baseline"]) == Fraction(1, len(paper.CLASS_NAMES))


def test_gray_normalisation_comes_out_of_eq6() -> None:
    def luma(vector: tuple[float, float, float]) -> Decimal:
        return sum((exact(w) * exact(x) for w, x in zip(paper.LUMA, vector, strict=True)), Decimal(0))

    assert luma(paper.IMAGENET_MEAN) == exact(paper.GRAY_MEAN)
    assert luma(paper.IMAGENET_STD) == exact(paper.GRAY_STD)


DATACLASSES = [c for _, c in inspect.getmembers(paper, inspect.isclass) if dataclasses.is_dataclass(c)]
INSTANCES = [value for value in vars(paper).values() if isinstance(value, tuple(DATACLASSES))] + [paper.TABLE1[0]]


def test_every_dataclass_has_an_instance_to_try() -> None:
    assert {type(instance) for instance in INSTANCES} == set(DATACLASSES)


@pytest.mark.parametrize("instance", INSTANCES, ids=lambda instance: type(instance).__name__)
def test_tables_cannot_be_written_to(instance: Any) -> None:
    hash(instance)  # a list or dict among the fields could be written to although the class is frozen
    for field in dataclasses.fields(instance):
        before = getattr(instance, field.name)
        with pytest.raises(dataclasses.FrozenInstanceError):
            setattr(instance, field.name, None)
        assert getattr(instance, field.name) == before
