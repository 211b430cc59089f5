"""The files that the components read: configuration, certificates and secrets."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass

import pulumi
import pulumi_docker as docker

from infra.docker.container_arguments import FILES, UIDS, labels
from infra.docker.networks import volume
from stacks.topology import Topology


@dataclass(frozen=True)
class File:
    """A file for a container: its content, and a version that is not secret.

    The version of a configuration file is its checksum, that of a secret the id of its resource.
    A version that is plain text (not an output) is part of an instance's name: see `instance`.
    """

    content: pulumi.Input[str]
    version: pulumi.Input[str]
    secret: str = ""

    @classmethod
    def plain(cls, text: str) -> "File":
        """A configuration file."""
        return cls(content=text, version=hashlib.sha256(text.encode()).hexdigest())


FilesOf = Mapping[str, Mapping[str, File]]


class Files(pulumi.ComponentResource):
    """Provides each component's configuration and secrets, in a volume of its own.

    Docker refuses uploads into a container whose root is read-only. So one container that never
    starts, the carrier, receives all uploads, into volumes that the others mount read-only. Its
    image must not set a user: Docker would make that user the owner of every upload.
    """

    def __init__(
        self,
        topology: Topology,
        *,
        files: FilesOf,
        image: pulumi.Input[str],
        opts: pulumi.ResourceOptions,
    ) -> None:
        super().__init__("upshift:phase1:Files", "files", None, opts)
        self._topology = topology
        self.by_component = files
        self.volumes = {
            component: volume(topology, f"files-{component}", parent=self)
            for component in sorted(files)
        }
        own = pulumi.ResourceOptions(
            parent=self, depends_on=list(self.volumes.values()), delete_before_replace=True
        )
        self.carrier = docker.Container("files", self._carrier(image), own)
        self.register_outputs({})

    def volume_name(self, component: str) -> str:
        """The volume with a component's files; each instance has its own."""
        return volume_name(self._topology, component)

    def version(self, component: str) -> pulumi.Output[str]:
        """The version of a component's files: changes if and only if one of them does."""
        return version_of(self.by_component[component])

    def mount(self, component: str) -> dict[str, str]:
        """The volume as {path: volume}."""
        return {FILES: self.volume_name(component)}

    def _carrier(self, image: pulumi.Input[str]) -> docker.ContainerArgs:
        """The container that is created and never started."""
        return docker.ContainerArgs(
            name=self._topology.container("files"),
            image=image,
            command=["true"],
            start=False,
            must_run=False,
            restart="no",
            memory=16,
            memory_swap=16,
            cpus="0.1",
            network_mode="none",
            capabilities=docker.ContainerCapabilitiesArgs(drops=["ALL"]),
            security_opts=["no-new-privileges:true"],
            labels=labels(self._topology, "files"),
            volumes=[
                docker.ContainerVolumeArgs(
                    container_path=f"/files/{component}", volume_name=self.volume_name(component)
                )
                for component in sorted(self.by_component)
            ],
            uploads=self._uploads(),
        )

    def _uploads(self) -> list[docker.ContainerUploadArgs]:
        return [
            docker.ContainerUploadArgs(
                file=f"/files/{component}/{name}",
                content=file.content,
                permissions="0400" if file.secret else "0444",
                owner=str(_uid_of(component)),
                group=str(_uid_of(component)),
            )
            for component, files in sorted(self.by_component.items())
            for name, file in sorted(files.items())
        ]


def version_of(files: Mapping[str, File]) -> pulumi.Output[str]:
    """One version for these files: changes if and only if one of them does."""
    versions = {name: file.version for name, file in files.items()}
    return pulumi.Output.all(**versions).apply(_digest)


def volume_name(topology: Topology, component: str) -> str:
    """The volume with the files of a component, or of `<component>-<instance>`."""
    return f"{topology.prefix}-files-{component}"


def _digest(versions: Mapping[str, str]) -> str:
    text = "\n".join(f"{name}={version}" for name, version in sorted(versions.items()))
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def _uid_of(component: str) -> int:
    if component == "edge":
        return UIDS["nginx"]
    if component.startswith("redis"):
        return UIDS["redis"]
    return UIDS.get(component, UIDS["app"])
