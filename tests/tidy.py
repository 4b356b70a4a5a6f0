#!/usr/bin/env python3
"""Order of the house: what review would have to look for by hand. Standard library only; exit status 1 with a list."""

import py_compile
import re
import subprocess
import sys
import tempfile
import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
#: Lines of a file: longer ones are more than one thing.
LONGEST = 600
#: Crate → floor (ARCHITECTURE.md). A crate names only crates of lower floors; tests and build scripts too.
FLOORS = {
    "model": 1, "assets": 1,
    "db": 2, "soap": 2, "tabular": 2, "documents": 2, "net": 2, "telemetry": 2,
    "engine": 3, "wire": 3,
    "mypay": 4, "mypivot": 4, "piemontepay": 4, "pagopa": 4, "rest": 4, "portal": 4, "sandbox": 4,
    "snodo": 5,
}
#: Dialects are above the engine and never see the database.
WITHOUT_DB = {name for name, floor in FLOORS.items() if floor == 4}
# Reasons of what is marked #[ignore]: started by other tests, or by people.
TOOLS = ("started by the crash tests", "writes files to look at")
STATEMENTS = re.compile(r"^\s*(?:db::|crate::)?statements!\s*\{", re.MULTILINE)
ADR_PARTS = ("## Context", "## Options", "## Decision", "## Consequences")


def files() -> list[Path]:
    """Every file of the repository that git knows or would add."""
    done = subprocess.run(["git", "ls-files", "-co", "--exclude-standard", "-z"], cwd=ROOT, capture_output=True, check=True)
    return [path for name in done.stdout.decode().split("\0") if name and (path := ROOT / name).is_file()]


def text_of(path: Path) -> str | None:
    """Its text; None for binary files."""
    try:
        return path.read_text(encoding="utf-8")
    except UnicodeDecodeError:
        return None


def lengths(path: Path, text: str) -> list[str]:
    """Source files of a readable length."""
    lines = text.count("\n")
    if path.suffix in (".rs", ".py") and lines > LONGEST:
        return [f"{lines} lines, at most {LONGEST}"]
    return []


def floors() -> list[str]:
    """Dependencies of each crate, against the floors."""
    wrong = []
    for manifest in sorted(ROOT.glob("crates/*/Cargo.toml")):
        content = tomllib.loads(manifest.read_text())
        name = content["package"]["name"]
        floor = FLOORS.get(name)
        if floor is None:
            wrong.append(f"{manifest.relative_to(ROOT)}: crate {name} has no floor in tests/tidy.py")
            continue
        for section in ("dependencies", "build-dependencies", "dev-dependencies"):
            for dependency in content.get(section, {}):
                if FLOORS.get(dependency, 0) >= floor:
                    wrong.append(f"{manifest.relative_to(ROOT)}: {name} (floor {floor}) imports {dependency} "
                                 f"(floor {FLOORS[dependency]}): only lower floors")
                if dependency == "db" and name in WITHOUT_DB:
                    wrong.append(f"{manifest.relative_to(ROOT)}: {name} sees the database: only the engine may")
        if content.get("lints", {}).get("workspace") is not True:
            wrong.append(f"{manifest.relative_to(ROOT)}: lints.workspace = true is missing")
    return wrong


def statements() -> list[str]:
    """Each module with `statements!` is in the list that one test prepares on both engines."""
    wrong = []
    for crate in sorted(ROOT.glob("crates/*")):
        sources = {path: path.read_text() for path in sorted(crate.glob("src/**/*.rs"))}
        everything = "\n".join(sources.values())
        for path, text in sources.items():
            code = "\n".join(line for line in text.splitlines() if not line.lstrip().startswith("//"))
            if not STATEMENTS.search(code.split("#[cfg(test)]")[0]):
                continue
            parts = list(path.relative_to(crate / "src").with_suffix("").parts)
            if parts[-1] in ("mod", "lib", "main"):
                parts.pop()
            last = parts[-1] if parts else "crate"
            if not re.search(rf"\b{last}::(?:sql::)?STATEMENTS", everything):
                wrong.append(f"{path.relative_to(ROOT)}: its STATEMENTS are in no list")
    return wrong


def ignored(path: Path, text: str) -> list[str]:
    """A test marked #[ignore] is a tool, and says so in one of these words."""
    if path.suffix != ".rs":
        return []
    return [f"line {number}: #[ignore] is for tools only, with one of the reasons in tests/tidy.py"
            for number, line in enumerate(text.splitlines(), 1)
            if line.lstrip().startswith("#[ignore") and not any(f'"{tool}"' in line for tool in TOOLS)]


def python(path: Path) -> list[str]:
    """Python that at least compiles."""
    with tempfile.NamedTemporaryFile() as out:
        try:
            py_compile.compile(str(path), cfile=out.name, doraise=True)
        except py_compile.PyCompileError as error:
            return [str(error)]
    return []


def main() -> int:
    """All checks; prints each finding."""
    wrong = floors() + statements()
    for path in files():
        text = text_of(path)
        if text is None:
            continue
        found = lengths(path, text) + ignored(path, text)
        if path.suffix == ".py" or text.startswith("#!/usr/bin/env python3"):
            found += python(path)
        if path.parent.name == "adr" and path.suffix == ".md":
            found += [f"the part {part!r} is missing" for part in ADR_PARTS if part not in text]
        wrong += [f"{path.relative_to(ROOT)}: {finding}" for finding in found]
    print("\n".join(wrong) or "tidy")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
