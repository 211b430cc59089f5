"""What is asked, and how the two generators ask it; what they say is read here."""

import base64
import json
import re
import secrets
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ops.run import run
from stacks.errors import UpshiftError
from tests.bench import generators

BAD = re.compile(r"Non-2xx or 3xx responses: (\d+)")
BROKEN = re.compile(r"Socket errors: connect (\d+), read (\d+), write (\d+), timeout (\d+)")
ALL = re.compile(r"(\d+) requests in")
RATE = re.compile(r"Requests/sec:\s+([\d.]+)")
CLOSED_AT_MOST = 0.002  # of the requests


class BadRun(UpshiftError):
    """A run with failed requests is no figure."""


@dataclass(frozen=True)
class Ask:
    """One request. With `keyed` each carries an Idempotency-Key of its own."""

    url: str
    headers: Mapping[str, str] = field(default_factory=dict)
    method: str = "GET"
    body: str = ""
    keyed: bool = False

    def script(self) -> str:
        """The request in wrk's Lua, which quotes a text as JSON does."""
        lines = [f"wrk.method = {_lua(self.method)}"]
        lines += [
            f"wrk.headers[{_lua(name)}] = {_lua(text)}" for name, text in self.headers.items()
        ]
        if self.body:
            lines.append(f"wrk.body = {_lua(self.body)}")
        if self.keyed:
            # An empty table's address tells wrk's threads apart: each has a Lua of its own.
            lines += [
                f"local mine, number = {_lua(secrets.token_hex(6))} .. tostring({{}}):sub(-8), 0",
                "function request()",
                "  number = number + 1",
                '  wrk.headers["Idempotency-Key"] = mine .. "-" .. number',
                "  return wrk.format()",
                "end",
            ]
        return "\n".join(lines) + "\n"

    def target(self, *, key: str = "") -> str:
        """The request as a line of Vegeta's JSON."""
        headers = {name: [text] for name, text in self.headers.items()}
        if self.keyed:
            headers["Idempotency-Key"] = [key]
        told: dict[str, Any] = {"method": self.method, "url": self.url, "header": headers}
        if self.body:
            told["body"] = base64.b64encode(self.body.encode()).decode()
        return json.dumps(told)


def _lua(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)


@dataclass(frozen=True)
class Latency:
    """Milliseconds that so many per cent of the answers took at most; `success` from 0 to 1."""

    p50: float
    p95: float
    p99: float
    success: float


def top_rate(ask: Ask, *, seconds: float, connections: int, cores: str, folder: Path) -> float:
    """Answers per second with so many connections, each always waiting for one."""
    script = folder / "ask.lua"
    script.write_text(ask.script())
    threads = min(2, connections) if not cores or "," in cores or "-" in cores else 1
    command = [*generators.pinned(cores), generators.wrk(), f"-t{threads}", f"-c{connections}"]
    command += [f"-d{max(1, round(seconds))}s", "--timeout", "10s", "-s", str(script), ask.url]
    return rate_of(run(command, timeout=seconds + 60).stdout, asked=f"{ask.method} {ask.url}")


def warm_up(rate: Callable[[float], float], *, seconds: float) -> None:
    """Ask for a while without counting: the first find cold caches and no connection yet."""
    with suppress(BadRun):
        rate(max(1.0, seconds))


def rate_of(told: str, *, asked: str) -> float:
    """The rate that wrk printed. Raises BadRun when not every answer was a good one.

    A worker of Gunicorn that is replaced (`max_requests`) closes connections that wait for
    nothing; wrk calls that an error, so a few of those are let pass.
    """
    bad, broken, rate, all_of_it = (look.search(told) for look in (BAD, BROKEN, RATE, ALL))
    failed = int(bad[1]) if bad else 0
    closed = sum(int(number) for number in broken.groups()) if broken else 0
    if failed or not rate or not all_of_it or closed > CLOSED_AT_MOST * int(all_of_it[1]):
        raise BadRun(f"{asked}: {failed} bad answers, {closed} broken\n{told.strip()}")
    if float(rate[1]) == 0:
        raise BadRun(f"{asked}: no answer\n{told.strip()}")
    return float(rate[1])


def at_rate(ask: Ask, *, rate: float, seconds: float, cores: str, folder: Path) -> Latency:
    """Latency while requests arrive at a fixed rate, answered or not."""
    number = round(rate * seconds) + 1 if ask.keyed else 1
    return arrive([ask] * number, rate=rate, seconds=seconds, cores=cores, folder=folder)


def arrive(
    asks: Sequence[Ask], *, rate: float, seconds: float, cores: str, folder: Path
) -> Latency:
    """The same for several requests that take turns; each key is sent once only."""
    targets, answers, mine = folder / "targets.json", folder / "answers.bin", secrets.token_hex(6)
    lines = (ask.target(key=f"{mine}-{number}") for number, ask in enumerate(asks))
    targets.write_text("".join(line + "\n" for line in lines))
    command = [*generators.pinned(cores), generators.vegeta(), "attack", "-format=json"]
    command += [f"-rate={max(1, round(rate))}/1s", f"-duration={seconds:g}s", "-timeout=10s"]
    command += ["-insecure", "-http2=false", "-max-workers=400", "-workers=32", "-connections=400"]
    run([*command, f"-targets={targets}", f"-output={answers}"], timeout=seconds + 60)
    told = run([generators.vegeta(), "report", "-type=json", str(answers)], timeout=60).stdout
    return latency_of(told, asked=f"{asks[0].method} {asks[0].url}")


def latency_of(told: str, *, asked: str) -> Latency:
    """What Vegeta reported. Raises BadRun when more than one in a thousand failed."""
    report = json.loads(told)
    if report["success"] < 0.999:
        errors = ", ".join(report.get("errors", [])[:3])
        raise BadRun(
            f"{asked}: only {report['success']:.2%} well: {report['status_codes']} {errors}"
        )
    times = {name: report["latencies"][name] / 1e6 for name in ("50th", "95th", "99th")}
    return Latency(times["50th"], times["95th"], times["99th"], report["success"])
