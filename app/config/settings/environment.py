"""The values from outside, read and checked once."""

from config.environment import Environment

ENV = Environment()
