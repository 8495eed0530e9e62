# Copyright (c) mmaction-microaction contributors. All rights reserved.
"""Each transform that the host registers runs on a minimal input."""
import importlib.util

import cv2
import numpy as np
import pytest
from mmaction.registry import TRANSFORMS

from mmaction_microaction.utils.video_writer import write_video

#: They need a package that we do not depend on, and say so by its name.
OPTIONAL = dict(
    CLIPTokenize=('clip', dict()),
    ImgAug=('imgaug', dict(transforms='default')),
    PIMSInit=('pims', dict()),
    PytorchVideoWrapper=('pytorchvideo', dict(op='AugMix')),
    TorchVisionWrapper=('torchvision', dict(op='Grayscale')))
H, W, T, V, NTU = 24, 32, 8, 17, 25  # picture, frames, joints of two kinds
IMAGES = np.random.default_rng(0).integers(0, 256, (T, H, W, 3), np.uint8)


@pytest.fixture(scope='module')
def here(tmp_path_factory):
    """A folder with files of every kind that a transform opens."""
    folder = tmp_path_factory.mktemp('host')
    write_video(folder / 'clip.mp4', IMAGES)
    for i, image in enumerate(IMAGES, start=1):
        for name in ('img', 'x', 'y'):
            cv2.imwrite(str(folder / f'{name}_{i:05}.jpg'), image)
    np.save(folder / 'v_1.npy', np.ones((64, 4)))
    np.savetxt(folder / 'v_1.csv', np.ones((3, 6)), delimiter=',', header='-')
    return folder


def run(name: str, results, **arguments):
    return TRANSFORMS.build(dict(type=name, **arguments))(results)


def video(here, **more) -> dict:
    return dict(
        filename=str(here / 'clip.mp4'),
        img_path=here / 'img_00001.jpg',
        audio_path=here / 'v_1.npy',
        feature_path=here / 'v_1.csv',
        frame_inds=np.arange(0, T, 2)[:, None],
        modality='RGB',
        **more)


def opened(init: str):
    return lambda here: run(init, video(here))


def frames(here) -> dict:
    return dict(frame_dir=str(here), frame_inds=np.array([1, 3, 3, 4]))


def pictures(here=None) -> dict:
    box = np.array([[2., 2., 20., 20.]])
    return dict(
        imgs=list(IMAGES.copy()),
        img_shape=(H, W),
        modality='RGB',
        label=1,
        num_clips=1,
        clip_len=T,
        gt_bboxes=box,
        gt_labels=np.array([1]),
        proposals=box)


LAZY = [('RandomCrop', dict(size=20)), ('RandomResizedCrop', {}),
        ('MultiScaleCrop', dict(input_size=8)),
        ('CenterCrop', dict(crop_size=4)),
        ('Resize', dict(scale=(10, 6), keep_ratio=False)),
        ('Flip', dict(flip_ratio=1.))]


def lazy(here) -> dict:
    results = dict(imgs=list(IMAGES.copy()), modality='RGB')
    for name, arguments in LAZY:
        results = run(name, results, lazy=True, **arguments)
    return results


def body(here=None, joints=V, **more) -> dict:
    points = np.random.default_rng(0).uniform(1, H, (1, T, joints, 3))
    if joints == V:
        more['keypoint_score'] = points[..., 2]
        points = points[..., :2]
    return dict(
        keypoint=points,
        total_frames=T,
        img_shape=(H, W),
        modality='Pose',
        **more)


def solid(here) -> dict:
    return body(joints=NTU)


def long(here) -> dict:
    return dict(
        total_frames=40, start_index=0, modality='Pose', avg_fps=25., fps=10,
        timestamp=3, timestamp_start=1)  # yapf: disable


def audio(here) -> dict:
    return dict(
        audios=np.ones((64, 8)), length=64, total_frames=16, num_clips=2,
        frame_inds=np.arange(16))  # yapf: disable


def spans(here) -> dict:
    return dict(
        video_name='v_1', raw_feature=np.ones((6, 3)), duration_frame=100,
        duration_second=10., feature_frame=80, gt_bbox=np.ones((1, 2)),
        annotations=[dict(segment=[2., 4.], label='wave')])  # yapf: disable


def given(**inputs):
    return lambda here: inputs


