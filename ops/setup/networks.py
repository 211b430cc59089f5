"""Settings for networks that reach only their own mirrors.

Nothing has to be set on an ordinary network, nor where the host itself already knows its mirrors:
pip, apt, Go and OpenSSL read their own settings as always. These three come on top.
"""

import hashlib
import os
import re
import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from ops import run as processes
from ops.setup import cache
from stacks.errors import SetupError
from stacks.redaction import login_of, without_login

# A proxy, a CA or a client certificate of the host's apt; all else of it is the host's affair.
_APT_TRANSPORT = re.compile(r'^(Acquire::(?:https?::|Check-)[^ ]*) "(.*)";$')


@dataclass(frozen=True)
class Networks:
    """Where packages come from, and whom to trust besides the host's own certificates."""

    package_index: str | None = None
    apt_mirror: str | None = None
    ca_file: Path | None = None

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] = os.environ) -> "Networks":
        """Read UPSHIFT_PACKAGE_INDEX, UPSHIFT_APT_MIRROR and UPSHIFT_CA_FILE."""
        named = environment.get("UPSHIFT_CA_FILE")
        ca_file = Path(named).expanduser().absolute() if named else None
        if ca_file and not ca_file.is_file():
            raise SetupError(f"the CA file {ca_file} does not exist", where="UPSHIFT_CA_FILE")
        mirror = environment.get("UPSHIFT_APT_MIRROR")
        return cls(
            package_index=environment.get("UPSHIFT_PACKAGE_INDEX") or None,
            apt_mirror=mirror.rstrip("/") if mirror else None,
            ca_file=ca_file,
        )

    def environment(self) -> dict[str, str]:
        """What a program that we start needs in its environment: pip, Go, curl alike."""
        settings: dict[str, str] = {}
        if self.package_index:
            settings["PIP_INDEX_URL"] = self.package_index
            settings["UV_DEFAULT_INDEX"] = self.package_index
        if self.ca_file:
            bundle = str(self.trust_bundle())
            for name in ("SSL_CERT_FILE", "PIP_CERT", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"):
                settings[name] = bundle
        return settings

    def ssl_context(self) -> ssl.SSLContext:
        """The host's trust store, and the extra CA."""
        context = ssl.create_default_context()
        if self.ca_file:
            context.load_verify_locations(cafile=str(self.ca_file))
        return context

    def trust_bundle(self) -> Path:
        """One file with the host's certificates and the extra CA: these programs take one only."""
        if not self.ca_file:
            raise SetupError("there is no extra CA to bundle")
        paths = ssl.get_default_verify_paths()
        host = Path(os.environ.get("SSL_CERT_FILE") or paths.cafile or paths.openssl_cafile)
        text = host.read_bytes() if host.is_file() else b""
        text += b"\n" + self.ca_file.read_bytes()
        target = cache.root() / f"trust-{hashlib.sha256(text).hexdigest()[:12]}.pem"
        if not target.exists():
            cache.write_whole(target, content=text)
        return target

    def apt_login(self) -> str:
        """The mirror's user and password, as apt's auth.conf says it; empty when it has none.

        With its scheme, since apt sends a password over plain HTTP only where that is named.
        """
        credentials = login_of(self.apt_mirror or "")
        if not credentials or not self.apt_mirror:
            return ""
        scheme, _, rest = without_login(self.apt_mirror).partition("://")
        user, password = credentials
        return f"machine {scheme}://{rest.partition('/')[0]} login {user} password {password}\n"

    def apt_build_environment(self) -> dict[str, str]:
        """What a build of an image needs in its environment; see docker/common/apt-install."""
        return {"ftp_proxy": f"apt-mirror={self.apt_mirror}"} if self.apt_mirror else {}

    def apt_options(self) -> list[str]:
        """Options for the host's apt-get."""
        return ["-o", f"Acquire::https::CAInfo={self.trust_bundle()}"] if self.ca_file else []

    def apt_transport(self) -> list[str]:
        """The host's own way to its mirror (proxy, CA), for an apt that does not read its files."""
        try:
            dump = processes.run(["apt-config", "dump"], check=False, timeout=10).stdout
        except Exception:  # no apt on this host: then there is nothing to take over
            dump = ""
        found = (_APT_TRANSPORT.match(line) for line in dump.splitlines())
        options = [f'{match[1]} "{match[2]}"' for match in found if match and match[2]]
        if self.ca_file:
            options.append(f'Acquire::https::CAInfo "{self.trust_bundle()}"')
        return options
