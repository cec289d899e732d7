"""What this process may use of the machine: CPUs by affinity and control groups, memory by what is free of both.

root: where /proc and /sys are. Control groups (cgroups) of version 1 and 2, and both beside each other; a limit of any
group that this process is in, however far up, counts.
"""

import os
from collections.abc import Iterator
from pathlib import Path

ROOT = Path("/")
WORKER_BYTES = 1 << 30  # what a process of any work in parallel needs at most, about


def cores(root: Path = ROOT) -> int:
    """Cores that this process may use: of those of its affinity, as many whole ones as its groups give; 1 or more."""
    number = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    for group in _groups(root, "cpu"):
        match _words(group / "cpu.max") or _words(group / "cpu.cfs_quota_us") + _words(group / "cpu.cfs_period_us"):
            case [quota, period] if quota.isdecimal() and period.isdecimal() and int(period) > 0:
                number = min(number, int(quota) // int(period))  # not "max" or -1, which are no limit
    return max(1, number)


def free_bytes(root: Path = ROOT) -> int | None:
    """Bytes of memory that this process and those it starts may still take; None where the system doesn't say."""
    free = [1024 * number for number in [_entry(root / "proc/meminfo", "MemAvailable:")] if number is not None]
    for group in _groups(root, "memory"):
        for most, used, cached in (("memory.max", "memory.current", "inactive_file"),
                                   ("memory.high", "memory.current", "inactive_file"),
                                   ("memory.limit_in_bytes", "memory.usage_in_bytes", "total_inactive_file")):
            limit, taken = _words(group / most), _words(group / used)
            if limit and taken and limit[0].isdecimal() and taken[0].isdecimal():
                # files that were read are counted as used, and given back when memory is asked for
                free.append(int(limit[0]) - int(taken[0]) + (_entry(group / "memory.stat", cached) or 0))
    return max(0, min(free)) if free else None


def workers_that_fit(root: Path = ROOT) -> int | None:
    """How many worker processes the free memory has room for beside this process; None where it isn't known."""
    free = free_bytes(root)
    return None if free is None else max(1, free // WORKER_BYTES - 1)


def _groups(root: Path, controller: str) -> Iterator[Path]:
    """The folders of the groups this process is in, as far as they say anything of a controller (cpu, memory)."""
    mounts = root / "sys/fs/cgroup"
    for line in _text(root / "proc/self/cgroup").splitlines():
        _, controllers, path = f"{line}::".split(":")[:3]
        places = [mounts / controller] if controller in controllers.split(",") else (
            [mounts, mounts / "unified"] if not controllers else [])
        parts = [part for part in path.split("/") if part]
        for place in places:
            # in a container its own group may stand at the top, whatever the path says
            yield from (place.joinpath(*parts[:depth]) for depth in range(len(parts) + 1))


def _text(path: Path) -> str:
    try:
        return path.read_text(errors="replace")
    except OSError:
        return ""


def _words(path: Path) -> list[str]:
    return _text(path).split()


def _entry(path: Path, name: str) -> int | None:
    """The number that follows a name at the beginning of a line."""
    for words in map(str.split, _text(path).splitlines()):
        if words[:1] == [name] and len(words) > 1 and words[1].isdecimal():
            return int(words[1])
    return None
