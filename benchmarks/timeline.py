# Copyright (c) mmaction-microaction contributors. All rights reserved.
"""How right are timelines of sessions that a model has not seen?

Draws sessions of one to three minutes, mostly of rest, and some of rest alone;
trains a recogniser of clips as `make demo` does, and from it detectors, on
windows cut from dense annotated sessions and on windows composed of the clips;
calibrates detectors on validation sessions; tests all on sessions of other
people, without and with calibration. Ends with a table, and pictures of the
worst timelines below the truth. What is done stays: the same command goes on
from where it was.

    python -m benchmarks.timeline --out timeline_out --seeds 0 1 2
    python -m benchmarks.timeline --appearance hard --out timeline_hard
"""
import argparse
import json
import os
import os.path as osp
import sys
import time
from glob import glob
from typing import Dict, Optional, Sequence

from mmengine.runner import find_latest_checkpoint
from rich.console import Console

import mmaction_microaction  # noqa: F401  installs the shims
from benchmarks.compare_methods import ROOT, call_tool
from benchmarks.method_page import mean_text
from benchmarks.report import markdown_table
from mmaction_microaction import MicroActionInferencer
from mmaction_microaction.evaluation.functional import (
    detection_scores, expected_calibration_error, match_timelines,
    timeline_scores)
from mmaction_microaction.formats import read_ground_truth
from mmaction_microaction.results import VideoResult, as_arrays
from mmaction_microaction.utils.errors import run_tool
from mmaction_microaction.utils.files import atomic_text_file
from mmaction_microaction.visualization import draw_timeline

SIZE = '64x80'
#: Folder -> how it is drawn, besides look and seed.
DATA = {
    'clips': ('--tasks', 'ma52', '--clips-per-class', '28',
              '--val-clips-per-class', '6', '--balanced'),
    'dense':
    ('--tasks', 'sessions', '--videos', '280', '1', '1', '--rest-videos', '0',
     '--duration', '60', '60', '--rate', '14', '32'),
    'sessions':
    ('--tasks', 'sessions', '--videos', '1', '14', '14', '--rest-videos', '4'),
}
RECOGNISER, DETECTOR = 'manet_r18_ma52demo', 'manet_r18_mma52demo'
#: Model -> its config, and what the training is given of it.
MODELS = {
    'recogniser': (RECOGNISER, ()),
    'detector': (DETECTOR, ()),
    'detector, composed': (DETECTOR, ('composed', ))
}
KEYS = {
    'action_f1@0.3': 'F1@0.3', 'action_f1@0.5': 'F1@0.5',
    'action_f1@0.7': 'F1@0.7', 'action_mAP': 'mAP',
    'body_f1@0.5': 'body F1@0.5', 'body_mAP': 'body mAP',
    'onset': 'onset, s', 'offset': 'offset, s',
    'alarms': 'false alarms/min', 'ece': 'ECE', 'speed': 'x real time'
}  # yapf: disable
IOUS = (.3, .5, .7)
#: Score from which on segments count in the mean average precision.
LEAST = .02
console = Console(highlight=False, markup=False)


def build_parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter)
    add = parser.add_argument
    add('--out', default='timeline_out', help='default: timeline_out')
    add('--seeds', type=int, nargs='+', default=[0], help='default: 0')
    add('--models',
        nargs='+',
        choices=list(MODELS),
        default=list(MODELS)[:2],
        metavar='NAME',
        help=f'of {", ".join(MODELS)} (default: the first two)')
    add('--appearance',
        choices=('easy', 'hard'),
        default='easy',
        help='of the people and rooms (default: easy)')
    add('--debug', action='store_true', help='show where an error arose')
    return parser


def make_data(out: str, appearance: str) -> Dict[str, str]:
    """Folder -> the root of its data set; drawn once."""
    roots = {}
    for seed, (name, options) in enumerate(DATA.items(), start=1):
        folder = osp.join(out, 'data', name)
        roots[name] = osp.join(folder, options[1])
        if osp.isfile(osp.join(folder, 'complete')):
            continue
        start = time.time()
        call_tool(f'{folder}.log', 'data/make_sample_data.py', folder,
                  *options, '--size', SIZE, '--appearance', appearance,
                  '--seed', str(seed), '--overwrite')
        open(osp.join(folder, 'complete'), 'w').close()
        console.print(f'{name}: drawn in {time.time() - start:.0f} s')
    return roots


def train(model: str, seed: int, out: str, roots: Dict[str, str]) -> str:
    """Train a model once; its checkpoint."""
    config, flags = MODELS[model]
    folder = osp.join(out, model.replace(', ', '_'), f'seed{seed}')
    done = osp.join(folder, 'seconds.json')
    if not osp.isfile(done):
        options = [f'randomness.seed={seed}']
        if config == DETECTOR:
            weights = train('recogniser', seed, out, roots)
            options.append(f'model.backbone.init_cfg.checkpoint={weights}')
        if 'composed' in flags:
            options += [
                'train_dataloader.dataset.margin=0.2',  # of generated clips
                'train_dataloader.dataset.dataset.type=MA52Dataset',
                f'train_dataloader.dataset.dataset.data_root={roots["clips"]}'
            ]
        start = time.time()
        call_tool(f'{folder}.log', 'train.py', path_of(config), '--work-dir',
                  folder, '--no-validate', '--cfg-options', *options)
        with atomic_text_file(done) as file:
            json.dump(time.time() - start, file)
        console.print(f'{model}, seed {seed}: trained in '
                      f'{time.time() - start:.0f} s')
    return find_latest_checkpoint(folder)


