"""What the subfolders of a folder of images mean: classes, splits, masks; links, companions, and what is left out."""

from collections import Counter
from pathlib import Path

import pytest
from PIL import Image

from paper_repro.base.errors import UserError
from paper_repro.patches.image_folder import Images, class_name, find_images
from tests.odd_names import ODD
from tests.patches.folders_made import asked, made
from tests.patches.photographs_made import put, run_of
from tests.steps_made import make

GCD = ("1_cumulus", "2_altocumulus", "3_cirrus", "4_clearsky", "5_stratocumulus", "6_cumulonimbus", "7_mixed")
CCSN = ("Ac", "As", "Cb", "Cc", "Ci", "Cs", "Ct", "Cu", "Ns", "Sc", "St")


def write(root: Path, *names: str) -> Path:
    for number, name in enumerate(names):
        put(root / name, number)
    return root


def sources(found: Images, root: Path) -> list[str]:
    return [path.relative_to(root).as_posix() for path in found.paths]


# Layouts of public sets, rebuilt from their descriptions

def test_ccsn(tmp_path: Path) -> None:
    """Zhang et al. 2018, doi:10.7910/DVN/CADDPD: eleven folders called by the codes of the genera, JPEG."""
    for name in CCSN:
        write(tmp_path / "CCSN", *(f"{name}/{name}-N{number:03}.jpg" for number in (1, 2, 10)))
    write(tmp_path / "__MACOSX" / "CCSN", "Ac/._Ac-N001.jpg")
    found = find_images(tmp_path)
    assert found.classes == CCSN
    assert sources(found, tmp_path)[:4] == ["CCSN/Ac/Ac-N001.jpg", "CCSN/Ac/Ac-N002.jpg", "CCSN/Ac/Ac-N010.jpg",
                                            "CCSN/As/As-N001.jpg"]
    assert not found.others


def gcd(root: Path) -> Path:
    """Liu et al. 2022: TJNU ground-based cloud dataset, seven numbered folders for training and for the test, JPEG."""
    for split in ("train", "test"):
        for name in GCD:
            write(root / split, *(f"{name}/{name}_{number:06}.jpg" for number in (1, 2)))
    return root


def test_gcd_is_refused_naming_its_splits_or_joined(tmp_path: Path) -> None:
    gcd(tmp_path / "GCD")
    with pytest.raises(UserError, match=r"GCD: expected images by class, found the splits test and train; join them "
                                        r"with --splits join \(SPLITS=join for make\), or name the folder of one"):
        find_images(tmp_path)
    found = find_images(tmp_path, join=True)
    assert found.classes == GCD
    assert Counter(found.labels) == dict.fromkeys(GCD, 4)
    assert sources(found, tmp_path)[:3] == ["GCD/test/1_cumulus/1_cumulus_000001.jpg",
                                            "GCD/test/1_cumulus/1_cumulus_000002.jpg",
                                            "GCD/train/1_cumulus/1_cumulus_000001.jpg"]
    assert find_images(tmp_path / "GCD" / "train").classes == GCD


def test_a_single_split_goes(tmp_path: Path) -> None:
    write(tmp_path / "set", *(f"train/{name}/{number}.png" for name in ("a", "b") for number in (1, 2)))
    (tmp_path / "set" / "test").mkdir()
    (tmp_path / "set" / "test" / "answers.csv").write_text("")
    found = find_images(tmp_path)
    assert found.classes == ("a", "b")
    assert found.others == {".csv": 1}


def test_swimseg_has_masks_beside_its_images(tmp_path: Path) -> None:
    """Dev, Lee, Winkler 2017: 1013 images, and as many maps of what is cloud."""
    write(tmp_path / "SWIMSEG", "images/0001.png", "images/0002.png", "GTmaps/0001_GT.png", "GTmaps/0002_GT.png")
    (tmp_path / "SWIMSEG" / "metadata.csv").write_text("")
    with pytest.raises(UserError, match=r"images and GTmaps hold images and their masks or labels, no classes; name "
                                        rf"the folder of images, {tmp_path}/SWIMSEG/images\."):
        find_images(tmp_path)
    assert find_images(tmp_path / "SWIMSEG" / "images").classes == ()


