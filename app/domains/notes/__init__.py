"""Notes: a small domain that shows the shape of one."""
