"""A broker that is full: worker and beat live on and do what waits, and everybody is told."""

import os
import subprocess
import time
from contextlib import contextmanager, suppress

import pytest
from kombu import Consumer, Queue
from redis import Redis
from redis.exceptions import OutOfMemoryError, RedisError

from config.celery import app
from core.celery.health import BEAT, WORKER
from domains.notes.models import Note
from factories import PASSWORD, UserFactory
from operators import SMOKE
from processes import free_port, process, served, until
from workers import CELERY, worker

pytestmark = pytest.mark.django_db(transaction=True)
WORD = "p@ss/word+1"
JUNK = "junk:"
ECHO = "/api/v1/echo/"


class Full:
    """A Redis of the test's own, as the stack's for the queue: small, and it evicts nothing."""

    def __init__(self, folder):
        self.port = free_port()
        words = ["--port", str(self.port), "--requirepass", WORD, "--save", "", "--databases", "16"]
        words += ["--maxmemory", "6mb", "--maxmemory-policy", "noeviction", "--dir", str(folder)]
        self._running = subprocess.Popen(["redis-server", *words], stdout=subprocess.DEVNULL)
        until(self._answers, what="it answers")
        self._filling = self.client()

    def client(self, database=15):
        return Redis(port=self.port, password=WORD, db=database)

    def environment(self):
        return {"QUEUE_HOST": "127.0.0.1", "QUEUE_PORT": str(self.port), "QUEUE_PASSWORD": WORD}

    def fill(self):
        """To the last byte, as a client would that sends without end."""
        for _ in range(20):  # a client that comes or goes meanwhile makes a little room
            self._fill_up(from_bytes=100_000)
            with suppress(OutOfMemoryError):
                self._filling.set(f"{JUNK}one more", "x")
                continue
            return
        raise AssertionError("it does not become full")

    @contextmanager
    def kept_full(self):
        """Full all the time: a client that goes would else leave room for one more write."""
        before = self._filling.config_get("maxmemory")["maxmemory"]
        self._filling.config_set("maxmemory", int(before) // 2)
        yield
        self._filling.config_set("maxmemory", before)

    def _fill_up(self, *, from_bytes):
        size = from_bytes
        while size >= 16:
            try:
                self._filling.set(f"{JUNK}{os.urandom(8).hex()}", os.urandom(size))
            except OutOfMemoryError:
                size //= 2

    def length(self, queue):
        return self.client(int(os.environ["REDIS_FIRST_DATABASE"])).llen(queue)

    def empty(self):
        self.client().flushdb()

    def end(self):
        self._running.kill()
        self._running.wait()

    def _answers(self):
        try:
            return self.client().ping()
        except RedisError:
            return False


@pytest.fixture
def full(tmp_path):
    running = Full(tmp_path)
    yield running
    running.end()


@contextmanager
def here_too(full):
    """This process sends to the same broker."""
    first = int(os.environ["REDIS_FIRST_DATABASE"])
    url = f"redis://:p%40ss%2Fword%2B1@127.0.0.1:{full.port}/{first}"
    before = app.conf.broker_url
    app.conf.broker_url = url
    app.set_current()
    forget_connections()
    try:
        with app.connection_for_write(url) as connection:
            yield connection
    finally:
        app.conf.broker_url = before
        forget_connections()


def forget_connections():
    """The next one that is taken from the pool is new. (A pool that is closed stays closed.)"""
    app.pool.resize(app.pool.limit, reset=True)


def send(connection, text, **options):
    app.send_task("effects.write", kwargs={"text": text}, connection=connection, **options)


def titles():
    return set(Note.objects.values_list("title", flat=True))


def test_the_worker_does_what_waits_and_goes_on_when_there_is_room_again(full):
    app.loader.import_default_modules()
    texts = {f"t{number}" for number in range(20)}
    with here_too(full) as connection:
        for text in sorted(texts):
            send(connection, text)
        full.fill()
        with worker(**full.environment()) as started:
            until(lambda: titles() >= texts, what="what waited is done")
            full.fill()
            time.sleep(3)
            assert started.poll() is None
            before = WORKER.stat().st_mtime
            until(lambda: WORKER.stat().st_mtime > before, what="it says that it lives")
            full.empty()
            send(connection, "after")
            until(lambda: "after" in titles(), what="it takes new work")
            assert started.poll() is None, "it is the same worker all the time"


def test_what_is_taken_while_it_is_full_is_not_lost(full):
    """kombu takes a message out of the queue, and then writes down that it has it."""
    heard = []
    with here_too(full) as connection:
        for text in ("one", "two"):
            send(connection, text)
    full.fill()
    with here_too(full) as connection:
        channel = connection.channel()  # its queue is not written down: there is no room
        queue = Queue("default", routing_key="default", channel=channel)
        with Consumer(channel, [queue], callbacks=[lambda _, taken: heard.append(taken)]):
            until(lambda: connection.drain_events(timeout=5) or len(heard) == 2, what="both come")
        full.fill()
        channel.qos.restore_visible(interval=1)
        heard[0].ack()
        assert list(channel.qos._delivered) and not full.length("default")
        full.empty()
        channel.qos.restore_unacked()
        until(lambda: full.length("default") == 1, what="what was not done is given back")


def test_a_worker_and_a_beat_that_start_while_it_is_full_live(full):
    """Not even their queues can be declared: a restart must not become a crash loop."""
    full.fill()
    beat = ["beat", "-s", f"/tmp/schedule-{os.urandom(4).hex()}", "--pidfile="]
    BEAT.unlink(missing_ok=True)
    values = full.environment()
    with worker(**values) as started, process(*CELERY, *beat, **values) as clock:
        time.sleep(5)
        assert started.poll() is None and clock.poll() is None
        full.empty()
        with here_too(full) as connection:
            send(connection, "after")
            until(lambda: "after" in titles(), what="it takes work")
        until(BEAT.exists, what="beat works")
        assert started.poll() is None and clock.poll() is None


def test_the_service_answers_and_says_so(full):
    user = UserFactory()
    with served(**full.environment()) as service:
        token = log_in(service, user).json()["access"]
        full.fill()
        with full.kept_full():
            until(lambda: is_degraded(service), what="the service sees that it is full")
            ready = service.get("/health/ready")
            assert ready.status_code == 200, "to take every server out would make an outage of it"
            assert (ready.json()["status"], ready.json()["degraded"]) == ("degraded", ["broker"])
            assert not ready.json()["checks"]["broker"]["ok"]
            assert "it is full" in ready.json()["checks"]["broker"]["reason"]
            metrics = service.metrics().text
            assert 'service_part_up{part="broker"} 0.0' in metrics
            headers = {"Authorization": f"Bearer {token}"}
            assert service.get("/api/v1/auth/me/", headers=headers).status_code == 200
            for answer in (log_in(service, user), service.post(ECHO, {"text": "a"}, **SMOKE)):
                refused = (answer.status_code, "Retry-After" in answer.headers)
                assert refused == (503, True), answer.text
        full.empty()
        assert service.get("/health/ready").json()["status"] == "ok"
        assert log_in(service, user).status_code == 200


def is_degraded(service):
    return service.get("/health/ready").json()["status"] == "degraded"


def log_in(service, user):
    return service.post("/api/v1/auth/login/", {"email": user.email, "password": PASSWORD})
