# Copyright (c) mmaction-microaction contributors. All rights reserved.
"""Stands in for ``holistic_program.py``: it sees where the picture is bright,
and does at the third picture of a video what $FAKE_POSE says."""
import json
import os
import struct
import sys
import time

print('a library says hello', file=sys.stderr)
print(json.dumps(('fake-1', 'blazepose33')), flush=True)
mode = os.environ.get('FAKE_POSE', '')
while len(header := sys.stdin.buffer.read(9)) == 9:
    height, width, begins = struct.unpack('<II?', header)
    data = sys.stdin.buffer.read(height * width * 3)
    number = 0 if begins else number + 1  # noqa: F821  set by the first one
    person = [[width / 2, height / 2, data[0] / 255]] * 32
    if number == 2 and mode == 'crash':
        sys.exit('RuntimeError: out of luck')
    if number == 2 and mode == 'hang':
        time.sleep(60)
    if number == 2 and mode == 'babble':
        print('what?')
    persons = [] if mode == 'nobody' else [[[number, 1, 1], *person]]
    print(json.dumps(persons), flush=True)
