"""Settings of stacks in a fresh clone: what the state backend has of them, in place of what was generated.

A generated settings file says what a first `up` begins with. Which zone a standing cluster has, whether its capacity is
released and whether it is protected, only the backend knows, and a pipeline's clone is new each time.
"""

from wayfare.stacks.gitops.writing import is_generated
from wayfare.stacks.session import Session


def recall(session: Session, cluster: str | None = None) -> None:
    """Bring the settings of a cluster's stacks, or of all, from the backend. What people wrote stays.

    Raises EngineFailed.
    """
    for name in session.names(cluster):
        file = session.project.settings_file(str(name))
        if file.exists() and not is_generated(file):
            continue
        if session.stacks.history(str(name)).entries:
            session.stacks.recall(str(name))
