"""A text's way through the queue, a worker, and back."""
