"""Install what Upshift needs: the engine, Pulumi's programs and the base image."""
