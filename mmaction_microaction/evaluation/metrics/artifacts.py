# Copyright (c) mmaction-microaction contributors. All rights reserved.
"""Tables written by the metrics."""
import csv
import os.path as osp
from typing import Iterable, List, NamedTuple, Optional, Sequence

import numpy as np

from mmaction_microaction.taxonomy import Taxonomy
from mmaction_microaction.utils.tables import plain_text
from ..functional import confusion_matrix


class Confusion(NamedTuple):
    """Written counts of N classes."""
    path: str  # the csv
    matrix: np.ndarray  # (N, N); rows are true, columns predicted
    names: Sequence[str]
    groups: Optional[np.ndarray] = None  # of the classes, (N,)


def write_csv(path: str, header: Iterable[str],
              rows: Iterable[Iterable]) -> None:
    """Write or replace a table, UTF-8 with Unix line ends."""
    with open(path, 'w', newline='', encoding='utf-8') as file:
        writer = csv.writer(file, lineterminator='\n')
        writer.writerows(map(plain_text, row) for row in [header, *rows])


def write_confusion(out_dir: str, actions: np.ndarray, bodies: np.ndarray,
                    labels: Sequence[int],
                    taxonomy: Taxonomy) -> List[Confusion]:
    """Write ``confusion_action.csv`` and ``confusion_body.csv`` of N clips,
    from predicted actions and groups and true actions."""
    groups, written = taxonomy.group_index, []
    levels = (('action', actions, labels, taxonomy.names, groups),
              ('body', bodies, groups[labels], taxonomy.groups, None))
    for level, found, true, names, its in levels:
        matrix = confusion_matrix(found, true, len(names))
        path = osp.join(out_dir, f'confusion_{level}.csv')
        write_csv(path, ['true \\ predicted', *names],
                  [[name, *row] for name, row in zip(names, matrix)])
        written.append(Confusion(path, matrix, names, its))
    return written
