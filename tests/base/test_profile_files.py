"""Which file a profile's name or path means, what it extends, and files that can't be read."""

import dataclasses
import os
from pathlib import Path

import pytest

from paper_repro import paper
from paper_repro.base import profile, profile_files
from paper_repro.base.errors import UserError
from tests.base.profiles_made import refusal, written


def test_one_file_extends_others_and_says_only_what_differs(tmp_path: Path) -> None:
    (tmp_path / "sub").mkdir()
    base = tmp_path / "base.toml"
    written(base, 'extends = "paper"\ntitle = "not inherited"\n[venus]\nclasses = 5\n'
                  '[encoders]\nseeds = [4]\nswitches = {keep_best = false}\n')
    mine = tmp_path / "sub" / "mine.toml"
    found = profile.load(written(mine, 'extends = "../base.toml"\n[encoders]\nside = 96\nswitches = {blur_kernel = 9}\n'
                                 '[venus.sets]\nuvi-1000km = {instrument = "uvi", scale_km = 1000}\n'
                                 '[patches]\ncontrast = 0.5\n'))
    whole = profile.load("paper")
    assert whole.venus is not None
    assert found == dataclasses.replace(
        whole, name="mine", title="mine", path=mine,
        extends=(tmp_path / "sub" / ".." / "base.toml", profile_files.FOLDER / "paper.toml"),
        encoders=dataclasses.replace(whole.encoders, side=96, seeds=(4,),
                                     switches={"keep_best": False, "blur_kernel": 9}),
        venus=dataclasses.replace(whole.venus, classes=5,
                                  sets=(*whole.venus.sets, profile.VenusSet("uvi", 1000.0))),
        patches=dataclasses.replace(paper.TABLE4, contrast=0.5))


def test_a_path_may_begin_in_the_home_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    written(tmp_path / "mine.toml", 'extends = "sample"')
    assert profile.load("~/mine.toml").path == tmp_path / "mine.toml"
    monkeypatch.chdir(tmp_path)
    assert profile.load("mine.toml").path == Path("mine.toml")
    assert "found a home folder that isn't known" in refusal("~nobody-at-all/mine.toml")


def test_a_profile_of_the_project_can_be_named_by_its_path() -> None:
    path = profile_files.FOLDER / "sample.toml"
    assert profile.load(str(path)) == profile.load("sample")


@pytest.mark.parametrize("choice", ["nope", "", ".", "..", "PAPER", "paper ", "~"])
def test_an_unknown_profile_names_the_known_ones(choice: str) -> None:
    assert refusal(choice) == (f"There is no profile {choice!r}; choose one of: classify, paper, sample, swimcat, "
                               "truth, or the path of a TOML file of your own (name.toml).")


@pytest.mark.attack("profile-outside")
@pytest.mark.parametrize("choice", ["../../x", "/etc/passwd", "./paper", "paper/"])
def test_a_name_leads_to_no_other_folder(choice: str) -> None:
    assert refusal(choice).startswith(f"{choice}: expected the path of a profile's file, which ends in .toml")


@pytest.mark.attack("profile-outside")
@pytest.mark.parametrize("stem", ["Mine", "my profile", ".mine", "-mine", "_mine", "ä", "a" * 65, "$(id)", "",
                                  "readme.md", "a\nb"])
def test_a_file_that_no_folder_can_be_named_after_is_refused(stem: str, tmp_path: Path) -> None:
    path = tmp_path / f"{stem}.toml"
    path.write_text('extends = "sample"')
    with pytest.raises(UserError, match=r"expected a file name of at most 64 of a-z, .*; rename the file\.$"):
        profile.load(str(path))


def test_a_file_is_not_called_like_a_profile_of_the_project(tmp_path: Path) -> None:
    assert "found 'paper', and results would go into that one's folders; rename the file." in refusal(
        written(tmp_path / "paper.toml", 'extends = "paper"'))
    assert profile.load(written(tmp_path / f"{'a' * 64}.toml", 'extends = "paper"')).name == "a" * 64


