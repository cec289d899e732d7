"""Dask clusters on this machine, as several tests have one at the same time."""

from typing import Any


def local_cluster(workers: int, **options: Any) -> Any:
    """A cluster of so many workers of one thread each, processes unless said otherwise, on any ports that are free.

    A dashboard would otherwise ask for one port and warn where another test has it.
    """
    from distributed import LocalCluster

    return LocalCluster(n_workers=workers, threads_per_worker=1, host="127.0.0.1", dashboard_address="127.0.0.1:0",
                        **options)
