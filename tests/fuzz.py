# Copyright (c) mmaction-microaction contributors. All rights reserved.
"""Give damaged and odd files to readers and tools, by chance.

Every case copies the good inputs of a command, damages one of them and runs
the command. It fails by an exception that is no user's error, a wrong exit
code, a long message, a crash or more than 60 s. Failing cases are kept.

  python tests/fuzz.py --count 300 --seed 0
  python tests/fuzz.py --seed 0 --only 17    # a case alone, as it was
"""
import argparse
import contextlib
import io
import json
import os
import queue
import random
import runpy
import shutil
import subprocess
import sys
import tempfile
import threading
import traceback
from pathlib import Path
from unittest import mock

from fuzz_files import damage, make_good

TOOLS = Path(__file__).resolve().parents[1] / 'tools'
LIMIT = 60  # seconds for a case
#: Commands; a word, or what follows its '=', that is a good file is copied.
COMMANDS = """
infer.py cfg.py w.pth clip.mp4 --out out --outputs csv elan --window .5
infer.py cfg.py w.pth clip.avi clip.mp4 --out out --outputs csv boris
infer.py cfg.py w.pth clip.mkv clip.ts --out out --outputs label-studio webvtt
infer.py cfg.py w.pth ma52 --out out --outputs csv
infer.py cfg.py w.pth clip.mp4 --out out --outputs csv --ann-file truth.csv
analysis_tools/compare_annotations.py a.json b.eaf --json out.json
analysis_tools/compare_annotations.py a.json b.xlsx --csv out.csv
analysis_tools/compare_annotations.py b.tsv a.json
analysis_tools/compare_annotations.py b.csv b.eaf --duration 10
analysis_tools/compare_annotations.py a.json ls.json
analysis_tools/compare_annotations.py a.json b.vtt
analysis_tools/compare_annotations.py a.json b.boris
analysis_tools/compare_annotations.py c.csv c.csv --duration 9 --taxonomy t.csv
analysis_tools/draw_predictions.py pred.pkl --data-root ma52 --out o.png
analysis_tools/analyze.py dump pred.pkl --ann-file list.txt --out out --pairs 0
challenge/make_submission.py pred.pkl --ann-file list.txt --out out
challenge/evaluate.py submission.zip --ann-file list.txt --json out.json
challenge/evaluate.py prediction.csv --ann-file list.txt
convert/convert_checkpoint.py official.pth out.pth --from official-manet
data/build_label_vectors.py words.txt --taxonomy t.csv --out out.npy
data/check_data.py ma52 --workers 1 --full --csv out.csv
data/prepare_videos.py ma52 out --short-side 32 --workers 0
emotion/emotion_from_segments.py train sessions/sessions.csv --out out.json
summarize.py a.json b.eaf b.xlsx b.tsv b.csv --out out --duration 10
summarize.py a.json ls.json b.vtt b.boris --out out --duration 10
micro_expression/find_apex.py clip.mp4
micro_expression/loso.py mmnet.py --list
test.py cfg.py w.pth --work-dir out
""".strip().splitlines()


def prepare(case: int, seed: int, good: Path, folder: Path) -> tuple:
    """Copy and damage the inputs of a case: its command, what was done."""
    rng = random.Random(f'{seed}/{case}')
    command = rng.choice(COMMANDS).split()
    wanted = {word.split('=')[-1] for word in command}
    if 'cfg.py' in wanted:
        wanted.add('ma52')
    if 'mmnet.py' in wanted:
        wanted.add('casme2')
    wanted = {word for word in wanted if (good / word).exists()}
    wanted |= {'sessions'} & {word.split('/')[0] for word in wanted}
    targets = []
    for word in sorted(wanted):
        if (good / word).is_dir():
            shutil.copytree(good / word, folder / word, dirs_exist_ok=True)
            files = sorted(
                x for x in (folder / word).rglob('*.*') if x.is_file())
            lists = [x for x in files if x.suffix in ('.txt', '.xlsx', '.csv')]
            targets += [rng.choice(files), rng.choice(lists or files)]
        elif '/' not in word:
            shutil.copy(good / word, folder / word)
            targets.append(folder / word)
    target = rng.choice(targets)
    kind = damage(target, rng, good)
    name = target.relative_to(folder)
    if kind == 'none' and 'out' in command and rng.random() < .5:
        kind, name = 'taken', 'out'  # a file for a folder
        (folder / name).touch()
    return command, kind, str(name)


