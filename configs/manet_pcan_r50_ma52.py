# MANet's network with PCAN's head on MA-52, RGB alone: Li et al.,
# "Prototypical Calibrating Ambiguous Samples for Micro-Action Recognition",
# AAAI 2025.
#
#   python tools/train.py configs/manet_pcan_r50_ma52.py
#
# No published result; not measured by us. All but the head is that of
# manet_r50_ma52.py.
_base_ = ['./manet_r50_ma52.py']

model = dict(
    cls_head=dict(
        _delete_=True,
        type='PCANHead',
        num_classes=52,
        in_channels=2048,
        streams=('rgb', ),
        num_segments=8,
        dropout_ratio=0.5,
        average_clips='prob'))

# The body part comes from the body layer of the head, without look-up.
val_evaluator = dict(body='head')
test_evaluator = dict(body='head')
