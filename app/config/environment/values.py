"""The kinds of values that variables hold."""

import re
from ipaddress import IPv4Network, IPv6Network, ip_network
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, BeforeValidator, Field, SecretStr, StringConstraints
from pydantic_settings import NoDecode


def _split(value: Any) -> Any:
    return tuple(each.strip() for each in value.split(",") if each.strip())


def _network(value: str) -> IPv4Network | IPv6Network:
    try:
        return ip_network(value)
    except ValueError:
        raise ValueError("must name networks such as 10.0.0.0/8") from None


class Server(BaseModel):
    """Where a server listens."""

    host: str
    port: int


def _server(value: str) -> Server:
    host, _, port = value.rpartition(":")
    if not host or not port.isascii() or not port.isdecimal() or not 0 < int(port) < 65536:
        raise ValueError("must be host:port, with a comma between two")
    return Server(host=host, port=int(port))


def _rate(value: str) -> str:
    if not re.fullmatch(r"[1-9][0-9]{0,8}/[1-9]?[0-9]{0,3}[smhd]", value):
        raise ValueError("must be a rate such as 30/m or 10/2h (s, m, h or d)")
    return value


Text = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1)]
Secret = Annotated[SecretStr, BeforeValidator(str.strip), Field(min_length=1)]
# Spaces or line ends between them.
Keys = Annotated[tuple[SecretStr, ...], NoDecode, BeforeValidator(str.split), Field(min_length=1)]
Names = Annotated[tuple[str, ...], NoDecode, BeforeValidator(_split)]
Networks = Annotated[
    tuple[Annotated[Any, AfterValidator(_network)], ...], NoDecode, BeforeValidator(_split)
]
Servers = Annotated[
    tuple[Annotated[Server, BeforeValidator(_server)], ...], NoDecode, BeforeValidator(_split)
]
Port = Annotated[int, Field(ge=1, le=65_535)]
# No limit at all would be 0, and is refused.
Milliseconds = Annotated[int, Field(ge=1, le=3_600_000)]
# Of django-ratelimit: 30/m, or 10/2h.
Rate = Annotated[str, AfterValidator(_rate)]