def calibrate(config: str, weights: str, root: str) -> str:
    """Calibrate a checkpoint on validation sessions, once; the new one."""
    fitted = weights.replace('.pth', '_calibrated.pth')
    if not osp.isfile(fitted):
        call_tool(f'{fitted}.log', 'analysis_tools/calibrate.py', config,
                  weights, osp.join(root, 'videos_val'), '--truth',
                  osp.join(root, 'val.csv'), '--out', fitted)
    return fitted


def path_of(config: str) -> str:
    return osp.join(ROOT, 'configs', f'{config}.py')


class Sessions:
    """Test sessions, those of rest, and what a model finds in them."""

    def __init__(self, root: str) -> None:
        self.truth = read_ground_truth(osp.join(root, 'test_labels.csv'))
        self.files, self.rest = ({
            osp.splitext(osp.basename(x))[0]: x
            for x in sorted(glob(osp.join(root, f'videos_{name}', '*.mp4')))
        } for name in ('test', 'rest'))

    def find(self, infer: MicroActionInferencer) -> Dict[str, VideoResult]:
        """The results of the test sessions."""
        return {name: infer(path) for name, path in self.files.items()}

    def measure(self, infer: MicroActionInferencer,
                scored: Dict[str, tuple]) -> tuple:
        """KEYS, and the results by session; ``scored`` are arrays of what has
        any score, for the mean average precision."""
        start = time.time()
        results = self.find(infer)
        work = time.time() - start
        seconds = sum(r.video.duration for r in results.values())
        alarms = [infer(path) for path in self.rest.values()]
        truth = {v: as_arrays(self.truth.get(v, []))[:2] for v in self.files}
        found = {v: as_arrays(r.segments) for v, r in results.items()}
        values = timeline_scores(truth, found, IOUS)
        matched = match_timelines(truth, found)
        values.update(
            detection_scores(truth, scored, IOUS, 'opentad'),
            ece=expected_calibration_error(matched.scores, matched.hits),
            alarms=60 * sum(len(r.segments)
                            for r in alarms) / sum(r.video.duration
                                                   for r in alarms),
            speed=seconds / work)
        return {key: float(values[key]) for key in KEYS}, results

    def draw(self, results: Dict[str, VideoResult], out: str) -> None:
        """Draw the two worst timelines below the truth."""

        def f1(name: str) -> float:
            truth = {name: as_arrays(self.truth.get(name, []))[:2]}
            found = {name: as_arrays(results[name].segments)}
            return timeline_scores(truth, found, (.5, ))['action_f1@0.5']

        for place, name in enumerate(sorted(results, key=f1)[:2], start=1):
            draw_timeline(results[name], f'{out}_worst{place}.png',
                          self.truth.get(name, []))


def table_of(results: Dict[str, Dict[str, dict]]) -> str:
    """Markdown: mean and standard deviation over the seeds."""
    rows = []
    for name, runs in results.items():
        values = list(runs.values())
        rows.append([
            name,
            *(mean_text([x[key] for x in values], digits=2) for key in KEYS)
        ])
    return markdown_table(['model', *KEYS.values()], rows)


def work(args: argparse.Namespace) -> int:
    out = osp.abspath(args.out)
    os.makedirs(out, exist_ok=True)
    roots = make_data(out, args.appearance)
    os.environ.update(MA52_ROOT=roots['clips'], MMA52_ROOT=roots['dense'])
    sessions = Sessions(roots['sessions'])
    path = osp.join(out, 'results.json')
    results = json.load(open(path)) if osp.isfile(path) else {}
    for seed in args.seeds:
        for model in args.models:
            config = path_of(MODELS[model][0])
            weights = train(model, seed, out, roots)
            rows = {f'{model}, default': weights}
            if config == path_of(DETECTOR):
                rows[f'{model}, calibrated'] = calibrate(
                    config, weights, roots['sessions'])
            rows = {
                row: checkpoint
                for row, checkpoint in rows.items()
                if str(seed) not in results.setdefault(row, {})
            }
            scored = rows and {
                name: as_arrays(result.segments)
                for name, result in sessions.find(
                    MicroActionInferencer(config, weights,
                                          threshold=LEAST)).items()
            }
            for row, checkpoint in rows.items():
                infer = MicroActionInferencer(config, checkpoint)
                results[row][str(seed)], found = sessions.measure(
                    infer, scored)
                sessions.draw(found, osp.join(out, row.replace(', ', '_')))
                with atomic_text_file(path) as file:
                    json.dump(results, file, indent=2)
                console.print(f'{row}, seed {seed}: done')
    print(table_of(results))
    return 0


def main(argv: Optional[Sequence[str]] = None) -> int:
    return run_tool(work, build_parser().parse_args(argv))


if __name__ == '__main__':
    sys.exit(main())
