"""Where things are."""

import os
from pathlib import Path

TESTS = Path(__file__).resolve().parent.parent
ROOT = TESTS.parent
TARGET = Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target"))
#: Data, logs, screenshots and reports of test runs.
WORK = Path(os.environ.get("SNODO_TEST_WORK", TARGET / "tests"))
#: Present only where the product is developed together with its written contracts.
SHARED = ROOT.parent / "shared"


def binary() -> Path:
    """The program under test: SNODO_BINARY, or the release build."""
    return Path(os.environ.get("SNODO_BINARY", TARGET / "release" / "snodo"))