def test_kaggle_like_splits_with_a_test_without_classes(tmp_path: Path) -> None:
    write(tmp_path, *(f"seg_train/seg_train/{name}/{number}.jpg" for name in ("sea", "street") for number in (1, 2)),
          *(f"seg_test/seg_test/{name}/{number}.jpg" for name in ("sea", "street") for number in (1, 2)))
    with pytest.raises(UserError, match="found the splits seg_test and seg_train"):
        find_images(tmp_path)
    assert find_images(tmp_path / "seg_train").classes == ("sea", "street")
    assert Counter(find_images(tmp_path, join=True).labels) == {"sea": 4, "street": 4}
    write(tmp_path, "seg_pred/seg_pred/10.jpg")
    beside = "found seg_test and seg_train, which are splits of a set, beside seg_pred;"
    for join in (False, True):
        with pytest.raises(UserError, match=beside):
            find_images(tmp_path, join=join)


# Splits

@pytest.mark.parametrize("splits", [
    ("train", "test"), ("Train", "VAL"), ("training", "validation", "testing"), ("train_set", "test_set"),
    ("TrainImages", "TestImages"), ("01-train", "02-valid"), ("fold train", "fold test"), ("train", "dev", "eval"),
])
@pytest.mark.parametrize("layout", ["{split}/{name}/{n}.png", "x/{split}/{name}/{n}.png", "{name}/{split}/{n}.png",
                                    "{split}/images/{name}/{n}.png", "{split}/{name}/deep/{n}.png"])
def test_splits_are_never_classes(tmp_path: Path, splits: tuple[str, ...], layout: str) -> None:
    for split in splits:
        write(tmp_path, *(layout.format(split=split, name=name, n=n) for name in ("a", "b") for n in (1, 2)))
    with pytest.raises(UserError, match="found the splits") as caught:
        find_images(tmp_path)
    assert all(split in str(caught.value) for split in splits)
    found = find_images(tmp_path, join=True)
    assert Counter(found.labels) == {"a": 2 * len(splits), "b": 2 * len(splits)}


def test_splits_of_images_without_classes(tmp_path: Path) -> None:
    write(tmp_path, "train/1.png", "train/2.png", "val/3.png")
    with pytest.raises(UserError, match="found the splits train and val"):
        find_images(tmp_path)
    found = find_images(tmp_path, join=True)
    assert found.classes == ()
    assert sources(found, tmp_path) == ["train/1.png", "train/2.png", "val/3.png"]


def test_joined_splits_of_which_one_has_no_classes(tmp_path: Path) -> None:
    write(tmp_path, "train/a/1.png", "train/a/2.png", "train/b/1.png", "train/b/2.png", "test/1.png")
    with pytest.raises(UserError, match=r"found test/1\.png and train/a/1\.png; move one or the other away"):
        find_images(tmp_path, join=True)


@pytest.mark.parametrize("names", [("train", "bus"), ("test tube", "beaker"), ("test tube", "train wheel"),
                                   ("control", "test"), ("validity", "contest")])
def test_classes_that_are_called_like_a_split(tmp_path: Path, names: tuple[str, ...]) -> None:
    write(tmp_path, *(f"{name}/{n}.png" for name in names for n in (1, 2)))
    assert set(find_images(tmp_path).classes) == set(names)


def test_a_split_of_classes_beside_another_folder(tmp_path: Path) -> None:
    write(tmp_path, *(f"train/{name}/{n}.png" for name in ("a", "b") for n in (1, 2)), "more/1.png", "more/2.png")
    with pytest.raises(UserError, match="found train, which is a split of a set, beside more; name the folder of one"):
        find_images(tmp_path)


def test_a_split_of_classes_beside_an_image_and_another_folder(tmp_path: Path) -> None:
    write(tmp_path, *(f"train/{name}/{n}.png" for name in ("a", "b") for n in (1, 2)), "more/1.png", "2.png")
    with pytest.raises(UserError, match="found train, which is a split of a set, beside more; name the folder of one"):
        find_images(tmp_path)


