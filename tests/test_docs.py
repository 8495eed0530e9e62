# Copyright (c) mmaction-microaction contributors. All rights reserved.
"""What README, docs and model index claim."""
import importlib
import inspect
import os
import re
import shlex
import subprocess
from pathlib import Path

import pytest
import yaml
from mmaction.registry import MODELS
from mmengine.config import Config

REPO = Path(__file__).resolve().parents[1]
WRITTEN = [
    REPO / line for line in (REPO / '.gitignore').read_text().splitlines()
]
PAGES = [REPO / 'README.md', REPO / 'CONTRIBUTING.md', *(
    path for path in sorted((REPO / 'docs').glob('*.md'))
    if path not in WRITTEN)]  # yapf: disable
MODULES = sorted((REPO / 'mmaction_microaction').rglob('*.py'))


def commands(page):
    """Command lines of the shell blocks of a page."""
    for block in re.findall(r'```bash\n(.*?)```', page.read_text(), re.S):
        for line in block.replace('\\\n', ' ').splitlines():
            words = shlex.split(line, comments=True)
            if words:
                yield words


def test_readme_has_the_promised_form():
    lines = (REPO / 'README.md').read_text().splitlines()
    assert len(lines) <= 200
    top = '\n'.join(lines[:45])
    assert '![' in top and 'make demo' in top and 'make test' in top
    assert 'DEMO_' not in top  # placeholders


@pytest.mark.parametrize('page', PAGES, ids=lambda p: p.name)
def test_links_lead_somewhere(page):
    targets = re.findall(r'\]\(([^)#\s]+)\)', page.read_text())
    local = [t for t in targets if '://' not in t]
    for target in local:
        assert (page.parent / target).exists(), target
    for image in (REPO / 'docs' / 'images').glob('*'):
        assert image.stat().st_size < 100_000


def test_commands_exist_and_know_their_flags(load_tool, run_tool):
    """Each command is taken by the parser of its tool."""
    checked = set()
    for words in (words for page in PAGES for words in commands(page)):
        settings = []
        while words and re.fullmatch(r'[A-Z0-9_]+=\S*', words[0]):
            settings.append(words.pop(0))
        words = words[1:] if words[:1] == ['python'] else words
        if words[:1] == ['-m'] and words[1].startswith('benchmarks.'):
            parse(importlib.import_module(words[1]), words[2:])
            checked.add(words[1])
        if not words or not words[0].startswith(('tools/', 'benchmarks/')):
            continue
        script, arguments = REPO / words[0], words[1:]
        assert script.is_file(), words
        for config in (w for w in arguments if w.startswith('configs/')):
            assert list(REPO.glob(config)), config
        checked.add(words[0])
        if script.name == 'slurm_infer.sh':
            setting = dict(x.split('=') for x in settings)
            script = REPO / 'tools' / setting.get('TOOL', 'infer.py')
            arguments = arguments[3:]
        if script.suffix == '.py' and script.name not in HOSTS:
            tool = str(script.relative_to(REPO / 'tools'))
            parse(load_tool(tool), arguments)
            continue
        host = 'test.py' if 'test' in script.name else 'train.py'
        for flag in (w for w in arguments if w.startswith('--')):
            text = script.read_text() if 'benchmarks' in words[0] else \
                run_tool(host, '--help').out
            assert flag in text, words
    assert len(checked) >= 20


HOSTS = 'train.py', 'test.py', 'demo.py'


def parse(tool, arguments):
    """What the tool itself would make of them."""
    arguments = arguments[:next((i for i, word in enumerate(arguments)
                                 if word in ('>', '|', '&&')), None)]
    try:
        tool.build_parser().parse_args(arguments)
    except SystemExit as stop:
        assert not stop.code, (tool.__name__, arguments)


def test_shell_tools_explain_themselves():
    for script in sorted((REPO / 'tools').glob('*.sh')):
        assert os.access(script, os.X_OK)
        done = subprocess.run(['bash', str(script)],
                              capture_output=True,
                              text=True)
        assert done.returncode == 2 and script.name in done.stdout


def test_settings_in_the_option_page():
    """Every setting named there exists in MANet's config or signatures."""
    cfg = Config.fromfile(str(REPO / 'configs' / 'manet_r50_ma52.py'))
    page = (REPO / 'docs' / 'options.md').read_text()
    keys = re.findall(
        r'((?:model|(?:train|val|test)_(?:dataloader|evaluator))\.[\w.]+)=',
        page)
    assert len(keys) > 15
    import mmaction_microaction as ours
    signatures = {
        'model.backbone': ours.models.SEResNetTSM,
        'model.cls_head': ours.models.JointEmbeddingHead,
        'dataloader.dataset': ours.datasets.MA52Dataset,
        'dataloader.sampler': ours.datasets.ClassBalancedSampler,
        'evaluator': ours.evaluation.MicroActionMetric,
    }
    for key in keys:
        owner, _, name = key.partition('.subject_split')[0].rpartition('.')
        known = set(cfg.get(owner.split('.')[0], {}))
        part = re.sub('^(train|val|test)_', '', owner)
        if part in signatures:
            known = set(inspect.signature(signatures[part]).parameters)
            known |= {'head'} if part == 'model.cls_head' else set()
        elif owner.count('.'):
            known = set(cfg[owner.split('.')[0]][owner.split('.')[1]])
        assert name in known | {'type'}, key


