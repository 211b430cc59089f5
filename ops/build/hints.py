"""The next step after a failed build, from the output of the failed program."""

import re

# A pattern in the output, and what to do; the first match counts.
_C_LIBRARIES = (
    ("pg_config|libpq-fe.h", "libpq-dev", "libpq5", "PostgreSQL's client library"),
    (
        r"mysql_config|MYSQLCLIENT_CFLAGS|mysql\.h",
        "default-libmysqlclient-dev, pkg-config",
        "libmariadb3",
        "the MySQL client library",
    ),
    (r"gdal-config|gdal\.h|gdal_config", "libgdal-dev, g++", "libgdal36", "GDAL"),
    (r"geos_c\.h|geos-config", "libgeos-dev", "libgeos-c1t64", "GEOS"),
    (r"ffi\.h", "libffi-dev", "libffi8", "libffi"),
    (r"libxml/|xml2-config|xslt-config", "libxml2-dev, libxslt1-dev", "libxml2, libxslt1.1", "XML"),
    (r"ldap\.h|lber\.h|sasl/", "libldap-dev, libsasl2-dev", "libldap2", "OpenLDAP"),
    (r"jpeglib\.h|jpeg\b.*required", "libjpeg62-turbo-dev, zlib1g-dev", "libjpeg62-turbo", "JPEG"),
    (r"openssl/\w+\.h", "libssl-dev", "libssl3t64", "OpenSSL"),
)
_PROGRAMS = (
    (r"g\+\+|cc1plus|c\+\+", "g++"),
    (r"cargo|rustc", "cargo, rustc"),
    (r"\bcmake\b", "cmake"),
    (r"\bpkg-config\b", "pkg-config"),
)
_MISSING = r"(not found|No such file or directory|command .* failed|Could not find|is required)"


def for_output(output: str) -> str:
    """The next step; empty when the cause is unknown."""
    return _network(output) or _debian(output) or _headers(output) or _other(output)


def _headers(output: str) -> str:
    """A package is built from source, and a C library's headers are missing."""
    for sign, build, run, what in _C_LIBRARIES:
        if re.search(sign, output) and re.search(f"{_MISSING}|not find|CFLAGS", output):
            return (
                f"{what} is missing in the build stage: set"
                f" app.build_packages: [{build}] and app.packages: [{run}] (Debian's names)"
            )
    if header := re.search(r"fatal error: (\S+\.h\w*): No such file", output):
        return (
            f"the C header {header[1]} is missing in the build stage: name the"
            " Debian package that has it in app.build_packages, and its library in app.packages"
            f" (https://packages.debian.org/file:{header[1].rpartition('/')[2]})"
        )
    if library := re.search(r"cannot find -l([\w.+-]+)", output):
        return (
            f"the library {library[1]} is missing in the build stage: name its"
            " Debian package (lib…-dev) in app.build_packages, and the library in app.packages"
        )
    for sign, package in _PROGRAMS:
        if re.search(rf"(?:{sign}).*{_MISSING}|{_MISSING}.*(?:{sign})", output):
            return f"a program is missing in the build stage: app.build_packages: [{package}]"
    return ""


def _debian(output: str) -> str:
    if found := re.search(r"E: Unable to locate package (\S+)", output):
        return (
            f"Debian trixie has no package {found[1]}: correct app.packages or app.build_packages"
            f" (https://packages.debian.org/trixie/{found[1]})"
        )
    return ""


def _network(output: str) -> str:
    if re.search(r"E: (Failed to fetch|Unable to fetch)|Temporary failure resolving", output):
        return "the Debian mirror cannot be reached: see UPSHIFT_APT_MIRROR"
    if re.search(r"401 Unauthorized|403 Forbidden|valid authentication", output):
        return "the Python package index rejects the credentials: see UPSHIFT_PACKAGE_INDEX"
    if re.search(r"client error \(Connect\)|Could not fetch URL|NewConnectionError", output):
        return "the Python package index cannot be reached: see UPSHIFT_PACKAGE_INDEX"
    return ""


def _other(output: str) -> str:
    if "No space left on device" in output:
        return "the disk is full: docker image prune, docker builder prune"
    if "DO NOT MATCH THE HASHES" in output:
        return "the index's files differ from the lock: lock again, and compare"
    return ""
