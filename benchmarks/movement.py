# Copyright (c) mmaction-microaction contributors. All rights reserved.
"""Movement measured on generated poses whose truth is known.

For each of the 52 classes, clips of the drawn person, seen by random cameras
(yaw +-30 degrees, elevation 0 to 30), with jitter, and with the hands lost in
a fifth of the frames. Prints, in markdown, the F1 of contact episodes for
each region, the share of clips with the right number of nods and shakes, and
with the right dominant part. docs/movement.md has its results.
"""
import argparse
import sys
from collections import Counter, defaultdict
from dataclasses import dataclass
from typing import Dict, List, Optional, Sequence, Tuple

import numpy as np
from scipy.signal import find_peaks

from benchmarks.report import markdown_table
from mmaction_microaction.kinematics import MovementResult, measure_movement
from mmaction_microaction.results import VideoInfo
from mmaction_microaction.synthetic.appearance import Subject
from mmaction_microaction.synthetic.geometry import Camera
from mmaction_microaction.synthetic.motion_builder import FPS, MotionBuilder
from mmaction_microaction.synthetic.motions import REVERSED_FROM, perform
from mmaction_microaction.synthetic.renderer import Figure
from mmaction_microaction.synthetic.skeleton import rotations, solve
from mmaction_microaction.taxonomy import MA52

SIZE = 320, 384
#: Standard deviation of the jitter, in heights of the picture, as measured on
#: real clips: from a person who fills the picture to one far away.
JITTER = .0003, .003
SWING = .05  # radians, 3 degrees: the swing that settings.min_swing means
LOST = .2  # share of frames in which a hand is lost, in runs of
RUN = 6  # frames on average
THERE = .9  # share of its way from which on a hand has arrived
#: Place that a hand of the generator goes to -> kind of the contact.
KINDS = dict(
    dict.fromkeys(('nose', 'glasses', 'forehead', 'mouth', 'eye', 'cheek',
                   'ear', 'crown', 'hindbrain', 'face'), 'hand to head'),
    neck='hand to neck or shoulder',
    shoulder='hand to neck or shoulder',
    chest='hand to chest',
    sternum='hand to chest',
    back='hand to chest',  # behind it: a picture does not tell
    waist='hand to waist',
    flank='arms folded',
    forearm='hand to other arm',
    thigh='hand to thigh',
    kneecap='hand to thigh',
    shin='hand to shin',
    ankle='hand to shin')  # yapf: disable
#: Classes of the generator that put a hand to the other one.
TOGETHER = ('putting hands together', 'rubbing hands', 'spreading hands',
            'hands touching fingers')
#: Near enough to be right either way.
EITHER = (('playing objects', 'hand to other hand'), ('other finger movements',
                                                      'hand to thigh'))

Span = Tuple[str, float, float]  # kind, start and end in seconds


@dataclass
class Sample:
    """A generated clip of T frames, and what is true of it."""
    label: int
    points: np.ndarray  # (T, 28, 2), pixels
    scores: np.ndarray  # (T, 28)
    contacts: List[Span]
    cycles: Dict[str, int]  # nods and head shakes


class _Camera(Camera):
    """One that stands elsewhere."""

    def __init__(self, subject: Subject, turn: np.ndarray) -> None:
        super().__init__(SIZE, subject, np.zeros((1, 2)))
        self._turn = turn

    def project(self, points: np.ndarray) -> np.ndarray:
        return super().project(points @ self._turn.T)


class _Actor(MotionBuilder):
    """Writes down which place a hand goes to, and when it is there."""

    def __init__(self, *args) -> None:
        super().__init__(*args)
        self.reached: List[Tuple[str, np.ndarray]] = []

    def reach(self, side, place, envelope, *args, **options) -> None:
        super().reach(side, place, envelope, *args, **options)
        if isinstance(place, str):
            kind = KINDS[place]  # on a thigh, hands start nearby
            there = .5 if kind == 'hand to thigh' else THERE
            self.reached.append((kind, envelope >= there))


def make_sample(label: int, seed: int) -> Sample:
    """A clip of a class; the seed decides on everything random."""
    rng = np.random.default_rng((label, seed))
    total = int(rng.integers(30, 76))
    subject = Subject(int(rng.integers(2**31)), 'easy')
    act = _Actor(rng, total, subject.build)
    perform(label, act)
    angle = np.deg2rad([rng.uniform(-15, 15), 0, rng.uniform(-30, 30)])
    camera = _Camera(subject, rotations(angle[None])[0])
    joints = solve(act.pose, subject.build)
    points = Figure(act.pose, joints, subject, camera).keypoints()
    points += rng.normal(
        scale=SIZE[1] * np.exp(rng.uniform(*np.log(JITTER))),
        size=points.shape)
    scores = np.ones(points.shape[:2])
    for hand in (slice(18, 23), slice(23, 28)):
        scores[_lost(rng, total), hand] = 0
    there = defaultdict(list)
    for kind, mask in act.reached:
        there[kind].append(mask)
    name = MA52.names[label]
    if name in TOGETHER:
        apart = joints['palm'][:, 0] - joints['palm'][:, 1]
        tips = joints['tips'].reshape(total, 2, 5, 3)
        near = np.linalg.norm(tips[:, 0, :, None] - tips[:, 1, None], axis=-1)
        there['hand to other hand'] = [
            np.minimum(near.min((1, 2)), np.linalg.norm(apart, axis=1)) < .2
        ]
    order = slice(None, None, -1 if label in REVERSED_FROM else 1)
    contacts = [(kind, start / FPS, end / FPS)
                for kind, masks in there.items()
                for start, end in _runs(np.any(masks, 0)[order])]
    cycles = {}
    for kind, axis, its in (('nod', 0, 'nodding'), ('head shake', 2,
                                                    'shaking head')):
        if name == its:
            track = act.pose.head[:, axis]
            turns = [len(find_peaks(x, prominence=SWING)[0])
                     for x in (track, -track)]  # yapf: disable
            cycles[kind] = (sum(turns) + 1) // 2
    points[scores == 0] = 0
    return Sample(label, points[order], scores[order], contacts, cycles)


