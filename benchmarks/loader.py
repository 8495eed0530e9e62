# Copyright (c) mmaction-microaction contributors. All rights reserved.
"""Ways to get from a video file to a training sample.

Shapes: T frames of H x W pixels.
"""
import copy
import os
import os.path as osp
import random
from fractions import Fraction
from typing import Callable, Dict, List, Sequence, Tuple

import av
import numpy as np
from mmaction.registry import TRANSFORMS
from mmengine.dataset import Compose

from benchmarks.report import Target
from mmaction_microaction.compat import expand_to_host_steps
from mmaction_microaction.datasets.preparation.encode import encode_clip
from mmaction_microaction.datasets.preparation.recipe import Recipe
from mmaction_microaction.synthetic import render_clip
from mmaction_microaction.utils.errors import UserError

#: Contestants: the host's transforms on the clips as they are given out; the
#: same on prepared clips; our transforms on both; and decoding with nothing
#: behind it.
STOCK, PREPARED = 'stock, raw clips', 'stock, prepared clips'
FAST, BOTH = 'DecodeResized, raw clips', 'DecodeResized, prepared clips'
DECODING = 'decoding alone, every frame'

TARGETS = (
    Target(BOTH, STOCK, 30),
    Target(FAST, STOCK, 1.35),
)

#: Number of clips in MA-52, and what they may take, in GB.
MA52_CLIPS, MA52_BUDGET = 22_422, 5

#: As MA-52's clips: width, height, frames, bit rate.
RAW_SIZE, RAW_FRAMES, RAW_BITS = (1080, 1296), 60, 3_000_000


def make_raw_clip(path: str,
                  seed: int,
                  size: Tuple[int, int] = RAW_SIZE,
                  num_frames: int = RAW_FRAMES) -> None:
    """Draw a clip and encode it as those of MA-52 are: H.264 Main with one B
    frame in two, about 3 Mbit/s and a single key frame, so that all frames
    before a wanted one must be decoded."""
    frames = render_clip(
        seed % 52, seed, size, 'hard', num_frames=num_frames).frames
    with av.open(path, 'w') as container:
        stream = container.add_stream('libx264', rate=Fraction(30))
        stream.width, stream.height = size
        stream.pix_fmt, stream.bit_rate = 'yuv420p', RAW_BITS
        stream.codec_context.gop_size = num_frames
        stream.options = dict(profile='main', bf='1', sc_threshold='0')
        for frame in frames:
            picture = av.VideoFrame.from_ndarray(frame, format='rgb24')
            container.mux(stream.encode(picture))
        container.mux(stream.encode())


def prepare_clips(paths: Sequence[str], folder: str) -> List[str]:
    """Prepare clips as ``tools/data/prepare_videos.py`` does by default; gives
    their paths in the same order."""
    os.makedirs(folder, exist_ok=True)
    prepared = [osp.join(folder, osp.basename(path)) for path in paths]
    for source, target in zip(paths, prepared):
        if osp.exists(target) and osp.samefile(source, target):
            raise UserError(f'{source} lies where the prepared clips are '
                            'written; name another folder')
        data = encode_clip(source, Recipe()).data
        with open(target, 'wb') as f:
            f.write(data)
    return prepared


class Loader:
    """A pipeline over some clips; calling it makes one sample of each.

    The random state is the same in every call, so that all loaders take the
    same frames and the same crops.
    """

    def __init__(self, paths: Sequence[str], pipeline: Sequence[dict]) -> None:
        self.paths = paths
        self.pipeline = Compose([TRANSFORMS.build(t) for t in pipeline])

    def __call__(self) -> List[np.ndarray]:
        """What goes into the model of every clip, uint8."""
        return [self.load(i) for i in range(len(self.paths))]

    def load(self, index: int) -> np.ndarray:
        """Load one clip; its index is the random seed as well."""
        random.seed(index)
        np.random.seed(index)
        path = self.paths[index]
        results = dict(
            filename=path,
            clip_name=osp.basename(path),
            label=0,
            start_index=0,
            modality='RGB')
        return self.pipeline(results)['inputs'].numpy()


def decode_alone(paths: Sequence[str], num_frames: int) -> Callable[[], None]:
    """Decode every frame up to the last sampled one, and drop it.

    FFmpeg's decoder on one thread, every filter on: what a loader of these
    clips comes down to unless it leaves frames undecoded that no sampled one
    depends on. That lies in the last ``1 / num_frames`` of the clip, half
    through it on average.
    """

    def run() -> None:
        for path in paths:
            with av.open(path) as container:
                stream = container.streams.video[0]
                stream.thread_type = 'NONE'
                stream.codec_context.thread_count = 1
                last = int(stream.frames * (1 - 0.5 / num_frames))
                for i, _ in enumerate(container.decode(stream)):
                    if i >= last:
                        break

    return run


def loader_contestants(pipeline: Sequence[dict], raw: Sequence[str],
                       prepared: Sequence[str]) -> Dict[str, Callable]:
    """All ways to load the clips, raw and prepared, through a training
    pipeline that begins with OpenVideo, a sampling and DecodeResized."""
    fast = copy.deepcopy(list(pipeline))
    head = [step['type'] for step in fast[:3]]
    if head[::2] != ['OpenVideo', 'DecodeResized']:
        raise UserError('expected a pipeline that begins with OpenVideo, '
                        f'a sampling and DecodeResized, but got {head}')
    stock = expand_to_host_steps(fast)
    return {
        STOCK: Loader(raw, stock),
        PREPARED: Loader(prepared, stock),
        FAST: Loader(raw, fast),
        BOTH: Loader(prepared, fast),
        DECODING: decode_alone(raw, fast[1].get('num_clips', 1)),
    }


def size_note(paths: Sequence[str]) -> str:
    """What all of MA-52 would take if its clips were as large as these."""
    mean = float(np.mean([osp.getsize(path) for path in paths]))
    return (f'Prepared clips: {mean / 1e3:.0f} KB on average, '
            f'{mean * MA52_CLIPS / 1e9:.2f} GB for the {MA52_CLIPS:,} of '
            f'MA-52 (target: at most {MA52_BUDGET} GB).')


def difference_note(name: str, samples: Sequence[np.ndarray],
                    reference: Sequence[np.ndarray]) -> str:
    """How far a loader's samples are from the stock loader's."""
    difference = np.mean([
        np.abs(a.astype(np.int16) - b).mean()
        for a, b in zip(samples, reference)
    ])
    return (f'{name}: values differ by {difference:.2f} of 255 on average '
            'from the stock loader on the raw clips.')
