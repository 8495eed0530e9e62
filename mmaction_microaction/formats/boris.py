# Copyright (c) mmaction-microaction contributors. All rights reserved.
"""Tables and projects of BORIS, the event logger of behavioural science.

============  ========================================  =====================
form          columns                                   a row for
============  ========================================  =====================
import        time, subject, code, modifier, comment    each start and stop
tabular       Time, Subject, Behavior, Behavior type    each start and stop
aggregated    Start (s), Stop (s), Subject, Behavior    each state
============  ========================================  =====================

BORIS imports the first form, as ``.xlsx``, and exports the others; all can be
read, and projects (``.boris``), too. Case and order of the columns do not
matter, further columns are ignored. Times in exports and projects include the
time offset of the observation, which is subtracted.

Rows with the same subject, code and modifier start and stop a state in turn,
so an action that overlaps itself has the modifier ``overlap 2`` in its second
lane. The comment holds the kind of the row and the score::

    time   subject  code     modifier  comment
    1.24            nodding            START, score 0.8731
    2.08            nodding            END

The codes must be *state events* of the project's ethogram. Source:
``import_observations.py``, ``export_observation.py`` (7.13, 8.27, 9.15) and
``project_functions.py`` of BORIS.
"""
from mmaction_microaction.results.spans import (assign_lanes, sort_segments,
                                                to_span)
from mmaction_microaction.results.video_result import VideoResult
from mmaction_microaction.taxonomy import MA52, Taxonomy
from mmaction_microaction.utils.errors import UserError
from mmaction_microaction.utils.files import write_bytes
from mmaction_microaction.utils.tables import workbook
from .common import join_unsure

HEADER = ('time', 'subject', 'code', 'modifier', 'comment')
_ETHOGRAM_HEADER = ('Behavior code', 'Behavior type', 'Description', 'Key',
                    'Behavioral category', 'Excluded behaviors')
START, STOP, POINT = 'START', 'STOP', 'POINT'
# At the end of a state: BORIS sorts by the comments, too, and what ends has to
# come before what starts at the same time.
END = 'END'


def write_boris(result: VideoResult, path: str) -> None:
    """Write segments as a table that BORIS imports (no focal subject).

    Raises:
        ValueError: If ``path`` does not end in ``.xlsx``.
    """
    _check_ending(path)
    rows = []
    for action in result.taxonomy.labels:
        segments = sort_segments(s for s in result.segments
                                 if s.action == action.index)
        spans = [to_span(segment) for segment in segments]
        for segment, span, lane in zip(segments, spans, assign_lanes(spans)):
            key = '', action.name, f'overlap {lane + 1}' if lane else ''
            remark = join_unsure(segment)
            comment = f'{START}, score {segment.score:.4f}' + (f'; {remark}' if
                                                               remark else '')
            # At one time the stop comes first, the next start second.
            rows += [(span[0], 1, *key, comment), (span[1], 0, *key, END)]
    rows.sort()
    table = [(time / 1000, *texts) for time, _, *texts in rows]
    write_bytes(path, workbook('events', [HEADER, *table]))


def write_boris_ethogram(path: str, taxonomy: Taxonomy = MA52) -> None:
    """Write an ethogram (``.xlsx``) that BORIS imports: actions are state
    events, body parts categories."""
    _check_ending(path)
    rows = [(a.name, 'State event', a.code, '', a.group_name, '')
            for a in taxonomy.labels]
    write_bytes(path, workbook('ethogram', [_ETHOGRAM_HEADER, *rows]))


def _check_ending(path: str) -> None:
    """UserError unless the extension is ``.xlsx``, as in BORIS."""
    if not str(path).lower().endswith('.xlsx'):
        raise UserError(f'{path}: expected a workbook (.xlsx), as BORIS '
                        'imports no CSV')
