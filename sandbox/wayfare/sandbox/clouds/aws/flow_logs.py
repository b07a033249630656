"""VPC flow logs (EC2 API reference, CreateFlowLogs)."""

from collections.abc import Iterator

from wayfare.sandbox.behaviour import Call, Made, ResourceRules
from wayfare.sandbox.clouds.aws.common import Violation, arn, ec2_id, known, made, region_of
from wayfare.sandbox.clouds.aws.routes import VPC, existing

FLOW_LOG = "aws:ec2/flowLog:FlowLog"

#: Of these exactly one says whose traffic is recorded.
_OF = ("vpcId", "subnetId", "eniId", "transitGatewayId", "transitGatewayAttachmentId", "regionalNatGatewayId")
_ONE_OF = {
    "trafficType": ("ACCEPT", "ALL", "REJECT"),
    "logDestinationType": ("cloud-watch-logs", "s3", "kinesis-data-firehose"),
    "maxAggregationInterval": (60, 600),
}


def _check(call: Call) -> Iterator[Violation]:
    inputs = call.inputs
    for name, allowed in _ONE_OF.items():
        value = inputs.get(name)
        if known(value) and value not in allowed:
            yield name, f"expected {name} to be one of {list(allowed)}, got {value}"
    if sum(name in inputs for name in _OF) != 1:
        yield "", f"one of `{','.join(_OF)}` must be specified"
    if inputs.get("logDestinationType", "cloud-watch-logs") == "cloud-watch-logs" and "iamRoleArn" not in inputs:
        yield "iamRoleArn", "InvalidParameter: DeliverLogsPermissionArn is required for the destination CloudWatch Logs"


def _flow_log(call: Call) -> Made:
    id, doing, operation = ec2_id(call, "fl"), "creating EC2 Flow Log", "EC2: CreateFlowLogs"
    if (vpc := call.inputs.get("vpcId")) is not None:
        existing(call, VPC, vpc, doing, operation, "InvalidVpcId.NotFound", "Vpc Id")
    return made(call, id, {"arn": arn("ec2", region_of(call), f"vpc-flow-log/{id}")})


RULES = {
    FLOW_LOG: ResourceRules(
        seconds=3,
        delete_seconds=1,
        # There is no ModifyFlowLogs.
        replace_on=frozenset({*_OF, *_ONE_OF, "logDestination", "iamRoleArn", "logFormat", "deliverCrossAccountRole"}),
        check=lambda call: list(_check(call)),
        create=_flow_log,
    )
}
