# Copyright (c) mmaction-microaction contributors. All rights reserved.
"""Count annotations: counts, rates, durations, shares of time.

Reads the same files as compare_annotations.py; in results of tools/infer.py,
it uses the files that you corrected. Writes one table over all sessions to DIR
(summary.csv and summary.xlsx), with rows for all actions, each body part and
each action, and a folder with report.html and the timeline for each file.
docs/formats.md describes the columns.
"""
import argparse
import math
import os
import os.path as osp
import re
import sys
from dataclasses import replace
from typing import Dict, Optional, Sequence

from mmaction_microaction_cli.tool import add_reading_options, make_parser, run

EXAMPLES = """examples:
  python tools/summarize.py results/interview/segments.eaf --out summary
  python tools/summarize.py results --out summary --video recordings
  python tools/summarize.py anna/ project.boris#monday --out summary \\
      --info sessions.csv

sessions.csv names each file by the end of its path, and any of the others:
  file,subject,session,observer,duration
  anna/monday.eaf,S01,1,Anna,612.4

The exit code is 1 if a file could not be read, 2 if none could."""


def build_parser() -> argparse.ArgumentParser:
    parser = make_parser(__doc__, EXAMPLES)
    add = parser.add_argument
    add('files',
        nargs='+',
        metavar='FILE',
        help='annotation files, or '
        'folders of them')
    add('--out', required=True, metavar='DIR', help='output folder')
    add('--info',
        metavar='TABLE',
        help='csv or xlsx with the columns file, subject, session, '
        'observer, duration')
    add('--video',
        metavar='FOLDER',
        help='folder of the videos, named like the sessions; gives '
        'durations, and frames for the reports')
    add_reading_options(parser)
    return parser


def find_rows(path: str, files: Sequence[str]) -> Dict[str, dict]:
    """File -> its row of the table; what stands alone is named."""
    from mmaction_microaction.utils.errors import first_of, say
    from mmaction_microaction.utils.files import to_nfc
    from mmaction_microaction.utils.tables import read_table, row_error
    found, alone = {}, []
    for line, row in read_table(path, ['file']).to_dict('index').items():
        end = osp.join('/', osp.normpath(to_nfc(row['file'])))
        its = [x for x in files if to_nfc(osp.abspath(x)).endswith(end)]
        if len(its) > 1 or set(its) & set(found):
            raise row_error(
                path, line, f'{row["file"]} is in two rows, or matches '
                f'several files: {", ".join(its)}')
        if not re.fullmatch(r'(\d+\.?\d*)?', row.get('duration', '')):
            raise row_error(
                path, line, 'duration must be seconds, but got '
                f'{row["duration"]!r}')
        found.update({x: row for x in its})
        alone += [] if its else [row['file']]
    if alone := [*alone, *(x for x in files if x not in found)]:
        say(f'warning: {path}: row without file, or file without row: '
            f'{", ".join(first_of(alone))}')
    return found


def to_result(file: str, found, facts: Dict[str, str], video: Optional[str],
              asked: Optional[float]):
    """What was annotated, as a result without scores."""
    import numpy as np

    from mmaction_microaction.formats.annotation_files import find_duration
    from mmaction_microaction.inference.video_stream import VideoFile
    from mmaction_microaction.results import VideoInfo, VideoResult
    from mmaction_microaction.utils.errors import UserError
    title = ', '.join(filter(None, (facts['subject'], facts['session'])))
    info = VideoFile(video).info() if video else VideoInfo(
        title, '', 0, 0, 0, 0., 0.)
    duration = find_duration([found], file, asked or info.duration or None)
    end = max((x.end for x in found.segments), default=0)
    if not end - 0.1 <= duration < math.inf:  # programs round
        raise UserError(f'{file}: a segment ends at {end:.3f} s, but the '
                        f'video at {duration:.3f}')
    scores = np.zeros((0, found.taxonomy.num_classes), np.float32)
    settings = dict(found.settings, annotations=file, **facts)
    return VideoResult(
        replace(info, duration=duration), scores.sum(0), np.zeros(0),
        np.zeros(0), scores, found.segments, facts['observer'], {
            key: text
            for key, text in settings.items() if text
        }, found.taxonomy)


def write_pages(result, folder: str, video: Optional[str]) -> None:
    from mmaction_microaction.utils.errors import UserError
    from mmaction_microaction.utils.files import new_files
    from mmaction_microaction.visualization import draw_timeline, write_report
    if osp.exists(osp.join(folder, 'predictions.json')):
        raise UserError(f'{folder} is of tools/infer.py; choose another --out')
    with new_files(folder, beside=True) as (scratch, _):
        draw_timeline(result, f'{scratch}/timeline.png')
        write_report(result, f'{scratch}/report.html', video)


def work(args: argparse.Namespace) -> int:
    from mmaction_microaction.formats.annotation_files import (
        find_annotations, make_reader)
    from mmaction_microaction.inference.find_videos import find_videos
    from mmaction_microaction.outputs import write_summary
    from mmaction_microaction.utils.errors import (UserError, first_of,
                                                   say_failure,
                                                   warnings_to_stderr)
    from mmaction_microaction.utils.files import safe_name, to_nfc
    os.makedirs(args.out, exist_ok=True)
    skip = [osp.realpath(x) for x in (args.out, args.info) if x]
    names = find_annotations(args.files, skip)
    if not names:
        raise UserError(f'{args.files} is both --out and --info')
    rows = find_rows(args.info, list(names)) if args.info else {}
    videos, results = {}, []
    for path in find_videos(args.video) if args.video else ():
        stem = to_nfc(osp.splitext(osp.basename(path))[0])
        if videos.setdefault(stem, path) != path:
            raise UserError(f'{path} has the name of {videos[stem]}')
    if args.video and not videos.keys() & {*names.values()}:
        raise UserError(f'{args.video} has no video named like a session: '
                        f'{", ".join(first_of([*names.values()]))}')
    read = make_reader(list(names), args)
    for file, name in names.items():
        row, video = rows.get(file, {}), videos.get(name)
        try:
            with warnings_to_stderr():
                found = read(file)
            subject, observer = found.people
            facts = dict(subject=subject, session=name, observer=observer)
            facts.update({x: row[x] for x in facts if row.get(x)})
            asked = float(row.get('duration') or 0) or args.duration
            result = to_result(file, found, facts, video, asked)
            write_pages(result, osp.join(args.out, safe_name(name)), video)
            results.append((facts, result))
        except Exception as error:  # the other files are to be done
            say_failure(error, file, args.debug)
    if not results:
        return 2
    write_summary(results, args.out)
    print(f'{len(results)} of {len(names)} files -> {args.out}')
    return int(len(results) < len(names))


def main(argv: Optional[Sequence[str]] = None) -> int:
    return run(work, build_parser(), argv)


if __name__ == '__main__':
    sys.exit(main())
