# Copyright (c) mmaction-microaction contributors. All rights reserved.
"""Predict the emotion label of a session from its micro-actions.

evaluate tests on people who were not in the training and writes tables and
pictures; train writes a model; predict applies it. A score describes behaviour
in a data set: it is no diagnosis and no evidence of what a person feels (see
docs/emotion.md).
"""
import argparse
import json
import os.path as osp
import sys
from typing import Optional, Sequence

from mmaction_microaction_cli import tool

EXAMPLES = """example:
  python tools/data/make_sample_data.py data --tasks emotion --size 80x96
  python tools/emotion/emotion_from_segments.py evaluate \\
      data/emotion/sessions.csv --out emotion
  python tools/emotion/emotion_from_segments.py train \\
      data/emotion/sessions.csv --out emotion/model.json
  python tools/emotion/emotion_from_segments.py predict emotion/model.json \\
      data/emotion/new_sessions.csv --out emotion/new_scores.csv

The table has the columns session,subject,emotion,file; a file is what
tools/infer.py or an annotation program wrote, relative to the table. Where it
does not say how long the video is, a column duration does, in seconds.
predict needs no emotion.
"""
EVALUATE = 'subject-wise cross-validation, and what speaks for each emotion'
FOLDS = 'leave a part of the subjects out at a time (default: one)'
DRAWS = 'bootstrap draws of subjects (default: 200)'
KINDS = ('count', 'rate', 'mean', 'total', 'share', 'together')


def build_parser() -> argparse.ArgumentParser:
    look = dict(
        description=__doc__,
        epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter)
    parser = argparse.ArgumentParser(**look)
    commands = parser.add_subparsers(dest='command', required=True)
    for run, summary, table, out in (
        (run_evaluate, EVALUATE, 'emotion,file', 'output folder'),
        (run_train, 'fit on all sessions', 'emotion,file', 'model.json'),
        (run_predict, 'probabilities for new sessions', 'file', 'csv'),
    ):
        name = run.__name__[4:]
        command = commands.add_parser(name, help=summary, **look)
        command.set_defaults(run=run)
        add = command.add_argument
        if name == 'predict':
            add('model', help='output of train')
        add('table', help=f'csv: session,subject,{table}')
        add('--out', required=True, help=out)
        add('--empty',
            choices=('error', 'skip', 'keep'),
            default='error',
            help='sessions without segments: error (default), skip, or keep '
            'as sessions without movement')
        tool.add_reading_options(command, alone=False)
        if name != 'predict':
            add_learning_arguments(add)
        if name == 'evaluate':
            add('--folds', type=int, help=FOLDS)
            add('--draws', type=int, default=200, help=DRAWS)
    return parser


def add_learning_arguments(add) -> None:
    add('--classes',
        nargs='+',
        metavar='EMOTION',
        help='emotions, in order (default: those in the table)')
    add('--features',
        nargs='+',
        choices=KINDS,
        default=['rate', 'mean', 'together'],
        metavar='KIND',
        help=f'of {" ".join(KINDS)} (default: rate mean together)')
    add('--bodies', action='store_true', help='add the features of body parts')
    add('--strength',
        type=float,
        default=0.05,
        help="scikit-learn's C; use less for fewer sessions (default: 0.05)")
    add('--seed', type=int, default=0, help='default: 0')


class Data:
    """The sessions of a table, as numbers."""

    def __init__(self, args: argparse.Namespace) -> None:
        from mmaction_microaction import emotion
        from mmaction_microaction.datasets import read_classes
        classes = args.classes and read_classes(args.classes)
        self.sessions = read(args, classes=classes)
        found = {s.emotion for s in self.sessions}
        self.classes = classes or tuple(sorted(found))
        self.taxonomy = emotion.taxonomy_of(self.sessions)
        self.features = emotion.feature_list(args.features, args.bodies,
                                             self.taxonomy)
        self.subjects = [s.subject for s in self.sessions]
        self.known = (emotion.session_features(self.sessions, self.features),
                      [self.classes.index(s.emotion)
                       for s in self.sessions], self.subjects)
        self.how = args.strength, args.seed

    def fit(self):
        from mmaction_microaction.emotion import fit_model
        return fit_model(*self.known, self.classes, self.features, *self.how,
                         self.taxonomy)


def read(args: argparse.Namespace, **known) -> list:
    """The sessions of the table, after --empty."""
    from mmaction_microaction.emotion import describe_empty, read_sessions
    from mmaction_microaction.utils.errors import UserError, warnings_to_stderr
    with warnings_to_stderr():
        sessions = read_sessions(
            args.table,
            strict=not args.skip_unknown,
            tiers=args.tier,
            media=args.media,
            point_duration=args.point_duration,
            fps=args.fps,
            **known)
    problem = describe_empty(sessions)
    if not problem or args.empty == 'keep':
        return sessions
    if args.empty == 'error':
        raise UserError(
            f'{args.table}: {problem}; a lower --threshold of tools/infer.py '
            'finds more; --empty skip omits them; --empty keep uses '
            'them as sessions without movement')
    warn(f'omitted: {problem}')
    left = [s for s in sessions if s.segments]
    if not left:
        raise UserError(f'{args.table}: no session has a segment')
    return left


def warn(text: str) -> None:
    from mmaction_microaction.utils.errors import say
    say(f'warning: {text}')


def write_csv(path: str, header: list, rows: list, form='%.4f') -> None:
    import pandas as pd

    from mmaction_microaction.utils.tables import plain_table
    table = pd.DataFrame(rows, columns=header)
    plain_table(table).to_csv(
        path, index=False, float_format=form, na_rep='nan')


