"""One checkable statement of the paper, as data, with what measures our value of it."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from paper_repro.base.run import Run
from paper_repro.verify.claims.measured import Measured, NotRun, Value

Kind = Literal["setting", "result", "replication"]
Rule = Literal["equal", "within", "range", "holds", "at least", "at most", "factor"]
Need = Literal["none", "cloud-imvn", "swimcat", "photographs", "imagenet-weights", "uvi", "vmc", "gpu-time"]
Measure = Callable[[Run, "Claim"], Measured]
BENCHMARK: tuple[Need, ...] = ("cloud-imvn", "imagenet-weights")


@dataclass(frozen=True)
class Claim:
    """A statement of the paper and when our value reproduces it.

    id: stable, the key in verdict.csv; kind: "setting" for what is given to the code or follows from it whatever the
    images (a setting, a construction, the arithmetic of a table), "result" for what comes out of them, "replication"
    for what other real photographs can tell of the method (`replication_rules`); value: as
    printed; expected, tolerance: in `unit`, the tolerance absolute and None where the rule needs none (rule "factor":
    how many times larger or smaller ours may be); reason: why this tolerance; needs: inputs without which it is not
    run; command: what makes our value; measure: our value in a run, for this claim; raises NotRun.
    """

    id: str
    section: str
    kind: Kind
    statement: str
    value: str
    expected: Value
    tolerance: float | None
    rule: Rule
    unit: str
    reason: str
    needs: tuple[Need, ...]
    command: str
    measure: Measure

    @property
    def allowed(self) -> str:
        """The tolerance as it is shown: "", "0.5", or "x 3" for a factor."""
        if self.tolerance is None:
            return ""
        return f"{'x ' if self.rule == 'factor' else ''}{self.tolerance:.3g}"

    def measured(self, run: Run) -> Measured:
        """Our value in a run, or why there is none."""
        try:
            return self.measure(run, self)
        except NotRun as error:
            return Measured(None, "", error.why, files=error.files)

    def fits(self, ours: Value) -> bool:
        """Whether our value reproduces the claim. Raises TypeError for a value that isn't of the rule's kind."""
        if self.rule == "holds":
            if not isinstance(ours, bool):
                raise TypeError(f"{self.id}: expected yes or no, found {ours!r}")
            return ours == self.expected
        allowed = self.tolerance or 0.0
        if self.rule == "range":
            if not isinstance(ours, tuple) or not isinstance(self.expected, tuple):
                raise TypeError(f"{self.id}: expected two ends, found {ours!r}")
            return all(abs(a - b) <= allowed for a, b in zip(ours, self.expected, strict=True))
        if isinstance(ours, tuple | bool) or isinstance(self.expected, tuple):
            raise TypeError(f"{self.id}: expected one number, found {ours!r}")
        if self.rule == "factor":
            return self.expected / allowed <= ours <= self.expected * allowed
        if self.rule == "at least":
            return ours >= self.expected - allowed
        if self.rule == "at most":
            return ours <= self.expected + allowed
        return abs(ours - self.expected) <= allowed
