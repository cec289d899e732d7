"""Coverage of the branches alone, from the data of `make coverage`: python -m tests.branches PERCENT."""

import json
import subprocess
import sys


def main(least: float) -> int:
    """Print the share of branches that tests take; 1 where it is below `least` percent."""
    command = [sys.executable, "-m", "coverage", "json", "-q", "-o", "-"]
    report = subprocess.run(command, capture_output=True, check=True)
    share = float(json.loads(report.stdout)["totals"]["percent_branches_covered"])
    print(f"Branches alone: {share:.1f} %")
    return int(share < least)


if __name__ == "__main__":
    sys.exit(main(float(sys.argv[1])))
