# MANet on MMA-52, clip level: the micro-actions that occur.
#
#   python tools/train.py configs/manet_r50_mma52_multilabel.py
#
# No published result; not measured by us. Starts from ImageNet; from MA-52:
# --cfg-options load_from=work_dirs/manet_r50_ma52/epoch_80.pth
_base_ = [
    '_base_/models/manet_r50.py', '_base_/datasets/mma52_multilabel.py',
    '_base_/schedules/sgd_tsm_80e.py', '_base_/default_runtime.py'
]

num_segments = _base_.num_segments
model = dict(
    backbone=dict(num_segments=num_segments),
    cls_head=dict(
        num_segments=num_segments,
        multi_class=True,
        average_clips='sigmoid',
        # Summed over the 52 classes rather than averaged, beside the
        # embedding loss.
        loss_cls=dict(type='BCELossWithLogits', loss_weight=52.)))

optim_wrapper = dict(optimizer=dict(lr=0.00125 / 2))  # for 5 clips per step
auto_scale_lr = dict(enable=False, base_batch_size=5)
randomness = dict(seed=0)
