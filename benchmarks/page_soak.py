# Copyright (c) mmaction-microaction contributors. All rights reserved.
"""Upload videos to the web page from many clients at once, and check answers.

The page measures movement (poses from files, no model). In 50 uploads, 10 are
of damaged files, 5 are hostile, and 3 visitors leave before their result. Good
uploads must get their own result, the server must stay alive, and its folder
must be empty in the end. With --minutes, so many uploads again and again.
Exit code 1 if anything is not as it should be, or memory grows by 5 %.

example:
  python -m benchmarks.page_soak --uploads 50 --clients 8
  python -m benchmarks.page_soak --minutes 10
"""
import argparse
import json
import os
import random
import re
import signal
import subprocess
import sys
import tempfile
import time
import uuid
import zipfile
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import List, NamedTuple, Optional

import httpx
import numpy as np

from mmaction_microaction.pose import write_pose_file
from mmaction_microaction.taxonomy import MA52
from mmaction_microaction.utils.video_writer import write_video
from .faults import GROWTH, REPO, damage, growth, memory
from .movement import SIZE, make_sample

FILES, _WAIT = 24, 600.  # distinct good videos; seconds for an answer
_DAMAGES = (0, 1, 2, 3, 4, 7, 8)  # of faults.damage, those of a file's content
_HTML = '<img src=x onerror=alert(1)>.mp4'
_ESCAPES = '../../../../escaped.mp4'


class Upload(NamedTuple):
    """What a visitor sends, and how it must end."""
    kind: str  # good, damaged, hostile, cancelled
    name: str
    content: bytes
    path: str = ''  # sent in place of an upload
    frames: int = 0


class Visitor:
    """A page that is open in a browser, as its requests."""

    def __init__(self, address: str, config: dict) -> None:
        events = config['dependencies']
        self.run = max(events, key=lambda x: len(x['inputs']))
        self.choose = next(
            x for x in events if len(x['inputs']) == len(x['outputs']) == 1)
        self.key = uuid.uuid4().hex
        self._client = httpx.Client(
            base_url=f'{address}gradio_api/', timeout=_WAIT, trust_env=False)
        beat = self._client.build_request('GET', f'heartbeat/{self.key}')
        self._beat = self._client.send(beat, stream=True)

    def ask(self, upload: Upload) -> Optional[List]:
        """The outputs of a run; None if it is refused, or for one who
        leaves."""
        path = upload.path
        if not path:
            files = dict(files=(upload.name, upload.content))
            answer = self._client.post('upload', files=files)
            answer.raise_for_status()
            path, = answer.json()
        file = dict(path=path, meta=dict(_type='gradio.FileData'))
        chosen = dict(
            data=[file], fn_index=self.choose['id'], session_hash=self.key)
        self._client.post('run/predict', json=chosen)  # as the page does
        data = [file, *(None for _ in self.run['inputs'][1:])]
        call = dict(data=data, fn_index=self.run['id'], session_hash=self.key)
        self._client.post('queue/join', json=call).raise_for_status()
        with self._client.stream(
                'GET', 'queue/data',
                params=dict(session_hash=self.key)) as lines:
            for line in lines.iter_lines():
                if upload.kind == 'cancelled' and '"progress"' in line:
                    return None
                if '"process_completed"' in line:
                    said = json.loads(line.partition(':')[2])
                    return said['output'].get('data')
        raise RuntimeError('the stream ended without an answer')

    def fetch(self, path: str) -> httpx.Response:
        return self._client.get(f'file={path}')

    def leave(self) -> None:
        self._beat.close()
        self._client.close()


def check(visitor: Visitor, upload: Upload) -> str:
    """How an upload ended; 'wrong: ...' for what must not be."""
    outputs = visitor.ask(upload)
    if upload.kind == 'cancelled':
        return 'left'
    if outputs is None:
        return 'refused by Gradio' if upload.path else 'wrong: no answer'
    status, _, overview, _, _, files = outputs
    if '<img src=x' in json.dumps(outputs):
        return 'wrong: HTML of a name'
    if 'Something went wrong' in status:
        return 'wrong: internal error'
    if not files:
        text = ' '.join(re.sub('<[^>]*>', ' ', status).split())
        return f'wrong: {text}' if upload.kind == 'good' else 'refused'
    path, = (x['path'] for x in files if 'predictions.json' in x['path'])
    video = visitor.fetch(path).json()['video']
    if upload.name not in overview or video['name'] != upload.name or \
            upload.frames not in (0, video['num_frames']):
        return f'wrong: result of {video["name"]}'
    return 'answered'


def make_good(folder: Path) -> List[Upload]:
    """Videos of noise with poses in files beside them, no two as long."""
    sample = make_sample(MA52.find('touching nose').index, 3)
    rng, uploads = np.random.default_rng(0), []
    for i in range(FILES):
        name, total = f'visit {i:02}', len(sample.points) - i
        frames = rng.integers(0, 255, (total, 96, 80, 3), np.uint8)
        write_video(folder / f'{name}.mp4', frames)
        entry = dict(
            frame_dir=name,
            img_shape=SIZE[::-1],
            keypoint=sample.points[None, :total],
            keypoint_score=sample.scores[None, :total],
            source='drawn')
        write_pose_file(str(folder / f'{name}.pkl'), [entry])
        content = (folder / f'{name}.mp4').read_bytes()
        uploads.append(Upload('good', f'{name}.mp4', content, '', total))
    return uploads


