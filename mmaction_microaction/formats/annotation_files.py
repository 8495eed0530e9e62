# Copyright (c) mmaction-microaction contributors. All rights reserved.
"""Collections of annotation files, for the tools."""
import os
import os.path as osp
from argparse import Namespace
from collections import Counter, defaultdict
from contextlib import suppress
from pathlib import Path
from typing import Callable, Dict, List, Optional, Sequence

from mmaction_microaction.datasets.mma52_annotations import read_mma52
from mmaction_microaction.results.tables import read_json
from mmaction_microaction.results.video_result import Segment
from mmaction_microaction.taxonomy import MA52, Taxonomy
from mmaction_microaction.utils.errors import UserError, first_of, say
from mmaction_microaction.utils.files import DIGESTS, changed_files, to_nfc
from .annotations import ANNOTATION_ENDINGS, Annotations, read_annotations
from .eaf import tiers_per_file

# Output of tools/infer.py in the folder of a video; the web page prefixes the
# video's name. Files without segments beside it.
_RESULT = 'predictions.json'
_OTHERS = ('/frames.csv', '_frames.csv', 'boris_ethogram.xlsx', '/done.json')


def find_annotations(paths: Sequence[str],
                     skip: Sequence[str]) -> Dict[str, str]:
    """Collect annotation files and name their sessions.

    From an output folder of ``tools/infer.py`` come the files that a person
    corrected or added, else ``predictions.json`` (with a warning if the record
    of changes is missing). A session is named after that folder, after the
    video (results of the web page), after the file without its extension, or
    by the NAME of FILE#NAME; parent folders are prepended until names differ.

    Args:
        paths (Sequence[str]): Files, and folders to search recursively.
        skip (Sequence[str]): Real paths to leave out silently; other files
            left out are reported, unless hidden.

    Returns:
        dict[str, str]: File -> name of its session.

    Raises:
        UserError: If two files have the same name.
    """
    # It takes seconds to import.
    from mmaction_microaction.inference.find_videos import find_files
    files, results = [], []

    def is_result(folder: str) -> bool:
        is_one = any(x.endswith(_RESULT) for x in os.listdir(folder))
        # An explicit path overrides a folder to skip.
        here, top = (osp.realpath(x) + os.sep for x in (folder, path))
        skipped = any(
            here.startswith(x + os.sep) and not top.startswith(x + os.sep)
            for x in skip)
        results.extend([folder] * (is_one and not skipped))
        return is_one or skipped

    def reason(path: str) -> Optional[str]:
        is_one = path.lower().endswith(ANNOTATION_ENDINGS)
        is_one &= not path.lower().endswith(_OTHERS)
        return None if is_one else 'is no annotation'

    for path in paths:
        known = len(results)
        its = find_files(path, reason, is_result) if osp.isdir(path) else []
        # A folder without any is kept: its reader reports it.
        files += its or [path] * (len(results) == known)
    for folder in results:
        its = [osp.join(folder, x) for x in os.listdir(folder) if x[0] != '.']
        sessions = defaultdict(list)
        for file in sorted(x for x in its if not reason(x)):
            sessions[_find_result(file)].append(osp.basename(file))
        files += [osp.join(folder, x) for x in sessions.pop(None, ())]
        for result, names in sessions.items():
            changed = changed_files(folder, names)
            if osp.basename(result) in changed:  # there is no record of it
                if names[1:]:
                    say(f'warning: {folder}: {DIGESTS}, the record of '
                        f'corrections, is missing; of {", ".join(names)}, '
                        f'{osp.basename(result)} is used: name another file '
                        'to use that')
                changed = []
            files += [osp.join(folder, x) for x in changed] or [result]
    found = {osp.realpath(x): x for x in files if osp.realpath(x) not in skip}
    parts = {x: _name_parts(x) for x in found.values()}
    named: Dict[str, str] = {}
    for size in range(1, max(map(len, parts.values()), default=0) + 1):
        tails = {x: '/'.join(y[-size:]) for x, y in parts.items()}
        counts = Counter(tails.values())
        for file, tail in tails.items():
            if counts[tail] == 1:
                named.setdefault(file, tail)
    if alike := [x for x in parts if x not in named]:
        raise UserError(f'{" and ".join(first_of(alike))} have the same '
                        'name: give only one of them')
    return {x: named[x] for x in parts}