@pytest.mark.attack("toml")
@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b'\xef\xbb\xbfextends = "paper"', "expected plain UTF-8 text, found UTF-8 with a byte-order mark"),
        ('extends = "paper"'.encode("utf-16"), "expected plain UTF-8 text, found UTF-16"),
        ("\ufeffextends".encode("utf-16-be"), "expected plain UTF-8 text, found UTF-16"),
        ('extends = "paper"'.encode("utf-16-le"), "expected TOML, found a mistake: "),
        ('extends = "paper"\n# größer'.encode("latin-1"), "found byte 0xf6 of another encoding in line 2"),
        (b"extends = paper", r"expected TOML, found a mistake: Invalid value (at line 1, column 11)"),
        (b"[grid]\n[grid]", "expected TOML, found a mistake: Cannot declare ('grid',) twice"),
        (b"[grid]\nseed = 1\nseed = 1", "expected TOML, found a mistake: Cannot overwrite a value"),
        (b"a = 1\x00", "expected TOML, found a mistake: "),
        (b"a = " + b"1" * 5000, "expected TOML, found a mistake: "),
        (b"a = " + b"[" * 100_000, "expected TOML, found "),
        (b"#" * 1_000_001, "found more than 1000000 bytes"),
    ],
)
def test_what_is_no_toml_in_utf_8_is_refused(content: bytes, message: str, tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_bytes(content)
    assert message in refusal(str(path))
    assert str(path) in refusal(str(path))


@pytest.mark.attack("pipes-and-devices")
def test_what_can_not_be_read_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "mine.toml"
    assert refusal(str(path)) == f"{path}: expected a profile's TOML file, found nothing; check the path."
    path.mkdir()
    assert refusal(str(path)) == f"{path}: expected a profile's TOML file, found a folder; check the path."
    path.rmdir()
    os.mkfifo(path)
    assert refusal(str(path)) == (f"{path}: expected a profile's TOML file, found a pipe, a socket or a device; check "
                                  "the path.")
    path.unlink()
    path.touch()

    def denied(*_: object, **__: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "open", denied)
    assert "but it can't be read (Permission denied); check the path and its permissions" in refusal(str(path))


def extending(path: Path, base: str) -> str:
    return written(path, f"extends = '{base}'")


@pytest.mark.attack("toml")
def test_what_is_extended_must_be_there_and_end(tmp_path: Path) -> None:
    mine = tmp_path / "mine.toml"
    assert refusal(extending(mine, "papr")) == (
        f"{mine}: extends: There is no profile 'papr'; choose one of: classify, paper, sample, swimcat, truth, or the "
        "path of a TOML file of your own (name.toml).")
    assert refusal(extending(mine, "other.toml")) == (
        f"{mine}: extends: {tmp_path / 'other.toml'}: expected a profile's TOML file, found nothing; check the path.")
    assert "which ends in .toml" in refusal(extending(mine, "../paper"))
    assert "found nothing" in refusal(written(mine, 'extends = "a\\u0000.toml"'))
    assert "expected a profile's name or the path of its file, found 3" in refusal(written(mine, "extends = 3"))
    (tmp_path / "link.toml").symlink_to(mine)
    for circle in ("mine.toml", "link.toml", "../" * len(tmp_path.parts) + str(mine)):
        assert "expected a file that doesn't extend itself, found a circle" in refusal(extending(mine, circle))
    written(tmp_path / "other.toml", 'extends = "mine.toml"')
    assert "other.toml: extends: " in refusal(extending(mine, "other.toml"))
    for number in range(8):
        extending(tmp_path / f"a{number}.toml", f"a{number + 1}.toml" if number < 7 else "paper")
    assert profile.load(str(tmp_path / "a1.toml")).encoders == profile.load("paper").encoders
    assert "a7.toml: extends: expected at most 8 files" in refusal(str(tmp_path / "a0.toml"))
