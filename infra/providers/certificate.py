"""The edge's certificate: from the project's own authority, or from the user's files.

The authority is created once for a stack and kept by `destroy`, so that browsers that trust it
continue to; its key is stored encrypted in the state.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pulumi
from pulumi.dynamic import CreateResult, DiffResult, Resource, ResourceProvider

from infra.providers import x509
from stacks.topology import PROJECT, Topology


class _AuthorityProvider(ResourceProvider):
    """Creates an authority."""

    def create(self, props: dict[str, Any]) -> CreateResult:
        certificate, key = x509.make_authority(str(props["common_name"]))
        outs = {**props, "certificate": certificate, "key": key}
        return CreateResult(id_=x509.fingerprint(certificate), outs=outs)

    def diff(self, _id: str, _olds: dict[str, Any], _news: dict[str, Any]) -> DiffResult:
        return DiffResult(changes=False)


class _LeafProvider(ResourceProvider):
    """Signs a certificate; other names, another authority or 30 days left replace it."""

    def create(self, props: dict[str, Any]) -> CreateResult:
        certificate, key = x509.make_leaf(
            list(props["names"]), authority=props["authority"], authority_key=props["authority_key"]
        )
        outs = {**props, "certificate": certificate, "key": key}
        return CreateResult(id_=x509.fingerprint(certificate), outs=outs)

    def diff(self, _id: str, _olds: dict[str, Any], _news: dict[str, Any]) -> DiffResult:
        changed = [key for key in ("names", "authority") if _olds.get(key) != _news.get(key)]
        if x509.days_left(str(_olds["certificate"])) < 30:
            changed.append("names")
        return DiffResult(changes=bool(changed), replaces=changed)


class Authority(Resource):
    """The project's own certificate authority."""

    certificate: pulumi.Output[str]
    key: pulumi.Output[str]

    def __init__(self, name: str, *, common_name: str, opts: pulumi.ResourceOptions) -> None:
        own = pulumi.ResourceOptions(protect=True, additional_secret_outputs=["key"])
        props = {"common_name": common_name, "certificate": None, "key": None}
        super().__init__(_AuthorityProvider(), name, props, pulumi.ResourceOptions.merge(opts, own))


class Leaf(Resource):
    """A server certificate of that authority."""

    certificate: pulumi.Output[str]
    key: pulumi.Output[str]

    def __init__(
        self, name: str, *, names: list[str], authority: Authority, opts: pulumi.ResourceOptions
    ) -> None:
        props = {
            "names": names,
            "authority": authority.certificate,
            "authority_key": authority.key,
            "certificate": None,
            "key": None,
        }
        secret = pulumi.ResourceOptions(additional_secret_outputs=["key", "authority_key"])
        super().__init__(_LeafProvider(), name, props, pulumi.ResourceOptions.merge(opts, secret))


@dataclass(frozen=True)
class EdgeCertificate:
    """The edge's chain and key (PEM), the authority to trust, and an id that is not secret."""

    chain: pulumi.Input[str]
    key: pulumi.Input[str]
    trust: pulumi.Input[str]
    id: pulumi.Input[str]


def edge_certificate(topology: Topology, *, parent: pulumi.Resource) -> EdgeCertificate:
    """The certificate that the topology asks for."""
    wanted = topology.edge.certificate
    opts = pulumi.ResourceOptions(parent=parent)
    # With the user's own files too: it is protected, so it cannot be omitted from the program, and
    # after a change back browsers still trust it.
    authority = Authority("authority", common_name=f"{topology.prefix} local CA", opts=opts)
    if wanted.source == "files":
        chain = (PROJECT / Path(wanted.certificate or "")).read_text()
        key = (PROJECT / Path(wanted.key or "")).read_text()
        secret = pulumi.Output.secret(key)
        return EdgeCertificate(chain=chain, key=secret, trust="", id=x509.fingerprint(chain))
    names = sorted(topology.edge.server_names)
    leaf = Leaf("certificate", names=names, authority=authority, opts=opts)
    chain_text = pulumi.Output.concat(leaf.certificate, authority.certificate)
    return EdgeCertificate(chain=chain_text, key=leaf.key, trust=authority.certificate, id=leaf.id)
