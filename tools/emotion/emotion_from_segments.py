# Copyright (c) mmaction-microaction contributors. All rights reserved.
"""Tell the emotion of a session from its micro-actions.

evaluate tests on people who were not in the training and writes tables and
pictures; train writes a model; predict applies it. A score describes behaviour
in a data set: it is no diagnosis and no evidence of what a person feels (see
docs/emotion.md).
"""
import argparse
import json
import os
import os.path as osp
import sys
from typing import List, Optional, Sequence

from rich.console import Console
from rich.progress import track
from rich.table import Table

from mmaction_microaction.datasets import read_classes
from mmaction_microaction.emotion import (KINDS, NOTICE, CrossValidation,
                                          EmotionModel, Evidence, Session,
                                          bootstrap_evidence, cross_validate,
                                          describe_empty, feature_list,
                                          fit_model, read_sessions,
                                          session_features, subject_interval)
from mmaction_microaction.emotion.fitting import STRENGTH
from mmaction_microaction.evaluation.metrics.artifacts import write_csv
from mmaction_microaction.utils.errors import UserError

EXAMPLES = """example:
  python tools/data/make_sample_data.py data --tasks emotion --size 80x96
  python tools/emotion/emotion_from_segments.py evaluate \\
      data/emotion/sessions.csv --out emotion
  python tools/emotion/emotion_from_segments.py train \\
      data/emotion/sessions.csv --out emotion/model.json
  python tools/emotion/emotion_from_segments.py predict emotion/model.json \\
      data/emotion/new_sessions.csv --out emotion/new_scores.csv

The table has the columns session,subject,emotion,file; a file is what
tools/infer.py or an annotation program wrote (predictions.json, segments.csv,
.eaf, .xlsx), relative to the table. Where it does not say how long the video
is, a column duration does, in seconds. predict needs no emotion.
"""


