"""What every response carries and every request is held to, whatever page it is for."""

from collections.abc import Iterable
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from flask import Flask, abort, request
from flask_wtf import CSRFProtect

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

# The longest page of the form sends about ten kilobytes; nothing is uploaded.
LARGEST_BODY = 256 * 1024

CONTENT_SECURITY_POLICY = "; ".join(
    (
        "default-src 'none'",
        "style-src 'self'",
        "script-src 'self'",
        "font-src 'self'",
        "img-src 'self'",
        "connect-src 'self'",
        "form-action 'self'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
        "object-src 'none'",
    )
)
HEADERS = {
    "Content-Security-Policy": CONTENT_SECURITY_POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), display-capture=(), geolocation=(), microphone=(), payment=(), usb=()",
    "X-Robots-Tag": "noindex, nofollow",
}
# What a browser is told to forget when somebody signs out or leaves.
CLEAR_SITE_DATA = '"cache", "cookies", "storage"'
HSTS = "max-age=63072000; includeSubDomains"

csrf = CSRFProtect()


class SecureHeaders:
    """A WSGI layer outside everything else, so that files and failures carry the headers too."""

    def __init__(self, application: "WSGIApplication", *, over_tls: bool) -> None:
        """Wrap an application; `over_tls` adds HSTS."""
        self.application = application
        self.headers = list((HEADERS | ({"Strict-Transport-Security": HSTS} if over_tls else {})).items())
        self.replaced = {name.lower() for name, _ in self.headers}

    def __call__(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        """Answer with the wrapped application's response and these headers."""

        def start(status: str, given: list[tuple[str, str]], *error: object) -> object:
            # Only files whose name holds their hash may be kept; a page may hold answers.
            may_be_kept = any(name.lower() == "cache-control" and "immutable" in value for name, value in given)
            others = self.replaced if may_be_kept else self.replaced | {"cache-control"}
            headers = [one for one in given if one[0].lower() not in others] + self.headers
            if not may_be_kept:
                headers.append(("Cache-Control", "no-store"))
            return start_response(status, headers, *error)  # type: ignore[arg-type]

        return self.application(environ, start)  # type: ignore[arg-type]


def init_app(app: Flask, *, secret: bytes, over_tls: bool) -> None:
    """Set limits, the protection of forms and the headers; `secret` signs form tokens."""
    app.config.update(
        SECRET_KEY=secret,
        MAX_CONTENT_LENGTH=LARGEST_BODY,
        MAX_FORM_MEMORY_SIZE=LARGEST_BODY,
        MAX_FORM_PARTS=500,
        # A token lives as long as the session that it is tied to.
        WTF_CSRF_TIME_LIMIT=None,
        # Pages send no Referer at all; where a request comes from is checked below instead.
        WTF_CSRF_SSL_STRICT=False,
    )
    app.before_request(_refuse_foreign_origin)
    csrf.init_app(app)
    app.before_request(_refuse_nul)
    app.wsgi_app = SecureHeaders(app.wsgi_app, over_tls=over_tls)  # type: ignore[method-assign]


def _refuse_foreign_origin() -> None:
    if request.method in ("GET", "HEAD", "OPTIONS"):
        return
    if request.headers.get("Sec-Fetch-Site", "same-origin") not in ("same-origin", "none"):
        abort(400)
    # Under a no-referrer policy a browser sends "null" with the forms of our own pages.
    origin = request.headers.get("Origin", "null")
    if origin != "null" and urlsplit(origin).netloc != request.host:
        abort(400)


def _refuse_nul() -> None:
    # SQLite keeps the character and PostgreSQL refuses it: neither is what a person meant to type. The patient's form
    # leaves it out by itself, because safety is read from everything that is posted there.
    if request.blueprint == "patient":
        return
    values = [value for source in (request.args, request.form) for _, value in source.items(multi=True)]
    if any("\0" in value for value in values):
        abort(422)