def judge(named: bool, kind: str, code, text: str) -> str:
    """What is wrong with how a command ended; '' if nothing is."""
    lines = [x for x in text.splitlines() if x.strip() and ' % ' not in x]
    if code not in (0, 1, 2):
        return f'exit code {code}'
    if 'Traceback' in text:
        return 'a traceback'
    if kind == 'none' and code:
        return f'good files, but exit code {code}'
    if kind == 'taken' and code != 2:
        return f'the output folder is a file, but exit code {code}'
    if named and kind in ('gone', 'folder') and not code:
        return 'an input is not there, but exit code 0'
    if code == 2 and not any(': error: ' in x for x in lines):
        return 'exit code 2, but no error'
    if code == 2 and (len(lines) > 4 or max(map(len, lines)) > 1000):
        return f'{len(lines)} lines'
    return ''


def run_case(case: int, seed: int, good: Path, folder: Path) -> dict:
    """Run one in this process."""
    folder.mkdir(parents=True)
    command, kind, name = prepare(case, seed, good, folder)
    out, err, code, problem = io.StringIO(), io.StringIO(), None, ''
    tool, *args = command
    os.chdir(folder)
    with mock.patch.object(sys, 'argv', [str(TOOLS / tool), *args]), \
            contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        try:
            code = runpy.run_path(str(TOOLS / tool))['main'](args) or 0
        except SystemExit as stop:
            code = stop.code or 0
        except BaseException:
            problem = traceback.format_exc()
    problem = problem or judge(name in command, kind, code, err.getvalue())
    (folder / 'case.txt').write_text(
        f'{" ".join(command)}\n{name}: {kind}\nexit code {code}\n'
        f'{problem}\n{out.getvalue()}\n{err.getvalue()}',
        errors='replace')
    return dict(
        command=' '.join(command),
        kind=kind,
        name=name,
        problem=problem,
        code=code)


def child(seed: int, cases: list, good: Path, keep: Path) -> None:
    """Run cases; a line of JSON for each, and one before it."""
    pipe = os.fdopen(os.dup(1), 'w', buffering=1)
    os.dup2(2, 1)
    for case in cases:
        folder = keep / f'case_{case}'
        shutil.rmtree(folder, ignore_errors=True)
        print(json.dumps(dict(case=case)), file=pipe)
        found = run_case(case, seed, good, folder)
        os.chdir(keep)
        if not found['problem']:
            shutil.rmtree(folder)
        print(json.dumps(dict(found, case=case)), file=pipe)


def run(seed: int, cases: list, keep: Path) -> list:
    """Run cases in child processes; those that fail."""
    good, failed, left = keep / 'good', [], list(cases)
    keep.mkdir(parents=True, exist_ok=True)
    if not good.exists():
        good.mkdir()
        subprocess.run([sys.executable, __file__, '--make',
                        str(good)],
                       check=True)
    while left:
        with open(keep / 'child.log', 'ab') as log:
            process = subprocess.Popen([
                sys.executable, __file__, '--seed',
                str(seed), '--keep',
                str(keep), '--child', *map(str, left)
            ],
                                       stdout=subprocess.PIPE,
                                       stderr=log,
                                       text=True)
        lines: queue.Queue = queue.Queue()
        threading.Thread(
            target=lambda: [*map(lines.put, process.stdout),
                            lines.put('')],
            daemon=True).start()
        while left:
            try:
                line = lines.get(timeout=LIMIT)
                found = json.loads(line) if line else dict(
                    problem='the process crashed', code=process.wait())
            except queue.Empty:
                process.kill()
                found = dict(problem=f'still at work after {LIMIT} s')
            if 'problem' not in found:
                continue
            case = left.pop(0)
            if found['problem']:
                failed.append(dict(found, case=case))
                print(f'seed {seed}, case {case}: {found}', flush=True)
            if 'kind' not in found:
                break
        process.kill()
        process.wait()
    return failed


def main(argv=None) -> int:
    parser = argparse.ArgumentParser(
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter)
    add = parser.add_argument
    add('--count', type=int, default=300)
    add('--seed', type=int, default=0)
    add('--only', type=int, nargs='+', default=[], help='only these cases')
    add('--keep', type=Path, help='folder (default: a temporary one)')
    add('--child', type=int, nargs='+', help=argparse.SUPPRESS)
    add('--make', type=Path, help=argparse.SUPPRESS)
    args = parser.parse_args(argv)
    if args.make:
        make_good(args.make)
        return 0
    if args.child:
        child(args.seed, args.child, args.keep / 'good', args.keep)
        return 0
    keep = (args.keep or Path(tempfile.mkdtemp(prefix='fuzz_'))).resolve()
    cases = args.only or list(range(args.count))
    failed = run(args.seed, cases, keep)
    print(f'seed {args.seed}: {len(failed)} of {len(cases)} cases failed; '
          f'see {keep}')
    return int(bool(failed))


if __name__ == '__main__':
    sys.exit(main())
