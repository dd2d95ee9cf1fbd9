"""The server that ``careerkg serve`` runs: one process for HTTP, and those of its pool."""

from __future__ import annotations

import signal
import socket
from collections.abc import Callable
from contextlib import suppress
from typing import TYPE_CHECKING

from careerkg.errors import ServiceError

if TYPE_CHECKING:
    from careerkg.web.settings import Settings

__all__ = ["bind", "serve"]


def bind(host: str, port: int) -> socket.socket:
    """Return a socket that listens. Raises ServiceError if the address is in use, or not ours."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listening = socket.socket(family, socket.SOCK_STREAM)
    try:
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind((host, port))
        listening.listen(1024)
    except OSError as error:
        listening.close()
        reason = (error.strerror or str(error)).lower()
        raise ServiceError(f"cannot listen on {host}:{port}: {reason}", f"{host}:{port}") from error
    except OverflowError:
        listening.close()
        raise ServiceError(f"cannot listen on {host}:{port}: no such port", f"{host}:{port}") from None
    return listening


def serve(settings: Settings, listening: socket.socket, ready: Callable[[], None]) -> None:
    """Serve a site on a listening socket until Ctrl-C or SIGTERM; ``ready`` is called when it answers.

    Raises StoreError or RdfSyntaxError if the graph cannot be opened, and ServiceError if the packages of
    the extra ``web`` are missing.
    """
    try:
        import uvicorn

        from careerkg.web.app import create_app
        from careerkg.web.connection import connection_class
    except ImportError as error:
        if (error.name or "").partition(".")[0] == "careerkg":
            raise
        raise ServiceError(
            f"serving needs the extra web ({error.name} is missing): pip install 'careerkg[web]'"
        ) from error

    class Server(uvicorn.Server):
        """A server that says when it answers."""

        async def startup(self, sockets: list[socket.socket] | None = None) -> None:
            """Start, and say so."""
            await super().startup(sockets)
            if not self.should_exit:
                ready()

    app = create_app(settings)
    # uvicorn passes a signal on when it has ended; SIGTERM would then end this process at once.
    before = None
    with suppress(ValueError):  # not in the first thread, which alone hears of signals
        before = signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        config = uvicorn.Config(
            app,
            http=connection_class(settings, app.state.endpoint),
            ws="none",
            lifespan="on",
            log_level="warning",
            access_log=False,
            server_header=False,
            date_header=True,
            timeout_keep_alive=max(1, round(settings.idle_timeout)),
            timeout_graceful_shutdown=3,
            forwarded_allow_ips="127.0.0.1",
            backlog=1024,
        )
        with suppress(KeyboardInterrupt):  # uvicorn has ended as it should, and passes the signal on
            Server(config).run([listening])
    finally:
        if before is not None:
            signal.signal(signal.SIGTERM, before)
        app.state.site.close()
