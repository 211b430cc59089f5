"""`ops destroy`: remove an environment; its data only on request."""

from ops import audit, show
from ops.deploy import previous_run
from ops.engine import pulumi_logs, pulumi_stack
from ops.lock import locked
from stacks.loading import load_secrets, load_topology


def destroy(stack: str, *, with_data: bool) -> None:
    """Remove the environment. Data, secrets and the certificate authority are kept for the next
    `up`, unless `with_data`: then everything is deleted for good.
    """
    topology = load_topology(stack)
    verb = "destroy --data" if with_data else "destroy"
    with locked(stack, verb=verb), audit.recorded(stack, verb=verb):
        state = previous_run.load_state(topology)
        if not state.exists:
            show.say(f"the stack '{stack}' is not deployed: nothing to remove")
            return
        previous_run.recover_previous_run(topology, state=state)
        act = pulumi_stack.destroy_with_data if with_data else pulumi_stack.destroy
        with show.progress(f"pulumi {verb} --stack {stack}") as report:
            act(stack, on_line=report)
        if with_data:
            _remove_logs(stack)


def _remove_logs(stack: str) -> None:
    """Remove Pulumi's logs, and warn of the encrypted values that remain on this machine."""
    left = pulumi_logs.remove(stack)
    if left:
        show.warn(
            f"{len(left)} of Pulumi's log files for a stack '{stack}', of this checkout or of"
            " another one with the same stack name, remain; they are encrypted with its"
            " passphrase:\n    " + "\n    ".join(map(str, left))
        )
    if names := ", ".join(secret.name for secret in load_secrets(stack)):
        show.warn(
            f"your own secrets remain, encrypted, in the stack's file, for the next up: {names}"
            f" (ops secret remove {stack} NAME)"
        )
