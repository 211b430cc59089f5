"""The bench's own arithmetic: what it reads, divides and shows. It times nothing here."""

import base64
import json

import pytest

from tests.bench import hits, workers
from tests.bench.__main__ import arguments
from tests.bench.asking import Ask, BadRun, latency_of, rate_of
from tests.bench.figures import Figure, Goal, collect, ratio, table
from tests.bench.machine import Watch, pins, stolen, ticks
from tests.bench.memory import worker_sizes

WRK = """Running 6s test @ https://172.20.0.2:8443/health/live
  1 threads and 32 connections
  Thread Stats   Avg      Stdev     Max   +/- Stdev
    Latency    11.10ms    6.82ms  60.58ms   73.75%
  8883 requests in 3.00s, 6.68MB read
Requests/sec:   2959.10
Transfer/sec:      2.22MB
"""
TOP = """PID    PPID   RSS     COMMAND
7267   7000   900     /sbin/docker-init -- gunicorn -c conf.py config.wsgi:application
7315   7267   24000   /opt/venv/bin/python /opt/venv/bin/gunicorn -c conf.py config.wsgi:application
7316   7315   102400  /opt/venv/bin/python /opt/venv/bin/gunicorn -c conf.py config.wsgi:application
7317   7315   104448  /opt/venv/bin/python /opt/venv/bin/gunicorn -c conf.py config.wsgi:application
"""


def test_wrk_is_read() -> None:
    assert rate_of(WRK, asked="GET /") == 2959.10
    replaced = "  Socket errors: connect 0, read 16, write 0, timeout 0\n"
    assert rate_of(WRK + replaced, asked="GET /") == 2959.10


@pytest.mark.parametrize(
    "told",
    [
        WRK + "  Non-2xx or 3xx responses: 4\n",
        WRK + "  Socket errors: connect 0, read 20, write 0, timeout 1\n",
        WRK.replace("2959.10", "0.00"),
        "unable to connect",
    ],
)
def test_a_run_with_failures_is_no_figure(told: str) -> None:
    with pytest.raises(
        BadRun, match="GET /there: (4 bad answers|0 bad answers, (21|0) broken|no answer)"
    ):
        rate_of(told, asked="GET /there")


def vegeta(success: float) -> str:
    times = {"50th": 2_000_000, "95th": 7_500_000, "99th": 12_000_000}
    return json.dumps({"success": success, "latencies": times, "status_codes": {"429": 1}})


def test_vegeta_is_read_in_milliseconds() -> None:
    seen = latency_of(vegeta(1.0), asked="GET /")
    assert (seen.p50, seen.p95, seen.p99, seen.success) == (2.0, 7.5, 12.0, 1.0)


def test_latency_with_failures_is_no_figure() -> None:
    with pytest.raises(BadRun, match="429"):
        latency_of(vegeta(0.9), asked="GET /")


def test_one_request_in_both_languages() -> None:
    ask = Ask("http://a/b", headers={"Host": 'say "x"'}, method="POST", body='{"a": 1}', keyed=True)
    assert 'wrk.headers["Host"] = "say \\"x\\""' in ask.script()
    assert 'wrk.body = "{\\"a\\": 1}"' in ask.script()
    assert "Idempotency-Key" in ask.script()
    target = json.loads(ask.target(key="k1"))
    assert target["header"] == {"Host": ['say "x"'], "Idempotency-Key": ["k1"]}
    assert base64.b64decode(target["body"]) == b'{"a": 1}'


def test_two_runs_send_no_key_twice() -> None:
    ask = Ask("http://a/b", method="POST", keyed=True)
    assert ask.script() != ask.script()


def test_medians_and_goals() -> None:
    runs = [{"rate": 10.0}, {"rate": 30.0}, {"rate": 11.0}]
    [figure] = collect(runs, unit="/s", goals={"rate": Goal(11)})
    assert (figure.median, figure.as_json()["reached"]) == (11.0, True)
    assert Goal(6, at_least=False).reached_by(6.5) is False


