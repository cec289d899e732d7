"""Fetching what the paper's runs need: the plan, said beforehand; then the files; then what is missing, if anything.

Nothing is asked for in place of what the user names: folders of images, photographs, a file of weights.
"""

import os
import shutil
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from paper_repro.base import cleaning
from paper_repro.base.errors import UserError
from paper_repro.base.files import sha256_file, write_csv
from paper_repro.base.instruments import entry
from paper_repro.base.profile import PAPERS_BASE
from paper_repro.base.run import Run
from paper_repro.download import transfer
from paper_repro.download.http import Client, FetchError, Policy
from paper_repro.download.ledger import NAME as LEDGER
from paper_repro.download.ledger import Ledger
from paper_repro.download.source import Source
from paper_repro.download.transfer import Item
from paper_repro.fetch import images, registry
from paper_repro.fetch import plan as plans
from paper_repro.fetch.images import Work, size_text

POLICY = Policy()
SHOWN = 10  # sentences about what went wrong


def check_request(run: Run, mirrors: Mapping[str, str]) -> None:
    """Raise UserError for a profile that fetches nothing, or a mirror that can't be used; nothing is written."""
    if not run.fetches:
        raise UserError(f"Profile {run.profile.name!r} fetches nothing; the paper's files are fetched with "
                        "PROFILE=paper (make) or --profile paper.")
    registry.load(mirrors)


def fetch(run: Run, mirrors: Mapping[str, str], *, plan_only: bool = False, images_only: bool = False) -> None:
    """Fetch what a run needs and doesn't have, or only say what that is; images_only: of Venus, and nothing else.

    Writes `raw/plan/`: plan.csv, left_out.csv, missing.csv, fetched.csv. Raises UserError for what `check_request`
    refuses, if there is no room, and at the end if something that is needed is missing.
    """
    check_request(run, mirrors)
    sources = registry.load(mirrors)
    cleaning.claim(run.raw, "plan", LEDGER, *sources)
    images.tidy(run.raw)
    with Client(POLICY, registry.allowed_redirects(sources.values())) as client:
        means = Means(run, client, sources, Ledger(run.raw), frozenset(mirrors))
        works = [images.make(run, client, sources[name], one, offline=means.offline(name))
                 for one in images.instruments(run) for name in [entry(one).archive]]
        plans.write([work.plan for work in works if work.plan.known], run.raw / "plan")
        for work in works:
            images.say(work, sources[work.plan.archive])
        means.say(images_only=images_only)
        if plan_only:
            unknown = {sources[work.plan.archive].title: None for work in works if not work.plan.known}
            if unknown:
                raise UserError(f"{'; '.join(unknown)}: could not be asked, so that what is needed isn't known; run "
                                "the same command again with a network, or name another place with --mirror (MIRROR= "
                                "for make).")
            return
        problems = images.fetch(client, works, means.ledger)
        problems += [] if images_only else [*means.photographs(), *means.weights(), *means.checkpoints()]
        whole = sum(sources[name].whole_bytes or 0 for name in {work.plan.archive for work in works})
        print(f"moved {size_text(client.moved)}{f' of {size_text(whole)} that these archives have' if whole else ''}")
    _conclude(run, works, means.ledger, problems)


