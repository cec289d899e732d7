"""`make bench`: each benchmark prints ratios measured in one run, with the machine they were measured on."""

import importlib
import os
import platform
import sys

BENCHES = ("bench_augment", "bench_encode", "bench_step", "bench_grid", "bench_patches", "bench_build", "bench_ward",
           "bench_start")


def main() -> None:
    """Run the benchmarks named on the command line, or all of them."""
    print(f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}", flush=True)
    for name in sys.argv[1:] or BENCHES:
        print(f"\n== {name}", flush=True)
        importlib.import_module(f"tests.bench.{name}").main()


if __name__ == "__main__":
    main()
