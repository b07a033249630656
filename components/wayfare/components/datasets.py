"""Where a cluster reads its data sets: in the buckets that they are in, or in its own, where a move has brought them.

Pure.
"""

from collections.abc import Mapping

from wayfare.blueprints import CloudName, DataSet
from wayfare.components.along import Brought, prefix
from wayfare.components.contract import NotFeasible, Request

_STORES: Mapping[CloudName, str] = {
    CloudName.AWS: "S3",
    CloudName.AZURE: "a storage account",
    CloudName.GCP: "Cloud Storage",
}


def data_sets(request: Request) -> tuple[Mapping[str, DataSet], tuple[Brought, ...]]:
    """(those on the cluster's cloud by the name of their volume, those that were brought along).

    Raises `NotFeasible` for one that is on another cloud and was not.
    """
    here: dict[str, DataSet] = {}
    brought: list[Brought] = []
    for number, each in enumerate(request.blueprint.spec.storage.data):
        name, cloud = f"data-{number}", request.placement.cloud
        if each.cloud is cloud:
            here[name] = each
        elif each.elsewhere == "copy" and each.source in request.along.data:
            brought.append(Brought(name, prefix(each.source), each.mount))
        else:
            raise NotFeasible(_elsewhere(each, cloud))
    return here, tuple(brought)


def _elsewhere(data: DataSet, cloud: CloudName) -> str:
    if data.elsewhere == "copy":
        return (
            f"the data at {data.source} is on {data.cloud}, and nobody has copied it: bring the cluster up on "
            f"{data.cloud} and move it to {cloud}, or leave {cloud} out of `placement.clouds`"
        )
    return (
        f"the data at {data.source} is on {data.cloud}: copy it to {_STORES[cloud]}, have a move bring it along by "
        f"`elsewhere: copy`, or leave {cloud} out of `placement.clouds`"
    )
