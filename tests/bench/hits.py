"""The cache's hit rate under a mix of requests, from the service's own metrics."""

import re
from collections.abc import Mapping
from pathlib import Path

import httpx

from tests.bench.asking import Ask, arrive

# Of a hundred requests, spread over the projects. A new task ends its project's cached list.
MIX = {"list": 60, "detail": 20, "public list": 10, "filtered list": 8, "create": 2}
COUNTER = re.compile(r"cache_requests_total\{([^}]*)\} ([\d.e+]+)")
LABEL = re.compile(r'(\w+)="([^"]*)"')
# Counters of rate limits and of sessions: asked for each request, and no cache of answers.
NO_ANSWERS = frozenset({"limits", "other", "rl", "session", "sessions", "revoked"})

Counts = dict[tuple[str, str], float]


def counted(metrics: str) -> Counts:
    """Keys asked for, by family and result."""
    told: Counts = {}
    for labels, number in COUNTER.findall(metrics):
        named = dict(LABEL.findall(labels))
        told[named["family"], named["result"]] = float(number)
    return told


def rate(before: Counts, after: Counts) -> tuple[float, Mapping[str, float]]:
    """Hits as a share of all keys of answers asked for meanwhile, and the same by family."""
    asked: dict[str, dict[str, float]] = {}
    for (family, result), number in after.items():
        seen = asked.setdefault(family, {"hit": 0.0, "miss": 0.0})
        seen[result] = seen.get(result, 0.0) + number - before.get((family, result), 0.0)
    shares = {
        family: seen["hit"] / (seen["hit"] + seen["miss"])
        for family, seen in asked.items()
        if seen["hit"] + seen["miss"] > 0
    }
    answers = [seen for family, seen in asked.items() if family not in NO_ANSWERS]
    hits, misses = sum(one["hit"] for one in answers), sum(one["miss"] for one in answers)
    return (hits / (hits + misses) if hits + misses else 0.0), shares


def mixed(asks: Mapping[str, list[Ask]], *, number: int) -> list[Ask]:
    """So many requests in the mix's proportions, evenly interleaved; each kind takes turns."""
    order = sorted(
        (step / share, name) for name, share in MIX.items() for step in range(1, share + 1)
    )
    hundred = [name for _, name in order]
    turns = {name: 0 for name in MIX}
    told = []
    for step in range(number):
        name = hundred[step % len(hundred)]
        told.append(asks[name][turns[name] % len(asks[name])])
        turns[name] += 1
    return told


def under_mix(
    asks: Mapping[str, list[Ask]],
    *,
    url: str,
    headers: Mapping[str, str],
    arrivals: float,
    seconds: int,
    cores: str,
    folder: Path,
) -> tuple[float, Mapping[str, float]]:
    """Let the mix arrive at a fixed rate, and read what the cache knew; `headers` let us ask."""
    before = counted(httpx.get(url, headers=headers, trust_env=False, timeout=10).text)
    requests = mixed(asks, number=round(arrivals * seconds))
    arrive(requests, rate=arrivals, seconds=seconds, cores=cores, folder=folder)
    return rate(before, counted(httpx.get(url, headers=headers, trust_env=False, timeout=10).text))
