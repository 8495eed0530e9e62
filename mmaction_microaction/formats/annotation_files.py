# Copyright (c) mmaction-microaction contributors. All rights reserved.
"""Many annotation files at once, for the tools that read them."""
import os
import os.path as osp
from argparse import Namespace
from contextlib import suppress
from pathlib import Path
from typing import Callable, Dict, Optional, Sequence

from mmaction_microaction.inference.find_videos import find_files
from mmaction_microaction.results.tables import read_json
from mmaction_microaction.taxonomy import Taxonomy
from mmaction_microaction.utils.errors import UserError, first_of, say
from mmaction_microaction.utils.files import DIGESTS, changed_files, compose
from .annotations import ANNOTATION_ENDINGS, Annotations, read_annotations
from .eaf import share_tiers

# What tools/infer.py has in the folder of a video, and its record there.
_RESULT, _RECORD = 'predictions.json', 'done.json'


def find_annotations(paths: Sequence[str],
                     skip: Sequence[str]) -> Dict[str, str]:
    """The files that are named, and those in folders and below: file -> name.

    Of a folder of ``tools/infer.py`` those that somebody has corrected or
    added, else ``predictions.json``; they have the folder's name. Others have
    that of the file without ending, or the NAME of FILE#NAME; the folder's
    and the file's where several would have one name. What is left out of a
    folder is said, but for hidden files and real paths to ``skip``.
    """
    files, results = [], []

    def is_result(folder: str) -> bool:
        is_one = osp.isfile(osp.join(folder, _RESULT))
        results.extend([folder] * is_one)
        # What is named is wanted, even if it is in a folder to skip.
        here, top = (osp.realpath(x) + os.sep for x in (folder, path))
        return is_one or any(
            here.startswith(x + os.sep) and not top.startswith(x + os.sep)
            for x in skip)

    def reason(path: str) -> Optional[str]:
        is_one = path.lower().endswith(ANNOTATION_ENDINGS)
        return None if is_one else 'is no annotation'

    for path in paths:
        known = len(results)
        its = find_files(path, reason, is_result) if osp.isdir(path) else []
        # A folder without any stays in: who reads it tells.
        files += its or [path] * (len(results) == known)
    for folder in results:
        names = [x for x in sorted(os.listdir(folder)) if not reason(x)]
        names = changed_files(folder, {*names} - {_RECORD, DIGESTS})
        files += [osp.join(folder, x) for x in sorted(names) or [_RESULT]]
    found = {osp.realpath(x): x for x in files if osp.realpath(x) not in skip}
    places = [Path(osp.abspath(x)) for x in found.values()]
    names = [
        x.parent.name if x.with_name(_RESULT).is_file() else
        x.stem if x.is_file() else x.name.partition('#')[2] or x.stem
        for x in places
    ]
    return {
        file:
        compose(
            name if names.count(name) == 1 else '/'.join(place.parts[-2:]))
        for file, place, name in zip(found.values(), places, names)
    }


def make_reader(paths: Sequence[str],
                args: Namespace) -> Callable[[str], Annotations]:
    """What reads one of the files, as the options of :mod:`.reading_options`
    say; UserError for those that no file is for. All are of one label set,
    that of a predictions.json or else the one asked for."""
    names = ' '.join([*paths, '']).lower()
    if (args.tier or args.media) and '.eaf ' not in names:
        raise UserError('--tier and --media are for ELAN files (.eaf), but '
                        f'there is none: {", ".join(first_of(paths))}')
    tiers = dict(zip(paths, share_tiers(paths, args.tier)))
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
            raise UserError(f'{path} is of {found.taxonomy.title}, but the '
                            f'others are of {taxonomy.title}')
        return found

    return read


def find_duration(found: Sequence[Annotations], where: str,
                  asked: Optional[float]) -> float:
    """Of the video that files are of, seconds; the last end, with a warning,
    where neither they nor the user say."""
    if asked is not None:
        return asked
    known = [x.duration for x in found if x.duration is not None]
    ends = [segment.end for x in found for segment in x.segments]
    if not known and not ends:
        raise UserError(f'{where}: no segment, and nothing says how long the '
                        'video is; set --duration')
    if not known:
        say(f'warning: {where}: nothing says how long the video is; taken as '
            f'{max(ends):g} s, the last end of a segment. Kappa, rates and '
            'shares depend on it: set --duration')
    return max(known + ends)
