# Copyright (c) mmaction-microaction contributors. All rights reserved.
from .annotation_files import read_ground_truth
from .annotations import (ANNOTATION_ENDINGS, Annotations, read_annotations,
                          read_segments_csv)
from .boris import write_boris, write_boris_ethogram
from .boris_reader import read_boris
from .challenge import (RecognitionSubmission, read_detection_submission,
                        read_recognition_submission,
                        write_detection_submission,
                        write_recognition_submission)
from .elan import read_elan, read_elan_file, write_elan
from .label_studio import (label_studio_config, read_label_studio,
                           write_label_studio)
from .webvtt import read_webvtt, write_webvtt

__all__ = [
    'ANNOTATION_ENDINGS', 'Annotations', 'RecognitionSubmission',
    'label_studio_config', 'read_annotations', 'read_boris',
    'read_detection_submission', 'read_elan', 'read_elan_file',
    'read_ground_truth', 'read_label_studio', 'read_recognition_submission',
    'read_segments_csv', 'read_webvtt', 'write_boris', 'write_boris_ethogram',
    'write_detection_submission', 'write_elan', 'write_label_studio',
    'write_recognition_submission', 'write_webvtt'
]
