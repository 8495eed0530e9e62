# Copyright (c) mmaction-microaction contributors. All rights reserved.
from .challenge import (RecognitionSubmission, read_recognition_submission,
                        write_recognition_submission)
from .detection_challenge import (read_detection_submission,
                                  write_detection_submission)

__all__ = [
    'RecognitionSubmission', 'read_detection_submission',
    'read_recognition_submission', 'write_detection_submission',
    'write_recognition_submission'
]
