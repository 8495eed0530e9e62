# Copyright (c) mmaction-microaction contributors. All rights reserved.
"""Many annotation files at once, for the tools that read them."""
import os
import os.path as osp
from argparse import Namespace
from contextlib import suppress
from typing import Callable, Dict, List, Optional, Sequence

from mmaction_microaction.inference.find_videos import find_files
from mmaction_microaction.results.tables import read_json
from mmaction_microaction.taxonomy import Taxonomy
from mmaction_microaction.utils.errors import UserError, first_of, say
from mmaction_microaction.utils.files import changed_files, compose
from .annotations import ANNOTATION_ENDINGS, Annotations, read_annotations
from .eaf import share_tiers

# What tools/infer.py has in the folder of a video, and its record there.
_RESULT, _RECORD = 'predictions.json', 'done.json'


def find_annotations(paths: Sequence[str],
                     skip: Sequence[str]) -> Dict[str, str]:
    """The files that are named, and those in folders and below: file -> name.

    Of a folder of ``tools/infer.py`` those that somebody has corrected or
    added, else ``predictions.json``; the name is the folder's. Others bear
    that of the file without ending, but if several would be called so, that
    of the file behind that of the folder. What is left out of folders is said,
    but for hidden files and the real paths to ``skip``.
    """
    results: List[str] = []

    def is_result(folder: str) -> bool:
        is_one = osp.isfile(osp.join(folder, _RESULT))
        results.extend([folder] * is_one)
        return is_one or osp.realpath(folder) in skip

    def reason(path: str) -> Optional[str]:
        is_one = path.lower().endswith(ANNOTATION_ENDINGS)
        return None if is_one else 'is no annotation'

    files = []
    for path in paths:
        files += find_files(path, reason,
                            is_result) if osp.isdir(path) else [path]
    for folder in results:
        names = [x for x in sorted(os.listdir(folder)) if x != _RECORD
                 and x[0] != '.' and not reason(x)]  # yapf: disable
        files += [
            osp.join(folder, x)
            for x in changed_files(folder, names) or [_RESULT]
        ]
    found = {osp.realpath(x): x for x in files if osp.realpath(x) not in skip}
    names = {x: _name(osp.abspath(x)) for x in found.values()}
    uses = list(names.values())
    return {
        file:
        name if uses.count(name) == 1 else '/'.join(
            compose(osp.abspath(file)).split('/')[-2:])
        for file, name in names.items()
    }


def _name(path: str) -> str:
    folder, name = osp.split(path)
    if osp.isfile(osp.join(folder, _RESULT)):
        return compose(osp.basename(folder))
    file, mark, part = name.partition('#')
    return compose(osp.splitext(file)[0] + mark + part)


def find_taxonomy(paths: Sequence[str], name: str) -> Taxonomy:
    """The label set of a predictions.json, else the one asked for."""
    for path in paths:
        if path.lower().endswith('.json'):
            with suppress(ValueError, OSError):  # Label Studio's, broken
                return read_json(path).taxonomy
    return Taxonomy.load(name)


def make_reader(paths: Sequence[str],
                args: Namespace) -> Callable[[str], Annotations]:
    """What reads one of the files, all of one label set, as the options of
    :mod:`.reading_options` say; UserError for those that no file is for."""
    names = ' '.join([*paths, '']).lower()
    if (args.tier or args.media) and '.eaf ' not in names:
        raise UserError('--tier and --media are for ELAN files (.eaf), but '
                        f'there is none: {", ".join(first_of(paths))}')
    tiers = dict(zip(paths, share_tiers(paths, args.tier)))
    taxonomy = find_taxonomy(paths, args.taxonomy)
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
