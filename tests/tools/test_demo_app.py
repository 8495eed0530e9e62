# Copyright (c) mmaction-microaction contributors. All rights reserved.
"""The tool, and its page in a browser."""
import importlib.util
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
import torch
from mmaction.registry import MODELS
from mmengine.config import Config
from mmengine.registry import DefaultScope

from mmaction_microaction.outputs.outputs import OUTPUTS
from mmaction_microaction.utils.video_writer import write_video

WAIT = 90  # seconds


@pytest.fixture(scope='module')
def model(repo, tmp_path_factory):
    """Config file and checkpoint of a tiny MANet."""
    torch.manual_seed(0)
    folder = tmp_path_factory.mktemp('model')
    cfg = Config.fromfile(str(repo / 'configs/manet_r50_ma52.py'))
    cfg.merge_from_dict({
        'model.backbone.depth': 18,
        'model.backbone.base_channels': 8,
        'model.backbone.pretrained': None,
        'model.cls_head.in_channels': 64
    })
    with DefaultScope.overwrite_default_scope('mmaction'):
        weights = MODELS.build(cfg.model).state_dict()
    torch.save(dict(state_dict=weights), folder / 'weights.pth')
    cfg.dump(str(folder / 'manet_tiny.py'))
    return str(folder / 'manet_tiny.py'), str(folder / 'weights.pth')


@pytest.fixture(scope='module')
def videos(tmp_path_factory):
    folder = tmp_path_factory.mktemp('videos')
    noise = np.random.default_rng(0).integers(
        0, 256, (64, 80, 3), dtype=np.uint8)
    write_video(folder / 'one <b>&.mp4',
                [np.roll(noise, 2 * i, 1) for i in range(45)])
    (folder / 'text.mp4').write_text('no video')
    return folder


@pytest.fixture(scope='module')
def tool(repo):
    spec = importlib.util.spec_from_file_location('demo_app',
                                                  repo / 'tools/demo_app.py')
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope='module')
def app(repo, model, videos, tool_env, tmp_path_factory):
    """A running tool: its address, and the folder of its temporary files."""
    pytest.importorskip('gradio')
    folder = tmp_path_factory.mktemp('temporary')
    process = subprocess.Popen([
        sys.executable, '-u', 'tools/demo_app.py', *model, '--samples',
        str(videos), '--port', '0', '--device', 'cpu'
    ],
                               cwd=repo,
                               env=dict(
                                   tool_env, TMPDIR=str(folder), no_proxy='*'),
                               text=True,
                               stdout=subprocess.PIPE,
                               stderr=subprocess.PIPE)
    lines = (line for line in process.stdout if line.startswith('open http'))
    address = next(lines, '').split()
    assert address, process.stderr.read()
    yield address[1], folder
    process.send_signal(signal.SIGTERM)
    out, err = process.communicate(timeout=WAIT)
    assert process.returncode == 0, err
    assert 'Traceback' not in err and os.listdir(folder) == []


def wait(condition):
    """Whatever is true of a page, in the end."""
    end = time.time() + WAIT
    while not (value := condition()):
        assert time.time() < end
        time.sleep(.2)
    return value


def find(browser, selector):
    return browser.driver.find_elements('css selector', selector)


def click(browser, text):

    def look():
        return [b for b in find(browser, 'button') if b.text == text]

    wait(look)[0].click()


def open_page(browser, address, video, **options):
    browser.open(address, **options)
    box = wait(lambda: find(browser, '#video input[type=file]'))[0]
    box.send_keys(str(video))
    wait(lambda: find(browser, '#preview :is(video, p)'))


def errors(browser):
    return [
        entry['message'] for entry in browser.driver.get_log('browser')
        if entry['level'] == 'SEVERE'
    ]


@pytest.mark.parametrize('dark, width', [(False, 1200), (True, 500)])
def test_upload_to_timeline(app, browser, videos, dark, width):
    address, _ = app
    open_page(
        browser, address, videos / 'one <b>&.mp4', dark=dark, width=width)
    click(browser, 'Analyse')
    wait(lambda: find(browser, 'img.ma-timeline'))
    wait(lambda: find(browser, '#overlay video'))
    shown = [
        image.get_attribute('class')
        for image in find(browser, 'img.ma-timeline') if image.is_displayed()
    ]
    assert shown == [f'ma-timeline ma-{"dark" if dark else "light"}']
    assert find(browser, 'img.ma-timeline')[0].size['width'] > 400
    text = browser.driver.find_element('css selector', 'body').text
    for part in ('not findings', 'diagnosis', 'Segments', 'segments.eaf'):
        assert part in text, part
    links = [a.get_attribute('href') for a in find(browser, '#files a')]
    assert {link.rsplit('/')[-1]
            for link in links} >= {output.file
                                   for output in OUTPUTS.values()}
    page = browser.driver.execute_script(
        'const e = document.documentElement; return [e.scrollWidth, '
        'e.clientWidth, getComputedStyle(document.body).backgroundColor]')
    assert page[0] <= page[1]  # nothing sticks out
    assert page[2] == ('rgb(20, 24, 29)' if dark else 'rgb(255, 255, 255)')
    assert errors(browser) == []
    asked = [url for url in browser.requests() if url.startswith('http')]
    assert len(asked) > 10
    assert all(url.startswith(address) for url in asked)


