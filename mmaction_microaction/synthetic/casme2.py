# Copyright (c) mmaction-microaction contributors. All rights reserved.
"""Write a data root in the form of CASME II, with drawn faces.

::

    ROOT/
        CASME2-coding-20190701.xlsx      onset, apex, offset, units, emotion
        Cropped-updated/Cropped/sub01/EP01_01f/reg_img46.jpg ...
        sample_data.json                 marks sample data

Clips, at 200 frames per second, begin shortly before the onset and end shortly
after the offset; frames, T of H = W pixels, are numbered as in a longer
recording.
"""
import json
from collections import Counter
from pathlib import Path
from typing import List, NamedTuple, Sequence, Tuple, Union

import cv2
import numpy as np

from mmaction_microaction.datasets.expressions import (EMOTIONS,
                                                       SAMPLE_DATA_MARK)
from mmaction_microaction.utils.errors import UserError, import_extra
from .appearance import check_appearance
from .clip import add_noise
from .data_root import prepare_root, require_frames, require_positive, run_jobs
from .faces import FaceDrawing
from .faces_geometry import Face, parse_units

FPS = 200
_FRAMES = 'Cropped-updated/Cropped'
_HEADER = ('Subject', 'Filename', None, 'OnsetFrame', 'ApexFrame',
           'OffsetFrame', None, 'Action Units', 'Estimated Emotion')
#: Emotion -> the frequent action units in CASME II (Yan et al., PLoS ONE 9(1),
#: 2014, Table 2); 'others' are movements without an emotion.
EMOTION_UNITS = dict(
    happiness=('6+12', '12', '12+25'),
    disgust=('4+9', '9+10', '4+7+9+10'),
    repression=('15+17', '17+24', '15+17+24'),
    surprise=('1+2', '1+2+5', '1+2+25'),
    others=('4', '4+L7', '4+7'),
    sadness=('1+4+15', ),
    fear=('1+2+4+20', ))
#: The five-class scheme, and those of which everybody has one clip at most.
FREQUENT = ('happiness', 'disgust', 'repression', 'surprise', 'others')
RARE = ('sadness', 'fear')
#: How strong an expression is at the apex, and how far the head drifts
#: (pixels at a size of 112), by appearance.
_STRENGTH = dict(easy=(.45, .75), hard=(.25, .5))
_DRIFT = dict(easy=.25, hard=.8)


class ExpressionJob(NamedTuple):
    """One clip to generate."""
    folder: Path
    units: str  # such as '6+12'
    onset: int
    apex: int
    offset: int
    first: int  # the first and the last frame that exist
    last: int
    seed: int
    subject_seed: int
    size: int  # width and height in pixels
    appearance: str


def generate_casme2(out_root: Union[str, Path],
                    subjects: int = 6,
                    clips_per_emotion: int = 4,
                    size: int = 112,
                    num_frames: Tuple[int, int] = (24, 40),
                    emotions: Sequence[str] = FREQUENT + RARE,
                    seed: int = 0,
                    appearance: str = 'easy',
                    workers: int = 1,
                    overwrite: bool = False,
                    progress: bool = False) -> Path:
    """Generate a data root in the form of CASME II (see the module).

    Each subject has ``clips_per_emotion`` clips of every frequent emotion and
    one clip of a rare one, sadness and fear alternating.

    Args:
        out_root (str | Path): Folder, also returned.
        subjects, clips_per_emotion (int): Number of each.
        size (int): Width and height in pixels.
        num_frames (tuple[int, int]): Minimum and maximum from onset to offset.
        emotions (Sequence[str]): Only these; default: all seven.
        appearance (str): ``'easy'``, or ``'hard'`` with weaker expressions, a
            moving head, blinks and strong noise.
        seed, workers, overwrite, progress: Of :class:`DataRoot`, and its
            errors.

    Raises:
        ImportError: If openpyxl is not installed.
    """
    require_positive(
        workers=workers,
        subjects=subjects,
        clips_per_emotion=clips_per_emotion)
    if size < 32:
        raise UserError(f'size must be at least 32 pixels, but got {size}')
    require_frames(num_frames, 8)
    unknown = set(emotions) - set(EMOTIONS['casme2'])
    frequent = [x for x in FREQUENT if x in emotions]
    rare = [x for x in RARE if x in emotions]
    if unknown or not frequent:
        raise UserError(f'emotions must be out of {EMOTIONS["casme2"]}, with '
                        f'one or more of {FREQUENT}, but got {emotions}')
    check_appearance(appearance)
    openpyxl = import_extra('openpyxl', 'the table of CASME II')
    root = Path(out_root)
    prepare_root(root, overwrite, SAMPLE_DATA_MARK, (_FRAMES, ))
    tool = 'mmaction-microaction, tools/data/make_sample_data.py'
    about = dict(made_by=tool, people='drawn', seed=seed)
    (root / SAMPLE_DATA_MARK).write_text(json.dumps(about) + '\n')

    rng = np.random.default_rng(seed)
    book = openpyxl.Workbook()
    book.active.append(_HEADER)
    jobs: List[ExpressionJob] = []
    for number in range(1, subjects + 1):
        person = int(rng.integers(2**31))
        taken: Counter = Counter()
        plan = frequent * clips_per_emotion
        plan += [rare[number % len(rare)]] if rare else []
        for i in rng.permutation(len(plan)):
            episode = int(rng.integers(1, 20))
            taken[episode] += 1
            name = f'EP{episode:02d}_{taken[episode]:02d}f'
            job = _make_job(rng, root / _FRAMES / f'sub{number:02d}' / name,
                            plan[i], person, num_frames, size, appearance)
            # As there, a lone unit is a number.
            units = int(job.units) if job.units.isdigit() else job.units
            book.active.append((number, name, None, job.onset, job.apex,
                                job.offset, None, units, plan[i]))
            jobs.append(job)
    book.save(root / 'CASME2-coding-20190701.xlsx')
    run_jobs(_write_clip, jobs, workers, progress)
    return root


