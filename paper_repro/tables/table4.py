"""Table 4: parameters that the Venus patches are made with (Sect. 3.1), the paper's beside those of this run."""

import dataclasses

from paper_repro import paper
from paper_repro.base.provenance import Made, Origin
from paper_repro.base.run import Run
from paper_repro.tables.layout import NOT_USED, Block, escape, store
from paper_repro.tables.table2 import plain

CAPTION = "Parameter values (Sect. 3.1) used for generating the Venus patch datasets in Sect. 4.2."


@dataclasses.dataclass(frozen=True)
class Parameter:
    """How the paper calls a field of its Table 4: words, symbol as text and in LaTeX's maths, unit."""

    words: str
    symbol: str = ""
    maths: str = ""
    unit: str = ""


PARAMETERS = {
    "angle_threshold_deg": Parameter("Angle-based removal threshold", "α", r"\alpha", "°"),
    "outlier_sigmas": Parameter("Outlier removal sigma multiplier", "t_o", "t_o"),
    "min_density": Parameter("Minimum patch density", "ρ_p,min", r"\rho_{p,\min}"),
    "density_bins": Parameter("Local density bins", "n_bin", r"n_\mathrm{bin}"),
    "min_bin_density": Parameter("Minimum bin density", "ρ_bin,min", r"\rho_{\mathrm{bin},\min}"),
    "interpolation": Parameter("Interpolation method"),
    "resolution_px": Parameter("Resolution", "r_p", "r_p", " px"),
    "flatten_sigma_px": Parameter("Flattening blur sigma", "σ_f", r"\sigma_f", " px"),
    "flatten_kernel_px": Parameter("Flattening blur kernel size", "k_f", "k_f", " px"),
    "contrast": Parameter("Standardization contrast", "c_s", "c_s"),
}


class Symbols(Block):
    """A block whose symbols and degrees are set as maths in LaTeX, for which Greek letters in text are unknown."""

    def grid(self, style: str) -> str:
        """The grid in one of tabulate's styles."""
        text = super().grid(style)
        if style.startswith("latex"):
            # the longest first: none may be taken for a part of another
            for each in sorted(PARAMETERS.values(), key=lambda each: -len(each.symbol)):
                if each.symbol:
                    text = text.replace(f"& {escape(each.symbol)} ", f"& ${each.maths}$ ")
            text = text.replace("°", r"$^\circ$")
        return text


def write(run: Run, origin: Origin) -> Made:
    """Write `table4.csv`, `.md`, `.tex`: the paper's values beside those that this run's patches are made with."""
    theirs, ours = dataclasses.asdict(paper.TABLE4), dataclasses.asdict(run.profile.patches)
    names = [each.name for each in run.venus_sets]
    rows = [(key, each.words, each.symbol, each.unit.strip(), _value(theirs[key]),
             _value(ours[key]) if names else NOT_USED) for key, each in PARAMETERS.items()]
    shown = [(words, symbol, theirs_, ours_) for (_, words, symbol, _, *values), each in
             zip(rows, PARAMETERS.values(), strict=True)
             for theirs_, ours_ in [[f"{value}{each.unit}" if value[0].isdigit() else value for value in values]]]
    block = Symbols(["Parameter", "Symbol", "Paper", "Used"], "llrr", shown)
    note = f"Sets of this run: {', '.join(names)}." if names else "This run makes no patches of Venus."
    made = store(run, 4, CAPTION, ["key", "parameter", "symbol", "unit", "paper", "used"], rows, [block], origin,
                 notes=[note])
    return dataclasses.replace(made, extra={"used": ours if names else {}})


def _value(value: float | str) -> str:
    return value.capitalize() if isinstance(value, str) else plain(value)
