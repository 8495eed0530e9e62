# Copyright (c) mmaction-microaction contributors. All rights reserved.
"""Find micro-actions in videos of any length.

Each video gets a folder in DIR with scores, segments, pictures and files for
annotation programs. Use a detector for recordings: it finds start and end of
every micro-action. A recogniser is for cut clips; it scans longer videos in
windows. Finished videos are skipped, so repeat the command after an
interruption. Your changes are kept: a new segments.eaf is written beside yours
as segments.new.eaf.

Several machines: --shard 0/3 on the first, 1/3, 2/3, then once without, which
completes the work and reports all failures.
"""
import argparse
import hashlib
import os
import os.path as osp
import resource
import sys
import time
from functools import partial
from typing import Callable, Dict, Optional, Sequence

from mmaction_microaction_cli.tool import (add_config_options, add_debug,
                                           add_device, add_shard, make_parser,
                                           run)

EXAMPLES = """examples:
  python tools/infer.py configs/manet_r50_ma52.py epoch_80.pth \\
      interview.mp4 --out results
  python tools/infer.py configs/manet_r50_ma52.py epoch_80.pth recordings/ \\
      --out results --outputs csv elan --threshold 0.4
  python tools/infer.py configs/manet_r50_mma52_detection.py epoch_100.pth \\
      val0000.mp4 --out results --ann-file val.csv
  # skeleton models, and RGB + pose models: estimate the pose
  python tools/infer.py configs/stgcnpp_ma52.py epoch_24.pth \\
      interview.mp4 --out results --pose mediapipe

Times are in seconds. Exit code 1: a video failed, or only its beginning could
be read; 2: all failed."""
OUTPUTS = ('json', 'csv', 'webvtt', 'elan', 'boris', 'label-studio',
           'timeline', 'report', 'overlay')
NUMBERS = (
    ('--window', None, 'length of a window (default: 2; videos up to 4: one '
     'window)'),
    ('--stride', None, 'distance between windows (default: a quarter of '
     '--window)'),
    ('--threshold', None,
     'probability that starts a segment (default: 0.3); for a calibrated '
     'detector the share of correct segments (default: as calibrated)'),
    ('--stay', None, 'probability that continues a segment (default: half '
     'of --threshold)'),
    ('--min-duration', .5, 'shortest segment of a recogniser (default: .5)'),
    ('--max-gap', 0., 'longest gap within a segment (default: 0)'),
)


def build_parser() -> argparse.ArgumentParser:
    parser = make_parser(__doc__, EXAMPLES)
    add = parser.add_argument
    add('config', help='config of a recogniser or detector')
    add('checkpoint', help='checkpoint, or an exported .onnx file')
    add('videos', nargs='+', metavar='VIDEO', help='video files or folders')
    add('--out', required=True, metavar='DIR', help='output folder')
    add_device(parser)
    for name, default, text in NUMBERS:
        add(name, type=float, default=default, help=text)
    add('--batch-size',
        type=int,
        help='windows per batch (default: that of '
        'the config)')
    add('--outputs',
        nargs='+',
        choices=OUTPUTS,
        default=OUTPUTS,
        metavar='NAME',
        help=f'besides predictions.json (default: {" ".join(OUTPUTS)})')
    add('--pose',
        metavar='FILE|FOLDER|mediapipe|rtmlib',
        help='pose of the person, required by pose models and drawn in the '
        'overlay: files of tools/data/extract_pose.py, matched by '
        'name, or an estimator, which runs once per video')
    add('--ann-file',
        metavar='FILE|FOLDER',
        help='annotations to draw as well: a csv in the form of MMA-52, or '
        'a folder with one file per video and of its name')
    add_shard(parser)
    add('--overwrite', action='store_true', help='repeat finished videos')
    add_config_options(parser)
    add_debug(parser)
    return parser


