# Copyright (c) mmaction-microaction contributors. All rights reserved.
"""The page itself, of Gradio's parts."""
import logging
import os.path as osp
from typing import Any, Callable, List, Optional, Sequence, Tuple
from urllib.parse import quote

from mmengine.logging import print_log

from .analysis import MIN_STRIDE, MIN_WINDOW, Analyser, Options, Stopped
from .gradio_parts import FileGate, import_gradio, make_theme, make_video_input
from .rendering import read_style, render, render_overview
from .storage import Storage, place, remove

#: How long files are kept for a page that stays open, minutes.
KEEP_MINUTES = 60
_MOST_WAITING = 8
_PLAIN = dict(apply_default_css=False)  # of HTML that brings its own
# Of events that take no time.
_QUICK = dict(queue=False, show_progress='hidden', api_visibility='private')


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
        self._gr = import_gradio(storage.root)
        self.analyser, self.storage = analyser, storage
        # Gradio serves what is in the storage without copies.
        self.samples = [
            osp.join(storage.samples, osp.basename(path)) for path in samples
        ]
        for path, kept in zip(samples, self.samples):
            if path != kept:
                place(path, kept)
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
            max_file_size=int(2**20 * self.analyser.limits.megabytes),
            allowed_paths=[],
            app_kwargs=dict(
                middleware=[Middleware(FileGate, storage=self.storage)]),
            theme=make_theme(self._gr),
            # As `css`, Gradio would rewrite its selectors, and spoil them.
            head=f'<style>{read_style()}</style>')
        return address

    def close(self) -> None:
        """Stop serving and remove all files."""
        self.storage.close()
        self.blocks.close(verbose=False)

    def _build(self) -> Any:
        gr, limits = self._gr, self.analyser.limits
        inferencer = self.analyser.inferencer
        with gr.Blocks(
                title='Micro-actions in a video',
                analytics_enabled=False,
                delete_cache=(60, 60 * KEEP_MINUTES)) as blocks:
            gr.HTML(
                render(
                    'head',
                    taxonomy=inferencer.taxonomy,
                    model=inferencer.source,
                    device=inferencer.predictor.device), **_PLAIN)
            with gr.Row(equal_height=False):
                with gr.Column(scale=1, min_width=300):
                    video = make_video_input(gr)
                    if self.samples:
                        self._list_samples(video)
                    preview = gr.HTML(elem_id='preview', **_PLAIN)
                with gr.Column(scale=1, min_width=300):
                    settings = self._settings()
                    with gr.Row():
                        start = gr.Button('Analyse', variant='primary')
                        stop = gr.Button('Stop', visible=False)
                    gr.HTML(
                        render(
                            'privacy',
                            megabytes=limits.megabytes,
                            minutes=limits.minutes,
                            keep_minutes=KEEP_MINUTES), **_PLAIN)
            self._wire(blocks, video, preview, start, stop, settings,
                       self._results())
        return blocks.queue(
            max_size=_MOST_WAITING,
            default_concurrency_limit=1,
            api_open=False)

    def _list_samples(self, video: Any) -> None:
        video.keep_in_cache.update(self.samples)  # not to be cleared away
        self._gr.Examples([[path] for path in self.samples],
                          video,
                          label='Samples',
                          example_labels=[
                              osp.splitext(osp.basename(path))[0]
                              for path in self.samples
                          ],
                          cache_examples=False,
                          api_visibility='private',
                          examples_per_page=6)

    def _settings(self) -> List[Any]:
        gr, inferencer = self._gr, self.analyser.inferencer
        numbers = (('Window, s', inferencer.window, MIN_WINDOW,
                    'Seconds that the model sees at once'),
                   ('Stride, s', inferencer.stride, MIN_STRIDE,
                    'From one window to the next'))
        with gr.Accordion('Settings', open=False):
            threshold = gr.Slider(
                .05,
                .95,
                inferencer.merging['threshold'],
                step=.05,
                label='Threshold',
                info='Probability from which on an action is reported')
            with gr.Row(visible=not inferencer.detects):
                return [
                    threshold, *(gr.Number(
                        value or 0,
                        minimum=0,
                        step=.25,
                        label=label,
                        info=f'{info}, {least:g} or more; 0: automatic',
                        min_width=120)
                                 for label, value, least, info in numbers)
                ]

    def _results(self) -> List[Any]:
        """Status, and what becomes visible with a result."""
        gr = self._gr
        status = gr.HTML(elem_id='status', **_PLAIN)
        with gr.Column(visible=False, elem_id='results') as column:
            overview = gr.HTML(elem_id='overview', **_PLAIN)
            with gr.Row(equal_height=False):
                with gr.Column(scale=1, min_width=320):
                    overlay = gr.Video(
                        label='Overlay', interactive=False, elem_id='overlay')
                with gr.Column(scale=1, min_width=320):
                    segments = gr.HTML(elem_id='segments', **_PLAIN)
            files = gr.File(
                label='Files', file_count='multiple', interactive=False,
                elem_id='files')  # yapf: disable
            gr.HTML(render('files'), **_PLAIN)
        return [status, column, overview, overlay, segments, files]

    def _wire(self, blocks: Any, video: Any, preview: Any, start: Any,
              stop: Any, settings: List[Any], results: List[Any]) -> None:
        """What happens on which event."""
        gr = self._gr
        buttons, column = [start, stop], results[1]
        wait = gr.Progress()  # a default value is how Gradio hands it over

        # Gradio reads the annotations of requests.
        def run(request: gr.Request, path, *options, progress=wait) -> Tuple:
            return self.run(path, Options(*options), request.session_hash,
                            progress)

        def halt(request: gr.Request) -> None:
            self.storage.stop(request.session_hash)

        def choose(path: Optional[str], request: gr.Request) -> str:
            self.storage.adopt(request.session_hash, path)
            return render('preview', path=quote(path) if path else '')

        def leave(request: gr.Request) -> None:
            self.storage.end(request.session_hash)

        def show(running: bool) -> Tuple:
            return (gr.update(interactive=not running),
                    gr.update(visible=running))

        start.click(lambda: (*show(True), gr.update(visible=False)), None,
                    [*buttons, column], **_QUICK).then(
                        run, [video, *settings],
                        results,
                        show_progress_on=[results[0]],
                        concurrency_limit=1,
                        api_visibility='private').then(lambda: show(False),
                                                       None, buttons, **_QUICK)
        stop.click(halt, **_QUICK)
        video.change(choose, video, preview, **_QUICK)
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
        self.storage.adopt(visitor, video)
        run = self.storage.begin(visitor)

        def advance(done: float, text: str) -> None:
            if run.stopped.is_set():
                raise Stopped
            progress(done, text)

        try:
            advance(0., 'Reading the video')
            analysis = self.analyser(video, run.folder, options, advance)
            advance(1., 'Done')  # unless the visitor has left meanwhile
        except Exception as error:
            remove(run.folder)
            if isinstance(error, Stopped):
                return self._say(text='Stopped.')
            if isinstance(error, (ValueError, FileNotFoundError)):
                return self._say(error=' '.join(str(error).split()))
            # A bug; the visitor cannot mend it.
            print_log(f'{osp.basename(video)}: {error!r}', 'current',
                      logging.ERROR)
            return self._say(error='Something went wrong here; the log of '
                             'this program says more.')
        return (render('status', text='',
                       error=''), self._gr.update(visible=True),
                render_overview(analysis), analysis.find('overlay'),
                render('segments', result=analysis.result), analysis.files)

    def _say(self, text: str = '', error: str = '') -> Tuple:
        return (render('status', text=text, error=error),
                self._gr.update(visible=False), '', None, '', None)