def make_uploads(good: List[Upload], work: Path, root: str, count: int,
                 rng: random.Random) -> List[Upload]:
    """Uploads in random order: a fifth damaged, a tenth hostile, three
    fiftieths cancelled; pairs of the others are of the same file."""
    uploads = []
    for i in range(count // 5):
        path = work / f'damaged {i}.mp4'
        path.write_bytes(good[i % FILES].content)
        damage(path, _DAMAGES[i % len(_DAMAGES)])
        uploads.append(Upload('damaged', path.name, path.read_bytes()))
    with zipfile.ZipFile(work / 'x.zip', 'w', zipfile.ZIP_DEFLATED) as file:
        file.writestr('../../x.mp4', bytes(2**24))
    huge = b'YUV4MPEG2 W65000 H65000 F25:1 C420jpeg\nFRAME\n' + bytes(2**16)
    hostile = [
        Upload('hostile', _HTML, good[0].content),
        Upload('hostile', _ESCAPES, b'no video'),
        Upload('hostile', 'x.mp4', (work / 'x.zip').read_bytes()),
        Upload('hostile', 'huge.y4m', huge),
        Upload('hostile', 'samples', b'', f'{root}/samples'),
        Upload('hostile', 'passwd', b'', '/etc/passwd'),
    ]
    rng.shuffle(hostile)
    uploads += [hostile[i % len(hostile)] for i in range(count // 10)]
    uploads += [
        good[i % FILES]._replace(kind='cancelled')
        for i in range(3 * count // 50)
    ]
    uploads += [
        good[i // 2 % FILES] for i in range(count - len(uploads))
    ]  # yapf: disable
    # Pairs stay neighbours, so that both are there at once.
    pairs = [uploads[i:i + 2] for i in range(0, count, 2)]
    rng.shuffle(pairs)
    return [x for pair in pairs for x in pair]


def files_in(folder: Path) -> List[str]:
    """Files below the page's folder that have content, without samples."""
    found = (x for x in folder.rglob('*') if x.is_file() and x.stat().st_size)
    return [str(x) for x in found if x.parent.name != 'samples']


def soak(count: int, clients: int, seed: int, minutes: float = 0) -> bool:
    """Start the page, upload, and print what came of it."""
    ended, sizes = Counter(), []
    with tempfile.TemporaryDirectory() as folder:
        videos, temporary = Path(folder, 'videos'), Path(folder, 'temporary')
        samples, work = Path(folder, 'samples'), Path(folder, 'work')
        for path in (videos, temporary, samples, work):
            path.mkdir()
        write_video(samples / 'sample.mp4', np.zeros((9, 64, 64, 3), np.uint8))
        good = make_good(videos)  # poses are read at the page's start
        server = _start(videos, samples, temporary)
        try:
            address = _address(server)
            root, = temporary.glob('microactions-*')
            uploads = make_uploads(good, work, str(root), count,
                                   random.Random(seed))
            config = httpx.get(f'{address}config', trust_env=False).json()
            start = time.monotonic()

            def visit(upload: Upload) -> None:
                visitor = None
                try:
                    visitor = Visitor(address, config)
                    how = check(visitor, upload)
                except Exception as error:
                    how = f'wrong: {error!r}'
                finally:
                    if visitor:
                        visitor.leave()
                ended[upload.kind, how] += 1
                sizes.append(memory(server.pid))
                if how.startswith('wrong'):
                    print(f'{upload.name}: {how}', flush=True)

            with ThreadPoolExecutor(clients) as pool:
                list(pool.map(visit, uploads))
                while time.monotonic() < start + 60 * minutes:
                    list(pool.map(visit, uploads))
            seconds, end = time.monotonic() - start, time.monotonic() + 30
            while (left := files_in(root)) and time.monotonic() < end:
                time.sleep(.2)
            alive = server.poll() is None and \
                httpx.get(address, trust_env=False).is_success
            samples_left = len(list((root / 'samples').iterdir()))
        finally:
            server.send_signal(signal.SIGTERM)
            server.communicate(timeout=60)
        escaped = list(Path(folder).rglob('escaped*'))
        remains = os.listdir(temporary)
    for (kind, how), number in sorted(ended.items()):
        print(f'{kind}: {number} {how}')
    print('memory, MB:', *(f'{x:.0f}' for x in sizes[::-(-len(sizes) // 10)]))
    print(f'{len(sizes)} uploads by {clients} clients in {seconds:.0f} s; '
          f'memory {growth(sizes):+.1f} %; files left {len(left)}, after the '
          f'end {len(remains)}; server {"alive" if alive else "dead"}')
    if minutes and growth(sizes) >= GROWTH:
        return False
    return alive and samples_left == 1 and not (left or remains or escaped or
                                                server.returncode) and not any(
                                                    how.startswith('wrong')
                                                    for _, how in ended)


def _start(videos: Path, samples: Path, temporary: Path) -> subprocess.Popen:
    """The page."""
    return subprocess.Popen(
        [
            sys.executable, '-u',
            str(REPO / 'tools' / 'demo_app.py'), '--port', '0', '--pose',
            str(videos), '--samples',
            str(samples)
        ],
        env=dict(os.environ, TMPDIR=str(temporary), no_proxy='*',
                 PYTHONPATH=f'{REPO}:{os.environ.get("PYTHONPATH", "")}'),
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True)  # yapf: disable


def _address(server: subprocess.Popen) -> str:
    for line in server.stdout:
        if line.startswith('open http'):
            return line.split()[1]
    raise RuntimeError('the page did not start')


def build_parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter)
    add = parser.add_argument
    add('--uploads', type=int, default=50, help='number of uploads')
    add('--clients', type=int, default=8, help='visitors at once')
    add('--minutes', type=float, default=0, help='length, at least')
    add('--seed', type=int, default=0, help='of the order')
    return parser


def main(argv: Optional[List[str]] = None) -> int:
    args = build_parser().parse_args(argv)
    return not soak(args.uploads, args.clients, args.seed, args.minutes)


if __name__ == '__main__':
    sys.exit(main())
