# Copyright (c) mmaction-microaction contributors. All rights reserved.
"""Web page: upload a video or choose a sample, see the result.

The page shows the video with an overlay, the timeline and the segments, and
offers the files of tools/infer.py. Where a pose estimator is installed, it
also measures movement and touch, as tools/movement.py does; without CONFIG and
CHECKPOINT it does nothing else. It is available on this machine only,
unless --host is set, and makes no requests to the internet. Uploads and
results are deleted when the page is closed, at the latest when this program
ends.
"""
import argparse
import ipaddress
import logging
import os
import os.path as osp
import signal
import sys
import threading
import time
from typing import Optional, Sequence

from mmaction_microaction_cli.tool import (add_debug, add_device, make_parser,
                                           run)

EXAMPLES = """examples:
  python tools/demo_app.py          # movement and touch, no model needed
  python tools/demo_app.py configs/manet_r50_ma52.py epoch_80.pth
  python tools/demo_app.py configs/manet_r50_ma52.py manet.onnx \\
      --samples recordings --max-minutes 30 --port 8080

Requires the extra app: pip install ".[app]" in the clone. With the environment
variable MICROACTION_PASSWORD, visitors have to log in, as "microaction"."""

#: Of the drawn person: what is done in a clip, each of 2 s.
CLIPS = ('waving', 'shaking legs', 'shrugging')
#: Seeds of sessions of 20 s, for detectors.
SESSIONS = (0, 2, 3)


def build_parser() -> argparse.ArgumentParser:
    parser = make_parser(__doc__, EXAMPLES)
    add = parser.add_argument
    add('config', nargs='?', help='config of a recogniser or detector')
    add('checkpoint', nargs='?', help='checkpoint, or an exported .onnx file')
    add('--samples',
        metavar='FOLDER',
        help='sample videos (default: a few of a drawn person)')
    add('--pose',
        metavar='mediapipe|rtmlib',
        help='pose estimator, for pose models and movement (default for '
        'movement: mediapipe)')
    add('--host',
        default='127.0.0.1',
        help='address to listen on (default: %(default)s, this machine only)')
    add('--port',
        type=int,
        default=7860,
        help='default: %(default)s; 0: any free port')
    add('--max-upload-mb',
        type=float,
        default=200,
        metavar='MB',
        help='largest video (default: %(default)s)')
    add('--max-minutes',
        type=float,
        default=10,
        metavar='MINUTES',
        help='longest video (default: %(default)s)')
    add('--max-gigapixels',
        type=float,
        default=60,
        metavar='N',
        help='most pixels of all frames of a video together, in 10^9 '
        '(default: %(default)s, 16 minutes of 1080p at 30 frames per second)')
    add('--max-jobs',
        type=int,
        default=1,
        metavar='N',
        help='videos that are analysed at once (default: %(default)s)')
    add('--max-waiting',
        type=int,
        default=8,
        metavar='N',
        help='visitors in the queue (default: %(default)s)')
    add_device(parser)
    add_debug(parser)
    return parser


def is_loopback(host: str) -> bool:
    """Whether an address is reachable only from this machine."""
    try:
        return ipaddress.ip_address(host.strip('[]')).is_loopback
    except ValueError:
        return host == 'localhost'


def make_page(args: argparse.Namespace, console, storage):
    """Model and page, not yet served."""
    from mmaction_microaction import MicroActionInferencer, web
    from mmaction_microaction.utils.errors import UserError
    from mmaction_microaction.web.gradio_parts import import_gradio
    if args.config and not args.checkpoint:
        raise UserError('give CONFIG and CHECKPOINT, or none of them for '
                        'movement alone')
    limits = web.Limits(args.max_upload_mb, args.max_minutes,
                        args.max_gigapixels, args.max_jobs, args.max_waiting)
    # Reports a missing one before the model is loaded.
    import_gradio(storage.root)
    samples = web.find_samples(args.samples) if args.samples else None
    analysers, detects = [], False
    if args.config:
        with console.status('loading the model'):
            inferencer = MicroActionInferencer(
                args.config, args.checkpoint, args.device, pose=args.pose)
            inferencer.require_pose(inferencer.poses)
        analysers, detects = [web.Analyser(inferencer,
                                           limits)], inferencer.detects
    try:
        analysers.append(
            web.MovementAnalyser(args.pose or 'mediapipe', limits))
    except UserError:
        if not analysers:
            raise
    if samples is None:
        with console.status('drawing samples'):
            samples = make_samples(storage.samples, detects)
    return web.DemoPage(analysers, samples, storage)


def make_samples(folder: str, sessions: bool) -> list:
    """Draw a few short videos of an artificial person: clips of one action
    each, or sessions with rest between the actions."""
    import numpy as np

    from mmaction_microaction.synthetic import render_clip
    from mmaction_microaction.synthetic.clip import render_scene
    from mmaction_microaction.synthetic.scene import plan_parts
    from mmaction_microaction.taxonomy import MA52
    from mmaction_microaction.utils.video_writer import write_video
    size, length, clips, paths = (240, 288), 600, {}, []
    for seed, name in enumerate(() if sessions else CLIPS):
        clips[name] = render_clip(
            name, seed, size, num_frames=60, subject_seed=seed)
    for seed in SESSIONS if sessions else ():
        rng = np.random.default_rng(seed)
        parts = plan_parts(rng, length, range(MA52.num_classes), 3, rate=16)
        name = ', '.join(MA52.find(part.label).name for part in parts)
        clips[name] = render_scene(
            parts, seed, size, 'easy', length, seed, idle=True)
    for name, clip in clips.items():
        paths.append(osp.join(folder, f'{name}.mp4'))
        write_video(paths[-1], clip.frames)
    return paths


def stop_on_signal() -> None:
    """Make SIGTERM end the program as Ctrl-C does, so that files are
    removed."""
    if threading.current_thread() is threading.main_thread():
        for number in (signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, signal.default_int_handler)


def work(args: argparse.Namespace) -> None:
    from mmaction_microaction.utils.errors import say
    from mmaction_microaction.utils.tool_parts import plain_console
    from mmaction_microaction.web import Storage
    logging.getLogger('httpx').setLevel(logging.WARNING)
    stop_on_signal()
    console, storage, page = plain_console(), Storage(), None
    try:
        page = make_page(args, console, storage)
        password = os.environ.get('MICROACTION_PASSWORD', '')
        address = page.launch(args.host, args.port, password)
        if not is_loopback(args.host):
            who = 'who knows the password' if password else \
                f'who reaches {args.host}'
            say(f'warning: everyone {who} can use this page, and uploads '
                'travel unencrypted; keep to 127.0.0.1 and a tunnel for '
                'videos of people')
        console.print(f'open {address} in a browser; Ctrl-C stops')
        while True:
            time.sleep(1)
    except KeyboardInterrupt:
        pass
    finally:
        if page is not None:
            page.close()
        storage.close()


def main(argv: Optional[Sequence[str]] = None) -> int:
    return run(work, build_parser(), argv)


if __name__ == '__main__':
    sys.exit(main())