def parse_args(argv: Optional[Sequence[str]] = None) -> argparse.Namespace:
    look = dict(
        epilog=EXAMPLES, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser = argparse.ArgumentParser(description=__doc__, **look)
    commands = parser.add_subparsers(dest='command', required=True)
    common = argparse.ArgumentParser(add_help=False)
    common.add_argument(
        '--empty',
        choices=('error', 'skip', 'keep'),
        default='error',
        help='sessions without any segment: refuse, leave out, or take as no '
        'movement (default: error)')
    learning = argparse.ArgumentParser(add_help=False)
    add_learning_arguments(learning)
    evaluate = commands.add_parser(
        'evaluate',
        parents=[learning, common],
        **look,
        help='subject-wise cross-validation, and what speaks for each emotion')
    evaluate.add_argument('--out', required=True, help='folder to write into')
    evaluate.add_argument(
        '--folds',
        type=int,
        help='leave a part of the subjects out at a time (default: one)')
    evaluate.add_argument(
        '--draws',
        type=int,
        default=200,
        help='bootstrap draws of subjects (default: %(default)s)')
    train = commands.add_parser(
        'train',
        parents=[learning, common],
        **look,
        help='fit on all sessions')
    train.add_argument('--out', required=True, help='model.json to write')
    predict = commands.add_parser(
        'predict',
        parents=[common],
        **look,
        help='probabilities for new sessions')
    predict.add_argument('model', help='what train has written')
    predict.add_argument('table', help='csv: session,subject,file')
    predict.add_argument('--out', required=True, help='csv to write')
    return parser.parse_args(argv)


def add_learning_arguments(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument
    add('table', help='csv: session,subject,emotion,file')
    add('--classes',
        nargs='+',
        metavar='EMOTION',
        help='the emotions, in order (default: those in the table)')
    add('--features',
        nargs='+',
        choices=list(KINDS),
        default=['rate', 'mean', 'together'],
        metavar='KIND',
        help=f'numbers to take, of {" ".join(KINDS)} (default: rate mean '
        'together)')
    add('--bodies',
        action='store_true',
        help='the same numbers of body parts as well')
    add('--strength',
        type=float,
        default=STRENGTH,
        help="scikit-learn's C; less for fewer sessions (default: "
        '%(default)s)')
    add('--seed', type=int, default=0, help='default: 0')


class Data:
    """The sessions of a table, as numbers."""

    def __init__(self, args: argparse.Namespace) -> None:
        classes = args.classes and read_classes(args.classes)
        self.sessions = choose(
            read_sessions(args.table, classes=classes), args)
        found = {s.emotion for s in self.sessions}
        self.classes = classes or tuple(sorted(found))
        self.features = feature_list(args.features, args.bodies)
        self.values = session_features(self.sessions, self.features)
        self.labels = [self.classes.index(s.emotion) for s in self.sessions]
        self.subjects = [s.subject for s in self.sessions]

    def fit(self, args: argparse.Namespace) -> EmotionModel:
        return fit_model(self.values, self.labels, self.subjects, self.classes,
                         self.features, args.strength, args.seed)


def choose(sessions: List[Session], args: argparse.Namespace) -> List[Session]:
    """What is left after --empty."""
    problem = describe_empty(sessions)
    if not problem or args.empty == 'keep':
        return sessions
    if args.empty == 'error':
        raise UserError(
            f'{args.table}: {problem}; a lower --threshold of tools/infer.py '
            'finds more, --empty skip leaves them out, --empty keep takes '
            'them as sessions without movement')
    warn(f'left out: {problem}')
    left = [s for s in sessions if s.segments]
    if not left:
        raise UserError(f'{args.table}: no session has a segment')
    return left


def warn(text: str) -> None:
    Console(stderr=True).print(f'warning: {text}', markup=False)


def run_evaluate(args: argparse.Namespace) -> None:
    if osp.isfile(args.out):  # or all the work would be for nothing
        raise UserError(f'--out {args.out} is a file, but evaluate writes a '
                        'folder')
    data = Data(args)
    result = cross_validate(
        data.values,
        data.labels,
        data.subjects,
        data.classes,
        data.features,
        args.folds,
        args.strength,
        args.seed,
        progress=lambda folds: track(folds, 'Folds'))
    evidence = bootstrap_evidence(
        data.values,
        data.labels,
        data.subjects,
        data.fit(args),
        args.draws,
        seed=args.seed,
        progress=lambda draws: track(draws, 'Intervals'))
    os.makedirs(args.out, exist_ok=True)
    interval = subject_interval(result, seed=args.seed)
    write_tables(args.out, data, result, evidence)
    with open(osp.join(args.out, 'scores.json'), 'w') as file:
        json.dump(result.report(interval), file, indent=1)
        file.write('\n')
    draw(args.out, result, evidence)
    print_scores(result.scores(), interval, evidence)
    for doubt in result.doubts():
        warn(doubt)
    print(f'wrote {args.out}')


def write_tables(out: str, data: Data, result: CrossValidation,
                 evidence: List[Evidence]) -> None:
    write_csv(
        osp.join(out, 'predictions.csv'),
        ['session', 'subject', 'fold', 'emotion', 'predicted', *data.classes],
        [[
            s.name, s.subject, fold, s.emotion, data.classes[best],
            *(f'{x:.4f}' for x in row)
        ] for s, fold, best, row in zip(data.sessions, result.folds, result.
                                        predictions, result.probabilities)])
    write_csv(
        osp.join(out, 'features.csv'),
        ['session', *(x.name for x in data.features)],
        [[s.name, *(f'{x:.6g}' for x in row)]
         for s, row in zip(data.sessions, data.values)])
    write_csv(
        osp.join(out, 'evidence.csv'),
        ['emotion', 'kind', 'what', 'weight', 'low', 'high', 'speaks'], [[
            e.emotion, *e.feature,
            *(f'{x:.4f}' for x in (e.weight, e.low, e.high)), e.verdict
        ] for e in evidence])


def draw(out: str, result: CrossValidation, evidence: List[Evidence]) -> None:
    from mmaction_microaction.visualization import (draw_confusion_matrix,
                                                    draw_evidence,
                                                    draw_reliability)
    draw_confusion_matrix(
        result.matrix,
        result.classes,
        osp.join(out, 'confusion.png'),
        counted='sessions')
    draw_evidence(evidence, osp.join(out, 'evidence.png'))
    draw_reliability(result.reliability(), osp.join(out, 'calibration.png'))


def print_scores(scores: dict, interval: dict,
                 evidence: List[Evidence]) -> None:
    console = Console(markup=False, emoji=False, highlight=False)
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
    data = Data(args)
    model = data.fit(args)
    for doubt in model.doubts():
        warn(doubt)
    os.makedirs(osp.dirname(osp.abspath(args.out)), exist_ok=True)
    model.save(args.out)
    print(f'wrote {args.out}: {len(data.labels)} sessions of '
          f'{len(set(data.subjects))} subjects, {len(model.features)} '
          f'features\n{NOTICE}')


def run_predict(args: argparse.Namespace) -> None:
    model = EmotionModel.load(args.model)
    sessions = choose(read_sessions(args.table, labelled=False), args)
    known = model.known_subjects([s.subject for s in sessions])
    if known:
        warn(f'{args.model} was trained on sessions of {len(known)} of these '
             f'subjects (or of others of the same name): '
             f'{", ".join(known[:5])}; for them it is no prediction of '
             'somebody unseen')
    values = session_features(sessions, model.features)
    os.makedirs(osp.dirname(osp.abspath(args.out)), exist_ok=True)
    chosen = model.choose(values)
    write_csv(
        args.out,
        ['session', 'subject', 'emotion', 'predicted', *model.classes], [[
            s.name, s.subject, s.emotion, model.classes[best], *(f'{x:.4f}'
                                                                 for x in row)
        ] for s, best, row in zip(sessions, chosen, model.predict(values))])
    print(f'wrote {args.out}: {len(sessions)} sessions'
          f'{agreement(model, sessions, chosen)}\n{NOTICE}')


def agreement(model: EmotionModel, sessions: List[Session],
              chosen: Sequence[int]) -> str:
    """How many of the sessions with a known emotion are named rightly."""
    known = [(s.emotion, model.classes[best])
             for s, best in zip(sessions, chosen)
             if s.emotion in model.classes]
    hits = sum(emotion == predicted for emotion, predicted in known)
    return f'; {hits} of {len(known)} as the table says' if known else ''


def main(argv: Optional[Sequence[str]] = None) -> None:
    args = parse_args(argv)
    run = dict(evaluate=run_evaluate, train=run_train, predict=run_predict)
    try:
        run[args.command](args)
    except (ValueError, OSError, ImportError) as error:
        print(f'emotion_from_segments.py: error: {error}', file=sys.stderr)
        sys.exit(2)


if __name__ == '__main__':
    main()
