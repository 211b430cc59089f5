"""Work that must not be lost: written with its change, and sent until it is done."""
