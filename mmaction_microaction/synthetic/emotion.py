# Copyright (c) mmaction-microaction contributors. All rights reserved.
"""Write sample data of emotions expressed in micro-actions.

::

    ROOT/
        videos_train/0003_02_0001.mp4 ...   <person>_<session>_<clip>.mp4
        videos_val/...    videos_test/...
        classes.txt                  an emotion per line
        train_list_emotions.txt ...  'clip emotion'
        train_list_sessions.txt ...  'session emotion', of the same clips
        clip_sessions.txt            'clip session', of all splits
        pose_{train,val,test}.pkl    as of MA-52, labels are micro-actions
        rule.json                    emotion -> its micro-actions
        sessions.csv                 session,subject,emotion,file: 12 people
        new_sessions.csv             4 others, to apply a model to
        sessions/s01_1/predictions.json  sessions/s01_1/segments.csv  ...

The emotions follow an invented rule: each has some micro-actions, shown in its
clips with a given probability, otherwise any that belongs to no emotion. This
makes no statement about real emotions.

Nobody is in two splits. A session is all clips of a person in one emotion;
those of the tables look like results of ``tools/infer.py``, without video. A
person has habits, micro-actions that are frequent in all emotions: a test on
the people of the training data rewards learning these.
"""
import json
from pathlib import Path
from typing import Dict, List, Optional, Sequence, Tuple, Union

import numpy as np

from mmaction_microaction.results.tables import write_json, write_segments_csv
from mmaction_microaction.results.video_result import (Segment, VideoInfo,
                                                       VideoResult)
from mmaction_microaction.taxonomy import MA52
from mmaction_microaction.utils.errors import UserError
from .clip import NUM_FRAMES
from .data_root import SPLITS, DataRoot, Job, require_frames
from .motion_builder import FPS

#: The planted rule: emotion -> its own micro-actions. The two of a pair that
#: differ in the order of frames only belong to different emotions.
EMOTION_ACTIONS: Dict[str, Tuple[str, ...]] = dict(
    calm=('sitting straightly', 'nodding', 'putting hands together',
          'touching legs', 'tilting head'),
    joy=('head up', 'waving', 'spreading hands', 'illustrative gestures',
         'stretching arms'),
    anxiety=('rubbing hands', 'shaking legs', 'touching nose',
             'scratching arms', 'tiptoe'),
    sadness=('bowing head', 'covering face', 'rubbing eyes', 'crossing arms',
             'shaking head'))

_HABITS = 3  # per person
# Segments per minute: of any action, of one of the emotion, of a habit.
_RATE, _OWN_RATE, _HABIT_RATE = 0.25, 1.5, 2.


def planted_actions(emotion: str) -> Tuple[int, ...]:
    """Micro-actions of an emotion, ascending class indices; UserError for an
    unknown emotion."""
    if emotion not in EMOTION_ACTIONS:
        raise UserError(f'emotion must be one of {list(EMOTION_ACTIONS)}, '
                        f'but got {emotion!r}')
    return tuple(
        sorted(MA52.find(name).index for name in EMOTION_ACTIONS[emotion]))


