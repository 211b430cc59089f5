"""Gets a machine ready: the engine, Pulumi's programs, the base image, each by the first way in."""
