# DSTA with a VideoMAE ViT-B on MMA-52, see dsta_vit_small_mma52.py.
#
#   python tools/train.py configs/dsta_vit_base_mma52.py
#
# Reported for MMA-52: nothing that compares (a VideoMAE-B with AdaTAD's
# adapters has 13.6 action mAP on the larger MMA-82). Not measured by us.
_base_ = ['./dsta_vit_small_mma52.py']

model = dict(
    backbone=dict(
        pretrained=  # noqa: E251
        'https://download.openmmlab.com/mmaction/v1.0/recognition/videomae/vit-base-p16_videomae-k400-pre_16x4x1_kinetics-400_20221013-860a3cd3.pth',  # noqa: E501
        embed_dims=768,
        num_heads=12),
    neck=dict(in_channels=768),
    auxiliary_head=dict(in_channels=768))
