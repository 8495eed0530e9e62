# Copyright (c) mmaction-microaction contributors. All rights reserved.
"""The tool, and its page in a browser."""
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from mmaction_microaction.outputs.outputs import OUTPUTS
from mmaction_microaction.utils.video_writer import write_video

WAIT = 90  # seconds


@pytest.fixture(scope='module')
def videos(tmp_path_factory):
    folder = tmp_path_factory.mktemp('videos')
    noise = np.random.default_rng(0).integers(
        0, 256, (64, 80, 3), dtype=np.uint8)
    write_video(folder / 'one <b>&.mp4',
                [np.roll(noise, 2 * i, 1) for i in range(45)])
    (folder / 'text.mp4').write_text('no video')
    return folder


@pytest.fixture
def tool(load_tool, monkeypatch):
    module = load_tool('demo_app.py')
    monkeypatch.setattr(module, 'stop_on_signal', lambda: None)
    return module


@pytest.fixture(scope='module')
def app(repo, manet_files, videos, tool_env, tmp_path_factory):
    """A running tool: its address, and the folder of its temporary files."""
    pytest.importorskip('gradio')
    folder = tmp_path_factory.mktemp('temporary')
    process = subprocess.Popen([
        sys.executable, '-u', 'tools/demo_app.py', *manet_files, '--samples',
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


@pytest.mark.slow
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


@pytest.mark.slow
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


@pytest.mark.slow
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
def test_errors_are_a_line(tool, run_tool, one_line, tmp_path, monkeypatch,
                           args, text):
    pytest.importorskip('gradio')
    monkeypatch.setattr('tempfile.tempdir', str(tmp_path))
    one_line(run_tool('demo_app.py', *args), text)
    assert os.listdir(tmp_path) == []


def test_other_hosts_are_warned_of(tool, run_tool, monkeypatch):

    class Page:

        def launch(self, host, port):
            return f'http://{host}:{port}/'

        def close(self):
            pass

    def interrupt(seconds):
        raise KeyboardInterrupt

    monkeypatch.setattr(tool, 'make_page', lambda *args: Page())
    monkeypatch.setattr(tool.time, 'sleep', interrupt)
    done = run_tool('demo_app.py', 'c.py', 'w.pth', '--port', '8080')
    assert done.code == 0 and done.err == ''
    assert 'open http://127.0.0.1:8080/' in done.out
    done = run_tool('demo_app.py', 'c.py', 'w.pth', '--host', '0.0.0.0')
    assert done.code == 0
    assert 'demo_app.py: warning: everyone' in done.err


def test_without_gradio(tool, run_tool, one_line, monkeypatch):
    monkeypatch.setitem(sys.modules, 'gradio', None)
    one_line(
        run_tool('demo_app.py', 'c.py', 'w.pth'),
        'pip install "mmaction-microaction[app]"')
