# Copyright (c) mmaction-microaction contributors. All rights reserved.
"""Analyse a model: confusions, weak classes, embedding, Grad-CAM.

Works from dumped predictions, or from a checkpoint (including embedding map
and Grad-CAM). Writes pictures (png), tables (csv) and a self-contained
index.html to the folder OUT.

examples:
  python tools/test.py CONFIG CHECKPOINT --dump predictions.pkl
  python tools/analysis_tools/analyze.py dump predictions.pkl --out analysis \\
      --ann-file data/ma52/val_list_videos.txt --data-root data/ma52

  python tools/analysis_tools/analyze.py model configs/manet_r50_ma52.py \\
      CHECKPOINT --out analysis --tsne
"""
import argparse
import os
import os.path as osp
import sys
from typing import List, Optional, Sequence

from mmaction_microaction_cli.tool import add_config_options, add_debug, run


def count(text: str) -> int:
    """A non-negative integer, for argparse."""
    number = int(text)
    if number < 0:
        raise argparse.ArgumentTypeError(f'must be 0 or more, but got {text}')
    return number


def build_parser() -> argparse.ArgumentParser:
    look = dict(
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter)
    parser = argparse.ArgumentParser(**look)
    commands = parser.add_subparsers(dest='command', required=True)
    common = argparse.ArgumentParser(add_help=False)
    add = common.add_argument
    add('--out', required=True, help='output folder')
    add('--pairs',
        type=count,
        default=10,
        help='number of pairs of confused classes (default: %(default)s)')
    add('--seed',
        type=int,
        default=0,
        help='random seed (default: %(default)s)')
    add_debug(common)
    add_dump_arguments(
        commands.add_parser(
            'dump',
            parents=[common],
            help='analyses the output of tools/test.py --dump',
            **look))
    add_model_arguments(
        commands.add_parser(
            'model',
            parents=[common],
            help='runs the test set of a config; also draws the embedding '
            'and Grad-CAM',
            **look))
    return parser


def add_dump_arguments(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument
    add('predictions', help='the dump of predictions')
    add('--ann-file',
        required=True,
        help='list of the same clips, with '
        'labels')
    add('--data-root',
        help='root of MA-52, or folder of the clips; for the frames of '
        'confused pairs')
    add('--train-list',
        help='list that gives the class frequencies (default: that of '
        '--data-root, if any)')
    add('--score-key', help='scores to use, if the dump has several')
    add('--taxonomy',
        default='ma52',
        help='label set, a name or a file (default: %(default)s)')


def add_model_arguments(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument
    add('config', help='config of a recogniser')
    add('checkpoint', help='checkpoint of the model')
    add('--clips',
        type=int,
        metavar='N',
        help='number of random clips of the test set (default: all)')
    add('--tsne', action='store_true', help='t-SNE instead of PCA')
    add('--cams',
        type=count,
        default=8,
        metavar='N',
        help='number of clips with Grad-CAM, half of them correct (default: '
        '%(default)s)')
    add('--cam-layer',
        metavar='NAME',
        help='layer for Grad-CAM, e.g. backbone/layer3 (default: the last '
        'one with spatial positions)')
    add_config_options(parser)


def analyse_dump(args: argparse.Namespace) -> None:
    from mmaction_microaction import analysis
    from mmaction_microaction.datasets import find_list
    from mmaction_microaction.taxonomy import Taxonomy
    from mmaction_microaction.utils.files import new_files
    taxonomy = Taxonomy.load(args.taxonomy)
    clips = analysis.read_dump(args.predictions, args.ann_file, args.score_key,
                               taxonomy)
    train_list = args.train_list
    if args.data_root:
        clips.paths = analysis.find_clips(args.data_root, clips.names)
        try:
            train_list = train_list or find_list(args.data_root, 'train')
        except FileNotFoundError:
            pass  # the root may hold clips only
    if train_list:
        clips.train_counts = analysis.read_train_counts(train_list, taxonomy)
    with new_files(args.out) as (out, placed):
        sections = analyse_scores(args, clips, out)
        write(out, clips, sections, osp.basename(args.predictions))
    print(f'wrote {placed["index.html"]}')


def analyse_model(args: argparse.Namespace) -> None:
    from mmengine.runner import set_random_seed

    from mmaction_microaction import analysis
    from mmaction_microaction.utils.files import new_files
    from mmaction_microaction.utils.tool_parts import load_config
    cfg = load_config(args.config, args.cfg_options)
    set_random_seed(args.seed)
    model = analysis.load_model(cfg, args.checkpoint)
    if args.cams:  # reports an unknown layer before the test
        analysis.ClipGradCAM(model, args.cam_layer).close()
    dataset = analysis.build_test_set(cfg, args.clips, args.seed)
    os.makedirs(args.out, exist_ok=True)
    clips = analysis.run_model(model, dataset, cfg.test_dataloader.to_dict())
    clips.train_counts = analysis.count_training_clips(cfg)
    names = [osp.basename(name) for name in (args.config, args.checkpoint)]
    method = 'tsne' if args.tsne else 'pca'
    with new_files(args.out) as (out, placed):
        sections = analyse_scores(args, clips, out)
        sections.append(
            analysis.analyse_embedding(clips, out, method, args.seed))
        if args.cams:
            sections.append(
                analysis.analyse_attention(clips, model, dataset, out,
                                           args.cams, args.seed,
                                           args.cam_layer))
        write(out, clips, sections, ' with '.join(names))
    print(f'wrote {placed["index.html"]}')


def analyse_scores(args: argparse.Namespace, clips, out: str) -> list:
    """The sections that need only scores."""
    from rich.progress import track

    from mmaction_microaction import analysis
    steps = (analysis.analyse_confusion,
             lambda clips, out: analysis.analyse_pairs(clips, out, args.pairs),
             analysis.analyse_classes)
    return [step(clips, out) for step in track(steps, 'Drawing')]


def write(out: str, clips, sections: List, source: str) -> None:
    """Write the page around the sections."""
    from mmaction_microaction.evaluation.functional import ma52_scores
    from mmaction_microaction.visualization import write_index
    scores = ma52_scores(clips.scores, clips.labels, taxonomy=clips.taxonomy)
    write_index(out, 'Analysis of a model',
                f'{len(clips.names)} clips, predicted by {source}.', {
                    key.replace('_', ' '): value
                    for key, value in scores.items()
                }, sections)


def work(args: argparse.Namespace) -> None:
    (analyse_dump if args.command == 'dump' else analyse_model)(args)


def main(argv: Optional[Sequence[str]] = None) -> int:
    return run(work, build_parser(), argv)


if __name__ == '__main__':
    sys.exit(main())
