"""The values from outside, read and checked once."""

from config.env import Environment

ENV = Environment()
