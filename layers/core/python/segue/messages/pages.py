"""The recipient's pages. Plain HTML: nothing is loaded from elsewhere, and they work without scripts."""

from html import escape

from segue.messages.tokens import Unsubscribe

_PAGE = """<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex">
<title>{title}</title>
<style>
body {{ font: 1.1rem/1.5 system-ui, sans-serif; max-width: 32rem; margin: 15vh auto; padding: 0 1rem; color: #222 }}
button {{ font: inherit; padding: .6rem 1.2rem; margin: 0 .5rem .5rem 0; border: 1px solid #222;
  border-radius: .4rem; background: #fff; cursor: pointer }}
button:first-of-type {{ background: #222; color: #fff }}
</style>
<main>
<h1>{title}</h1>
{body}
</main>
</html>
"""

#: No script, no frame around it, no trace of the token in the next site's logs.
HEADERS = {
    "Content-Type": "text/html; charset=utf-8",
    "Cache-Control": "no-store",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; "
    "form-action 'self'; frame-ancestors 'none'",
}


def confirm(claim: Unsubscribe, brand: str) -> str:
    """Asks; looking at it changes nothing, since mail scanners follow links."""
    channel = _channel(claim.channel)
    buttons = f'<button name="scope" value="all">Unsubscribe from all {channel}s</button>'
    if claim.topic:
        topic = escape(claim.topic)
        buttons = f'<button name="scope" value="topic">Unsubscribe from {channel}s about {topic}</button>\n{buttons}'
    return _page(f"{brand}: unsubscribe?", f'<form method="post">\n{buttons}\n</form>')


def done(claim: Unsubscribe, brand: str, *, everything: bool) -> str:
    channel = _channel(claim.channel)
    about = f" about {escape(claim.topic)}" if claim.topic and not everything else ""
    return _page("You are unsubscribed", f"<p>{escape(brand)} sends you no more {channel}s{about}.</p>")


def invalid() -> str:
    body = "<p>Please use the link of the latest message, or answer it to reach a person.</p>"
    return _page("This link does not work", body)


def _channel(channel: str) -> str:
    return {"email": "e-mail", "in_app": "in-app message"}.get(channel, f"{escape(channel)} message")


def _page(title: str, body: str) -> str:
    return _PAGE.format(title=escape(title), body=body)
