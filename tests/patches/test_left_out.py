"""What the console says of observations that gave a set no patch."""

from pathlib import Path

from paper_repro.patches.build import left_out_of


def test_one_line_says_how_many_and_the_most_frequent_reasons(tmp_path: Path) -> None:
    rows = [("a", "resolution of 12 m/px, needed below 3"), ("b", "resolution of 1.4e+04 m/px, needed below 3"),
            ("c", "geometry missing"), ("d", "broken"), ("e", "other"), ("f", "another")]
    text = "source,reason\n" + "".join(f'{name},"{reason}"\n' for name, reason in rows)
    (tmp_path / "left_out.csv").write_text(text, encoding="utf-8")
    assert left_out_of(tmp_path, 9) == (
        "6 of 9 observations gave no patch: resolution of … m/px, needed below … (2); geometry missing (1); "
        "broken (1); other reasons (2)")


def test_nothing_is_said_where_all_gave_some(tmp_path: Path) -> None:
    (tmp_path / "left_out.csv").write_text("source,reason\n", encoding="utf-8")
    assert left_out_of(tmp_path, 9) == ""
