"""actionlint, put into the user's cache once: half a minute.

`python -m tests.workflows.actionlint install|info`; `info` exits with 1 where it is not there.
"""

import sys

from tests.built import TOOLS, Built, called

ACTIONLINT = Built(
    name="actionlint",
    pins=TOOLS / "gitops" / "actionlint",
    module="github.com/rhysd/actionlint",
    package="cmd/actionlint",
    says=("-version",),
)

if __name__ == "__main__":
    sys.exit(called(ACTIONLINT.find, ACTIONLINT.install, sys.argv[1]))
