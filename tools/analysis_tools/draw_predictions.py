# Copyright (c) mmaction-microaction contributors. All rights reserved.
"""Draw some predictions: the frames of a clip beside its five best classes.

    python tools/test.py CONFIG CHECKPOINT --dump predictions.pkl
    python tools/analysis_tools/draw_predictions.py predictions.pkl \\
        --data-root data/ma52 --out predictions.png
"""
import argparse

import decord
import numpy as np

import mmaction_microaction  # noqa: F401  installs the shims
from mmaction_microaction.datasets import SPLITS, MA52Dataset
from mmaction_microaction.evaluation import load_predictions, match_names
from mmaction_microaction.utils.errors import UserError
from mmaction_microaction.visualization import PredictedClip, draw_predictions


def parse_args() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('predictions', help='what tools/test.py --dump wrote')
    parser.add_argument('--data-root', required=True, help='root of MA-52')
    parser.add_argument(
        '--split',
        choices=SPLITS,
        default='val',
        help='whose predictions these are (default: val)')
    parser.add_argument('--out', required=True, help='png file to write')
    parser.add_argument(
        '--clips',
        nargs='+',
        metavar='NAME',
        help='names of clips (default: --number clips, evenly from the list)')
    parser.add_argument('--number', type=int, default=4, help='default: 4')
    parser.add_argument(
        '--frames', type=int, default=8, help='frames of a clip (default: 8)')
    return parser.parse_args()


def read_frames(path: str, number: int) -> np.ndarray:
    """Evenly spaced frames of a video: (number, H, W, 3), uint8."""
    reader = decord.VideoReader(path, num_threads=1)
    indices = (np.arange(number) + 0.5) * len(reader) / number
    return reader.get_batch(indices.astype(int)).asnumpy()


def main() -> None:
    args = parse_args()
    predictions = load_predictions(args.predictions)
    dataset = MA52Dataset(
        data_root=args.data_root, split=args.split, test_mode=True)
    infos = [dataset.get_data_info(i) for i in range(len(dataset))]
    names = [info['clip_name'] for info in infos]
    if predictions.names is None:
        raise UserError(f'{args.predictions} does not say whose predictions '
                        "these are; put 'clip_name' into the meta_keys of "
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
    draw_predictions([
        PredictedClip(names[i], read_frames(infos[i]['filename'], args.frames),
                      predictions.scores[order[i]], infos[i].get('label'))
        for i in chosen
    ], args.out)
    print(f'wrote {args.out}')


if __name__ == '__main__':
    main()
