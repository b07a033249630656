"""Functions of the provider: the account's zones, offers, identity and inventory."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from wayfare.sandbox.behaviour import Invoke, Properties, Refused, Row, StoreView
from wayfare.sandbox.clouds.aws import federation
from wayfare.sandbox.clouds.aws.common import ACCOUNT, CALLER, CALLER_ROLE, arn, mappings, named, strings, zone_id
from wayfare.sandbox.clouds.aws.iam import ROLE
from wayfare.sandbox.clouds.aws.kms import ALIAS
from wayfare.sandbox.clouds.aws.security_groups import ENDPOINT

Arguments = Mapping[str, Any]
Configuration = Mapping[str, str]

#: Kinds whose ARN is not among their outputs.
_ARN_KINDS = {"aws:ec2/natGateway:NatGateway": ("ec2", "natgateway")}


def _region(arguments: Arguments, configuration: Configuration) -> str:
    region = arguments.get("region") or configuration.get("region")
    if not region:
        raise Refused("Missing region configuration")
    return str(region)


def _zones(arguments: Arguments, configuration: Configuration, store: StoreView) -> Properties:
    region = _region(arguments, configuration)
    excluded = {*strings(arguments.get("excludeZoneIds")), *strings(arguments.get("excludeNames"))}
    rows = [(name, zone_id(region, index)) for index, name in enumerate(store.zones(region))]
    rows = [row for row in rows if not excluded & set(row)]
    return {
        **arguments,
        "id": region,
        "region": region,
        "groupNames": [region],
        "names": [name for name, _ in rows],
        "zoneIds": [id for _, id in rows],
    }


def _caller(arguments: Arguments, configuration: Configuration, store: StoreView) -> Properties:
    del arguments, configuration, store
    return {"accountId": ACCOUNT, "arn": CALLER, "id": ACCOUNT, "userId": "AROASANDBOX:sandbox"}


def _session(arguments: Arguments, configuration: Configuration, store: StoreView) -> Properties:
    """An assumed role's ARN leads to the role; any other is given back."""
    del configuration, store
    asked = str(arguments["arn"])
    assumed = asked == CALLER
    return {
        "arn": asked,
        "id": asked,
        "issuerArn": CALLER_ROLE if assumed else asked,
        "issuerId": "AROASANDBOX" if assumed else "",
        "issuerName": "Administrator" if assumed else "",
        "sessionName": "sandbox" if assumed else "",
    }


def _filter(arguments: Arguments, name: str) -> list[str]:
    return [value for row in mappings(arguments.get("filters")) if row["name"] == name for value in row["values"]]


def _offerings(arguments: Arguments, configuration: Configuration, store: StoreView) -> Properties:
    region = _region(arguments, configuration)
    kind = str(arguments.get("locationType", "region"))
    places = list(store.zones(region)) if kind == "availability-zone" else [region]
    found = [
        (machine, place)
        for machine in _filter(arguments, "instance-type")
        for place in places
        if store.offered(region, place if kind == "availability-zone" else "", machine)
    ]
    return {
        **arguments,
        "id": region,
        "region": region,
        "instanceTypes": [machine for machine, _ in found],
        "locations": [place for _, place in found],
        "locationTypes": [kind for _ in found],
    }


def _tagged(arguments: Arguments, configuration: Configuration, store: StoreView) -> Properties:
    """Tags are searched in one region; IAM's roles are not covered (Resource Groups Tagging API, GetResources)."""
    region = _region(arguments, configuration)
    wanted = [(str(row["key"]), strings(row.get("values"))) for row in mappings(arguments.get("tagFilters"))]
    found: list[Properties] = [
        {"resourceArn": name, "tags": dict(row.tags), "complianceDetails": []}
        for row in store.rows()
        # What is global, IAM's issuers, is found in the first region.
        if row.tags and (row.region or "us-east-1") == region and row.token != ROLE
        if all(key in row.tags and (not values or row.tags[key] in values) for key, values in wanted)
        for name in _arns(row)
    ]
    return {**arguments, "id": region, "region": region, "resourceTagMappingLists": found}


def _arns(row: Row) -> Iterator[str]:
    own = next((row.outputs[key] for key in ("arn", "accessEntryArn", "associationArn") if key in row.outputs), None)
    if own is not None:
        yield str(own)
    elif row.token in _ARN_KINDS:
        service, kind = _ARN_KINDS[row.token]
        yield arn(service, row.region, f"{kind}/{row.id}")


def _roles(arguments: Arguments, configuration: Configuration, store: StoreView) -> Properties:
    del configuration
    prefix, pattern = str(arguments.get("pathPrefix") or "/"), str(arguments.get("nameRegex") or "")
    rows = [row for row in store.rows(ROLE) if str(row.outputs["path"]).startswith(prefix)]
    rows = [row for row in rows if re.search(pattern, str(row.outputs["name"]))]
    return {
        **arguments,
        "id": "iam",
        "arns": [row.outputs["arn"] for row in rows],
        "names": [row.outputs["name"] for row in rows],
    }


