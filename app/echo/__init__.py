"""A round trip of a text through the queue and a worker, for the smoke checks."""