def _lost(rng: np.random.Generator, total: int) -> np.ndarray:
    """(T,) bool: whether the hand is lost, in runs, in LOST of the frames."""
    lost, state = np.zeros(total, bool), rng.random() < LOST
    leave = 1 / RUN
    enter = leave * LOST / (1 - LOST)
    for t in range(total):
        lost[t] = state
        state ^= rng.random() < (leave if state else enter)
    return lost


def _runs(mask: np.ndarray) -> List[Tuple[int, int]]:
    edges = np.flatnonzero(np.diff(np.concatenate([[0], mask, [0]])))
    return list(zip(edges[::2], edges[1::2]))


def measure(sample: Sample) -> MovementResult:
    """What the package says of a clip."""
    total = len(sample.points)
    info = VideoInfo('', '', *SIZE, total, FPS, total / FPS)
    return measure_movement(sample.points, sample.scores, info)


def match(found: Sequence[Span], true: Sequence[Span],
          kind: str) -> Tuple[int, int, int]:
    """Episodes that match one to one from tIoU 0.5 on, found, and true;
    those of the two hands count once."""
    ours, theirs = (_join([x for x in spans if x[0] == kind])
                    for spans in (found, true))  # yapf: disable
    left, matched = list(theirs), 0
    for a, b in ours:
        for c, d in left:
            shared = min(b, d) - max(a, c)
            if shared >= .5 * (max(b, d) - min(a, c)):
                left.remove((c, d))
                matched += 1
                break
    return matched, len(ours), len(theirs)


def _join(spans: Sequence[Span]) -> List[Tuple[float, float]]:
    joined: List[Tuple[float, float]] = []
    for _, a, b in sorted(spans, key=lambda x: x[1]):
        if joined and a <= joined[-1][1]:
            joined[-1] = joined[-1][0], max(b, joined[-1][1])
        else:
            joined.append((a, b))
    return joined


def build_parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=__doc__)
    add = parser.add_argument
    add('--clips', type=int, default=60, help='of each class (%(default)s)')
    add('--seed', type=int, default=20000, help='of the first clip')
    add('--classes',
        nargs='+',
        default=MA52.names,
        metavar='NAME',
        help='only these')
    return parser


def main(argv: Optional[Sequence[str]] = None) -> int:
    args = build_parser().parse_args(argv)
    labels = [MA52.find(x) for x in args.classes]
    counts, cycles = defaultdict(list), Counter()
    parts: Dict[int, Counter] = defaultdict(Counter)
    for label in labels:
        for seed in range(args.seed, args.seed + args.clips):
            sample = make_sample(label.index, seed)
            result = measure(sample)
            parts[label.index][result.dominant_part] += 1
            found = [(s.label.name, s.start, s.end) for s in result.segments]
            for kind in sorted({*KINDS.values(), 'hand to other hand'}):
                if (label.name, kind) not in EITHER:
                    counts[kind].append(match(found, sample.contacts, kind))
            for kind, true in sample.cycles.items():
                said = sum(
                    int(s.comment.split()[0]) for s in result.segments
                    if s.label.name == kind)
                cycles[kind, 'exact'] += said == true
                cycles[kind, 'all'] += 1
    rows = []
    for kind, its in counts.items():
        matched, found, true = np.sum(its, 0)
        rows.append([kind, f'{2 * matched / max(1, found + true):.2f}',
                     f'{true}', f'{found}', f'{matched}'])  # yapf: disable
    print(markdown_table(['contact', 'F1', 'true', 'found', 'matched'], rows))
    for kind in ('nod', 'head shake'):
        print(f'{kind}: the right count in {cycles[kind, "exact"]} of '
              f'{cycles[kind, "all"]} clips')
    rows, right = [], 0
    for label in labels:
        its = parts[label.index]
        right += its[label.group_name]
        wrong = ', '.join(f'{x or "none"} {n}' for x, n in its.most_common()
                          if x != label.group_name)  # yapf: disable
        rows.append([label.name, label.group_name,
                     f'{its[label.group_name]}', wrong])  # yapf: disable
    print(markdown_table(['class', 'body part', 'right', 'instead'], rows))
    total = args.clips * len(rows)
    print(f'dominant part: right in {right} of {total} clips, '
          f'{100 * right / total:.1f} %')
    return 0


if __name__ == '__main__':
    sys.exit(main())
