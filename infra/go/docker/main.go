// The Docker provider for the PyPI package pulumi-docker, for machines that reach the Go
// module proxy but not the vendor's download site: the Terraform bridge joined to the same
// upstream provider that the vendor ships. Only the resources that Upshift uses are named,
// so a stack cannot grow to depend on one that the vendor's plugin spells otherwise.
package main

import (
	"github.com/pulumi/pulumi-terraform-bridge/v3/pkg/tfbridge"
	"github.com/pulumi/pulumi-terraform-bridge/v3/pkg/tfbridge/tokens"
	shimv2 "github.com/pulumi/pulumi-terraform-bridge/v3/pkg/tfshim/sdk-v2"
	docker "github.com/terraform-providers/terraform-provider-docker/internal/provider"
)

// Version is set when linking, to the version of the PyPI package it serves.
var Version = "0.0.0-dev"

func provider() tfbridge.ProviderInfo {
	info := tfbridge.ProviderInfo{
		P:            shimv2.NewProvider(docker.New(Version)()),
		Name:         "docker",
		Version:      Version,
		MetadataInfo: tfbridge.NewProviderMetadata([]byte("{}")),
		Resources: map[string]*tfbridge.ResourceInfo{
			"docker_image": {Tok: "docker:index/remoteImage:RemoteImage"},
			// The vendor's schema keeps the plain name for the list, so the bridge must not pluralise it.
			"docker_container": {
				Tok:    "docker:index/container:Container",
				Fields: map[string]*tfbridge.SchemaInfo{"command": {Name: "command"}},
			},
		},
	}
	info.MustComputeTokens(tokens.SingleModule("docker_", "index", tokens.MakeStandard("docker")))
	return info
}

func main() {
	schema := []byte(`{"name":"docker","version":"` + Version + `"}`)
	tfbridge.Main("docker", Version, provider(), schema)
}
