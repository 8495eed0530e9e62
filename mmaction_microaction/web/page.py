# Copyright (c) mmaction-microaction contributors. All rights reserved.
"""The page, built with Gradio."""
import ctypes
import gc
import os
import os.path as osp
import threading
from contextlib import suppress
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
#: Name to log in with.
USER = 'microaction'
# What Gradio can do besides.
_OFF = ('share', 'ssr_mode', 'pwa', 'mcp_server', 'enable_monitoring',
        'run_history')
# Visitors whose page Gradio keeps, about 1 MB each with a result; that of
# another is made anew.
_REMEMBERED = 20
# Of events that take no time.
_QUICK = dict(queue=False, show_progress='hidden', api_visibility='private')


class DemoPage:
    """Upload or select a video, view the result, download the files.

    Every visitor's files are in the :class:`~.storage.Storage`, Gradio's
    included; they are removed when the page is closed, with its next result,
    after :data:`KEEP_MINUTES`, and with the program. No more than
    ``limits.jobs`` videos are analysed at once.

    Args:
        analysers (Sequence[Analyser]): What a visitor can choose from; of one
            with a model, which comes first, the settings are shown.
        samples (Sequence[str]): Videos to select from.
        storage (Storage): For all files.
    """

    def __init__(self, analysers: Sequence[Analyser], samples: Sequence[str],
                 storage: Storage) -> None:
        self._gr = import_gradio(storage.root)
        # Without Gradio's style; our HTML brings its own.
        self._html = partial(self._gr.HTML, apply_default_css=False)
        self.analysers = {x.title: x for x in analysers}
        self.limits = analysers[0].limits
        self._model = getattr(analysers[0], 'inferencer', None)
        self.storage, self.samples = storage, []
        for path in samples:  # served without copies from the storage
            kept = osp.join(storage.samples, osp.basename(path))
            if path != kept:
                link_or_copy(path, kept)
            self.samples.append(kept)
        self.blocks, self._closed = self._build(), threading.Event()

    def launch(self, host: str, port: int, password: str = '') -> str:
        """Start serving, in threads, and return the page's address; port 0:
        any free one, OSError if the port is taken. With a password, visitors
        log in as :data:`USER`."""
        from starlette.middleware import Middleware
        largest = int(2**20 * self.limits.megabytes)
        gate = Middleware(FileGate, storage=self.storage, largest=largest)
        _, address, _ = self.blocks.launch(
            server_name=host,
            server_port=port or None,
            prevent_thread_lock=True,
            quiet=True,
            footer_links=[],
            max_file_size=largest,
            state_session_capacity=_REMEMBERED,
            auth=(USER, password) if password else None,
            app_kwargs=dict(middleware=[gate]),
            theme=make_theme(self._gr),
            # As `css`, Gradio would rewrite its selectors, and spoil them.
            head=f'<style>{read_style()}</style>'
            f'<script>{read_script()}</script>',
            **dict.fromkeys(_OFF, False))
        threading.Thread(target=self._sweep, daemon=True).start()
        return address

    def _sweep(self) -> None:
        """What Gradio does not know of goes in time, too."""
        while not self._closed.wait(60):
            self.storage.sweep(60 * KEEP_MINUTES)

    def close(self) -> None:
        """Stop serving and remove all files."""
        self._closed.set()
        self.storage.close()
        self.blocks.close(verbose=False)

    def _build(self) -> Any:
        gr, model = self._gr, self._model
        with gr.Blocks(
                title=f'{"Micro-actions" if model else "Movement"} in a video',
                analytics_enabled=False,
                delete_cache=(60, 60 * KEEP_MINUTES)) as blocks:
            head = dict(model=None, domain='', also=len(self.analysers) > 1)
            if model:
                head.update(
                    model=model.source,
                    taxonomy=model.taxonomy,
                    device=model.predictor.device,
                    domain=model.predictor.domain)
            self._html(render('head', **head))
            with gr.Row(equal_height=False):
                with gr.Column(scale=1, min_width=300):
                    video = make_video_input(gr)
                    if self.samples:
                        self._list_samples(video)
                    preview = self._html(elem_id='preview')
                with gr.Column(scale=1, min_width=300):
                    titles = list(self.analysers)
                    settings = [
                        gr.Radio(
                            titles,
                            value=titles[0],
                            label='Look for',
                            visible=len(titles) > 1), *self._settings()
                    ]
                    with gr.Row():
                        start = gr.Button('Analyse', variant='primary')
                        stop = gr.Button('Stop', visible=False)
                    facts = dict(vars(self.limits), keep_minutes=KEEP_MINUTES)
                    self._html(render('privacy', **facts))
            self._wire_run([video, *settings], [start, stop], self._results())
            self._wire_files(blocks, video, preview)
        return blocks.queue(
            max_size=int(self.limits.waiting),
            default_concurrency_limit=int(self.limits.jobs),
            api_open=False)

    def _list_samples(self, video: Any) -> None:
        video.keep_in_cache.update(self.samples)  # not to be cleared away
        names = [Path(path).stem for path in self.samples]
        look = dict(label='Samples', example_labels=names, examples_per_page=6)
        hidden = dict(cache_examples=False, api_visibility='private')
        self._gr.Examples([[x] for x in self.samples], video, **look, **hidden)

    def _settings(self) -> List[Any]:
        gr, model = self._gr, self._model
        if not model:
            return [gr.Number(visible=False) for _ in Options._fields]
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

        def run(request: gr.Request, video, title, threshold, window, stride,
                progress=wait) -> Tuple:  # yapf: disable
            return self.run(video, Options(threshold, window, stride),
                            request.session_hash, progress, title)

        def halt(request: gr.Request) -> None:
            self.storage.stop(request.session_hash)

        def show(running: bool) -> Tuple:
            return (gr.update(interactive=not running),
                    gr.update(visible=running))

        def begin(request: gr.Request) -> Tuple:
            self.storage.expect(request.session_hash)
            return (*show(True), gr.update(visible=False))

        begun = buttons[0].click(begin, None, [*buttons, results[1]], **_QUICK)
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

    def run(self,
            video: Optional[str],
            options: Options,
            visitor: str,
            progress: Callable[[float, str], None],
            title: str = '') -> Tuple:
        """Analyse a visitor's video, if any, by the analyser of a title
        (default: the first): the new content of status (a line, for errors),
        results, overview, overlay, segments and files."""
        analyser = self.analysers.get(title) or [*self.analysers.values()][0]
        if not video:
            return self._say(error='Choose a video first.')
        self.storage.adopt(visitor, video)
        run = self.storage.begin(visitor)

        def advance(done: float, text: str) -> None:
            if run.stopped.is_set():
                raise Stopped
            with suppress(FileNotFoundError):
                os.utime(run.folder)  # it is not to be swept
            progress(done, text)

        try:
            advance(0., 'Reading the video')
            analysis = analyser(video, run.folder, options, advance)
            advance(1., 'Done')  # unless the visitor has left meanwhile
        except Exception as error:
            remove(run.folder)
            if isinstance(error, Stopped):
                self.storage.expect(visitor)
                return self._say(text='Stopped.')
            if isinstance(error, (ValueError, FileNotFoundError)):
                return self._say(error=' '.join(str(error).split()))
            # A bug; the visitor cannot mend it.
            text = f'{osp.basename(video)}: {error!r}'
            print_log(text)  # to the terminal of whoever runs the page
            return self._say(error='Something went wrong here; the log of '
                             'this program says more.')
        else:
            return (self._say()[0], self._gr.update(visible=True),
                    render_overview(analysis), analysis.find('overlay'),
                    render('segments', result=analysis.result), analysis.files)
        finally:
            gc.collect()  # figures are cycles, small and many MB each
            _return_memory()

    def _say(self, text: str = '', error: str = '') -> Tuple:
        return (render('status', text=text, error=error),
                self._gr.update(visible=False), '', None, '', None)


def _return_memory() -> None:
    """Give free memory back to the system: glibc keeps some for each of the
    threads that runs were in, 1 MB more with every video."""
    with suppress(OSError, AttributeError):  # another C library
        ctypes.CDLL(None).malloc_trim(0)
