# Copyright (c) mmaction-microaction contributors. All rights reserved.
"""The page, built with Gradio."""
import os.path as osp
from functools import partial
from pathlib import Path
from typing import Any, Callable, List, Optional, Sequence, Tuple
from urllib.parse import quote

from mmengine.logging import print_log

from mmaction_microaction.visualization.report import read_script
from .analysis import MIN_STRIDE, MIN_WINDOW, Analyser, Options, Stopped
from .gradio_parts import FileGate, import_gradio, make_theme, make_video_input
from .rendering import read_style, render, render_overview
from .storage import Storage, link_or_copy, remove

#: How long files are kept for a page that stays open, minutes.
KEEP_MINUTES = 60
_MOST_WAITING = 8
# What Gradio can do besides.
_OFF = ('share', 'ssr_mode', 'pwa', 'mcp_server', 'enable_monitoring',
        'run_history')
# Of events that take no time.
_QUICK = dict(queue=False, show_progress='hidden', api_visibility='private')


class DemoPage:
    """Upload or select a video, view the result, download the files.

    Every visitor's files are in the :class:`~.storage.Storage`, Gradio's
    included; they are removed when the page is closed, with its next result,
    after :data:`KEEP_MINUTES`, and with the program. Videos are analysed one
    at a time. ``samples`` are videos to select from.
    """

    def __init__(self, analyser: Analyser, samples: Sequence[str],
                 storage: Storage) -> None:
        self._gr = import_gradio(storage.root)
        # Without Gradio's style; our HTML brings its own.
        self._html = partial(self._gr.HTML, apply_default_css=False)
        self.analyser, self.storage, self.samples = analyser, storage, []
        for path in samples:  # served without copies from the storage
            kept = osp.join(storage.samples, osp.basename(path))
            if path != kept:
                link_or_copy(path, kept)
            self.samples.append(kept)
        self.blocks = self._build()

    def launch(self, host: str, port: int) -> str:
        """Start serving, in threads, and return the page's address; port 0:
        any free one, OSError if the port is taken."""
        from starlette.middleware import Middleware
        gate = Middleware(FileGate, storage=self.storage)
        _, address, _ = self.blocks.launch(
            server_name=host,
            server_port=port or None,
            prevent_thread_lock=True,
            quiet=True,
            footer_links=[],
            max_file_size=int(2**20 * self.analyser.limits.megabytes),
            app_kwargs=dict(middleware=[gate]),
            theme=make_theme(self._gr),
            # As `css`, Gradio would rewrite its selectors, and spoil them.
            head=f'<style>{read_style()}</style>'
            f'<script>{read_script()}</script>',
            **dict.fromkeys(_OFF, False))
        return address

    def close(self) -> None:
        """Stop serving and remove all files."""
        self.storage.close()
        self.blocks.close(verbose=False)

    def _build(self) -> Any:
        gr, limits = self._gr, self.analyser.limits
        model = self.analyser.inferencer
        with gr.Blocks(
                title='Micro-actions in a video',
                analytics_enabled=False,
                delete_cache=(60, 60 * KEEP_MINUTES)) as blocks:
            head = dict(model=model.source, device=model.predictor.device)
            head.update(domain=model.predictor.domain)
            self._html(render('head', taxonomy=model.taxonomy, **head))
            with gr.Row(equal_height=False):
                with gr.Column(scale=1, min_width=300):
                    video = make_video_input(gr)
                    if self.samples:
                        self._list_samples(video)
                    preview = self._html(elem_id='preview')
                with gr.Column(scale=1, min_width=300):
                    settings = self._settings()
                    with gr.Row():
                        start = gr.Button('Analyse', variant='primary')
                        stop = gr.Button('Stop', visible=False)
                    facts = dict(vars(limits), keep_minutes=KEEP_MINUTES)
                    self._html(render('privacy', **facts))
            self._wire_run([video, *settings], [start, stop], self._results())
            self._wire_files(blocks, video, preview)
        return blocks.queue(
            max_size=_MOST_WAITING,
            default_concurrency_limit=1,
            api_open=False)

    def _list_samples(self, video: Any) -> None:
        video.keep_in_cache.update(self.samples)  # not to be cleared away
        names = [Path(path).stem for path in self.samples]
        look = dict(label='Samples', example_labels=names, examples_per_page=6)
        hidden = dict(cache_examples=False, api_visibility='private')
        self._gr.Examples([[x] for x in self.samples], video, **look, **hidden)

    def _settings(self) -> List[Any]:
        gr, model = self._gr, self.analyser.inferencer
        with gr.Accordion('Settings', open=False):
            info = 'Probability from which on an action is reported'
            if model.calibration:
                info = ('Confidence from which on an action is reported; '
                        'unless moved, what calibration set for each action')
            look = dict(label='Threshold', info=info, step=.05)
            parts = [
                gr.Slider(.05, .95, model.settings.merging['threshold'],
                          **look)
            ]
            look = dict(minimum=0, step=.25, min_width=120)
            with gr.Row(visible=not model.detects):
                for name, least, what in (
                    ('Window', MIN_WINDOW,
                     'Seconds that the model sees at once'),
                    ('Stride', MIN_STRIDE, 'From one window to the next'),
                ):
                    value = getattr(model.settings, name.lower()) or 0
                    info = f'{what}, {least:g} or more; 0: automatic'
                    look.update(label=f'{name}, s', info=info)
                    parts.append(gr.Number(value, **look))
        return parts

    def _results(self) -> List[Any]:
        """Status, and the parts shown with a result."""
        gr = self._gr
        status = self._html(elem_id='status')
        with gr.Column(visible=False, elem_id='results') as column:
            overview = self._html(elem_id='overview')
            look = dict(label='Overlay', interactive=False, elem_id='overlay')
            with gr.Row(equal_height=False):
                with gr.Column(scale=2, min_width=320):
                    overlay = gr.Video(**look)
                with gr.Column(scale=3, min_width=320):
                    segments = self._html(elem_id='segments')
            look = dict(label='Files', interactive=False, elem_id='files')
            files = gr.File(file_count='multiple', **look)
            self._html(render('files'))
        return [status, column, overview, overlay, segments, files]

    def _wire_run(self, inputs: List[Any], buttons: List[Any],
                  results: List[Any]) -> None:
        """The two buttons."""
        gr = self._gr
        wait = gr.Progress()  # a default value is how Gradio hands it over

        def run(request: gr.Request, video, threshold, window, stride,
                progress=wait) -> Tuple:  # yapf: disable
            return self.run(video, Options(threshold, window, stride),
                            request.session_hash, progress)

        def halt(request: gr.Request) -> None:
            self.storage.stop(request.session_hash)

        def show(running: bool) -> Tuple:
            return (gr.update(interactive=not running),
                    gr.update(visible=running))

        begun = buttons[0].click(
            lambda: (*show(True), gr.update(visible=False)), None,
            [*buttons, results[1]], **_QUICK)
        done = begun.then(
            run,
            inputs,
            results,
            show_progress_on=results[:1],
            concurrency_limit=1,
            api_visibility='private')
        done.then(lambda: show(False), None, buttons, **_QUICK)
        buttons[1].click(halt, **_QUICK)

    def _wire_files(self, blocks: Any, video: Any, preview: Any) -> None:
        """Events without a button."""
        gr = self._gr

        def choose(path: Optional[str], request: gr.Request) -> str:
            self.storage.adopt(request.session_hash, path)
            return render('preview', path=quote(path) if path else '')

        def leave(request: gr.Request) -> None:
            self.storage.end(request.session_hash)

        video.change(choose, video, preview, **_QUICK)
        blocks.unload(leave)

    def run(self, video: Optional[str], options: Options, visitor: str,
            progress: Callable[[float, str], None]) -> Tuple:
        """Analyse a visitor's video, if any: the new content of status (a
        line, for errors), results, overview, overlay, segments and files."""
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
            text = f'{osp.basename(video)}: {error!r}'
            print_log(text)  # to the terminal of whoever runs the page
            return self._say(error='Something went wrong here; the log of '
                             'this program says more.')
        return (self._say()[0], self._gr.update(visible=True),
                render_overview(analysis), analysis.find('overlay'),
                render('segments', result=analysis.result), analysis.files)

    def _say(self, text: str = '', error: str = '') -> Tuple:
        return (render('status', text=text, error=error),
                self._gr.update(visible=False), '', None, '', None)
