"""Notes: a small domain, and the model for a new one (docs/add-a-domain.md)."""
