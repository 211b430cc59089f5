"""A request that is sent twice takes effect once."""
