"""Every version that Upshift pins, once."""

TOOLKIT = "0.1.0"

PULUMI = "3.259.0"
PULUMI_LANGUAGE_PYTHON = "3.79.0"
PULUMI_DOCKER = "5.2.0"
COMPOSE = "2.40.3"
GO_MINIMUM = "1.25.11"

DEBIAN_SUITE = "trixie"
BASE_IMAGE = "debian:trixie-slim"
SERVICE_PYTHON = "3.13"
POSTGRES = "17"
REDIS = "8"