def _sign_in(arguments: Arguments, configuration: Configuration, store: StoreView) -> Properties:
    name, region = str(arguments["name"]), _region(arguments, configuration)
    if named(store.rows("aws:eks/cluster:Cluster"), "name", name, region) is None:
        raise Refused(f"reading EKS Cluster ({name}): couldn't find resource")
    return {"id": name, "name": name, "region": region, "token": "k8s-aws-v1.sandbox"}


def _route_table(arguments: Arguments, configuration: Configuration, store: StoreView) -> Properties:
    table = store.row("aws:ec2/routeTable:RouteTable", str(arguments["routeTableId"]))
    if table is None:
        raise Refused("your query returned no results; please change your search criteria and try again")
    associations: list[Properties] = [
        {
            "gatewayId": "",
            "main": False,
            "routeTableAssociationId": row.id,
            "routeTableId": table.id,
            "subnetId": row.inputs.get("subnetId", ""),
        }
        for row in store.rows("aws:ec2/routeTableAssociation:RouteTableAssociation")
        if row.inputs.get("routeTableId") == table.id
    ]
    return {
        **arguments,
        "id": table.id,
        "arn": table.outputs["arn"],
        "associations": associations,
        "gatewayId": "",
        "ownerId": ACCOUNT,
        "region": _region(arguments, configuration),
        "routes": [],
        "subnetId": "",
        "tags": dict(table.tags),
        "vpcId": table.inputs["vpcId"],
    }


#: From a filter's name to the output that it looks at; None is the id.
_FILTERS = {"vpc-id": "vpcId", "subnet-id": None, "availability-zone": "availabilityZone"}


def _ids(token: str, outputs: Mapping[str, str | None]) -> Invoke:
    """Ids of what passes all filters; none is no error (EC2, DescribeVpcs and DescribeSubnets with filters)."""

    def ids(arguments: Arguments, configuration: Configuration, store: StoreView) -> Properties:
        region = _region(arguments, configuration)
        wanted = [(outputs[str(row["name"])], strings(row.get("values"))) for row in mappings(arguments.get("filters"))]
        found = [
            row.id
            for row in store.rows(token)
            if row.region == region
            and all((row.id if key is None else row.outputs.get(key)) in values for key, values in wanted)
        ]
        return {**arguments, "id": region, "region": region, "ids": found}

    return ids


def _endpoint(arguments: Arguments, configuration: Configuration, store: StoreView) -> Properties:
    region, wanted = _region(arguments, configuration), ("vpcId", "serviceName", "state")
    for row in store.rows(ENDPOINT):
        if row.region == region and all(
            row.outputs.get(key) == arguments[key] for key in wanted if arguments.get(key) is not None
        ):
            return {"region": region, "id": row.id, **{key: row.outputs[key] for key in (*wanted, "arn")}}
    raise Refused("no matching EC2 VPC Endpoint found")


def _alias(arguments: Arguments, configuration: Configuration, store: StoreView) -> Properties:
    name, region = str(arguments["name"]), _region(arguments, configuration)
    row = named(store.rows(ALIAS), "arn", arn("kms", region, name))
    if row is None:
        raise Refused(f"reading KMS Alias ({name}): couldn't find resource")
    told = {key: row.outputs[key] for key in ("arn", "targetKeyArn", "targetKeyId")}
    return {"id": row.outputs["arn"], "name": name, "region": region, **told}


INVOKES: dict[str, Invoke] = {
    "aws:ec2/getVpcEndpoint:getVpcEndpoint": _endpoint,
    "aws:kms/getAlias:getAlias": _alias,
    "aws:ec2/getVpcs:getVpcs": _ids("aws:ec2/vpc:Vpc", {"vpc-id": None}),
    "aws:ec2/getSubnets:getSubnets": _ids("aws:ec2/subnet:Subnet", _FILTERS),
    "aws:ec2/getRouteTable:getRouteTable": _route_table,
    "aws:index/getAvailabilityZones:getAvailabilityZones": _zones,
    "aws:index/getCallerIdentity:getCallerIdentity": _caller,
    "aws:iam/getSessionContext:getSessionContext": _session,
    "aws:iam/getOpenIdConnectProvider:getOpenIdConnectProvider": federation.get,
    "aws:iam/getRoles:getRoles": _roles,
    "aws:ec2/getInstanceTypeOfferings:getInstanceTypeOfferings": _offerings,
    "aws:resourcegroupstaggingapi/getResources:getResources": _tagged,
    "aws:eks/getClusterAuth:getClusterAuth": _sign_in,
}