def _find_result(file: str) -> Optional[str]:
    """The predictions.json whose prefix a file's name has."""
    folder, name = osp.split(file)
    begins = [
        x.removesuffix(_RESULT) for x in os.listdir(folder or '.')
        if x.endswith(_RESULT)
    ]
    begin = max(filter(name.startswith, begins), key=len, default=None)
    return None if begin is None else osp.join(folder, begin + _RESULT)


def _name_parts(file: str) -> Sequence[str]:
    """The parent folders of a file, and the name of its session."""
    path, result = Path(to_nfc(osp.abspath(file))), None
    if osp.isfile(file):
        result = _find_result(file)
    elif '#' in path.name:
        stem, _, name = path.name.partition('#')
        return (*path.parts[:-1], Path(stem).stem, name)
    if result is None:  # of a result, it may have been taken out
        its = path.stem in ('segments', 'label_studio')
        return path.parts[:-1] if its else (*path.parts[:-1], path.stem)
    begin = to_nfc(osp.basename(result).removesuffix(_RESULT).rstrip('_'))
    return (*path.parts[:-1], begin) if begin else path.parts[:-1]


def read_ground_truth(path: str,
                      taxonomy: Taxonomy = MA52) -> Dict[str, List[Segment]]:
    """Read the annotations of many videos.

    Args:
        path (str): A CSV or JSON file in the format of MMA-52, or any file or
            folder of :func:`find_annotations`.
        taxonomy (Taxonomy): Label set of the annotations.

    Returns:
        dict[str, list[Segment]]: By name of the video, without extension, in
        composed Unicode (NFC).

    Raises:
        ValueError: If a file is malformed, or two have the same name.
    """
    if _is_mma52(path):
        return {
            to_nfc(record.video_id): [
                Segment(x.start_s, x.end_s, x.label, 1., taxonomy)
                for x in record.instances
            ]
            for record in read_mma52(path, num_classes=taxonomy.num_classes)
        }
    names = find_annotations([path], [])
    if guesses := [x for x in names if x.endswith(_RESULT)]:
        say('warning: uncorrected predictions used as ground truth: '
            f'{", ".join(first_of(guesses))}')
    return {
        name: read_annotations(file, True, taxonomy).segments
        for file, name in names.items()
    }


def _is_mma52(path: str) -> bool:
    """Whether a file may be in the format of MMA-52."""
    if osp.isdir(path) or not path.lower().endswith(('.csv', '.json')):
        return False
    if not osp.isfile(path):
        return True
    content = Path(path).read_bytes()
    return b'"database"' in content or b'video_id' in content.split(b'\n')[0]


def make_reader(paths: Sequence[str],
                args: Namespace) -> Callable[[str], Annotations]:
    """A reader of the files with the options of ``microaction.tool``;
    UserError for options that apply to none. All share one label set: that of
    a predictions.json, else the given one."""
    names = ' '.join([*paths, '']).lower()
    if (args.tier or args.media) and '.eaf ' not in names:
        raise UserError('--tier and --media are for ELAN files (.eaf), but '
                        f'got none: {", ".join(first_of(paths))}')
    tiers = dict(zip(paths, tiers_per_file(paths, args.tier)))
    taxonomy = Taxonomy.load(args.taxonomy)
    for path in paths:
        if path.lower().endswith('.json'):
            with suppress(ValueError, OSError):  # Label Studio's, broken
                taxonomy = read_json(path).taxonomy
                break
    options = dict(
        strict=not args.skip_unknown,
        taxonomy=taxonomy,
        point_duration=args.point_duration,
        fps=args.fps,
        media=args.media)

    def read(path: str) -> Annotations:
        found = read_annotations(path, tiers=tiers[path], **options)
        if found.taxonomy != taxonomy:
            raise UserError(f'{path} has the label set {found.taxonomy.title},'
                            f' but the others have {taxonomy.title}')
        return found

    return read


def find_duration(found: Sequence[Annotations], where: str,
                  asked: Optional[float]) -> float:
    """Length of the video, seconds: ``asked``, that of the files, or the last
    end of a segment, with a warning."""
    if asked is not None:
        return asked
    known = [x.duration for x in found if x.duration is not None]
    ends = [segment.end for x in found for segment in x.segments]
    if not known and not ends:
        raise UserError(f'{where}: no segments, and the length of the video '
                        'is unknown; set --duration')
    if not known:
        say(f'warning: {where}: the length of the video is unknown; assumed '
            f'{max(ends):g} s, the end of the last segment. Kappa, rates and '
            'shares depend on it: set --duration')
    return max(known + ends)
