"""The paper as data: Mittendorf et al. 2024, Tables 1-4, patch counts, class names, constants.

Read-only. Results (Tables 1 and 3, patch counts) are compared against, never used to make a result;
settings (Tables 2 and 4, constants) are what the method is run with.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal

Reduction = Literal["tsne", "pca", "none"]
Clustering = Literal["kmeans", "hac"]

TITLE = "Classifying the clouds of Venus using unsupervised machine learning"
CITATION = "Mittendorf, J., Molaverdikhani, K., Ercolano, B., Giovagnoli, A., Grassi, T. (2024)"

# The words of Table 1 for our names of encoders, reductions and clusterings.
ENCODER_NAMES: Mapping[str, str] = MappingProxyType(
    {"simple": "Simple", "simclr": "SimCLR", "autoencoder": "Autoencoder"}
)
REDUCTION_NAMES: Mapping[str, str] = MappingProxyType({"tsne": "t-SNE", "pca": "PCA", "none": "None"})
CLUSTERING_NAMES: Mapping[str, str] = MappingProxyType({"kmeans": "k-Means", "hac": "HAC"})

# Sect. 4.1, Table 3: the authors' order of the classes of Cloud-ImVN 1.0.
CLASS_NAMES = ("Clear sky", "Patterned", "Veil", "Thin white", "Thick white", "Thick dark")
IMAGES_PER_CLASS = 350  # Sect. 2.3: 2100 images in six equal classes; the rows of Table 3
IMAGE_SIDE_PX = 150  # Sect. 2.3
SWIMCAT_IMAGES = 784  # Sect. 2.3

# Sect. 3.2.3: ImageNet-1K channel means and standard deviations (R, G, B); Eq. 6: weights of the luma.
IMAGENET_MEAN = (0.485, 0.456, 0.406)
IMAGENET_STD = (0.229, 0.224, 0.225)
LUMA = (0.2989, 0.587, 0.114)
GRAY_MEAN = 0.4589225  # printed; ours is computed from Eq. 6
GRAY_STD = 0.2255861
INPUT_SIDE_PX = 224
FEATURES = 512  # Sect. 3.2.1
HEAD = (256, 64)  # Sect. 3.2.2: output sizes of the projection head

# Sects. 3.1.1, 3.1.3 and 3.1.5: rules of the code that makes patches, here to hold it against.
UNILLUMINATED_DEG = 90.0  # incidence above which a pixel is removed
MINNAERT_UP_TO_DEG = 85.0  # largest angles at which the Minnaert law is acceptable
OUTLIER_KERNEL_PX = 3  # side of the median filter
WINDOW_FACTOR = 1.5  # half width of what is projected, in half patches
CLIPPED = (-1.0, 1.0)  # range of a standardised patch
VIEWS_PER_IMAGE = 2  # Sect. 3.2.2

VENUS_RADIUS_KM = 6051.8  # not printed in the paper; the value behind Eq. 4 there
PATCH_COUNTS: Mapping[str, int] = MappingProxyType(  # Sect. 4.2
    {"uvi-3000km": 6474, "uvi-500km": 1708, "vmc-25km": 10734}
)
NOISY_SET, NOISY_PATCHES_OVER = "vmc-500km", 20_000  # footnote 12: left out
BENCHMARK_CLUSTERS = 6  # Sect. 4.1
VENUS_CLASSES = 4  # Sect. 4.2
LATITUDES: Mapping[str, tuple[float, float]] = MappingProxyType({"uvi-3000km": (-60.0, 60.0)})  # Sect. 4.2.1, degrees
LOCAL_TIMES: Mapping[str, tuple[float, float]] = MappingProxyType({"uvi-3000km": (8.0, 16.0)})  # Sect. 4.2.1, hours
SOUTHERNMOST_500KM_DEG = -70.0  # Sect. 4.2.2
EXAMPLE_IMAGE = "uvi_20151207_052330_365_l2b_v10.fit"  # footnote 3, which has 12b for l2b: the image of Figs 3-5, 7-10
OUTLIER_IMAGE = "V2496_0041_UV2.IMG"  # caption of Fig. 6
EXAMPLE_INSTRUMENT, OUTLIER_INSTRUMENT = "uvi", "vmc"  # which these are of
RAW_IMAGES = ("vmc", "uvi")  # instruments of Fig. 1 in its order
EXAMPLE_K = 0.752  # Fig. 4: limb-darkening coefficient of the UVI image of footnote 3
EXAMPLE_BLUR_KM = 375.0  # Fig. 10: the blur of 16 px on a patch of 3000 km
EXAMPLE_SCALE_KM = 3000.0  # Fig. 10
PARAMETERS_OVER = 11_000_000  # Sect. 3.2.1: trainable parameters of ResNet-18


@dataclass(frozen=True)
class Table1Row:
    """One row of Table 1; `mean` and `error` as printed ("84.9(19)" has mean "84.9", error "19"), in percent.

    dims is 0 where there is no reduction; `error` is "" where none is printed; `std` as printed.
    """

    encoder: Literal["simple", "simclr", "autoencoder"]
    reduction: Reduction
    dims: int
    clustering: Clustering
    mean: str
    error: str
    std: str

    @property
    def printed(self) -> str:
        """The accuracy as the paper prints it."""
        return f"{self.mean}({self.error})" if self.error else self.mean


TABLE1 = (
    Table1Row("simclr", "tsne", 3, "kmeans", "84.9", "19", "5.3"),
    Table1Row("simclr", "tsne", 3, "hac", "84.8", "4", "1.0"),
    Table1Row("simclr", "none", 0, "hac", "84.5", "", "0.0"),
    Table1Row("simple", "tsne", 3, "kmeans", "82", "3", "6"),
    Table1Row("simple", "tsne", 3, "hac", "81.7", "18", "4.9"),
    Table1Row("simclr", "pca", 256, "hac", "81.4", "11", "2.9"),
    Table1Row("simclr", "pca", 64, "hac", "76.9", "5", "1.4"),
    Table1Row("simclr", "pca", 64, "kmeans", "75.1", "3", "0.6"),
    Table1Row("simclr", "none", 0, "kmeans", "74.7", "3", "0.6"),
    Table1Row("simclr", "pca", 16, "hac", "74.4", "", "0.0"),
    Table1Row("simclr", "pca", 256, "kmeans", "74.2", "7", "1.7"),
    Table1Row("simple", "none", 0, "hac", "73.0", "", "0.0"),
    Table1Row("simclr", "pca", 16, "kmeans", "72.4", "15", "4.2"),
    Table1Row("simple", "pca", 256, "kmeans", "72.3", "6", "1.7"),
    Table1Row("simple", "pca", 64, "kmeans", "72.3", "8", "2.1"),
    Table1Row("simple", "pca", 64, "hac", "72.3", "10", "2.6"),
    Table1Row("simple", "none", 0, "kmeans", "70.1", "8", "2.0"),
    Table1Row("simple", "pca", 256, "hac", "69.2", "14", "3.8"),
    Table1Row("simple", "pca", 16, "kmeans", "68", "3", "7"),
    Table1Row("simple", "pca", 16, "hac", "64.24", "9", "0.24"),
    Table1Row("autoencoder", "pca", 16, "hac", "63.8", "", "0.0"),
    Table1Row("autoencoder", "tsne", 3, "kmeans", "62.0", "14", "3.9"),
    Table1Row("autoencoder", "pca", 64, "hac", "61.2", "11", "2.9"),
    Table1Row("autoencoder", "none", 0, "hac", "59.9", "", "0.0"),
    Table1Row("autoencoder", "pca", 256, "hac", "59.9", "", "0.0"),
    Table1Row("autoencoder", "tsne", 3, "hac", "59.3", "17", "4.8"),
    Table1Row("autoencoder", "none", 0, "kmeans", "57.2", "12", "3.2"),
    Table1Row("autoencoder", "pca", 16, "kmeans", "56.3", "10", "2.7"),
    Table1Row("autoencoder", "pca", 64, "kmeans", "56.2", "15", "4.1"),
    Table1Row("autoencoder", "pca", 256, "kmeans", "54.4", "13", "3.6"),
)
REPEATS = 8  # caption of Table 1


@dataclass(frozen=True)
class Table2:
    """Table 2: training of SimCLR with LARS."""

    batch_size: int = 32
    max_epochs: int = 64
    loss_temperature: float = 1.0
    base_learning_rate: float = 0.0375
    lars_coefficient: float = 0.001
    lars_momentum: float = 0.9
    lars_weight_decay: float = 0.0001


@dataclass(frozen=True)
class Augmentation:
    """The augmentations of Sect. 3.2.2; `blur_kernel` in px, scale as a share of the area."""

    crop_scale: tuple[float, float] = (0.5, 1.0)
    brightness: float = 0.5
    contrast: float = 0.5
    blur_probability: float = 0.5
    blur_kernel: int = 25
    blur_sigma: tuple[float, float] = (0.1, 2.0)


@dataclass(frozen=True)
class Table3:
    """One part of Table 3: confusion matrix (rows true, columns predicted), accuracies in percent as printed."""

    matrix: tuple[tuple[int, ...], ...]
    class_accuracies: tuple[str, ...]
    total: str


TABLE3_COLOUR = Table3(
    matrix=(
        (339, 0, 4, 3, 4, 0),
        (0, 339, 0, 2, 7, 2),
        (8, 0, 260, 3, 79, 0),
        (0, 4, 0, 229, 108, 9),
        (0, 3, 6, 12, 327, 2),
        (0, 0, 0, 69, 0, 281),
    ),
    class_accuracies=("96.9", "96.9", "74.3", "65.4", "93.4", "80.3"),
    total="84.5",
)
TABLE3_GRAY = Table3(
    matrix=(
        (157, 0, 41, 44, 94, 14),
        (0, 308, 0, 20, 22, 0),
        (123, 0, 215, 0, 12, 0),
        (2, 2, 1, 154, 191, 0),
        (20, 1, 44, 11, 274, 0),
        (0, 5, 0, 152, 47, 146),
    ),
    class_accuracies=("44.9", "88.0", "61.4", "44.0", "78.3", "41.7"),
    total="59.7",
)


@dataclass(frozen=True)
class Table4:
    """Table 4: how the Venus patches are made (angles in degrees, sizes in px)."""

    angle_threshold_deg: float = 75.0
    outlier_sigmas: float = 5.0
    min_density: float = 0.5
    density_bins: int = 8
    min_bin_density: float = 0.1
    interpolation: Literal["nearest", "linear", "cubic"] = "nearest"
    resolution_px: int = 128
    flatten_sigma_px: int = 16
    flatten_kernel_px: int = 97
    contrast: float = 0.33


TABLE2 = Table2()
TABLE4 = Table4()
AUGMENTATION = Augmentation()
TRAIN_SHARE = 0.8  # Sect. 4.1: 80 % training, 20 % test
