"""A registry of images (CNCF Distribution), put into the user's cache once: two minutes on 2 cores.

`python -m tests.mirroring.programs install|info`; `info` exits with 1 where it is not there.
"""

import sys

from tests.built import TOOLS, Built, called

REGISTRY = Built(
    name="registry",
    pins=TOOLS / "mirroring" / "registry",
    module="github.com/distribution/distribution/v3",
    package="cmd/registry",
    says=("--version",),
)

if __name__ == "__main__":
    sys.exit(called(REGISTRY.find, REGISTRY.install, sys.argv[1]))
