# Copyright (c) mmaction-microaction contributors. All rights reserved.
"""The program that runs mediapipe, in the environment of ``make pose-env``;
independent of this package.

For ``<II?`` (H, W, whether a video begins) and H * W * 3 bytes of RGB on
standard input it writes a JSON line to standard output: a list of persons,
each a list of x and y in pixels, score. The first line is source and layout.
"""
import json
import os
import struct
import sys
import types

HEADER = struct.Struct('<II?')


def persons_of(found, height: int, width: int) -> list:
    """No person, or one: 33 points, 21 of the left hand, 21 of the right;
    points of hands have no scores."""
    if not found.pose_landmarks:
        return []
    points = [(p, p.visibility) for p in found.pose_landmarks.landmark]
    for hand in (found.left_hand_landmarks, found.right_hand_landmarks):
        points += [(p, 1.) for p in hand.landmark] if hand else [None] * 21
    return [[(x[0].x * width, x[0].y * height, x[1]) if x else (0, 0, 0)
             for x in points]]


def faceless():
    """mediapipe's holistic graph without the mesh of the face, a tenth of its
    work; all other points are the same to the bit."""
    import mediapipe
    from mediapipe.framework import calculator_pb2
    from mediapipe.python.solution_base import SolutionBase
    folder = os.path.dirname(mediapipe.__file__)
    path = 'modules/holistic_landmark/holistic_landmark_cpu.binarypb'
    graph = calculator_pb2.CalculatorGraphConfig()
    with open(os.path.join(folder, path), 'rb') as file:
        graph.ParseFromString(file.read())
    for parts in (graph.node, graph.output_stream, graph.input_side_packet):
        kept = [x for x in parts if 'FACE' not in str(x)]
        del parts[:]
        parts.extend(kept)
    return SolutionBase(
        graph_config=graph,
        side_inputs=dict(
            model_complexity=1,
            smooth_landmarks=True,
            enable_segmentation=False,
            smooth_segmentation=True,
            use_prev_landmarks=True),
        outputs=[
            'pose_landmarks', 'left_hand_landmarks', 'right_hand_landmarks'
        ])


def main() -> None:
    """Answer until the standard input ends."""
    answers = os.fdopen(os.dup(1), 'w')
    os.dup2(2, 1)  # what libraries print is no answer
    # mediapipe imports it to draw plots, which nobody asks for.
    for name in ('matplotlib', 'matplotlib.pyplot'):
        sys.modules[name] = types.ModuleType(name)
    import mediapipe
    import numpy as np
    try:
        model = faceless()
    except Exception:  # another version, with another graph
        model = mediapipe.solutions.holistic.Holistic()
    hello = f'mediapipe-{mediapipe.__version__} holistic', 'blazepose33'
    print(json.dumps(hello), file=answers, flush=True)
    pictures = sys.stdin.buffer
    while len(header := pictures.read(HEADER.size)) == HEADER.size:
        height, width, begins = HEADER.unpack(header)
        data = np.frombuffer(pictures.read(height * width * 3), np.uint8)
        if begins:  # it tracks and smooths from frame to frame
            model.reset()
        found = model.process(data.reshape(height, width, 3))
        persons = persons_of(found, height, width)
        print(json.dumps(persons), file=answers, flush=True)


if __name__ == '__main__':
    main()
