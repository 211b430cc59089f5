"""Drills: what goes wrong is made to go wrong on a stack of the drill's own, and measured.

`python -m tests.drills exhaustion --seconds 60`; `make drills` runs them longer.
"""
