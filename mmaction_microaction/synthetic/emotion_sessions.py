# Copyright (c) mmaction-microaction contributors. All rights reserved.
"""Sessions of micro-actions, as if ``tools/infer.py`` had found them.

::

    ROOT/
        sessions.csv                     session,subject,emotion,file
        new_sessions.csv                 of other people, where asked for
        sessions/s01_1/predictions.json  sessions/s01_1/segments.csv  ...

No video is drawn. A person has habits, some micro-actions that come often
whatever the emotion: who tests on the people of the training learns these.
"""
from pathlib import Path
from typing import Dict, List, Sequence, Tuple, Union

import numpy as np

from mmaction_microaction.results.tables import write_json, write_segments_csv
from mmaction_microaction.results.video_result import (Segment, VideoInfo,
                                                       VideoResult)
from mmaction_microaction.taxonomy import MA52
from mmaction_microaction.utils.errors import UserError
from .performance import FPS

_HABITS = 3  # per person
# Segments per minute: of any action, of one of the emotion, of a habit.
_RATE, _OWN_RATE, _HABIT_RATE = 0.25, 1.5, 2.


def generate_sessions(out_root: Union[str, Path],
                      rule: Dict[str, Sequence[int]],
                      subjects: int = 12,
                      sessions_per_emotion: int = 1,
                      minutes: Tuple[float, float] = (1.5, 3.),
                      own_rate: float = _OWN_RATE,
                      seed: int = 0,
                      first: int = 1,
                      table: str = 'sessions.csv') -> Path:
    """Write sessions whose emotion raises the rate of some micro-actions.

    Args:
        out_root (str | Path): Folder to write into.
        rule (dict[str, Sequence[int]]): Emotion -> its micro-actions.
        subjects, sessions_per_emotion (int): Number of people, and of each
            one's sessions in each emotion.
        minutes (tuple[float, float]): Least and greatest length of a session.
        own_rate (float): Segments per minute of each action of the emotion;
            0.25 of any other.
        seed (int): Decides on everything random.
        first (int): Number of the first person.
        table (str): Name of the table.

    Returns:
        Path: The table, in ``out_root``.

    Raises:
        ValueError: If there are no emotions, people or sessions.
    """
    if not rule or min(subjects, sessions_per_emotion) < 1:
        raise UserError('expected at least one emotion, subject and session, '
                        f'but got {len(rule)}, {subjects} and '
                        f'{sessions_per_emotion}')
    root = Path(out_root)
    rng = np.random.default_rng(seed)
    rows = []
    for person in range(first, first + subjects):
        habits = rng.choice(MA52.num_classes, _HABITS, replace=False)
        for number, emotion in enumerate(
                rng.permutation(list(rule) * sessions_per_emotion), 1):
            rates = np.full(MA52.num_classes, _RATE)
            rates[habits] = _HABIT_RATE
            rates[list(rule[emotion])] = own_rate
            name = f's{person:02d}_{number}'
            folder = root / 'sessions' / name
            folder.mkdir(parents=True, exist_ok=True)
            result = _make_result(rng, name, 60 * rng.uniform(*minutes), rates)
            write_json(result, str(folder / 'predictions.json'))
            write_segments_csv(result, str(folder / 'segments.csv'))
            rows.append((name, f's{person:02d}', emotion,
                         f'sessions/{name}/predictions.json'))
    lines = [('session', 'subject', 'emotion', 'file'), *rows]
    (root / table).write_text(''.join(f'{",".join(x)}\n' for x in lines))
    return root / table


def _make_result(rng: np.random.Generator, name: str, duration: float,
                 rates: np.ndarray) -> VideoResult:
    segments: List[Segment] = []
    for action, count in enumerate(rng.poisson(rates * duration / 60)):
        reached = 0.
        for start in np.sort(rng.uniform(0, duration - 1, count)):
            start = max(float(start), reached)
            end = min(start + rng.gamma(4, 0.3) + 0.2, duration)
            if start < end:  # one after the other
                segments.append(
                    Segment(start, end, action, float(rng.uniform(0.4, 1))))
                reached = end
    frames = round(duration * FPS)
    return VideoResult(
        VideoInfo(f'{name}.mp4', f'{name}.mp4', 96, 80,
                  frames, float(FPS), duration),
        np.zeros(MA52.num_classes, np.float32), np.zeros(0), np.zeros(0),
        np.zeros((0, MA52.num_classes), np.float32),
        sorted(segments, key=lambda s: s.start), 'made-up sessions')
