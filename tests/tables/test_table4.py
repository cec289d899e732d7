"""Table 4: the paper's parameters beside those of the run."""

import dataclasses
import re

import pandas as pd
import pytest

from paper_repro import paper
from paper_repro.base.provenance import Origin
from paper_repro.base.run import Run
from paper_repro.tables import table4

PRINTED = {  # Table 4 as printed
    "Angle-based removal threshold": ("α", "75"),
    "Outlier removal sigma multiplier": ("t_o", "5"),
    "Minimum patch density": ("ρ_p,min", "0.5"),
    "Local density bins": ("n_bin", "8"),
    "Minimum bin density": ("ρ_bin,min", "0.1"),
    "Interpolation method": ("", "Nearest"),
    "Resolution": ("r_p", "128"),
    "Flattening blur sigma": ("σ_f", "16"),
    "Flattening blur kernel size": ("k_f", "97"),
    "Standardization contrast": ("c_s", "0.33"),
}


def test_the_papers_values_as_printed(real: Run) -> None:
    table = pd.read_csv(table4.write(real, Origin()).files[0], dtype=str, keep_default_na=False)
    assert {row["parameter"]: (row["symbol"], row["paper"]) for _, row in table.iterrows()} == PRINTED
    assert list(table["used"]) == list(table["paper"])
    assert list(table["key"]) == [field.name for field in dataclasses.fields(paper.Table4)]


def test_units_and_sets_stand_in_the_table(sample: Run) -> None:
    text = table4.write(sample, Origin()).files[1].read_text(encoding="utf-8")
    assert re.search(r"\| Angle-based removal threshold +\| α +\| +75° \| +75° \|", text)
    assert re.search(r"\| Flattening blur sigma +\| σ_f +\| +16 px \|", text)
    assert "Sets of this run: uvi-3000km, uvi-500km, vmc-25km." in text


def test_greek_letters_are_maths_in_latex(real: Run) -> None:
    text = table4.write(real, Origin()).files[2].read_text(encoding="utf-8")
    assert text.isascii()
    for maths in (r"& $\alpha$ ", r"& $\rho_{p,\min}$ ", r"& $\rho_{\mathrm{bin},\min}$ ", r"& $n_\mathrm{bin}$ ",
                  r"& $\sigma_f$ ", "& $t_o$ ", "& $k_f$ ", "& $c_s$ ", "& $r_p$ ", r" 75$^\circ$ "):
        assert maths in text, maths


def test_a_run_without_patches_of_venus_says_so(sample: Run) -> None:
    run = dataclasses.replace(sample, profile=dataclasses.replace(sample.profile, venus=None))
    made = table4.write(run, Origin())
    assert set(pd.read_csv(made.files[0])["used"]) == {"not used"}
    assert "makes no patches of Venus" in made.files[1].read_text(encoding="utf-8")
    assert (made.notes, made.extra["used"]) == (("This run makes no patches of Venus.",), {})


def test_the_used_values_are_those_of_the_profile(sample: Run) -> None:
    changed = dataclasses.replace(paper.TABLE4, contrast=0.5, interpolation="linear")
    run = dataclasses.replace(sample, profile=dataclasses.replace(sample.profile, patches=changed))
    made = table4.write(run, Origin())
    table = pd.read_csv(made.files[0], dtype=str).set_index("key")
    assert list(table.loc["contrast", ["paper", "used"]]) == ["0.33", "0.5"]
    assert list(table.loc["interpolation", ["paper", "used"]]) == ["Nearest", "Linear"]
    assert made.extra["used"] == dataclasses.asdict(changed)


@pytest.mark.parametrize("simulated", [True, False])
def test_a_run_on_simulated_images_is_named(sample: Run, simulated: bool) -> None:
    made = table4.write(sample, Origin(simulated))
    assert ("- Made from simulated images.\n" in made.files[1].read_text()) is simulated
    assert made.extra["used"] == dataclasses.asdict(paper.TABLE4)
