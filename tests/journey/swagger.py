"""Working with a page as a person does: forms, and Swagger UI's operations."""

from tests.journey.browser import Browser


def filled(visitor: Browser, field: str, text: str) -> None:
    """Type into a field, so that React too takes notice of it."""
    visitor.until(f"!!document.querySelector({field!r})")
    visitor.run(f"""(() => {{
        const field = document.querySelector({field!r});
        const kind = Object.getPrototypeOf(field);
        Object.getOwnPropertyDescriptor(kind, "value").set.call(field, {text!r});
        field.dispatchEvent(new Event("input", {{ bubbles: true }}));
    }})()""")


def opened(visitor: Browser, operation: str) -> str:
    """Open one of Swagger UI's operations; where it is in the page."""
    place = f"#operations-auth-{operation}"
    visitor.until(f"!!document.querySelector('{place}')")
    visitor.run(f"document.querySelector('{place} .opblock-summary-control').click()")
    visitor.until(f"!!document.querySelector('{place} .execute')")
    return place


def executed(visitor: Browser, place: str) -> str:
    """Press its button; what it shows of the answer."""
    visitor.run(f"document.querySelector('{place} .execute').click()")
    return str(visitor.until(f"document.querySelector('{place} .live-responses-table')?.innerText"))
