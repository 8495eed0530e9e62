# Copyright (c) mmaction-microaction contributors. All rights reserved.
"""Draw predictions: frames of clips with their five most probable classes.

example:
  python tools/test.py CONFIG CHECKPOINT --dump predictions.pkl
  python tools/analysis_tools/draw_predictions.py predictions.pkl \\
      --data-root data/ma52 --out predictions.png
"""
import argparse
import sys
from typing import Optional, Sequence

from mmaction_microaction_cli.tool import add_debug, make_parser, run

SPLITS = ('train', 'val', 'test')


def build_parser() -> argparse.ArgumentParser:
    parser = make_parser(__doc__)
    add = parser.add_argument
    add('predictions', help='output of tools/test.py --dump')
    add('--data-root', required=True, help='root of MA-52')
    add('--split',
        choices=SPLITS,
        default='val',
        help='split of the predictions (default: val)')
    add('--out', required=True, help='output file (png)')
    add('--clips',
        nargs='+',
        metavar='NAME',
        help='names of clips (default: --number clips, evenly spaced in the '
        'list)')
    add('--number', type=int, default=4, help='default: 4')
    add('--frames', type=int, default=8, help='frames of a clip (default: 8)')
    add('--taxonomy',
        default='ma52',
        help='label set, a name or a file (default: %(default)s)')
    add_debug(parser)
    return parser


def read_frames(path: str, number: int):
    """Evenly spaced frames of a video: (number, H, W, 3), uint8."""
    import numpy as np

    from mmaction_microaction.utils.video_reader import VideoReader
    reader = VideoReader(path)
    indices = (np.arange(number) + 0.5) * len(reader) / number
    return np.stack(reader.read(indices.astype(int), np.copy))


def work(args: argparse.Namespace) -> None:
    import numpy as np

    from mmaction_microaction.datasets import MA52Dataset
    from mmaction_microaction.evaluation import load_predictions, match_names
    from mmaction_microaction.utils.errors import UserError
    from mmaction_microaction.utils.files import new_file
    from mmaction_microaction.visualization import (PredictedClip,
                                                    draw_predictions)
    predictions = load_predictions(args.predictions)
    dataset = MA52Dataset(
        data_root=args.data_root,
        split=args.split,
        taxonomy=args.taxonomy,
        test_mode=True)
    infos = [dataset.get_data_info(i) for i in range(len(dataset))]
    names = [info['clip_name'] for info in infos]
    if predictions.names is None:
        raise UserError(f'{args.predictions} has no clip names; '
                        "put 'clip_name' into the meta_keys of "
                        'PackActionInputs')
    order = match_names(predictions.names, names, args.predictions)
    if args.clips:
        unknown = sorted(set(args.clips) - set(names))
        if unknown:
            raise UserError(f'no such clips in {args.split}: {unknown}')
        chosen = [names.index(name) for name in args.clips]
    else:
        steps = (np.arange(args.number) + 0.5) * len(names) / args.number
        chosen = steps.astype(int)
    clips = [
        PredictedClip(names[i], read_frames(infos[i]['filename'], args.frames),
                      predictions.scores[order[i]], infos[i].get('label'))
        for i in chosen
    ]
    with new_file(args.out) as (path, placed):
        draw_predictions(clips, path, dataset.taxonomy)
    args.out, = placed.values()
    print(f'wrote {args.out}')


def main(argv: Optional[Sequence[str]] = None) -> int:
    return run(work, build_parser(), argv)


if __name__ == '__main__':
    sys.exit(main())
