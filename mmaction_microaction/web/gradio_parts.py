# Copyright (c) mmaction-microaction contributors. All rights reserved.
"""Gradio's privacy settings and style."""
import os
import secrets
from typing import Any, Callable, Dict

from mmaction_microaction.utils.errors import import_extra
from mmaction_microaction.visualization.style import THEMES
from .storage import Storage

_FONTS = ('system-ui', '-apple-system', 'Segoe UI', 'Roboto', 'Noto Sans',
          'DejaVu Sans', 'sans-serif')
_MONO = ('ui-monospace', 'Consolas', 'DejaVu Sans Mono', 'monospace')
# Of our pictures -> where Gradio is to take them.
_COLOURS = dict(
    paper=('body_background_fill', 'block_background_fill',
           'background_fill_primary', 'block_label_background_fill',
           'input_background_fill'),
    lane=('background_fill_secondary', ),
    line=('border_color_primary', 'block_border_color', 'input_border_color'),
    ink=('body_text_color', ),
    muted=('body_text_color_subdued', 'block_label_text_color',
           'block_info_text_color'))

_API = '/gradio_api/'
_FILE, _UPLOAD = f'{_API}file=', f'{_API}upload'
_SMALL = 2**20  # bytes: the parts of an upload besides, other requests
# Of the API, what the page itself calls, whatever else a Gradio has.
_OPEN = ('file=', 'upload', 'queue/', 'run/', 'heartbeat/', 'startup-events',
         'reset', 'cancel', 'theme.css', 'app_id', 'user', 'login_check',
         'token', 'static/', 'assets/', 'custom_component/')
_CLOSED = ('/proxy=', f'{_API}file/', '/monitoring', f'{_API}deep_link')
# Gradio's page needs its own scripts, nothing from elsewhere.
_POLICY = (b"default-src 'self' data: blob: 'unsafe-inline' 'unsafe-eval'; "
           b"base-uri 'self'; form-action 'self'; frame-ancestors 'self'")


def import_gradio(folder: str) -> Any:
    """Import Gradio without statistics, with its files in a folder; must
    precede any other import of Gradio."""
    os.environ['GRADIO_TEMP_DIR'] = folder
    os.environ['GRADIO_ANALYTICS_ENABLED'] = 'False'
    gr = import_extra('gradio', 'the page', 'app')
    gr.route_utils.GradioUploadFile.__init__ = _separate(
        gr.route_utils.GradioUploadFile.__init__)
    return gr


def _separate(init: Callable) -> Callable:
    """Give each upload a folder of its own. Gradio names it by the content:
    visitors with the same video would share it, and lose it together."""
    if init.__name__ == 'init_separately':
        return init

    def init_separately(self: Any, *args: Any, **kwargs: Any) -> None:
        init(self, *args, **kwargs)
        self.sha.update(secrets.token_bytes(16))

    return init_separately


def make_theme(gr: Any) -> Any:
    """The colours of our pictures, light and dark; no downloaded fonts."""
    colours = {
        f'{key}{ending}': getattr(THEMES[theme], colour)
        for theme, ending in (('light', ''), ('dark', '_dark'))
        for colour, keys in _COLOURS.items()
        for key in keys
    }
    colours.update(
        button_primary_background_fill='*primary_700',
        button_primary_background_fill_hover='*primary_800')
    looks = dict(primary_hue='blue', neutral_hue='slate', radius_size='sm')
    theme = gr.themes.Base(font=_FONTS, font_mono=_MONO, **looks)
    return theme.set(input_border_width='1px', **colours)


def make_video_input(gr: Any) -> Any:
    """A place to drop a video: Gradio's own rejects formats that the browser
    cannot play, and downloads a program to cut some."""
    look = dict(label='Video', height=150, elem_id='video')
    component = gr.File(**look)  # of any name: FFmpeg tells what it is
    move = component.async_move_resource_to_block_cache

    async def move_local(path: str) -> str:
        """Gradio's would also fetch addresses."""
        if '://' in str(path):
            raise gr.Error('videos are uploaded, not linked')
        return await move(path)

    # Of a class derived from a component, Gradio would write an interface
    # file beside this one.
    component.async_move_resource_to_block_cache = move_local
    return component


class FileGate:
    """ASGI middleware: serves only files of the storage, takes no more than
    ``largest`` bytes, and the browser may contact only this server. Gradio
    would also serve its other caches, fetch pages for visitors, load programs,
    and keep any amount in memory."""

    def __init__(self, app: Callable, storage: Storage, largest: int) -> None:
        self._app, self._storage = app, storage
        self._largest = largest

    async def __call__(self, scope: Dict[str, Any], receive: Callable,
                       send: Callable) -> None:
        if scope['type'] == 'http' and not self._is_open(scope['path']):
            from starlette.responses import PlainTextResponse
            refusal = PlainTextResponse('not served here', 403)
            return await refusal(scope, receive, send)
        uploads = scope.get('path', '').endswith(_UPLOAD)
        left, more = _SMALL + uploads * self._largest, True

        async def receive_some() -> Dict[str, Any]:
            nonlocal left, more
            message = await receive()
            left -= len(message.get('body', b''))
            cut = uploads and more and message['type'] == 'http.disconnect'
            more = more and message.get('more_body', False)
            if left < 0 or cut:
                from starlette.exceptions import HTTPException
                from starlette.formparsers import MultiPartException
                text = 'more than the maximum allowed size, or interrupted'
                # On this one, Gradio removes what it has of the file.
                raise MultiPartException(text) if uploads else HTTPException(
                    413, text)
            return message

        async def send_with_policy(message: Dict[str, Any]) -> None:
            if message['type'] == 'http.response.start':
                policy = (b'content-security-policy', _POLICY)
                message['headers'] = [*message.get('headers', ()), policy]
            await send(message)

        await self._app(scope, receive_some, send_with_policy)

    def _is_open(self, path: str) -> bool:
        """Whether a path, percent-decoded, may be requested."""
        _, is_api, route = path.partition(_API)
        if any(closed in path for closed in _CLOSED) or \
                is_api and not route.startswith(_OPEN):
            return False
        _, found, file = path.partition(_FILE)
        return not found or self._storage.holds(file)
