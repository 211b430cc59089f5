"""A tiny package that offers its sources only, for the tests."""

import hashlib
import io
import tarfile
from collections.abc import Mapping
from pathlib import Path

# Builds itself, so that reading it needs no network.
OF_ITSELF = {
    "pyproject.toml": """
[build-system]
requires = []
build-backend = "backend"
backend-path = ["."]
""",
    "backend.py": """
import os, zipfile
def build_wheel(folder, config_settings=None, metadata_directory=None):
    name = "tinything-1.0-py3-none-any.whl"
    with zipfile.ZipFile(os.path.join(folder, name), "w") as wheel:
        info, meta = "tinything-1.0.dist-info", "Metadata-Version: 2.1"
        wheel.writestr("tinything.py", "")
        wheel.writestr(f"{info}/METADATA", f"{meta}\\nName: tinything\\nVersion: 1.0\\n")
        wheel.writestr(f"{info}/WHEEL", "Wheel-Version: 1.0\\nTag: py3-none-any\\n")
        wheel.writestr(f"{info}/RECORD", "")
    return name
""",
}
# Takes setuptools from the index, and a compiler.
IN_C = {
    "pyproject.toml": """
[build-system]
requires = ["setuptools>=75"]
build-backend = "setuptools.build_meta"

[project]
name = "tinything"
version = "1.0"

[tool.setuptools]
ext-modules = [{name = "tinything", sources = ["tinything.c"]}]
""",
    "tinything.c": """
#include <Python.h>
static struct PyModuleDef module = {PyModuleDef_HEAD_INIT, "tinything", "made of C", -1};
PyMODINIT_FUNC PyInit_tinything(void) { return PyModule_Create(&module); }
""",
}


def write(folder: Path, files: Mapping[str, str]) -> str:
    """Write tinything-1.0.tar.gz; returns the line of a lock that names it."""
    archive = folder / "tinything-1.0.tar.gz"
    told = {"PKG-INFO": "Metadata-Version: 2.1\nName: tinything\nVersion: 1.0\n", **files}
    with tarfile.open(archive, "w:gz") as tar:
        for name, text in told.items():
            entry = tarfile.TarInfo(f"tinything-1.0/{name}")
            entry.size = len(text.encode())
            tar.addfile(entry, io.BytesIO(text.encode()))
    digest = hashlib.sha256(archive.read_bytes()).hexdigest()
    return f"tinything==1.0 --hash=sha256:{digest}\n"
