# Copyright (c) mmaction-microaction contributors. All rights reserved.
"""The page itself, of Gradio's parts."""
import logging
import os
import os.path as osp
from typing import Any, Callable, List, Optional, Sequence, Tuple

from mmengine.logging import print_log

from .analysis import Analyser, Options, Stopped
from .gate import FileGate
from .rendering import read_style, render, render_overview, render_segments
from .storage import Storage, remove

#: How long files are kept for a page that stays open, minutes.
KEEP_MINUTES = 60
_MOST_WAITING = 8
_FONTS = ('system-ui', '-apple-system', 'Segoe UI', 'Roboto', 'Noto Sans',
          'DejaVu Sans', 'sans-serif')
_MONO = ('ui-monospace', 'Consolas', 'DejaVu Sans Mono', 'monospace')


def import_gradio() -> Any:
    """Gradio, without its statistics.

    Raises:
        ImportError: If it is not installed.
    """
    os.environ['GRADIO_ANALYTICS_ENABLED'] = 'False'
    try:
        import gradio
    except ImportError as error:
        raise ImportError('the page needs Gradio: pip install '
                          '"mmaction-microaction[app]"') from error
    return gradio


class DemoPage:
    """Upload or pick a video, look at the result, take the files home.

    Every visitor's files are in a :class:`~.storage.Storage`; they go when the
    page is closed, when its next result comes, after :data:`KEEP_MINUTES`,
    and with the program. Videos are analysed one at a time.

    Args:
        analyser (Analyser): Does the work.
        samples (Sequence[str]): Videos to pick from.
        storage (Storage): Where Gradio is to put its files, too.

    Raises:
        ImportError: If Gradio is not installed.
    """

    def __init__(self, analyser: Analyser, samples: Sequence[str],
                 storage: Storage) -> None:
        # Read when components are made.
        os.environ['GRADIO_TEMP_DIR'] = storage.root
        self._gr = import_gradio()
        self.analyser, self.storage = analyser, storage
        self.samples = list(samples)
        self.blocks = self._build()

    def launch(self, host: str, port: int) -> str:
        """Start to serve, in threads.

        Args:
            host (str): Address to listen at.
            port (int): Port; 0 for one that is free.

        Returns:
            str: The page's address.

        Raises:
            OSError: If the port is taken.
        """
        gr = self._gr
        from starlette.middleware import Middleware
        _, address, _ = self.blocks.launch(
            server_name=host,
            server_port=port or None,
            prevent_thread_lock=True,
            share=False,
            quiet=True,
            inbrowser=False,
            ssr_mode=False,
            pwa=False,
            mcp_server=False,
            enable_monitoring=False,
            run_history=False,
            footer_links=[],
            max_file_size=int(1e6 * self.analyser.limits.megabytes),
            allowed_paths=[],
            app_kwargs=dict(
                middleware=[Middleware(FileGate, storage=self.storage)]),
            theme=gr.themes.Base(
                primary_hue='blue',
                neutral_hue='slate',
                radius_size='sm',
                font=_FONTS,
                font_mono=_MONO),
            css=read_style())
        return address

    def close(self) -> None:
        """Stop serving and remove all files."""
        self.storage.close()
        self.blocks.close(verbose=False)

    def _build(self) -> Any:
        gr = self._gr
        limits = self.analyser.limits
        with gr.Blocks(
                title='Micro-actions in a video',
                analytics_enabled=False,
                delete_cache=(60, 60 * KEEP_MINUTES)) as blocks:
            inferencer = self.analyser.inferencer
            gr.HTML(
                render(
                    'head',
                    model=inferencer.source,
                    device=inferencer.predictor.device))
            with gr.Row(equal_height=False):
                with gr.Column(scale=3, min_width=320):
                    video = self._video_input()
                with gr.Column(scale=2, min_width=280):
                    if self.samples:
                        gr.Examples(
                            [[path] for path in self.samples],
                            video,
                            label='Samples',
                            cache_examples=False,
                            api_visibility='private',
                            examples_per_page=6)
                    settings = self._settings()
                    start = gr.Button('Analyse', variant='primary')
                    stop = gr.Button('Stop', visible=False)
                    gr.HTML(
                        render(
                            'privacy',
                            megabytes=limits.megabytes,
                            minutes=limits.minutes,
                            keep_minutes=KEEP_MINUTES))
            outputs = self._results()
            self._wire(blocks, start, stop, [video, *settings], outputs)
        return blocks.queue(
            max_size=_MOST_WAITING,
            default_concurrency_limit=1,
            api_open=False)

    def _video_input(self) -> Any:
        gr = self._gr