def run_evaluate(args: argparse.Namespace) -> None:
    from rich.progress import track

    from mmaction_microaction import emotion
    from mmaction_microaction.utils.errors import UserError
    from mmaction_microaction.utils.files import new_files
    if osp.isfile(args.out):  # or all the work would be for nothing
        raise UserError(f'--out {args.out} is a file, but evaluate writes a '
                        'folder')
    data = Data(args)
    how = data.classes, data.features, args.folds, *data.how
    result = emotion.cross_validate(
        *data.known, *how, progress=lambda folds: track(folds, 'Folds'))
    evidence = emotion.bootstrap_evidence(
        *data.known,
        data.fit(),
        args.draws,
        seed=args.seed,
        progress=lambda draws: track(draws, 'Intervals'))
    interval = emotion.subject_interval(result, seed=args.seed)
    with new_files(args.out) as (out, _):
        write_evaluation(out, data, result, evidence)
        with open(osp.join(out, 'scores.json'), 'w') as file:
            json.dump(result.report(interval), file, indent=1)
            file.write('\n')
    print_scores(result.scores(), interval, evidence)
    for doubt in result.doubts():
        warn(doubt)
    print(f'wrote {args.out}')


def write_evaluation(out: str, data: Data, result, evidence: list) -> None:
    """The tables and the pictures."""
    from mmaction_microaction.visualization import (draw_confusion_matrix,
                                                    draw_evidence,
                                                    draw_reliability)
    rows = zip(data.sessions, result.folds, result.predictions,
               result.probabilities)
    write_csv(
        osp.join(out, 'predictions.csv'),
        ['session', 'subject', 'fold', 'emotion', 'predicted', *data.classes],
        [[s.name, s.subject, fold, s.emotion, data.classes[best], *row]
         for s, fold, best, row in rows])
    write_csv(
        osp.join(out, 'features.csv'),
        ['session', *(x.name for x in data.features)],
        [[s.name, *row]
         for s, row in zip(data.sessions, data.known[0])], '%.6g')
    write_csv(
        osp.join(out, 'evidence.csv'),
        ['emotion', 'kind', 'what', 'weight', 'low', 'high', 'speaks'],
        [[e.emotion, *e.feature, e.weight, e.low, e.high, e.verdict]
         for e in evidence])
    draw_evidence(evidence, f'{out}/evidence.png', taxonomy=data.taxonomy)
    draw_reliability(result.reliability(), f'{out}/calibration.png')
    path = f'{out}/confusion.png'
    draw_confusion_matrix(
        result.matrix, result.classes, path, counted='sessions')


def print_scores(scores: dict, interval: dict, evidence: list) -> None:
    from rich.table import Table

    from mmaction_microaction.emotion import NOTICE
    from mmaction_microaction.utils.tool_parts import plain_console
    console = plain_console()
    table = Table('score', 'of unseen people', '95 % of draws of subjects')
    for key, value in scores.items():
        ends = [f'{x:.3f}' for x in interval.get(key, ())]
        table.add_row(key, f'{value:.3f}', ' to '.join(ends))
    console.print(table)
    table = Table('emotion', 'speaks for it the most')
    for emotion in dict.fromkeys(e.emotion for e in evidence):
        names = [
            e.feature.name for e in evidence
            if e.emotion == emotion and e.verdict == 'for'
        ]
        table.add_row(emotion, ', '.join(names[:5]) or '-')
    console.print(table)
    console.print(NOTICE)


def run_train(args: argparse.Namespace) -> None:
    from mmaction_microaction.emotion import NOTICE
    from mmaction_microaction.utils.files import new_file
    data = Data(args)
    model = data.fit()
    for doubt in model.doubts():
        warn(doubt)
    with new_file(args.out) as (path, placed):
        model.save(path)
    args.out, = placed.values()
    print(f'wrote {args.out}: {len(data.sessions)} sessions of '
          f'{len(set(data.subjects))} subjects, {len(model.features)} '
          f'features\n{NOTICE}')


def run_predict(args: argparse.Namespace) -> None:
    from mmaction_microaction import emotion
    from mmaction_microaction.utils.files import new_file
    model = emotion.EmotionModel.load(args.model)
    sessions = read(args, labelled=False)
    known = model.known_subjects([s.subject for s in sessions])
    if known:
        warn(f'{args.model} was trained on sessions of {len(known)} of these '
             f'subjects (or of others of the same name): '
             f'{", ".join(known[:5])}; these are not predictions for unseen '
             'people')
    values = emotion.session_features(sessions, model.features, model.taxonomy)
    named = [model.classes[best] for best in model.choose(values)]
    with new_file(args.out) as (path, placed):
        write_csv(
            path,
            ['session', 'subject', 'emotion', 'predicted', *model.classes],
            [[s.name, s.subject, s.emotion or '', name, *row]
             for s, name, row in zip(sessions, named, model.predict(values))])
    told = [s.emotion == x for s, x in zip(sessions, named)
            if s.emotion in model.classes]  # yapf: disable
    right = f'; {sum(told)} of {len(told)} as the table says' if told else ''
    args.out, = placed.values()
    print(f'wrote {args.out}: {len(sessions)} sessions{right}\n'
          f'{emotion.NOTICE}')


def work(args: argparse.Namespace) -> None:
    args.run(args)


def main(argv: Optional[Sequence[str]] = None) -> int:
    return tool.run(work, build_parser(), argv)


if __name__ == '__main__':
    sys.exit(main())
