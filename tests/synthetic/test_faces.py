# Copyright (c) mmaction-microaction contributors. All rights reserved.
import numpy as np
import pytest

from mmaction_microaction.synthetic.faces import FaceDrawing
from mmaction_microaction.synthetic.faces_geometry import (Face, curve,
                                                           features,
                                                           parse_units)


@pytest.fixture(scope='module')
def drawing():
    return FaceDrawing(Face(np.random.default_rng(1)), 64)


def change(drawing, units):
    """(64, 64) how much a picture differs from the neutral face."""
    still, moved = drawing.draw({}), drawing.draw(parse_units(units))
    return np.abs(moved.astype(int) - still).sum(-1)


@pytest.mark.parametrize('units, first, end', [
    (1, 8, 24), (4, 8, 30), (5, 22, 34), (9, 14, 50), (12, 30, 58),
    (17, 40, 62)
])  # yapf: disable
def test_units_move_their_own_part_of_the_face(drawing, units, first, end):
    amount = change(drawing, units)
    assert amount.sum() > 300
    assert amount[first:end].sum() > .9 * amount.sum()


def test_one_side_alone(drawing):
    # The person's left is right in the picture.
    for units, own, other in (('L7', np.s_[:, 32:], np.s_[:, :32]),
                              ('R7', np.s_[:, :32], np.s_[:, 32:])):
        amount = change(drawing, units)
        assert amount[own].sum() > 150
        assert amount[own].sum() > 20 * amount[other].sum()


def test_geometry_follows_the_coding_system():
    face = Face(np.random.default_rng(0))

    def place(units):
        return features(face, parse_units(units))

    def height(curve):
        return np.ptp(curve[:, 1])

    still = features(face, {})
    # y points down. Brows up and down, at the inner and the outer end.
    rest, one, two, four = ([(b[np.abs(b[:, 0]).argmin(),
                                1], b[np.abs(b[:, 0]).argmax(), 1])
                             for b in marks.brows]
                            for marks in (still, *map(place, '124')))
    for (inner, outer), one, two, four in zip(rest, one, two, four):
        assert one[0] < inner - .05 and one[1] == pytest.approx(outer)
        assert two[1] < outer - .05 and four[0] > inner + .05
    for narrow, eye, wide in zip(place('7').eyes, still.eyes, place('5').eyes):
        assert height(narrow) < height(eye) < height(wide)
    corner = still.mouth_line[0]
    up, down, wide = (place(x).mouth_line[0] for x in ('12', '15', '20'))
    assert up[1] < corner[1] < down[1] and wide[0] < corner[0]
    assert height(still.gap) < height(place('25').gap)
    assert height(place('24').lower_lip) < height(still.lower_lip)


def test_people_differ_and_are_the_same_again():
    pictures = [
        FaceDrawing(Face(np.random.default_rng(seed)), 48).draw({})
        for seed in (0, 0, 1, 2)
    ]
    assert np.array_equal(pictures[0], pictures[1])
    for other in pictures[2:]:
        assert np.abs(pictures[0].astype(int) - other).mean() > 8


def test_shift_blink_and_gaze(drawing):
    still = drawing.draw({}).astype(int)
    moved = drawing.draw({}, shift=(3, 0)).astype(int)
    assert np.abs(moved[:, 3:] - still[:, :-3]).mean() < 1.5
    for options in (dict(closed=1.), dict(gaze=(.05, 0))):
        amount = np.abs(drawing.draw({}, **options).astype(int) - still)
        assert amount.sum() > 300
        assert amount[20:38].sum() > .95 * amount.sum()


def test_curve_goes_through_its_points():
    points = np.array([(0, 0), (1, 2), (3, 1), (4, 4.)])
    assert np.allclose(curve(points, steps=5)[::5], points)
    assert np.allclose(curve(points, closed=True, steps=5)[::5], points)


def test_units_as_text():
    assert parse_units('4+L7+R12') == {4: (1, 1), 7: (0, 1), 12: (1, 0)}
    assert parse_units(4) == {4: (1, 1)}
    for wrong in ('', '99', '4+', 'X4', 'happy'):
        with pytest.raises(ValueError, match='4\\+L7\\+12'):
            parse_units(wrong)
