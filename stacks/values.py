"""Types of values that are written into configuration files: validated with the topology.

A space, a quote or a semicolon could end a directive and begin another one.
"""

import ipaddress
import re
from typing import Annotated

from pydantic import AfterValidator, Field

_LABEL = r"[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
_HOST = re.compile(rf"(\*\.)?{_LABEL}(\.{_LABEL})*")
_PATH = re.compile(r"/[A-Za-z0-9._~/-]*")


def _host(name: str) -> str:
    bare = name.removeprefix("[").removesuffix("]")
    if _is_ipv6(bare):
        return bare
    if not _HOST.fullmatch(name):
        raise ValueError(
            "not a host name; examples (without a port): 'api.example.com', '*.example.com',"
            " '192.0.2.1'"
        )
    return name


def _network(address: str) -> str:
    try:
        return str(ipaddress.ip_network(address))
    except ValueError as error:
        raise ValueError(f"{error}; examples are '10.0.0.0/8' and '10.0.0.1'") from error


def _url_path(path: str) -> str:
    if not path.startswith("/"):
        raise ValueError("a path starts with '/', for example /health/live")
    if not _PATH.fullmatch(path):
        raise ValueError("not a plain path: only letters, digits and -._~/ are allowed")
    return path


def in_url(host: str) -> str:
    """A host as it stands in a URL, in a Host header and in Nginx's `server_name`."""
    return f"[{host}]" if _is_ipv6(host) else host


def _is_ipv6(name: str) -> bool:
    try:
        ipaddress.IPv6Address(name)
    except ValueError:
        return False
    return True


# A Debian package's name (Debian Policy, 5.6.1).
DebianPackage = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9+.-]{1,99}$")]
# A host's name (perhaps `*.` before it) or address; of IPv6 without its brackets.
Host = Annotated[str, AfterValidator(_host)]
# An address or a network (CIDR).
Network = Annotated[str, AfterValidator(_network)]
# The path of a URL, from the root.
UrlPath = Annotated[str, AfterValidator(_url_path)]
