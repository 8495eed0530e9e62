# manet_r18_ma52sample.py with PCAN's head, on sample data.
#
#   export MA52_ROOT=data/ma52
#   python tools/train.py configs/manet_pcan_r18_ma52sample.py
_base_ = ['./manet_r18_ma52sample.py']

model = dict(
    cls_head=dict(
        _delete_=True,
        type='PCANHead',
        num_classes=52,
        in_channels=256,
        streams=('rgb', ),
        dropout_ratio=0.2))
val_evaluator = dict(body='head')
test_evaluator = dict(body='head')
