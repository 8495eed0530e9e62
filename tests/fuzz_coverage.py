# Copyright (c) mmaction-microaction contributors. All rights reserved.
"""Coverage-guided runs of readers with atheris; part of ``make fuzz``.

A run fails by an exception that is no ValueError or OSError, 10 s for an input
or 2 GB. Its input is kept as crash-*, timeout-* or oom-* in the folder.

  python tests/fuzz_coverage.py --seconds 120           # each in turn
  python tests/fuzz_coverage.py --target eaf CRASH_FILE # an input again
"""
import argparse
import os
import pickle
import shutil
import subprocess
import sys
import tempfile
import time
import warnings
from pathlib import Path

#: Target -> ending of its files.
TARGETS = dict(
    eaf='.eaf', vtt='.vtt', csv='.csv', json='.json', boris='.boris',
    yaml='.yaml', labels='.csv', mma52='.json', submission='.csv',
    pickle='.pkl', checkpoint='.pth')  # yapf: disable


def readers() -> dict:
    """Those of the targets, instrumented."""
    import atheris
    with atheris.instrument_imports(
            include=['mmaction_microaction', 'torch._weights_only_unpickler'],
            enable_loader_override=False):
        from mmaction_microaction.datasets import read_mma52
        from mmaction_microaction.formats import (read_annotations,
                                                  read_detection_submission,
                                                  read_recognition_submission)
        from mmaction_microaction.taxonomy import Taxonomy
        from mmaction_microaction.utils.checkpoints import load_from_local
        from mmaction_microaction.utils.unpickling import read_pickle

    def submission(path):
        for read in (read_detection_submission, read_recognition_submission):
            try:
                read(path)
            except ValueError:
                pass

    found = dict.fromkeys(TARGETS, read_annotations)
    return dict(
        found, yaml=Taxonomy.load, labels=Taxonomy.load, mma52=read_mma52,
        submission=submission, pickle=read_pickle,
        checkpoint=load_from_local)  # yapf: disable


def seeds(folder: Path) -> None:
    """A few good inputs of all targets."""
    sys.path.insert(0, os.path.dirname(__file__))
    import hostile_files as parts
    import numpy as np
    import torch
    texts = (
        parts.EAF.format('nodding'), parts.CSV, parts.segments(1),
        parts.label_studio('nodding'), parts.boris(1).replace('Infinity', '2'),
        'start,end,action_name\n1,2,nodding\n',
        'WEBVTT\n\n00:01.000 --> 00:02.000\nhead: nodding (87 %)\n',
        'name: a\ngroups: {h: "#112233"}\nclasses:\n- {name: x, group: h}',
        'index,name,group\n0,wave,hand\n', '{"a": {"subset": "train", '
        '"duration": 9, "actions": [[9, 1, 2]]}}',
        ',video_id,t_start,t_end,class,score\n0,a,1,2,9,0.5\n')
    content = [dict(pred_score=torch.ones(2), x=np.ones(2), n='a', t=(1, .5))]
    for number, text in enumerate(texts):
        (folder / f'{number}.txt').write_text(text)
    for protocol in (2, 4):
        (folder / f'{protocol}.pkl').write_bytes(
            pickle.dumps(content, protocol))
        torch.save(
            dict(state_dict=dict(w=torch.ones(1)), meta=content[0]),
            folder / f'{protocol}.pth',
            _use_new_zipfile_serialization=protocol == 4)


def run_target(target: str, seconds: int, inputs: list) -> None:
    """Run atheris, which ends the process."""
    import atheris
    read = readers()[target]
    warnings.simplefilter('ignore')
    scratch = Path(tempfile.mkdtemp())
    path, corpus = scratch / f'a{TARGETS[target]}', scratch / 'corpus'
    corpus.mkdir()
    seeds(corpus)
    end, count = time.monotonic() + seconds, 0

    def test_one(data: bytes) -> None:
        nonlocal count
        count += 1
        if time.monotonic() > end:  # libFuzzer's own end may crash
            print(f'{target}: {count} runs, no failure', flush=True)
            shutil.rmtree(scratch)
            os._exit(0)
        path.write_bytes(data)
        try:
            read(str(path))
        except (ValueError, OSError):
            pass

    atheris.Setup([
        sys.argv[0], '-timeout=10', '-rss_limit_mb=2048', '-max_len=4096',
        '-verbosity=0', *(inputs or [str(corpus)])
    ], test_one)
    atheris.Fuzz()


def main(argv=None) -> int:
    parser = argparse.ArgumentParser(
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('inputs', nargs='*', help='inputs to run again')
    parser.add_argument('--target', choices=TARGETS)
    parser.add_argument('--seconds', type=int, default=120)
    args = parser.parse_args(argv)
    if args.target:
        run_target(args.target, args.seconds, args.inputs)
    failed = [
        target for target in TARGETS if subprocess.run([
            sys.executable, __file__, '--target', target, '--seconds',
            str(args.seconds)
        ]).returncode
    ]
    print(f'{len(failed)} of {len(TARGETS)} targets failed: {failed}')
    return int(bool(failed))


if __name__ == '__main__':
    sys.exit(main())
