"""Sect. 5: what the paper tried beside its method."""

from collections.abc import Iterator

from paper_repro.base.files import read_csv, read_json
from paper_repro.base.run import COLOUR, Run
from paper_repro.experiments.settings import SCAN_FILES, scan_folder
from paper_repro.tables.scan import summarised
from paper_repro.verify.claims.claim import BENCHMARK, Claim
from paper_repro.verify.claims.measured import Measured, NotRun, benchmark_basis


def claims() -> Iterator[Claim]:
    """The one claim."""
    yield Claim("text.scan", "Sect. 5", "result", "SCAN in place of the clustering brings no gain.", "no gain", True,
                None, "holds", "", "no gain: not above HAC without reduction by more than the standard error over the "
                "repeats; never held against the paper's, for here SCAN trains its heads alone and not the network",
                (*BENCHMARK, "gpu-time"), "make scan PROFILE=paper", scan)


def scan(run: Run, _: Claim) -> Measured:
    """Whether SCAN on SimCLR's features is no better than HAC on them, without reduction. Raises NotRun."""
    folder = scan_folder(run, COLOUR)
    runs, record = folder / SCAN_FILES[0], read_json(folder / "provenance.json")
    if record is None or not runs.is_file():
        raise NotRun("SCAN was not run: it isn't part of `make all`; `make scan` runs it")
    table = summarised(read_csv(runs))
    ours = table[(table["encoder"] == "simclr") & (table["clustering"] == "scan")]
    if ours.empty:
        raise NotRun("SCAN was run without SimCLR's features", runs)
    gain, error = (float(ours[column].iloc[0]) for column in ("gain_over_hac_points", "gain_error_points"))
    words = f"{'no gain' if gain <= error else 'a gain'}: {gain:+.1f} ± {error:.1f} points"
    return benchmark_basis(run, COLOUR, record, runs).with_value(gain <= error, words)
