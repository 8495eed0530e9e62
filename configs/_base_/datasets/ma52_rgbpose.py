# MA-52 for RGB + pose networks: 8 images and the poses of 32 frames per clip,
# sampled separately, one from each eighth and each 32nd; all cropped to a
# square around the person, the poses as heat maps of a quarter of its size.
# The poses are those of `pose_{split}.pkl`; see MicroActionPoseDataset.
_base_ = ['./ma52_pose.py']

rgbpose_sampling = dict(
    type='MMUniformSampleFrames', clip_len=dict(RGB=8, Pose=32))  # frames
# DecodeClipAndPose replaces MMDecode: the same images, faster, and decoded not
# much larger than the crop needs: a person of MA-52 takes four fifths of the
# short side. The release crops from the full size, as None does.
cut = [
    dict(type='DecodeClipAndPose', short_side=384),  # pixels
    dict(type='MMCompact', hw_ratio=1., allow_imgpad=True)
]
val_images = [*cut, dict(type='Resize', scale=(256, 256), keep_ratio=False)]
train_images = [
    *val_images,
    dict(type='RandomResizedCrop', area_range=(0.56, 1.0)),
    dict(type='Resize', scale=(224, 224), keep_ratio=False), _base_.flip
]
pack = [
    dict(
        type='GeneratePoseTarget',
        sigma=0.7,  # pixels of the heat map
        use_score=True,
        scaling=0.25),
    dict(type='FormatShape', input_format='NCTHW'),
    dict(
        type='PackActionInputs',
        collect_keys=('imgs', 'heatmap_imgs'),
        meta_keys=_base_.meta_keys)
]
train_pipeline = [rgbpose_sampling, *train_images, *pack]
val_pipeline = [dict(rgbpose_sampling, test_mode=True), *val_images, *pack]
# Scores are means over 10 samplings of frames.
test_pipeline = [
    dict(rgbpose_sampling, num_clips=10, test_mode=True), *val_images, *pack
]

train_dataloader = dict(
    batch_size=10, dataset=dict(with_videos=True, pipeline=train_pipeline))
val_dataloader = dict(
    batch_size=10, dataset=dict(with_videos=True, pipeline=val_pipeline))
test_dataloader = dict(
    batch_size=1, dataset=dict(with_videos=True, pipeline=test_pipeline))