def generate_emotion(out_root: Union[str, Path],
                     clips_per_emotion: int = 40,
                     held_out_clips: Optional[int] = None,
                     own_share: float = 0.9,
                     num_frames: Tuple[int, int] = NUM_FRAMES,
                     **common) -> Path:
    """Generate clips and sessions of emotions (see the module).

    Args:
        out_root (str | Path): Folder, also returned.
        clips_per_emotion (int): Training clips of each emotion.
        held_out_clips (int, optional): The same for val and for test; default:
            half as many, at least 2.
        own_share (float): Probability that a clip shows an action of its
            emotion, 0 to 1.
        num_frames (tuple[int, int]): Minimum and maximum of a clip.
        common: Of :class:`DataRoot`, and its errors.
    """
    root = DataRoot(out_root, **common)
    if held_out_clips is None:
        held_out_clips = max(2, clips_per_emotion // 2)
    counts = (clips_per_emotion, held_out_clips, held_out_clips)
    if min(counts) < 1 or not 0 <= own_share <= 1:
        raise UserError('expected at least 1 clip per emotion and own_share '
                        f'of 0 to 1, but got {counts} and {own_share}')
    require_frames(num_frames)
    root.prepare('rule.json', 'sessions')
    rule = {name: planted_actions(name) for name in EMOTION_ACTIONS}
    plan = [
        _plan_split(root, split, rule, count, own_share, num_frames)
        for split, count in zip(SPLITS, counts)
    ]
    root.make_videos([[job for job, _ in jobs] for jobs in plan])
    _write_lists(root.path, plan, own_share)
    generate_sessions(root.path, rule, seed=root.seed)
    new = dict(subjects=4, seed=root.seed + 1, first=13)
    generate_sessions(root.path, rule, table='new_sessions.csv', **new)
    return root.path


def _plan_split(root: DataRoot, split: str, rule: Dict[str, Tuple[int, ...]],
                count: int, own_share: float,
                num_frames: Tuple[int, int]) -> List[Tuple[Job, str]]:
    """Draw the clips of one split, each with its emotion, by name."""
    rng, people = root.rng, root.people[split]
    nobodys = sorted(set(range(MA52.num_classes)).difference(*rule.values()))
    # The number of a session must not tell its emotion.
    number = {person: rng.permutation(len(rule)) for person in people}
    seeds = root.person_seeds(split)
    jobs = []
    for place, (emotion, owned) in enumerate(rule.items()):
        for clip, person in enumerate(
                np.resize(rng.permutation(people), count)):
            own = rng.random() < own_share
            label = int(rng.choice(owned if own else nobodys))
            name = (f'{person + 1:04d}_{number[person][place] + 1:02d}_'
                    f'{clip // len(people) + 1:04d}')
            job = root.job(split, name, label, seeds[person], *num_frames)
            jobs.append((job, emotion))
    return sorted(jobs, key=lambda item: item[0].path)


def _write_lists(root: Path, plan: List[List[Tuple[Job, str]]],
                 own_share: float) -> None:

    def write(name: str, pairs: Dict[str, str]) -> None:
        lines = [f'{a} {b}\n' for a, b in pairs.items()]
        (root / name).write_text(''.join(lines))

    sessions: Dict[str, str] = {}
    for split, jobs in zip(SPLITS, plan):
        clips = {job.path.name: emotion for job, emotion in jobs}
        sessions.update({clip: clip.rpartition('_')[0] for clip in clips})
        write(f'{split}_list_emotions.txt', clips)
        write(f'{split}_list_sessions.txt',
              {sessions[clip]: clips[clip]
               for clip in clips})
    write('clip_sessions.txt', sessions)
    (root / 'classes.txt').write_text('\n'.join(EMOTION_ACTIONS) + '\n')
    rule = dict(own_share=own_share, actions=EMOTION_ACTIONS)
    (root / 'rule.json').write_text(json.dumps(rule, indent=2) + '\n')


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
        rule (dict[str, Sequence[int]]): Emotion -> its micro-actions.
        subjects, sessions_per_emotion (int): People; sessions of each.
        minutes (tuple[float, float]): Minimum and maximum length of a session.
        own_rate (float): Segments per minute of each action of the emotion;
            0.25 of any other.
        seed (int): Determines everything random.
        first (int): Number of the first person.
        table (str): Name of the table of sessions, whose path is returned.

    Raises:
        UserError: Without emotions, people or sessions.
    """
    counts = len(rule), subjects, sessions_per_emotion
    if min(counts) < 1:
        raise UserError('expected at least one emotion, subject and session, '
                        f'but got {counts}')
    root, rng = Path(out_root), np.random.default_rng(seed)
    lines = ['session,subject,emotion,file\n']
    for person in range(first, first + subjects):
        habits = rng.choice(MA52.num_classes, _HABITS, replace=False)
        for number, emotion in enumerate(
                rng.permutation(list(rule) * sessions_per_emotion), 1):
            rates = np.full(MA52.num_classes, _RATE)
            rates[habits] = _HABIT_RATE
            rates[list(rule[emotion])] = own_rate
            subject = f's{person:02d}'
            name = f'{subject}_{number}'
            folder = root / 'sessions' / name
            folder.mkdir(parents=True, exist_ok=True)
            result = _make_result(rng, name, 60 * rng.uniform(*minutes), rates)
            write_json(result, str(folder / 'predictions.json'))
            write_segments_csv(result, str(folder / 'segments.csv'))
            lines.append(f'{name},{subject},{emotion},'
                         f'sessions/{name}/predictions.json\n')
    (root / table).write_text(''.join(lines))
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
                score = float(rng.uniform(0.4, 1))
                segments.append(Segment(start, end, action, score))
                reached = end
    video = f'{name}.mp4'
    return VideoResult(
        VideoInfo(video, video, 96, 80,
                  round(duration * FPS), float(FPS), duration),
        np.zeros(MA52.num_classes, np.float32), np.zeros(0), np.zeros(0),
        np.zeros((0, MA52.num_classes), np.float32),
        sorted(segments, key=lambda s: s.start), 'made-up sessions')
