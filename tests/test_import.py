# Copyright (c) mmaction-microaction contributors. All rights reserved.
"""What importing the package brings along."""
import subprocess
import sys


def modules_after(name, env):
    """What is loaded once a module has been imported."""
    code = f'import sys, {name}; print(*sys.modules)'
    done = subprocess.run([sys.executable, '-c', code],
                          env=env,
                          capture_output=True,
                          text=True)
    assert done.returncode == 0, done.stderr
    return set(done.stdout.split())


def test_what_takes_long_to_import_waits_until_it_is_needed(tool_env):
    """sklearn with pandas takes 0.4 s, as long as all the rest of ours."""
    modules = modules_after('mmaction_microaction', tool_env)
    assert 'mmaction_microaction.datasets.ma52' in modules
    for name in ('sklearn', 'pandas', 'triton',
                 'mmaction_microaction.synthetic',
                 'mmaction_microaction.deployment'):
        assert name not in modules, name


def test_exporters_do_not_need_matplotlib(tool_env):
    modules = modules_after('mmaction_microaction.formats', tool_env)
    assert 'mmaction_microaction.formats.label_studio' in modules
    assert 'matplotlib' not in modules