@dataclass(frozen=True)
class Means:
    """What all of a fetch goes by. mirrored: names of the sources that the user names another place for."""

    run: Run
    client: Client
    sources: Mapping[str, Source]
    ledger: Ledger
    mirrored: frozenset[str]

    def offline(self, name: str) -> bool:
        """Whether a source isn't to be asked."""
        return name not in self.mirrored and os.environ.get("PAPER_REPRO_OFFLINE", "0") not in {"", "0"}

    def say(self, *, images_only: bool) -> None:
        """Say what is needed beside images of Venus, if anything is, and how much room there is."""
        others = () if images_only else (("mendeley", self.run.images), ("weights", self.run.weights))
        for name, named in others:
            where = f"not fetched, {named} is named" if named else self.sources[name].base
            print(f"{self.sources[name].title}: {where}")
        if self.run.checkpoints == "authors" and not images_only:
            print(f"{self.sources['checkpoints'].title}: {self.sources['checkpoints'].base}")
        here = self.run.out.absolute()
        free = shutil.disk_usage(next(one for one in (here, *here.parents) if one.is_dir())).free
        print(f"free on the disk of {here}: {size_text(free)}", flush=True)

    def photographs(self) -> list[str]:
        """Fetch Cloud-ImVN unless the user names a folder of photographs; returns what went wrong."""
        from paper_repro.fetch import cloud_imvn, mendeley

        if self.run.images is not None:
            return []
        source, root = self.sources["mendeley"], self.run.raw / "mendeley"
        if self.offline("mendeley"):
            there = root.is_dir() and cloud_imvn.local(root, self.ledger)
            return [] if there else [f"photographs: {source.base}: not asked, PAPER_REPRO_OFFLINE is set"]
        try:
            print(f"photographs: {mendeley.fetch_cloud_imvn(self.client, source, root, self.ledger)}")
        except FetchError as error:
            return [f"photographs: {error.what}; or name a folder of them with IMAGES= or --images"]
        return []

    def weights(self) -> list[str]:
        """Fetch ResNet-18 unless the user names a file or torchvision has it; returns what went wrong."""
        if self.run.weights is not None:
            return []
        from paper_repro.encoders.weights_file import NAME, SHA256, in_cache

        path, base = self.run.raw / "weights" / NAME, self.run.profile.encoders.base
        if in_cache(base).is_file():
            return []
        if base != PAPERS_BASE:
            return [f"weights: only those of {PAPERS_BASE} are fetched, found base {base}; name a file of its weights "
                    "with WEIGHTS= or --weights"]
        item = Item(tuple(base + NAME for base in self.sources["weights"].bases), path, digest=("sha256", SHA256))
        if self.offline("weights"):
            there = path.is_file() and sha256_file(path) == SHA256
            return [] if there else [f"weights: {item.urls[0]}: not asked for, PAPER_REPRO_OFFLINE is set"]
        return [f"weights: {failure.what}; or name a file with WEIGHTS= or --weights"
                for _, failure in transfer.fetch_all(self.client, [item], self.ledger, "weights")]

    def checkpoints(self) -> list[str]:
        """Fetch the authors' encoders where the run uses them; returns what went wrong."""
        if self.run.checkpoints == "own":
            return []
        from paper_repro.encoders import authors
        from paper_repro.encoders.checkpoint import kind_of
        from paper_repro.fetch import checkpoints

        def check(path: Path) -> None:
            kind_of(path)

        wanted = authors.wanted(self.run)
        source, root = self.sources["checkpoints"], self.run.raw / authors.FOLDER
        if self.offline("checkpoints"):
            missing = wanted - authors.find(root).keys()
            return [f"checkpoints: {source.base}: not asked for {model} of {name}, PAPER_REPRO_OFFLINE is set"
                    for model, name in sorted(missing)]
        try:
            checkpoints.fetch_authors(self.client, source, root, self.ledger, wanted, check)
        except FetchError as error:
            return [f"checkpoints: {error.what}"]
        return []


def _conclude(run: Run, works: Sequence[Work], ledger: Ledger, problems: Sequence[str]) -> None:
    """Write what is there and what is missing. Raises UserError if anything is."""
    folder = run.raw / "plan"
    missing = [(one.archive, one.path, one.bytes) for work in works for one in work.missing]
    write_csv(folder / "missing.csv", pd.DataFrame(missing, columns=["archive", "path", "bytes"]))
    table = pd.DataFrame([(one.path, one.bytes, one.sha256) for one in ledger.entries()],
                         columns=["path", "bytes", "sha256"])
    write_csv(folder / "fetched.csv", table)
    unknown = [work.root for work in works if not work.plan.known and not work.root.is_dir()]
    for problem in problems[:SHOWN] if len(problems) > 1 else ():
        print(f"  {problem}", file=sys.stderr)
    if len(problems) > SHOWN:
        print(f"  ... and {len(problems) - SHOWN} more", file=sys.stderr)
    if not (missing or problems or unknown):
        print(f"everything that is needed is there: {sum(len(work.plan.files) for work in works)} files of images")
        return
    parts = [f"planned files are missing: {len(missing)}, listed in {folder / 'missing.csv'}"] if missing else []
    parts += [f"{root} is empty and its archive could not be asked" for root in unknown]
    parts += [f"{len(problems)} items could not be fetched (listed above)"] if len(problems) > 1 else problems
    raise UserError(f"{'; '.join(parts)}; run the same command again, or name another place with --mirror "
                    "(MIRROR= for make).")
