# MANet on the data of MMNet: 8 frames from onset to offset of the
# micro-expressions of CASME II, five classes. Backbone and recipe: Guo et al.,
# "Benchmarking Micro-action Recognition: Dataset, Methods, and Applications",
# IEEE TCSVT 34(7), 2024.
#
#   python tools/micro_expression/loso.py configs/manet_r50_casme2_5cls.py
#   python tools/train.py configs/manet_r50_casme2_5cls.py
#
# The latter is one fold, leave one subject out. No published result; not
# measured by us. The package has no label vectors of emotions, so
# there is no embedding; with a GloVe file:
#   --cfg-options model.cls_head.type=JointEmbeddingHead \
#       model.cls_head.label_vectors=glove.840B.300d.txt \
#       model.cls_head.label_names=happiness,disgust,repression,surprise,others
_base_ = [
    '_base_/models/manet_r50.py', '_base_/datasets/casme2.py',
    '_base_/schedules/sgd_tsm_80e.py', '_base_/default_runtime.py'
]

scheme = 5
num_segments = 8  # T
model = dict(
    cls_head=dict(
        _delete_=True,
        type='TSMHead',
        num_classes=5,
        in_channels=2048,
        num_segments=num_segments,
        dropout_ratio=0.5,
        init_std=0.001,
        average_clips='prob'))

frames = [dict(type='LoadExpressionClip', num_frames=num_segments)]
train_pipeline = [*frames, *_base_.train_images, *_base_.pack]
val_pipeline = [*frames, *_base_.val_images, *_base_.pack]
test_pipeline = val_pipeline
train_dataloader = dict(
    batch_size=10, dataset=dict(scheme=scheme, pipeline=train_pipeline))
val_dataloader = dict(
    batch_size=10, dataset=dict(scheme=scheme, pipeline=val_pipeline))
test_dataloader = val_dataloader

# The last epoch counts: a best one would be chosen on the test subject.
train_cfg = dict(val_interval=80)
default_hooks = dict(checkpoint=dict(save_best=None, max_keep_ckpts=1))
randomness = dict(seed=0)
