# Copyright (c) mmaction-microaction contributors. All rights reserved.
"""What stands before the page's server, and lets through less than Gradio.

Gradio's own address for files also gives those of its caches elsewhere, and
fetches pages of the internet for whoever asks. Some of its components load
programs from there.
"""
from typing import Any, Awaitable, Callable, Dict

from .storage import Storage

_FILE = '/gradio_api/file='
_CLOSED = ('/gradio_api/file/', '/gradio_api/proxy=', '/proxy=')
_REFUSAL = b'not served here'
# Gradio's page needs its own scripts, nothing from elsewhere.
_POLICY = (b"default-src 'self' data: blob: 'unsafe-inline' 'unsafe-eval'; "
           b"base-uri 'self'; form-action 'self'; frame-ancestors 'self'")


class FileGate:
    """ASGI middleware: nothing but files of the storage is given out, and the
    browser may ask nobody but this server.

    Args:
        app (Callable): The application behind it.
        storage (Storage): Whose files may be read.
    """

    def __init__(self, app: Callable[..., Awaitable],
                 storage: Storage) -> None:
        self._app, self._storage = app, storage

    async def __call__(self, scope: Dict[str, Any], receive: Callable,
                       send: Callable) -> None:
        if scope['type'] == 'http' and not self._is_open(scope['path']):
            head = [(b'content-type', b'text/plain')]
            await send(
                dict(type='http.response.start', status=403, headers=head))
            await send(dict(type='http.response.body', body=_REFUSAL))
            return

        async def send_with_policy(message: Dict[str, Any]) -> None:
            if message['type'] == 'http.response.start':
                message['headers'] = [
                    *message.get('headers', ()),
                    (b'content-security-policy', _POLICY)
                ]
            await send(message)

        await self._app(scope, receive, send_with_policy)

    def _is_open(self, path: str) -> bool:
        """Whether a path, its percent signs decoded, may be asked for."""
        if any(closed in path for closed in _CLOSED):
            return False
        _, found, file = path.partition(_FILE)
        return not found or self._storage.holds(file)