from gradio.events import Dependency

        class LocalVideo(gr.Video):
            """Takes files that were uploaded here; Gradio's would fetch those
            at an address of the internet, too."""
            is_template = True

            async def async_move_resource_to_block_cache(self, path):
                if path is not None and '://' in str(path):
                    raise gr.Error('videos are uploaded, not linked')
                return await super().async_move_resource_to_block_cache(path)

        return LocalVideo(
            label='Video', sources=['upload'], height=300, elem_id='video')

    def _settings(self) -> List[Any]:
        gr, inferencer = self._gr, self.analyser.inferencer
        recognises = not inferencer.detects
        with gr.Accordion('Settings', open=False):
            threshold = gr.Slider(
                .05,
                .95,
                inferencer.merging['threshold'],
                step=.05,
                label='Threshold',
                info='Probability from which on an action is reported')
            with gr.Row(visible=recognises):
                window, stride = (gr.Number(
                    value,
                    minimum=0,
                    precision=2,
                    label=label,
                    placeholder='automatic',
                    info=info,
                    min_width=120)
                                  for value, label, info in
                                  ((inferencer.window, 'Window, s',
                                    'Seconds that the model sees at once'),
                                   (inferencer.stride, 'Stride, s',
                                    'From one window to the next')))
        return [threshold, window, stride]

    def _results(self) -> List[Any]:
        """Status, and what becomes visible with a result."""
        gr = self._gr
        status = gr.HTML(elem_id='status', min_height=0)
        with gr.Column(visible=False, elem_id='results') as column:
            overview = gr.HTML(elem_id='overview')
            with gr.Row(equal_height=False):
                with gr.Column(scale=1, min_width=320):
                    overlay = gr.Video(
                        label='Overlay', interactive=False, elem_id='overlay')
                with gr.Column(scale=1, min_width=320):
                    segments = gr.HTML(elem_id='segments')
            files = gr.File(
                label='Files', file_count='multiple', interactive=False,
                elem_id='files')  # yapf: disable
            gr.HTML(render('files'))
        return [status, column, overview, overlay, segments, files]

    def _wire(self, blocks: Any, start: Any, stop: Any, inputs: List[Any],
              outputs: List[Any]) -> None:
        gr = self._gr

        def run(video: Optional[str], threshold: float,
                window: Optional[float], stride: Optional[float],
                request: gr.Request, progress=gr.Progress()) -> Tuple:
            return self.run(video, Options(threshold, window, stride),
                            request.session_hash,
                            lambda done, text: progress(done, text))

        def halt(request: gr.Request) -> None:
            self.storage.stop(request.session_hash)

        def leave(request: gr.Request) -> None:
            self.storage.end(request.session_hash)

        private = dict(api_visibility='private')
        quick = dict(private, queue=False, show_progress='hidden')
        begun = start.click(
            lambda: (gr.update(visible=True), gr.update(visible=False),
                     gr.update(interactive=False)), None,
            [stop, outputs[1], start], **quick)  # yapf: disable
        begun.then(
            run,
            inputs,
            outputs,
            show_progress_on=[outputs[0]],
            concurrency_limit=1,
            **private).then(
                lambda:
                (gr.update(visible=False), gr.update(interactive=True)), None,
                [stop, start], **quick)
        stop.click(halt, **quick)
        blocks.unload(leave)

    def run(self, video: Optional[str], options: Options, visitor: str,
            progress: Callable[[float, str], None]) -> Tuple:
        """Analyse a visitor's video.

        Args:
            video (str, optional): The file, None if there is none yet.
            options (Options): The visitor's.
            visitor (str): What tells open pages apart.
            progress (Callable): Called with the part that is done and a text.

        Returns:
            tuple: The new content of status, results, overview, overlay,
            segments and files. Errors are a line in the status.
        """
        if not video:
            return self._say(error='Choose a video first.')
        visit = self.storage.begin(visitor, video)
        folder = visit.paths[-1]

        def advance(done: float, text: str) -> None:
            if visit.stopped.is_set():
                raise Stopped
            progress(done, text)

        try:
            advance(0., 'Reading the video')
            analysis = self.analyser(video, folder, options, advance)
        except Stopped:
            remove(folder)
            return self._say(text='Stopped.')
        except (ValueError, FileNotFoundError) as error:
            remove(folder)
            return self._say(error=' '.join(str(error).split()))
        except Exception as error:  # a bug; the visitor cannot mend it
            remove(folder)
            print_log(f'{osp.basename(video)}: {error!r}', 'current',
                      logging.ERROR)
            return self._say(error='Something went wrong here; the log of '
                             'this program says more.')
        return (render('status', text='', error=''),
                self._gr.update(visible=True), render_overview(analysis),
                analysis.find('overlay'), render_segments(analysis),
                analysis.files)

    def _say(self, text: str = '', error: str = '') -> Tuple:
        return (render('status', text=text, error=error),
                self._gr.update(visible=False), '', None, '', None)