def test_a_ratio_is_taken_start_by_start() -> None:
    over, under = Figure("a", "s", (10.0, 30.0)), Figure("b", "s", (5.0, 10.0), noisy=True)
    both = ratio(over, under, name="a / b", goal=Goal(2, at_least=False))
    assert both.values == (2.0, 3.0)
    assert both.noisy


def test_the_table_says_what_was_missed_and_what_is_noisy() -> None:
    figures = [
        Figure("no-op pulumi up", "s", (3.2, 3.3, 9.0), goal=Goal(6, at_least=False)),
        Figure("shared list", "/s", (19_000.0,), goal=Goal(20_000), noisy=True),
    ]
    head, _, first, second = table("requests", figures).splitlines()
    assert head == "requests"
    assert first.split()[3:] == ["3.30", "3.20", "9.00", "s", "<=", "6", "reached"]
    assert second.split()[2:] == [*["19,000"] * 3, "/s", ">=", "20000", "MISSED", "(noisy)"]


def test_steal_is_a_share_of_all_time() -> None:
    before = ticks("cpu  10 0 10 100 0 0 0 0 0 0\ncpu0 1 2\n")
    after = ticks("cpu  60 0 20 130 0 0 0 10 0 0\ncpu0 1 2\n")
    assert stolen(before, after) == 10.0
    assert Watch(steal=10.0).noisy
    assert Watch(load_before=2.5, cores=2).noisy
    assert not Watch(load_before=1.5, steal=0.1, cores=2).noisy


@pytest.mark.parametrize(
    ("cores", "told"), [(1, ("", "", "")), (2, ("0", "1", "1")), (4, ("0", "1-2", "3"))]
)
def test_the_service_has_a_core_of_its_own(cores: int, told: tuple[str, str, str]) -> None:
    made = pins(cores)
    assert (made.service, made.around, made.generator) == told


def test_memory_of_workers_leaves_out_their_parent() -> None:
    assert worker_sizes(TOP) == [100.0, 102.0]


METRICS = """# HELP cache_requests_total Keys that the cache was asked for.
cache_requests_total{family="tasks",result="hit"} 90.0
cache_requests_total{family="tasks",result="miss"} 10.0
cache_requests_total{family="limits",result="miss"} 500.0
http_requests_total{method="GET"} 7.0
"""


def test_the_hit_rate_is_that_of_answers_and_of_this_run_only() -> None:
    before = {("tasks", "hit"): 10.0, ("tasks", "miss"): 5.0}
    share, families = hits.rate(before, hits.counted(METRICS))
    assert share == 80 / 85
    assert families == {"tasks": 80 / 85, "limits": 0.0}


def test_the_mix_holds_every_kind_in_its_share_and_takes_turns() -> None:
    asks = {name: [Ask(f"http://{name}/1"), Ask(f"http://{name}/2")] for name in hits.MIX}
    told = [ask.url for ask in hits.mixed(asks, number=200)]
    assert sum(hits.MIX.values()) == 100
    for name, share in hits.MIX.items():
        assert told.count(f"http://{name}/1") == told.count(f"http://{name}/2") == share
    assert len(set(told[:10])) > 2, "evenly mixed, and not one kind after another"


def test_more_workers_are_tried_up_to_the_cores() -> None:
    tried = workers.settings(2)
    assert {(one.workers, one.cores) for one in tried} == {(1, 1), (2, 1), (2, 2)}
    assert workers.settings(8)[-1].cores == 8
    assert str(tried[0]) == "1 x sync"
    assert tried[1].command()[-6:] == [
        *("--worker-class", "gthread", "--workers", "1", "--threads", "1")
    ]


def test_a_part_that_is_unknown_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        arguments(["requests", "speed"])
    assert "no such part: speed" in capsys.readouterr().err


def test_all_parts_are_run_but_the_one_that_another_holds() -> None:
    assert arguments([]).parts == ["compose", "requests", "service", "workers"]
    assert arguments(["verbs", "--starts", "5"]).starts == 5
