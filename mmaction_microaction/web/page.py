# Copyright (c) mmaction-microaction contributors. All rights reserved.
"""The page itself, of Gradio's parts."""
import logging
import os.path as osp
from typing import Any, Callable, List, Optional, Sequence, Tuple
from urllib.parse import quote

from mmengine.logging import print_log

from .analysis import MIN_STRIDE, MIN_WINDOW, Analyser, Options, Stopped
from .gate import FileGate
from .gradio_parts import import_gradio, make_theme, make_video_input
from .rendering import read_style, render, render_overview, render_segments
from .storage import Storage, place, remove

#: How long files are kept for a page that stays open, minutes.
KEEP_MINUTES = 60
_MOST_WAITING = 8
_Number = Optional[float]
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
        self.samples = [self._keep(path) for path in samples]
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
            max_file_size=int(2**20 * self.analyser.limits.megabytes),
            allowed_paths=[],
            app_kwargs=dict(
                middleware=[Middleware(FileGate, storage=self.storage)]),
            theme=make_theme(gr),
            # As `css`, Gradio would rewrite its selectors, and spoil them.
            head=f'<style>{read_style()}</style>')
        return address

    def close(self) -> None:
        """Stop serving and remove all files."""
        self.storage.close()
        self.blocks.close(verbose=False)

    def _keep(self, sample: str) -> str:
        """Gradio serves what is in the storage without copies."""
        kept = osp.join(self.storage.samples, osp.basename(sample))
        if sample != kept:
            place(sample, kept)
        return kept

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
                    device=inferencer.predictor.device), **_PLAIN)
            with gr.Row(equal_height=False):
                with gr.Column(scale=1, min_width=300):
                    video = make_video_input(gr)
                    if self.samples:
                        self._sample_list(video)
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
            outputs = self._results()
            self._wire_run(start, stop, [video, *settings], outputs)
            self._wire_files(blocks, video, preview)
        return blocks.queue(
            max_size=_MOST_WAITING,
            default_concurrency_limit=1,
            api_open=False)

    def _sample_list(self, video: Any) -> None:
        video.keep_in_cache.update(self.samples)  # not to be cleared away
        names = [osp.splitext(osp.basename(x))[0] for x in self.samples]
        self._gr.Examples([[path] for path in self.samples],
                          video,
                          label='Samples',
                          example_labels=names,
                          cache_examples=False,
                          api_visibility='private',
                          examples_per_page=6)

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
                    value or 0,
                    minimum=0,
                    step=.25,
                    label=label,
                    info=f'{info}, {least:g} or more; 0: automatic',
                    min_width=120) for value, least, label, info in (
                        (inferencer.window, MIN_WINDOW, 'Window, s',
                         'Seconds that the model sees at once'),
                        (inferencer.stride, MIN_STRIDE, 'Stride, s',
                         'From one window to the next')))
        return [threshold, window, stride]

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

    def _wire_run(self, start: Any, stop: Any, inputs: List[Any],
                  outputs: List[Any]) -> None:
        """The two buttons."""
        gr = self._gr

        wait = gr.Progress()  # a default value is how Gradio hands it over

        def run(request: gr.Request,
                video: Optional[str],
                threshold: float,
                window: _Number,
                stride: _Number,
                progress=wait) -> Tuple:
            return self.run(video, Options(threshold, window, stride),
                            request.session_hash, progress)

        def halt(request: gr.Request) -> None:
            self.storage.stop(request.session_hash)

        def show(running: bool) -> Tuple:
            return (gr.update(interactive=not running),
                    gr.update(visible=running))

        buttons, column = [start, stop], outputs[1]
        start.click(lambda: (*show(True), gr.update(visible=False)), None,
                    [*buttons, column], **_QUICK).then(
                        run,
                        inputs,
                        outputs,
                        show_progress_on=[outputs[0]],
                        concurrency_limit=1,
                        api_visibility='private').then(lambda: show(False),
                                                       None, buttons, **_QUICK)
        stop.click(halt, **_QUICK)

    def _wire_files(self, blocks: Any, video: Any, preview: Any) -> None:
        """What comes and goes without a button."""
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
        except Stopped:
            remove(run.folder)
            return self._say(text='Stopped.')
        except (ValueError, FileNotFoundError) as error:
            remove(run.folder)
            return self._say(error=' '.join(str(error).split()))
        except Exception as error:  # a bug; the visitor cannot mend it
            remove(run.folder)
            print_log(f'{osp.basename(video)}: {error!r}', 'current',
                      logging.ERROR)
            return self._say(error='Something went wrong here; the log of '
                             'this program says more.')
        return (render('status', text='',
                       error=''), self._gr.update(visible=True),
                render_overview(analysis), analysis.find('overlay'),
                render_segments(analysis), analysis.files)

    def _say(self, text: str = '', error: str = '') -> Tuple:
        return (render('status', text=text, error=error),
                self._gr.update(visible=False), '', None, '', None)
