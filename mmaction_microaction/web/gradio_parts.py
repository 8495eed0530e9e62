# Copyright (c) mmaction-microaction contributors. All rights reserved.
"""What Gradio has to be told to keep to itself and to look like ours."""
import os
from typing import Any

from mmaction_microaction.inference.video_stream import VIDEO_ENDINGS
from mmaction_microaction.visualization.style import THEMES

_FONTS = ('system-ui', '-apple-system', 'Segoe UI', 'Roboto', 'Noto Sans',
          'DejaVu Sans', 'sans-serif')
_MONO = ('ui-monospace', 'Consolas', 'DejaVu Sans Mono', 'monospace')


def import_gradio(folder: str) -> Any:
    """Gradio, without its statistics.

    Args:
        folder (str): Where it is to put its files. It makes one elsewhere if
            it hears of this after it was imported first.

    Returns:
        ModuleType: Gradio.

    Raises:
        ImportError: If it is not installed.
    """
    os.environ['GRADIO_TEMP_DIR'] = folder
    os.environ['GRADIO_ANALYTICS_ENABLED'] = 'False'
    try:
        import gradio
    except ImportError as error:
        raise ImportError('the page needs Gradio: pip install '
                          '"mmaction-microaction[app]"') from error
    return gradio


def make_theme(gr: Any) -> Any:
    """The colours of our pictures, and no fonts to be fetched.

    Args:
        gr (ModuleType): Gradio.

    Returns:
        gradio.themes.Base: Light and dark.
    """
    light, dark = THEMES['light'], THEMES['dark']
    colours = dict(
        body_background_fill='paper',
        block_background_fill='paper',
        background_fill_primary='paper',
        background_fill_secondary='lane',
        block_label_background_fill='paper',
        input_background_fill='paper',
        border_color_primary='line',
        block_border_color='line',
        input_border_color='line',
        body_text_color='ink',
        body_text_color_subdued='muted',
        block_label_text_color='muted',
        block_info_text_color='muted',
        table_even_background_fill='paper',
        table_odd_background_fill='lane')
    values = {key: getattr(light, name) for key, name in colours.items()}
    values.update({
        f'{key}_dark': getattr(dark, name)
        for key, name in colours.items()
    })
    theme = gr.themes.Base(
        primary_hue='blue',
        neutral_hue='slate',
        radius_size='sm',
        font=_FONTS,
        font_mono=_MONO)
    return theme.set(
        button_primary_background_fill='*primary_700',
        input_border_width='1px',
        button_primary_background_fill_hover='*primary_800',
        **values)


def make_video_input(gr: Any) -> Any:
    """A place to drop a video.

    Gradio's own for videos complains about every format that the browser
    cannot play, and loads a program from the internet to cut some.

    Args:
        gr (ModuleType): Gradio.

    Returns:
        gradio.File: The component.
    """

    component = gr.File(
        label='Video',
        file_types=list(VIDEO_ENDINGS),
        height=150,
        elem_id='video')
    move = component.async_move_resource_to_block_cache

    async def move_local(path: str) -> str:
        """Gradio's would fetch what is at an address, too."""
        if '://' in str(path):
            raise gr.Error('videos are uploaded, not linked')
        return await move(path)

    # Of a class derived from a component, Gradio would write an interface
    # file beside this one.
    component.async_move_resource_to_block_cache = move_local
    return component
