# DSTA with a VideoMAE ViT-S on MMA-52: Li et al., "MMAD: Multi-label
# Micro-Action Detection in Videos", ICCV 2025. The adapter is as described by
# a re-implementation, not confirmed from the paper; the head is ours.
#
#   python tools/train.py configs/dsta_vit_small_mma52.py
#
# Reported for MMA-52: nothing comparable (a VideoMAE-S with AdaTAD's
# adapters has 12.1 action mAP on the larger MMA-82). Not measured by us.
_base_ = [
    '_base_/models/dsta_vit_small.py', '_base_/datasets/mma52.py',
    '_base_/schedules/adamw_100e_detection.py', '_base_/detection_runtime.py'
]

# The transformer takes volumes, in chunks of 16 frames.
train_pipeline = [*_base_.train_frames, *_base_.train_images, *_base_.pack_3d]
val_pipeline = [*_base_.val_frames, *_base_.val_images, *_base_.pack_3d]
test_pipeline = val_pipeline
train_dataloader = dict(dataset=dict(pipeline=train_pipeline))
val_dataloader = dict(dataset=dict(pipeline=val_pipeline))
test_dataloader = val_dataloader

# The adapters learn at 4e-4; the transformer itself is frozen.
optim_wrapper = dict(
    paramwise_cfg=dict(custom_keys={'backbone.adapters': dict(lr_mult=4.)}))
randomness = dict(seed=0)