class Run:
    """One call of the tool: the model, and how far it has come."""

    def __init__(self, args: argparse.Namespace) -> None:
        from mmaction_microaction import MicroActionInferencer
        from mmaction_microaction.formats import read_ground_truth
        from mmaction_microaction.inference.pose_input import PoseInput
        from mmaction_microaction.outputs import identify
        from mmaction_microaction.utils.errors import say
        self.args, self.identify = args, identify
        os.makedirs(args.out, exist_ok=True)
        if not os.access(args.out, os.W_OK | os.X_OK):
            raise PermissionError(f'{args.out} cannot be written')
        names = [x[2:].replace('-', '_') for x, *_ in NUMBERS]
        options = {name: getattr(args, name) for name in names}
        # What is missing shows before the model is loaded.
        self.poses = PoseInput(args.pose) if args.pose else None
        self.inferencer = MicroActionInferencer(
            args.config,
            args.checkpoint,
            args.device,
            batch_size=args.batch_size,
            cfg_options=args.cfg_options,
            **options)
        self.inferencer.require_pose(self.poses)
        if self.inferencer.predictor.domain:
            say(f'this model is for {self.inferencer.predictor.domain}')
        self.truth = read_ground_truth(
            args.ann_file, self.inferencer.taxonomy) if args.ann_file else {}
        text = self.inferencer.config.pretty_text
        self.key = dict(
            config=hashlib.sha256(text.encode()).hexdigest(), **options)
        if args.ann_file:
            self.key['ann_file'] = hashlib.sha256(
                repr(sorted(self.truth.items())).encode()).hexdigest()
        for name in ('checkpoint', 'pose'):
            path = getattr(args, name)
            if path and osp.exists(path):
                self.key[name] = identify(path)
            elif path and name == 'pose':
                self.key[name] = path
        self.failures = self.done = self.skipped = self.incomplete = 0
        self.video_seconds = self.work_seconds = 0.

    def fail(self, error: Exception, where: str) -> None:
        """Say what happened; a mistake of ours shows its traceback, too."""
        from mmaction_microaction.utils.errors import say_failure
        self.failures += 1
        say_failure(error, where, self.args.debug)

    def run(self, folders: Dict[str, str]) -> None:
        """Do videos, each into its folder."""
        from mmaction_microaction.utils.tool_parts import (plain_console,
                                                           progress_bar)
        with progress_bar(plain_console(True), percent=True) as progress:
            overall = progress.add_task('videos', total=len(folders))
            for video, folder in folders.items():
                task = progress.add_task('', total=1.)

                def advance(done: float, total: float) -> None:
                    progress.update(task, completed=done / total)

                def begin(what: str) -> None:
                    name = osp.basename(video)[-30:]
                    progress.reset(task, description=f'{name}: {what}')

                try:
                    self.process(video, folder, begin, advance)
                    self.done += 1
                    progress.advance(overall)
                except Exception as error:  # the other videos are to be done
                    self.fail(error, video)
                progress.remove_task(task)

    def process(self, video: str, folder: str, begin: Callable,
                advance: Callable) -> None:
        """Do one video."""
        from mmaction_microaction.inference.find_videos import check_video
        from mmaction_microaction.inference.video_stream import (VideoFile,
                                                                 is_damage)
        from mmaction_microaction.outputs import OUTPUTS, Job, OutputFolder
        from mmaction_microaction.results import read_json
        from mmaction_microaction.utils.errors import say
        from mmaction_microaction.utils.files import to_nfc
        check_video(video)
        source = VideoFile(video)
        out = OutputFolder(folder, dict(self.key, video=self.identify(video)),
                           self.args.overwrite)
        wanted = {'json', *self.args.outputs}
        names = [n for n in OUTPUTS if n in wanted and not out.has(n)]
        start, result = time.perf_counter(), None
        if names and 'json' not in names:
            try:
                result = read_json(out.file('json'))
            except (OSError, ValueError):  # somebody changed it
                names.insert(0, 'json')
        if self.poses and {'json', 'overlay'} & set(names):
            begin('pose')
            version = repr(self.identify(video)).encode()
            version = hashlib.sha256(version).hexdigest()[:8]
            cache = f'pose_{self.poses.estimator}_{version}.pkl'
            source.pose = self.poses.find(source, advance,
                                          osp.join(folder, cache))
        if names and result is None:
            begin('scanning')
            result = self.inferencer.infer(source, advance)
            notes = result.settings.get('notes', ())
            out.problems = [
                *result.video.problems, *(f'note: {x}' for x in notes)
            ]
        for problem in out.problems:
            text = problem.removeprefix('note: ')
            kind = 'warning' if text == problem else 'note'
            say(f'{kind}: {video}: {text}')
        self.incomplete += any(map(is_damage, out.problems))
        if not names:
            self.skipped += 1
            return
        truth = self.truth.get(to_nfc(osp.splitext(source.name)[0]))
        job = Job(result, video, truth, advance, source.pose)
        for name in names:
            begin(name)
            output = OUTPUTS[name]
            try:
                out.make(name, output.file, partial(output.write, job))
            except Exception as error:  # the other outputs are to be made
                self.fail(error, f'{video}: no {name}')
        self.video_seconds += result.video.duration
        self.work_seconds += time.perf_counter() - start
        print(f'{video} -> {folder}', file=sys.stderr)


def peak_memory() -> float:
    """Largest memory of this process so far, MB."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / (1024**2 if sys.platform == 'darwin' else 1024)


def refuse_all(videos: Sequence[str]) -> None:
    """UserError if none of the videos can be opened."""
    from mmaction_microaction.inference.find_videos import check_video
    from mmaction_microaction.utils.errors import UserError, first_of
    problems = []
    for video in videos:
        try:
            return check_video(video)
        except (UserError, OSError) as error:
            problems.append(str(error))
    raise UserError('; '.join(first_of(problems)))


def work(args: argparse.Namespace) -> int:
    from mmaction_microaction.outputs import choose_folders, list_videos
    from mmaction_microaction.utils.errors import say
    from mmaction_microaction.utils.shards import take_shard
    videos = list_videos(args.videos)
    # The same for every part, whatever names its own videos have.
    folders = choose_folders(videos, args.out)
    videos = take_shard(videos, args.shard, 'videos')
    if not videos:
        return 0
    refuse_all(videos)
    run = Run(args)
    before = peak_memory()
    try:
        run.run({video: folders[video] for video in videos})
    except KeyboardInterrupt:
        say('stopped; the same command goes on from here')
        return 130
    if run.skipped:
        say(f'done before: {run.skipped} of {len(videos)} videos')
    if run.video_seconds:
        rate = run.work_seconds / run.video_seconds
        print(f'{run.video_seconds:.1f} s of video in {run.work_seconds:.1f} '
              f's: {rate:.2f} s per second of video; peak memory '
              f'{peak_memory() - before:.0f} MB above the loaded model')
    if run.failures and not run.done:
        return 2
    return int(bool(run.failures or run.incomplete))


def main(argv: Optional[Sequence[str]] = None) -> int:
    return run(work, build_parser(), argv)


if __name__ == '__main__':
    sys.exit(main())