CLIPS = dict(clip_len=4, num_clips=2)
ALL, FOUR, SMALL = (T, H, W, 3), (4, H, W, 3), (T, 16, 16, 3)
FLOW = dict(filename_tmpl='{}_{:05}.jpg', modality='Flow')
RGB = dict(filename_tmpl='img_{:05}.jpg', modality='RGB')
LIMBS = dict(double=True, with_limb=True, with_kp=False)
TEST = dict(test_mode=True, twice_sample=True, out_of_bound_opt='repeat_last')
#: Name, input, arguments; shape of what comes or, not a tuple, that itself;
#: its key, where it is not the one of KEYS.
KEYS = {pictures: 'imgs', body: 'keypoint', solid: 'keypoint', audio: 'audios'}
CASES = [
    ('ArrayDecode', given(array=IMAGES[..., :2], modality='Flow',
                          frame_inds=np.arange(2)), {}, (4, H, W), 'imgs'),
    ('AudioFeatureSelector', audio, dict(fixed_length=4), (2, 4, 8)),
    ('BuildPseudoClip', given(imgs=[IMAGES[0]]), dict(clip_len=4), FOUR,
     'imgs'),
    ('CenterCrop', pictures, dict(crop_size=16), SMALL),
    ('ColorJitter', pictures, dict(hue=(-.4, -.3)), ALL),
    ('ColorJitter', pictures, dict(hue=(.3, .4)), ALL),
    ('DecompressPose', given(keypoint=np.ones((4, V, 3)), total_frames=3,
                             frame_inds=np.array([0, 0, 1, 2])),
     dict(max_person=1), (1, 3, V, 2), 'keypoint'),
    ('DecordInit', video, {}, T, 'total_frames'),
    ('DecordDecode', opened('DecordInit'), {}, FOUR, 'imgs'),
    ('DecordDecode', opened('DecordInit'), dict(mode='efficient'), FOUR,
     'imgs'),
    ('DenseSampleFrames', long, CLIPS, (8, )),
    ('DenseSampleFrames', long, CLIPS | dict(test_mode=True), (80, )),
    ('Flip', pictures, dict(flip_ratio=1.), ALL),
    ('Flip', body, dict(flip_ratio=1., left_kp=[1], right_kp=[2]),
     (1, T, V, 2)),
    ('FormatAudioShape', given(audios=np.ones((2, 4, 8))),
     dict(input_format='NCTF'), (2, 1, 4, 8), 'audios'),
    ('FormatGCNInput', body, {}, (1, 2, T, V, 3)),
    ('FormatShape', pictures, dict(input_format='NCTHW'), (1, 3, T, H, W)),
    ('Fuse', lazy, {}, (T, 6, 10, 3), 'imgs'),
    ('GenSkeFeat', body, dict(dataset='coco', feats=['j', 'b', 'jm', 'bm']),
     (1, T, V, 12)),
    ('GenerateLocalizationLabels', spans, {}, (1, 2), 'gt_bbox'),
    ('GeneratePoseTarget', body, {}, (T, V, H, W), 'imgs'),
    ('GeneratePoseTarget', body, LIMBS, (2 * T, V, H, W), 'imgs'),
    ('ImageDecode', lambda here: dict(filename=here / 'img_00001.jpg'), {},
     (1, H, W, 3), 'imgs'),
    ('InferencerPackInput', str, dict(input_format='rawframes'), T,
     'total_frames'),
    ('InferencerPackInput', lambda here: IMAGES, dict(input_format='array'),
     'RGB', 'modality'),
    ('JointToBone', solid, {}, (1, T, NTU, 3)),
    ('LoadAudioFeature', video, {}, 64, 'length'),
    ('LoadHVULabel', given(categories=['a', 'b'], category_nums=[2, 3],
                           label=dict(b=[0, 2])), {}, (5, ), 'label'),
    ('LoadLocalizationFeature', video, {}, (6, 3), 'raw_feature'),
    ('LoadProposals', spans, dict(top_k=2), (2, 4), 'bsp_feature'),
    ('LoadRGBFromFile', video, {}, (H, W, 3), 'img'),
    ('MMCompact', lambda here: dict(pictures(), **body()), dict(threshold=2),
     (2, ), 'img_shape'),
    ('MMDecode', lambda here: dict(video(here), **body()) | dict(
        modality=['RGB', 'Pose'], RGB_inds=np.arange(4),
        Pose_inds=np.arange(6)), {}, FOUR, 'imgs'),
    ('MMUniformSampleFrames', long, dict(clip_len=dict(RGB=4, Pose=6)), (6, ),
     'Pose_inds'),
    ('MergeSkeFeat', given(a=np.ones((1, 2)), b=np.ones((1, 3))),
     dict(feat_list=['a', 'b']), (1, 5), 'keypoint'),
    ('MultiScaleCrop', pictures, dict(input_size=16, scales=(.7, )), SMALL),
    ('OpenCVInit', video, {}, T, 'total_frames'),
    ('OpenCVDecode', opened('OpenCVInit'), {}, FOUR, 'imgs'),
    ('PIMSDecode', lambda here: video(here, video_reader=IMAGES), {}, FOUR,
     'imgs'),
    ('PackActionInputs', lambda here: dict(pictures(), imgs=IMAGES), {}, ALL,
     'inputs'),
    ('PackLocalizationInputs', spans, dict(keys=('gt_bbox', )), (6, 3),
     'inputs'),
    ('PadTo', body, dict(length=12), (1, 12, V, 2)),
    ('PoseCompact', body, dict(threshold=2), (2, ), 'img_shape'),
    ('PoseDecode', body, {}, (1, T, V, 2)),
    ('PreNormalize2D', body, {}, (1, T, V, 2)),
    ('PreNormalize3D', solid, {}, (1, T, NTU, 3)),
    ('PyAVInit', video, {}, T, 'total_frames'),
    ('PyAVDecode', opened('PyAVInit'), {}, FOUR, 'imgs'),
    ('PyAVDecode', opened('PyAVInit'), dict(mode='efficient'), FOUR, 'imgs'),
    ('PyAVDecodeMotionVector', opened('PyAVInit'), {}, (4, H, W, 2),
     'motion_vectors'),
    ('RandomCrop', pictures, dict(size=16), SMALL),
    ('RandomErasing', pictures, dict(erase_prob=1.), ALL),
    ('RandomErasing', pictures, dict(erase_prob=1., mode='rand'), ALL),
    ('RandomRescale', pictures, dict(scale_range=(30, 40)), (2, ),
     'img_shape'),
    ('RandomResizedCrop', pictures, {}, (2, ), 'img_shape'),
    ('RawFrameDecode', lambda here: frames(here) | RGB, {}, FOUR, 'imgs'),
    ('RawFrameDecode', lambda here: frames(here) | FLOW, {}, (4, H, W, 2),
     'imgs'),
    ('Resize', pictures, dict(scale=(-1, 12)), (T, 12, 16, 3)),
    ('SampleAVAFrames', long, dict(clip_len=4), (4, )),
    ('SampleFrames', long, CLIPS | dict(temporal_jitter=True), (8, )),
    ('SampleFrames', long, CLIPS | dict(keep_tail_frames=True), (8, )),
    ('SampleFrames', long, CLIPS | dict(target_fps=10), (8, )),
    ('SampleFrames', long, CLIPS | TEST, (16, )),
    ('TenCrop', pictures, dict(crop_size=16), (10 * T, 16, 16, 3)),
    ('ThreeCrop', pictures, dict(crop_size=H), (3 * T, H, H, 3)),
    ('ToMotion', solid, dict(dataset='coco'), (1, T, NTU, 3), 'motion'),
    ('Transpose', given(a=np.ones((2, 3))), dict(keys=['a'], order=(1, 0)),
     (3, 2), 'a'),
    ('UniformSample', long, dict(clip_len=4), (4, )),
    ('UniformSample', long, CLIPS | dict(test_mode=True), (8, )),
    ('UniformSampleFrames', body, dict(clip_len=6), (6, ), 'frame_inds'),
    ('UniformSampleFrames', long, CLIPS | dict(test_mode=True), (8, )),
    ('UntrimmedSampleFrames', long, dict(clip_len=3), (6, )),
]  # yapf: disable


@pytest.mark.parametrize('case', CASES, ids=lambda case: case[0])
def test_transform(here, case):
    name, inputs, arguments, wanted, *key = case
    if name == 'LoadProposals':
        arguments = arguments | dict(
            pgm_proposals_dir=here, pgm_features_dir=here)
    key = key[0] if key else KEYS.get(inputs, 'frame_inds')
    found = run(name, inputs(here), **arguments)[key]
    assert (np.shape(found) if isinstance(wanted, tuple) else found) == wanted


@pytest.mark.parametrize('name', OPTIONAL)
def test_transform_names_the_package_it_needs(name):
    package, arguments = OPTIONAL[name]
    if importlib.util.find_spec(package):
        pytest.skip(f'{package} is there')
    with pytest.raises((ImportError, RuntimeError), match=f'(?i){package}'):
        run(name, dict(text='a', filename=__file__), **arguments)


def test_every_transform_of_the_host_is_here():
    names = {
        name
        for name, cls in TRANSFORMS.module_dict.items()
        if cls.__module__.startswith('mmaction.')
    }
    assert names == {case[0] for case in CASES} | set(OPTIONAL)
