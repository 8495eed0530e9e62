# Copyright (c) mmaction-microaction contributors. All rights reserved.
"""Results as JSON and CSV files, written atomically."""
import csv
import json

import numpy as np

from mmaction_microaction.utils.errors import UserError
from mmaction_microaction.utils.files import atomic_text_file
from mmaction_microaction.utils.limits import load_json
from mmaction_microaction.utils.tables import plain_text
from .video_result import Segment, VideoResult


def write_json(result: VideoResult, path: str) -> None:
    """Write ``predictions.json``; see :meth:`VideoResult.to_dict`."""
    with atomic_text_file(path) as file:
        json.dump(result.to_dict(), file, allow_nan=False)
        file.write('\n')


def read_json(path: str) -> VideoResult:
    """Read ``predictions.json``, with its taxonomy.

    Raises:
        ValueError: If the file is of another kind or of a newer schema.
    """
    try:
        return VideoResult.from_dict(load_json(path))
    except (KeyError, TypeError, AttributeError,
            json.JSONDecodeError) as error:
        raise UserError(f'{path} is no predictions.json ({error})') from error
    except ValueError as error:
        raise UserError(f'{path}: {error}') from error


def write_segments_csv(result: VideoResult, path: str) -> None:
    """Write ``segments.csv``: a row per segment, the columns of
    :meth:`Segment.to_dict`."""
    rows = [{
        key: plain_text(cell)
        for key, cell in segment.to_dict().items()
    } for segment in result.segments]
    columns = dict.fromkeys(
        key for row in (Segment(0., 1., 0).to_dict(), *rows) for key in row)
    with atomic_text_file(path) as file:
        writer = csv.DictWriter(file, columns)
        writer.writeheader()
        writer.writerows(rows)


def write_frames_csv(result: VideoResult, path: str,
                     times: np.ndarray) -> None:
    """Write one row per video frame: ``frame,timestamp,<names>``.

    The table can be joined with OpenFace's on ``timestamp`` (three decimals;
    OpenFace counts frames from 1) and with Py-Feat's on ``frame`` (from 0).

    Args:
        result (VideoResult): Provides the scores of the time steps.
        path (str): Output file; an existing one is replaced.
        times (np.ndarray): (T,) presentation time of each frame, seconds.
            Frames outside every time step get empty cells.
    """
    names = map(plain_text, result.taxonomy.names)
    steps = np.searchsorted(result.step_starts, times + 1e-6, 'right') - 1
    inside = (steps >= 0) & (times < result.step_ends[steps] + 1e-6)
    rows = [[f'{score:.4f}' for score in scores]
            for scores in result.step_scores]
    empty = [''] * result.taxonomy.num_classes
    with atomic_text_file(path) as file:
        writer = csv.writer(file)
        writer.writerow(['frame', 'timestamp', *names])
        for frame, (time, step) in enumerate(zip(times, steps)):
            scores = rows[step] if inside[frame] else empty
            writer.writerow([frame, f'{time:.3f}', *scores])