def test_a_bad_upload_and_a_sample(app, browser, videos):
    address, _ = app
    open_page(browser, address, videos / 'text.mp4')
    click(browser, 'Analyse')
    note = wait(lambda: find(browser, '#status [role=alert]'))[0]
    assert note.text.startswith('No result. text.mp4 is not a video')
    assert not find(browser, 'img.ma-timeline')
    wait(lambda: 'cannot play' in find(browser, '#preview')[0].text)
    click(browser, 'one <b>&')
    wait(lambda: find(browser, '#preview video'))
    click(browser, 'Analyse')
    wait(lambda: find(browser, 'img.ma-timeline'))
    assert not find(browser, '#status [role=alert]')


def test_files_go_with_the_page(app, browser, videos):
    address, folder = app

    def files():
        return {
            path.name
            for path in Path(folder).rglob('*')
            if path.is_file() and path.stat().st_size
        }

    open_page(browser, address, videos / 'one <b>&.mp4')
    click(browser, 'Analyse')
    wait(lambda: find(browser, 'img.ma-timeline'))
    assert files() > {'overlay.mp4', 'segments.eaf'}
    browser.driver.get('about:blank')
    samples = {'one <b>&.mp4', 'text.mp4'}
    wait(lambda: files() == samples)


def test_help_teaches(tool, capsys):
    with pytest.raises(SystemExit):
        tool.parse_args(['--help'])
    text = capsys.readouterr().out
    assert 'python tools/demo_app.py configs/' in text
    assert '127.0.0.1' in text and '[app]' in text


@pytest.mark.parametrize('host, loopback', [
    ('127.0.0.1', True),
    ('127.8.0.1', True),
    ('localhost', True),
    ('::1', True),
    ('[::1]', True),
    ('0.0.0.0', False),
    ('::', False),
    ('192.168.0.2', False),
    ('example.com', False),
])
def test_loopback(tool, host, loopback):
    assert tool.is_loopback(host) == loopback


@pytest.mark.parametrize('args, text', [
    (['missing.py', 'w.pth'], 'missing.py does not exist'),
    (['c.py', 'w.pth', '--samples', 'missing'], 'missing does not exist'),
    (['c.py', 'w.pth', '--max-minutes', '0'], 'max minutes must be positive'),
    (['c.py', 'w.pth', '--max-upload-mb', '-1'], 'must be positive'),
])
def test_errors_are_a_line(tool, capsys, tmp_path, monkeypatch, args, text):
    pytest.importorskip('gradio')
    monkeypatch.setattr(tool, 'stop_on_signal', lambda: None)
    monkeypatch.setattr('tempfile.tempdir', str(tmp_path))
    assert tool.main(args) == 2
    error = capsys.readouterr().err
    assert error.startswith('demo_app.py: error: ') and text in error
    assert len(error.splitlines()) == 1 and os.listdir(tmp_path) == []


def test_other_hosts_are_warned_of(tool, capsys, monkeypatch):

    class Page:

        def launch(self, host, port):
            return f'http://{host}:{port}/'

        def close(self):
            pass

    def interrupt(seconds):
        raise KeyboardInterrupt

    monkeypatch.setattr(tool, 'stop_on_signal', lambda: None)
    monkeypatch.setattr(tool, 'make_page', lambda *args: Page())
    monkeypatch.setattr(tool.time, 'sleep', interrupt)
    assert tool.main(['c.py', 'w.pth', '--port', '8080']) == 0
    text = capsys.readouterr()
    assert text.err == '' and 'open http://127.0.0.1:8080/' in text.out
    assert tool.main(['c.py', 'w.pth', '--host', '0.0.0.0']) == 0
    assert 'demo_app.py: warning: everyone' in capsys.readouterr().err


def test_without_gradio(tool, capsys, monkeypatch):
    monkeypatch.setattr(tool, 'stop_on_signal', lambda: None)
    monkeypatch.setitem(sys.modules, 'gradio', None)
    assert tool.main(['c.py', 'w.pth']) == 2
    assert 'pip install "mmaction-microaction[app]"' in capsys.readouterr().err
