# manet_r18_ma52demo.py with PCAN's head, on sample data.
#
#   export MA52_ROOT=demo_out/data/ma52
#   python tools/train.py configs/manet_pcan_r18_ma52demo.py
_base_ = ['./manet_r18_ma52demo.py']

model = dict(
    cls_head=dict(
        _delete_=True,
        type='PCANHead',
        num_classes=52,
        in_channels=128,
        streams=('rgb', ),
        dropout_ratio=0.2))
val_evaluator = dict(body='head')
test_evaluator = dict(body='head')