def test_splits_are_joined_when_asked_for(tmp_path: Path) -> None:
    """From the command line down to the sets, of photographs and of any folder."""
    from paper_repro import options

    gcd(tmp_path / "in")
    run = options.open_asked({"profile": "swimcat", "images": tmp_path / "in", "splits": "join", "out": tmp_path})
    assert run.join_splits
    make(run, "sets")
    assert len(made(tmp_path, tmp_path / "in", join_splits=True).table) == 28
    with pytest.raises(UserError, match="found the splits test and train"):
        made(tmp_path, tmp_path / "in")


# What counts and what doesn't

def test_companions_and_hidden_files_do_not_count(tmp_path: Path) -> None:
    write(tmp_path, *(f"{name}/{n}.png" for name in ("a", "b") for n in (1, 2)))
    expected = sources(find_images(tmp_path), tmp_path)
    write(tmp_path, "@eaDir/a/1.png", "a/@eaDir/1.png", "__MACOSX/a/1.png", ".ipynb_checkpoints/1-checkpoint.png",
          "a/.ipynb_checkpoints/1-checkpoint.png", ".hidden.png", "a/._1.png", ".thumbnails/1.png")
    for name in ("Thumbs.db", ".DS_Store", "a/Thumbs.db", "a/.DS_Store", "desktop.ini"):
        (tmp_path / name).write_bytes(b"no image")
    found = find_images(tmp_path)
    assert sources(found, tmp_path) == expected
    assert not found.others


