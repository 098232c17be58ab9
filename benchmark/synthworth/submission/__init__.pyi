from . import bundle as bundle
from .contents import BundleText as BundleText
from .folder import MANIFEST as MANIFEST
from .folder import Files as Files
from .folder import load as load
from .submit import SubmissionRequest as SubmissionRequest
from .verify import Verification as Verification
from .verify import Verifier as Verifier
