# Copyright (c) mmaction-microaction contributors. All rights reserved.
"""One table over many sessions: frequency, duration, latency, share of time.
"""
from typing import Dict, Sequence, Tuple

import pandas as pd

from mmaction_microaction.results.behaviour_table import (behaviour_table,
                                                          behaviour_total)
from mmaction_microaction.results.video_result import VideoResult
from mmaction_microaction.utils.files import new_files
from mmaction_microaction.utils.tables import plain_table, workbook

# Of a BehaviourRow.
_NUMBERS = ('name', 'count', 'rate', 'total', 'mean', 'median', 'share',
            'first')


def write_summary(results: Sequence[Tuple[Dict[str, str], VideoResult]],
                  folder: str) -> None:
    """Write ``summary.csv`` and ``summary.xlsx`` (docs/formats.md) of facts
    (subject, session, observer) and results: all actions of a session, its
    body parts, actions that occur in any session; undefined cells are empty.
    The file is that of the annotations, or the video."""
    shown = {s.action for _, result in results for s in result.segments}
    rows = []
    for facts, result in results:
        data = result.segments, result.video.duration
        file = result.settings.get('annotations', result.video.path)
        for row in (behaviour_total(*data),
                    *behaviour_table(*data, shown, result.taxonomy)):
            level = 'body part' if row.action is None else 'action'
            level = 'all' if row.body < 0 else level
            numbers = {x: getattr(row, x) for x in _NUMBERS}
            rows.append(
                dict(
                    facts, level=level, **numbers, duration=data[1],
                    file=file))
    table = pd.DataFrame(rows).round(4)
    cells = table.astype(object).where(table.notna(), None).values.tolist()
    with new_files(folder) as (scratch, _):
        plain_table(table).to_csv(f'{scratch}/summary.csv', index=False)
    with new_files(folder) as (scratch, _), \
            open(f'{scratch}/summary.xlsx', 'wb') as file:
        file.write(workbook('summary', [table.columns, *cells]))
