# Copyright (c) mmaction-microaction contributors. All rights reserved.
"""Where the metrics write their tables, and how.

Shapes: N clips, K classes, B = 7 body parts.
"""
import csv
import os
import os.path as osp
from typing import List, Optional, Sequence, Tuple

import numpy as np
from mmengine.logging import MMLogger

from mmaction_microaction.labels import BODY_NAMES, NUM_BODIES
from ..functional import body_parts_of, confusion_matrix


def artifact_dir(out_dir: Optional[str] = None) -> Optional[str]:
    """Make the folder for tables and pictures.

    Args:
        out_dir (str, optional): The folder. Defaults to None: that of the
            running runner's log, which the logger knows.

    Returns:
        str | None: The folder, or None where there is no log file either.
    """
    log_file = MMLogger.get_current_instance().log_file
    out_dir = out_dir or (osp.dirname(log_file) if log_file else None)
    if out_dir is not None:
        os.makedirs(out_dir, exist_ok=True)
    return out_dir


def write_csv(path: str, header: Sequence[str], rows: List[list]) -> None:
    """Write a table, UTF-8 with Unix line ends.

    Args:
        path (str): The file, replaced if it is there.
        header (Sequence[str]): Names of the columns.
        rows (list[list]): The rows.
    """
    with open(path, 'w', newline='', encoding='utf-8') as file:
        writer = csv.writer(file, lineterminator='\n')
        writer.writerows([header, *rows])


def write_confusion(out_dir: str, actions: np.ndarray, bodies: np.ndarray,
                    labels: Sequence[int],
                    names: Sequence[str]) -> Tuple[np.ndarray, np.ndarray]:
    """Write ``confusion_action.{csv,png}`` and ``confusion_body.{csv,png}``.

    Args:
        out_dir (str): A folder that is there.
        actions (np.ndarray): (N,) int, predicted actions.
        bodies (np.ndarray): (N,) int, predicted body parts.
        labels (Sequence[int]): N true actions.
        names (Sequence[str]): Names of the K classes.

    Returns:
        tuple[np.ndarray, np.ndarray]: The counts, (K, K) and (B, B), int64;
        rows are true, columns predicted.
    """
    # Drawing is a layer above evaluation and loads matplotlib: only here.
    from mmaction_microaction.visualization import draw_confusion_matrix
    parts = body_parts_of(names)
    action = confusion_matrix(actions, labels, len(names))
    body = confusion_matrix(bodies, parts[labels], NUM_BODIES)
    for level, matrix, rows, groups in (('action', action, names, parts),
                                        ('body', body, BODY_NAMES, None)):
        stem = osp.join(out_dir, f'confusion_{level}')
        write_csv(f'{stem}.csv', ['true \\ predicted', *rows],
                  [[name, *row] for name, row in zip(rows, matrix)])
        draw_confusion_matrix(matrix, rows, f'{stem}.png', groups=groups)
    return action, body
