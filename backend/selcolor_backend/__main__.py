"""`python -m selcolor_backend` is `selcolor`."""

import sys

from selcolor_backend.cli.main import main

sys.exit(main())
