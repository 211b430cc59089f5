"""What is worth a look: slow requests, metrics, and the tokens of those who look."""

from config.env import fail, number, text

TOKEN_LENGTH = 32  # characters: nobody guesses one


def _token(name: str) -> str:
    """A token; empty where none is given."""
    found = text(name, default="")
    if found and len(found) < TOKEN_LENGTH:
        raise fail(name, f"is shorter than {TOKEN_LENGTH} characters")
    return found


# A request from here on (milliseconds) is logged as a warning, with its statements.
SLOW_REQUEST_MS = number("APP_SLOW_REQUEST_MS", default=500, most=600_000)
# Where a worker answers Prometheus, on its own networks only; 0 for nowhere.
WORKER_METRICS_PORT = number("APP_WORKER_METRICS_PORT", default=9808)
# Without one of them its addresses answer nobody (core.api.operator_tokens).
METRICS_TOKEN, SMOKE_TOKEN = _token("METRICS_TOKEN"), _token("SMOKE_TOKEN")
