"""Writes `layout.h` from the rows and from hkperp's codes, and compiles the C sources."""

import enum
import platform
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from benchmarks.c_reference import rows
from hkperp_engine import codes, layout
from hkperp_engine.errors import CapacityError

__all__ = ["BEST", "compile_library", "compiler", "header"]

HERE = Path(__file__).parent

#: Options of the build that is compared, and of every build.
BEST = ("-O3", "-march=native")
_ALWAYS = ("-std=gnu11", "-shared", "-fPIC", "-Wall", "-Wextra", "-Werror", "-fno-plt")

#: numpy's kinds in C.
_PLAIN = {"i1": "int8_t", "i2": "int16_t", "i4": "int32_t", "i8": "int64_t"}
_COMPILERS = ("cc", "gcc", "clang")


def compiler() -> str | None:
    """Return the path of the system's C compiler, None if there is none."""
    found = (shutil.which(name) for name in _COMPILERS)
    return next((path for path in found if path), None)


def compiler_version() -> str:
    """Return the first line that the compiler says of itself."""
    command = [compiler() or "cc", "--version"]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.split("\n")[
        0
    ]


def header() -> str:
    """Return the text of layout.h: rows as structs, section numbers, codes, limits."""
    lines = ["/* Written by build.py from rows.py and from hkperp's commands, events, codes. */"]
    lines += ["#pragma once", f"#define CHUNK_BITS {rows.CHUNK_BITS}"]
    lines += [f"#define FILL_ROWS {rows.FILL_ROWS}", f"#define TIERS_MAX {rows.TIERS_MAX}"]
    for name, dtype in (rows.ROWS | {"COMMAND": layout.COMMAND, "EVENT": layout.EVENT}).items():
        lines += _struct(name, dtype)
    lines += [f"#define SECTION_{name} {i}" for i, name in enumerate(rows.SECTIONS)]
    for kind in vars(codes).values():
        if isinstance(kind, type) and issubclass(kind, enum.IntEnum) and kind is not enum.IntEnum:
            members = ", ".join(f"{kind.__name__}_{each.name} = {each.value}" for each in kind)
            lines.append(f"enum {{ {members} }};")
    return "\n".join(lines) + "\n"


def _struct(name: str, dtype: np.dtype) -> list[str]:
    """Return the lines of one row: a struct, and proof that it lies as numpy lays it."""
    fields, proofs = [], []
    for field in dtype.names or ():
        of_field, offset = dtype.fields[field][:2]
        base, shape = of_field.subdtype or (of_field, ())
        places = "".join(f"[{count}]" for count in shape)
        fields.append(f"    {_PLAIN[base.str[1:]]} {field}{places};")
        place = f"__builtin_offsetof({name}, {field})"
        proofs.append(f'_Static_assert({place} == {offset}, "{name}.{field}");')
    size = f'_Static_assert(sizeof({name}) == {dtype.itemsize}, "{name}");'
    return ["typedef struct {", *fields, f"}} {name};", size, *proofs]


def compile_library(
    source: str, folder: Path, options: Sequence[str] = BEST, name: str = ""
) -> Path:
    """Compile `source` (book.c or machine.c) with `options`; return the library.

    Raises CapacityError if there is no compiler.
    """
    cc = compiler()
    if cc is None:
        raise CapacityError("no C compiler was found", hint="install one that is called cc")
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "layout.h").write_text(header())
    ending = ".dylib" if platform.system() == "Darwin" else ".so"
    library = folder / f"{name or Path(source).stem}{ending}"
    command = [cc, *_ALWAYS, *options, f"-I{folder}"]
    if source == "machine.c":
        command.append("-DWITH_HOUSE")
    command += [str(HERE / source), "-o", str(library)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise CapacityError(f"{source} did not compile: {done.stderr}")
    return library


if __name__ == "__main__":
    sys.stdout.write(header())