def test_what_is_left_out_is_counted_by_suffix_and_said(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """All sixty images are read, whatever their format, and six other files are counted."""
    for number, suffix in enumerate((".png", ".jpg", ".webp", ".jfif", ".tif", ".bmp") * 10):
        image = Image.new("RGB", (4, 4), (number, 0, 0))
        path = tmp_path / "in" / "ab"[number % 2] / f"{number}{suffix}"
        path.parent.mkdir(parents=True, exist_ok=True)
        image.save(path)
    for name in ("a/1.heic", "a/2.HEIC", "b/3.avif", "list.csv", "README", "b/notes.txt"):
        (tmp_path / "in" / name).write_bytes(b"")
    patches = made(tmp_path, tmp_path / "in")
    assert len(patches) == 60
    line = next(line for line in capsys.readouterr().err.splitlines() if "left out" in line)
    said, counts = line.removesuffix(")").split(" (")
    assert said == f"{tmp_path / 'in'}: files left out, for their names aren't those of images: 6"
    assert sorted(counts.split(", ")) == [".avif 1", ".csv 1", ".heic 2", ".txt 1", "no suffix 1"]
    assert patches.provenance["left_out"] == {".heic": 2, ".avif": 1, ".txt": 1, "no suffix": 1, ".csv": 1}
    make(run_of(tmp_path, tmp_path / "in"), "sets")
    assert "files left out, for their names aren't those of images: 6" in capsys.readouterr().err


def test_linked_folders_and_files_are_images_once_each(tmp_path: Path) -> None:
    """Three in the folder, three in a linked one, three linked one by one; and links that lead in circles."""
    root = write(tmp_path / "in", *(f"a/{n}.png" for n in (1, 2, 3)))
    write(tmp_path / "far", *(f"b/{n}.png" for n in (1, 2, 3)), *(f"single/{n}.png" for n in (1, 2, 3)))
    (root / "b").symlink_to(tmp_path / "far" / "b")
    (root / "c").mkdir()
    for n in (1, 2, 3):
        (root / "c" / f"{n}.png").symlink_to(tmp_path / "far" / "single" / f"{n}.png")
    (root / "a" / "up").symlink_to(root)
    (tmp_path / "far" / "b" / "itself").symlink_to(tmp_path / "far" / "b")
    found = find_images(root)
    assert sources(found, root) == [f"{name}/{n}.png" for name in "abc" for n in (1, 2, 3)]
    assert found.classes == ("a", "b", "c")


def test_a_class_of_links_to_another_class_is_refused(tmp_path: Path) -> None:
    root = write(tmp_path, *(f"{name}/{n}.png" for name in "ab" for n in (1, 2)))
    (root / "c").symlink_to(root / "a")
    with pytest.raises(UserError, match="c: the class holds no image of its own"):
        find_images(root)


@pytest.mark.attack("linked-into-two-classes")
@pytest.mark.parametrize("join", [False, True])
@pytest.mark.parametrize(("link", "to"), [("b/3.png", "a/1.png"), ("b/more", "a/more"), ("b/all", "a")])
def test_a_link_to_another_classes_images_is_refused(tmp_path: Path, link: str, to: str, join: bool) -> None:
    """In one class as in two; of joined splits across them."""
    names = ["a/1.png", "a/2.png", "a/more/3.png", "a/more/4.png", "b/1.png", "b/2.png"]
    here, there = ("train/", "test/") if join else ("", "")
    root = write(tmp_path, *(split + name for split in {here, there} for name in names))
    (root / there / link).symlink_to(root / here / to)
    with pytest.raises(UserError, match=rf"{link}: expected images of the class 'b' alone, found a link to "
                                        rf".*{to}, which counts as 'a'; remove it, or what it links to"):
        find_images(root, join=join)


def test_links_within_a_class_and_to_what_is_no_image_are_none_of_another_class(tmp_path: Path) -> None:
    root = write(tmp_path, *(f"{name}/{n}.png" for name in "ab" for n in (1, 2)))
    (root / "a" / "notes.txt").write_text("of all classes")
    (root / "b" / "notes.txt").symlink_to(root / "a" / "notes.txt")
    (root / "b" / "again.png").symlink_to(root / "b" / "1.png")
    (root / "b" / "round").symlink_to(root)
    assert len(find_images(root).paths) == 4


# Names

def test_names_in_two_forms_of_unicode_are_one_class(tmp_path: Path) -> None:
    composed, apart = "caf\u00e9", "cafe\u0301"
    write(tmp_path, f"train/{composed}/1.png", "train/b/1.png", f"test/{apart}/1.png", "test/b/1.png")
    found = find_images(tmp_path, join=True)
    assert found.classes == ("b", composed)
    assert class_name(apart) == composed


def test_a_long_name_of_a_folder_is_cut_for_its_results(tmp_path: Path) -> None:
    where = write(tmp_path / ("x" * 250), "1.png", "2.png")
    _, step = asked(tmp_path, where)
    assert step.name == f"patches {'x' * 80}"
    assert len(made(tmp_path, where)) == 2


@pytest.mark.attack("table-names")
def test_any_name_of_a_class_or_file_is_kept(tmp_path: Path) -> None:
    for name in ODD:
        write(tmp_path / "in" / name, f"1 {name[:30]}.png", f"2 {name[:30]}.png")
    patches = made(tmp_path, tmp_path / "in")
    assert set(patches.classes) == set(ODD)
    assert patches.table["label"].tolist() == [name for name in patches.classes for _ in range(2)]
    sources = [f"{name}/{n} {name[:30]}.png" for name in patches.classes for n in (1, 2)]
    assert patches.table["source"].tolist() == sources
    assert patches.labels is not None
    assert patches.labels.tolist() == [number for number in range(len(ODD)) for _ in range(2)]


def test_images_below_class_folders_are_said_to_count_as_the_class(tmp_path: Path,
                                                                   capsys: pytest.CaptureFixture[str]) -> None:
    root = write(tmp_path / "in", "a/0.png", "a/day 1/1.png", "a/day 1/b/2.png", "b/3.png", "b/4.png")
    assert list(made(tmp_path, root).table["label"]) == ["a", "a", "a", "b", "b"]
    sentence = (f"{root}: images in folders below the folders of the classes: 2; each counts as one of the class whose "
                "folder it is in\n")
    assert capsys.readouterr().err == sentence
    make(run_of(tmp_path, root), "sets")
    assert sentence in capsys.readouterr().err


def test_folders_above_the_classes_are_not_below_them(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    made(tmp_path, write(tmp_path / "in", "x/y/a/0.png", "x/y/a/1.png", "x/y/b/3.png", "x/y/b/4.png"))
    split = [f"{part}/{name}/{number}.png" for part in ("train", "test") for name in "ab" for number in (1, 2)]
    made(tmp_path, write(tmp_path / "split", *split), join_splits=True)
    assert "below the folders" not in capsys.readouterr().err