def readme_table():
    text = (REPO / 'README.md').read_text()
    row = (r'\| \[(\w+)\]\(configs/\w+\.py\) \| ([\d.]+) \| ([\d.]+) \| '
           r'(\S+) \| (\S+) \| - \|')
    return {
        name: (float(params), float(gflops), *reported)
        for name, params, gflops, *reported in re.findall(row, text)
    }


def test_model_index_config_and_readme_agree():
    index = yaml.safe_load((REPO / 'model-index.yml').read_text())
    models = [
        model for path in index['Import']
        for model in yaml.safe_load((REPO / path).read_text())['Models']
    ]
    table = readme_table()
    others = {name: x[1:] for name, x in expression_table().items()}
    named = {model['Name'] for model in models}
    assert len(table) >= 13 and set(table) < named
    assert named - set(table) == {
        x for x in others if x.startswith('mmnet') and 'sample' not in x
    }  # yapf: disable
    for model in models:
        cfg = Config.fromfile(str(REPO / model['Config']))
        data = model['Metadata']
        assert data['Epochs'] == cfg.train_cfg.max_epochs
        params, gflops, *reported = {**table, **others}[model['Name']]
        assert float(data['Parameters'].rstrip('M')) == params
        assert float(data['FLOPs'].rstrip('G')) == gflops
        if cfg.model.backbone.get('pretrained'):
            cfg.model.backbone.pretrained = None
        network = MODELS.build(cfg.model)
        measured = sum(p.numel() for p in network.parameters()) / 1e6
        assert measured == pytest.approx(params, abs=0.006), model['Name']
        check_scores(model, reported)


def check_scores(model, reported):
    """Results of a model against its config's header and, for those in the
    README's table, against that: a star says that the source was read."""
    source = (REPO / 'configs/metafile.yml').read_text().split(
        f'- Name: {model["Name"]}\n')[1].partition('- Name:')[0]
    text = ' '.join((REPO / model['Config']).read_text().replace('#',
                                                                 '').split())
    scores = {}
    for result in model.get('Results', ()):
        assert set(result) == {'Task', 'Dataset', 'Metrics'}
        assert result['Dataset'] == model['Metadata']['Training Data'].split(
            ',')[0]
        assert ('# Reported by' in source) != ('# Recalled from' in source)
        scores = result['Metrics']
    for key in set(scores) - {'Top 5 Accuracy'}:
        assert f'{scores[key]:.2f}' in text
    if reported:
        star = '*' if '# Reported by' in source else ''
        assert reported == [
            f'{scores[key]:.2f}{star}' if scores else '-'
            for key in ('Top 1 Accuracy', 'F1 Mean')
        ]


def expression_table():
    text = (REPO / 'docs' / 'micro_expression.md').read_text()
    row = r'\| \[(\w+)\]\(\S+\.py\) \| (\d) \| ([\d.]+) \| ([\d.]+) \|'
    return {m[0]: tuple(map(float, m[1:])) for m in re.findall(row, text)}


@pytest.mark.slow
def test_complexity_tool(run_tool):
    rows = {name: x[1:] for name, x in expression_table().items()}
    assert len(rows) == 5
    rows['manet_r50_ma52'] = readme_table()['manet_r50_ma52'][:2]
    done = run_tool('analysis_tools/model_complexity.py',
                    *(REPO / f'configs/{name}.py' for name in rows))
    for name, (params, gflops) in rows.items():
        row = f'| {name}.py | {params:.2f} | {gflops:.2f} |'
        assert row in done.out


def test_classes_in_the_page_of_micro_expressions():
    for name, (classes, *_) in expression_table().items():
        cfg = Config.fromfile(str(REPO / f'configs/{name}.py'))
        assert cfg.model.cls_head.num_classes == classes


def public_functions():
    for path in MODULES:
        name = '.'.join(path.relative_to(REPO).with_suffix('').parts)
        module = importlib.import_module(name.removesuffix('.__init__'))
        for key, value in vars(module).items():
            if key.startswith('_') or getattr(value, '__module__',
                                              None) != module.__name__:
                continue
            if inspect.isfunction(value) or inspect.isclass(value):
                yield f'{module.__name__}.{key}', value


def test_public_names_are_documented():
    names = dict(public_functions())
    assert len(names) > 60
    for name, value in names.items():
        assert inspect.getdoc(value), name
