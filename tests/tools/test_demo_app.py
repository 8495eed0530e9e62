# Copyright (c) mmaction-microaction contributors. All rights reserved.
"""The tool, and its page in a browser."""
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from unittest import mock
from urllib.parse import unquote

import pytest

from mmaction_microaction.inference.video_stream import VideoFile
from mmaction_microaction.outputs.outputs import OUTPUTS
from mmaction_microaction.taxonomy import MA52
from mmaction_microaction.utils.video_writer import write_video

TOOL = 'demo_app.py'
NAME = 'one <b>&.mp4'
WAIT = 90  # seconds


@pytest.fixture(scope='module')
def videos(tmp_path_factory, frames):
    folder = tmp_path_factory.mktemp('videos')
    write_video(folder / NAME, frames[:45])
    (folder / 'text.mp4').write_text('no video')
    return folder


@pytest.fixture(scope='module')
def app(repo, manet_files, videos, tool_env, tmp_path_factory):
    """A running tool: its address, and the folder of its temporary files."""
    pytest.importorskip('gradio')
    folder = tmp_path_factory.mktemp('temporary')
    command = f'-u tools/{TOOL} --port 0 --device cpu --samples'.split()
    process = subprocess.Popen(
        [sys.executable, *command, videos, *manet_files],
        cwd=repo,
        env=dict(tool_env, TMPDIR=str(folder), no_proxy='*'),
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
    end = time.time() + WAIT
    while not (value := condition()):
        assert time.time() < end
        time.sleep(.2)
    return value


class Page:
    """The page in a browser."""

    def __init__(self, address, browser):
        self.address, self.browser = address, browser

    def find(self, selector):
        return self.browser.driver.find_elements('css selector', selector)

    def wait(self, selector):
        return wait(lambda: self.find(selector))[0]

    def click(self, text):
        wait(lambda: [b for b in self.find('button')
                      if b.text == text])[0].click()

    def open(self, video, **options):
        self.browser.open(self.address, **options)
        self.wait('#video input[type=file]').send_keys(str(video))
        self.wait('#preview :is(video, p)')
        self.click('Analyse')


@pytest.fixture
def page(app, browser):
    return Page(app[0], browser)


@pytest.mark.slow
@pytest.mark.parametrize('dark, width', [(False, 1200), (True, 360)])
def test_upload_to_timeline(page, browser, videos, dark, width):
    page.open(videos / NAME, dark=dark, width=width)
    page.wait('img.ma-timeline')
    page.wait('#overlay video')
    images = page.find('img.ma-timeline')
    shown = [x.get_attribute('class') for x in images if x.is_displayed()]
    assert shown == [f'ma-timeline ma-{"dark" if dark else "light"}']
    assert images[0].size['width'] > 400 and browser.cut() == []
    text = page.find('body')[0].text
    for part in ('not findings', 'diagnosis', 'Segments', 'segments.eaf'):
        assert part in text, part
    links = [a.get_attribute('href') for a in page.find('#files a')]
    names = {unquote(link.rsplit('/')[-1]) for link in links}
    files = ['all.zip', *(output.file for output in OUTPUTS.values())]
    assert names >= {f'one b__{file}' for file in files}
    # A click on a segment plays it.
    row = page.find('#segments [data-start]')[-1]
    row.click()
    wait(lambda: browser.driver.execute_script(
        'const v = document.querySelector("#overlay video"); '
        'return v.paused && v.currentTime >= arguments[0]',
        min(1., float(row.get_attribute('data-end')))))
    inner, outer, paper = browser.driver.execute_script(
        'const e = document.documentElement; return [e.scrollWidth, '
        'e.clientWidth, getComputedStyle(document.body).backgroundColor]')
    assert inner <= outer  # nothing sticks out
    assert paper == ('rgb(20, 24, 29)' if dark else 'rgb(255, 255, 255)')
    logged = browser.driver.get_log('browser')
    assert not [entry for entry in logged if entry['level'] == 'SEVERE']
    asked = [url for url in browser.requests() if url.startswith('http')]
    assert len(asked) > 10
    assert all(url.startswith(page.address) for url in asked)


@pytest.mark.slow
def test_a_bad_upload_a_sample_and_a_farewell(app, page, browser, videos):

    def files():
        found = [x for x in app[1].rglob('*') if x.is_file()]
        return {x.name for x in found if x.stat().st_size}

    page.open(videos / 'text.mp4')
    note = page.wait('#status [role=alert]')
    assert note.text.startswith('No result. text.mp4 is not a video')
    assert not page.find('img.ma-timeline')
    wait(lambda: 'cannot play' in page.find('#preview')[0].text)
    page.click('one <b>&')
    page.wait('#preview video')
    page.click('Analyse')
    page.wait('img.ma-timeline')
    assert not page.find('#status [role=alert]')
    assert {x[-11:] for x in files()} > {'overlay.mp4', 'egments.eaf'}
    browser.driver.get('about:blank')  # all that was made goes
    wait(lambda: files() == {NAME, 'text.mp4'})


def test_samples_are_clips_or_sessions(load_tool, monkeypatch, tmp_path):
    tool = load_tool(TOOL)
    monkeypatch.setattr(tool, 'CLIPS', tool.CLIPS[:1])
    monkeypatch.setattr(tool, 'SESSIONS', tool.SESSIONS[:1])
    (clip, ), (session, ) = (tool.make_samples(tmp_path, x) for x in (0, 1))
    assert Path(clip).stem == 'waving' and VideoFile(clip).end == 2
    assert VideoFile(session).end == 20
    assert [MA52.find(x).name for x in Path(session).stem.split(', ')]


@pytest.mark.parametrize('host, warned', [
    *((host, False) for host in '127.8.0.1 localhost ::1 [::1]'.split()),
    *((host, True) for host in '0.0.0.0 :: 192.168.0.2 a.com'.split()),
])
def test_other_hosts_are_warned_of(load_tool, expect, monkeypatch, host,
                                   warned):
    tool, page = load_tool(TOOL), mock.Mock()
    page.launch = lambda host, port, password: f'http://{host}:{port}/'
    for name, value in (('stop_on_signal', lambda: None), ('make_page',
                                                           lambda *args: page),
                        ('time',
                         mock.Mock(
                             sleep=mock.Mock(side_effect=KeyboardInterrupt)))):
        monkeypatch.setattr(tool, name, value)
    done = expect(0, TOOL, 'c.py', 'w', '--port', '8080', '--host', host)
    assert f'open http://{host}:8080/' in done.out
    assert ('demo_app.py: warning: everyone' in done.err) == warned


@pytest.mark.parametrize('args, text', [
    (['missing.py', 'w.pth'], 'missing.py'),
    (['c.py', 'w.pth', '--samples', 'missing'], 'missing does not exist'),
    (['c.py', 'w.pth', '--max-minutes', '0'], 'max minutes must be positive'),
    (['c.py', 'w.pth', '--max-upload-mb', '-1'], 'must be positive'),
    (['c.py', 'w.pth', '--max-jobs', '0'], 'jobs must be positive'),
    (['no gradio', 'w.pth'], 'the page: run pip install ".[app]" in the'),
])
def test_errors_are_a_line(load_tool, run_tool, one_line, tmp_path,
                           monkeypatch, args, text):
    pytest.importorskip('gradio')
    monkeypatch.setattr(load_tool(TOOL), 'stop_on_signal', lambda: None)
    monkeypatch.setattr('tempfile.tempdir', str(tmp_path))
    if args[0] == 'no gradio':
        monkeypatch.setitem(sys.modules, 'gradio', None)
    one_line(run_tool(TOOL, *args), text)
    assert os.listdir(tmp_path) == []
