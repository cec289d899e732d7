"""Cores and memory that a process may use: affinity, control groups of both versions, wherever they say it."""

import os
from pathlib import Path

import pytest

from paper_repro.base import limits

GIB = 1 << 30


def system(root: Path, groups: str, **files: str) -> Path:
    """A system's root with files of /proc and /sys; "__" in a name stands for a slash."""
    for name, text in {"proc__self__cgroup": groups, **files}.items():
        path = root / name.replace("__", "/")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return root


@pytest.fixture(autouse=True)
def _eight_cores(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: set(range(8)), raising=False)


V2 = "0::/user.slice/job.scope\n"
V1 = "4:memory:/docker/abc\n2:cpu,cpuacct:/docker/abc\n1:name=systemd:/x\n"


@pytest.mark.parametrize(("groups", "files", "cores"), [
    ("", {}, 8),
    (V2, {"sys__fs__cgroup__user.slice__job.scope__cpu.max": "max 100000\n"}, 8),
    (V2, {"sys__fs__cgroup__user.slice__job.scope__cpu.max": "300000 100000\n"}, 3),
    (V2, {"sys__fs__cgroup__user.slice__cpu.max": "250000 100000\n"}, 2),  # of a group above
    (V2, {"sys__fs__cgroup__cpu.max": "50000 100000\n"}, 1),  # in a container; half a core
    (V2, {"sys__fs__cgroup__cpu.max": "1600000 100000\n"}, 8),  # more than its affinity
    (V1, {"sys__fs__cgroup__cpu__docker__abc__cpu.cfs_quota_us": "400000\n",
          "sys__fs__cgroup__cpu__docker__abc__cpu.cfs_period_us": "100000\n"}, 4),
    (V1, {"sys__fs__cgroup__cpu__cpu.cfs_quota_us": "150000", "sys__fs__cgroup__cpu__cpu.cfs_period_us": "100000"}, 1),
    (V1, {"sys__fs__cgroup__cpu__cpu.cfs_quota_us": "-1\n", "sys__fs__cgroup__cpu__cpu.cfs_period_us": "100000\n"}, 8),
    (V1 + "0::/\n", {"sys__fs__cgroup__unified__cpu.max": "600000 100000\n"}, 6),
    (V2, {"sys__fs__cgroup__cpu.max": "nonsense"}, 8),
    ("nonsense\n\n:::\n", {}, 8),
])
def test_cores(tmp_path: Path, groups: str, files: dict[str, str], cores: int) -> None:
    assert limits.cores(system(tmp_path, groups, **files)) == cores


def test_cores_of_this_process(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: {3})
    assert limits.cores() == limits.cores(tmp_path) == 1


MEMORY = "MemTotal:  16777216 kB\nMemFree:  1 kB\nMemAvailable:  8388608 kB\n"


@pytest.mark.parametrize(("groups", "files", "free"), [
    ("", {}, 8 * GIB),
    (V2, {"sys__fs__cgroup__user.slice__job.scope__memory.max": "max\n",
          "sys__fs__cgroup__user.slice__job.scope__memory.current": f"{GIB}\n"}, 8 * GIB),
    (V2, {"sys__fs__cgroup__user.slice__job.scope__memory.max": f"{4 * GIB}\n",
          "sys__fs__cgroup__user.slice__job.scope__memory.current": f"{3 * GIB}\n",
          "sys__fs__cgroup__user.slice__job.scope__memory.stat": f"anon 5\ninactive_file {GIB}\n"}, 2 * GIB),
    (V2, {"sys__fs__cgroup__user.slice__memory.high": f"{3 * GIB}", "sys__fs__cgroup__user.slice__memory.current": "0"},
     3 * GIB),
    (V1, {"sys__fs__cgroup__memory__memory.limit_in_bytes": f"{2 * GIB}\n",
          "sys__fs__cgroup__memory__memory.usage_in_bytes": f"{GIB}\n",
          "sys__fs__cgroup__memory__memory.stat": f"inactive_file 7\ntotal_inactive_file {GIB // 2}\n"}, 3 * GIB // 2),
    (V1, {"sys__fs__cgroup__memory__memory.limit_in_bytes": "9223372036854771712\n",
          "sys__fs__cgroup__memory__memory.usage_in_bytes": "5\n"}, 8 * GIB),
    (V2, {"sys__fs__cgroup__memory.max": f"{GIB}\n", "sys__fs__cgroup__memory.current": f"{2 * GIB}\n"}, 0),
])
def test_free_memory(tmp_path: Path, groups: str, files: dict[str, str], free: int) -> None:
    root = system(tmp_path, groups, proc__meminfo=MEMORY, **files)
    assert limits.free_bytes(root) == free
    assert limits.workers_that_fit(root) == max(1, free // GIB - 1)  # one share is this process's own


def test_where_the_system_says_nothing(tmp_path: Path) -> None:
    assert limits.free_bytes(tmp_path) is None
    assert limits.workers_that_fit(tmp_path) is None