def _make_job(rng: np.random.Generator, folder: Path, emotion: str,
              subject_seed: int, num_frames: Tuple[int, int],
              *look) -> ExpressionJob:
    length = int(rng.integers(num_frames[0], num_frames[1] + 1))
    onset = int(rng.integers(20, 200))
    options = EMOTION_UNITS[emotion]
    units = options[rng.integers(len(options))]
    apex = onset + round(length * rng.uniform(.35, .6))
    before, after = (int(x) for x in rng.integers(2, 5, 2))
    return ExpressionJob(folder, units, onset, apex, onset + length,
                         onset - before, onset + length + after,
                         int(rng.integers(2**31)), subject_seed, *look)


def render_expression(job: ExpressionJob) -> np.ndarray:
    """(T, H, W, 3) uint8 RGB, frames ``first`` to ``last`` of a clip."""
    rng = np.random.default_rng(job.seed)
    face = Face(np.random.default_rng(job.subject_seed))
    drawing = FaceDrawing(face, job.size)
    power = rng.uniform(*_STRENGTH[job.appearance])
    apex = {
        unit: np.multiply(sides, change)
        for (unit, sides), change in zip(
            parse_units(job.units).items(), power * rng.uniform(.85, 1.15, 16))
    }
    numbers = np.arange(job.first, job.last + 1)
    amount = expression_curve(numbers, job.onset, job.apex, job.offset)
    drift = _drift(rng, len(numbers)) * _DRIFT[job.appearance] * job.size / 112
    gaze = _drift(rng, len(numbers)) * .008
    blink = np.zeros(len(numbers))
    if job.appearance == 'hard' and rng.random() < .3:
        since = numbers - job.first - rng.integers(len(numbers))
        blink = np.exp(-(since / 4.)**4)
    light = 1 + .004 * _drift(rng, len(numbers))[:, 0]
    frames = []
    for alpha, share, *state in zip(light, amount, drift, gaze, blink):
        now = {unit: share * sides for unit, sides in apex.items()}
        frame = drawing.draw(now, *state)
        frames.append(cv2.convertScaleAbs(frame, alpha=alpha))
    frames = np.stack(frames)
    add_noise(rng, frames, job.appearance)
    return frames


def expression_curve(numbers: np.ndarray, onset: int, apex: int,
                     offset: int) -> np.ndarray:
    """(T,) 0 until the onset, 1 at the apex, 0 from the offset, cosine-shaped
    in between."""
    rise = np.clip((numbers - onset) / (apex - onset), 0, 1)
    fall = np.clip((offset - numbers) / (offset - apex), 0, 1)
    return .5 - .5 * np.cos(np.pi * np.minimum(rise, fall))


def _drift(rng: np.random.Generator, num_frames: int) -> np.ndarray:
    """(T, 2) smooth random movement around 0, mostly within +-1."""
    seconds = np.arange(num_frames)[:, None, None] / FPS
    hertz = rng.uniform(1, 6, (3, 2))
    phase = rng.uniform(0, 2 * np.pi, (3, 2))
    return np.sin(2 * np.pi * hertz * seconds + phase).mean(1)


def _write_clip(job: ExpressionJob) -> None:
    job.folder.mkdir(parents=True)
    for number, frame in enumerate(render_expression(job), job.first):
        # OpenCV's default quality is 95.
        cv2.imwrite(str(job.folder / f'reg_img{number}.jpg'), frame[..., ::-1])
