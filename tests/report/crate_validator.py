"""The format's own validator without a network: python -m tests.report.crate_validator FOLDER.

The one document that it would fetch, the format's context, comes with the package rocrate; it is put into the
validator's cache as if it had been fetched.
"""

import io
import json
import sys
import tempfile
from importlib.resources import files
from pathlib import Path
from typing import Any

import requests
import urllib3
from requests.adapters import HTTPAdapter
from requests_cache import CachedSession
from rocrate_validator import services
from rocrate_validator.models import Severity

CONTEXT = "https://w3id.org/ro/crate/1.3/context"


class Shipped(HTTPAdapter):
    """Answers every request with the context that the package rocrate has."""

    def send(self, request: requests.PreparedRequest, *_: Any, **__: Any) -> requests.Response:
        """The answer of a server that has it."""
        body = files("rocrate").joinpath("data/ro-crate.jsonld").read_bytes()
        assert json.loads(body)["@id"] == CONTEXT
        return self.build_response(request, urllib3.HTTPResponse(
            io.BytesIO(body), {"Content-Type": "application/ld+json"}, 200, preload_content=False))


def complaints(crate: Path) -> list[str]:
    """What the validator says against a crate: what the format requires."""
    with tempfile.TemporaryDirectory() as folder:
        cache = Path(folder) / "cache"
        with CachedSession(str(cache), backend="sqlite") as session:
            session.mount("https://", Shipped())
            session.get(CONTEXT, timeout=1)
        result = services.validate({"rocrate_uri": str(crate), "profile_identifier": "ro-crate-1.3", "offline": True,
                                    "cache_path": str(cache), "requirement_severity": Severity.REQUIRED})
    return sorted({f"{issue.check.identifier} {issue.severity.name}: {issue.message}" for issue in result.get_issues()})


if __name__ == "__main__":
    found = complaints(Path(sys.argv[1]))
    print("\n".join(found) or "valid")
    sys.exit(1 if found else 0)
