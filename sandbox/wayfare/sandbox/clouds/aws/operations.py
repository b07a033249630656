"""Which call of AWS makes each resource type: the table from Pulumi's tokens to botocore's service models.

Properties and members match by name, whatever their case and whether they are plural; `renamed` holds the rest. Where
the provider takes other values than the API, `left_out` says why its model says nothing about them.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

Table = Mapping[str, str]


@dataclass(frozen=True)
class Operation:
    """The call that makes a resource, and where its input differs from the resource's properties."""

    service: str
    """As botocore names it."""
    name: str
    inside: tuple[str, ...] = ()
    """Members of the call's input that hold more of the properties."""
    renamed: Table = field(default_factory=dict[str, str])
    """From a property's path to its member's path in the call's input."""
    left_out: Table = field(default_factory=dict[str, str])
    """Properties that the model must not judge, and why."""


OPERATIONS: Mapping[str, Operation] = {
    "aws:amp/alertManagerDefinition:AlertManagerDefinition": Operation(
        "amp", "CreateAlertManagerDefinition", left_out={"definition": "the call takes it in base64"}
    ),
    "aws:amp/ruleGroupNamespace:RuleGroupNamespace": Operation(
        "amp", "CreateRuleGroupsNamespace", left_out={"data": "the call takes it in base64"}
    ),
    "aws:amp/scraper:Scraper": Operation(
        "amp",
        "CreateScraper",
        renamed={
            "source.eks": "source.eksConfiguration",
            "destination.amp": "destination.ampConfiguration",
        },
        left_out={"scrapeConfiguration": "the call takes it in base64"},
    ),
    "aws:amp/workspace:Workspace": Operation("amp", "CreateWorkspace"),
    "aws:autoscaling/schedule:Schedule": Operation("autoscaling", "PutScheduledUpdateGroupAction"),
    "aws:cloudwatch/logGroup:LogGroup": Operation("logs", "CreateLogGroup", renamed={"name": "logGroupName"}),
    "aws:ec2/capacityReservation:CapacityReservation": Operation(
        "ec2",
        "CreateCapacityReservation",
        left_out={"placementGroupArn": "the model's pattern has a second ^ within, so that no ARN matches it"},
    ),
    "aws:ec2/eip:Eip": Operation("ec2", "AllocateAddress"),
    "aws:ec2/internetGateway:InternetGateway": Operation("ec2", "CreateInternetGateway"),
    "aws:ec2/launchTemplate:LaunchTemplate": Operation(
        "ec2",
        "CreateLaunchTemplate",
        inside=("LaunchTemplateData",),
        renamed={
            "name": "LaunchTemplateName",
            "description": "VersionDescription",
            "networkInterfaces.ipv4Addresses": "LaunchTemplateData.NetworkInterfaces.PrivateIpAddresses",
        },
    ),
    "aws:ec2/natGateway:NatGateway": Operation("ec2", "CreateNatGateway"),
    "aws:ec2/placementGroup:PlacementGroup": Operation("ec2", "CreatePlacementGroup", renamed={"name": "GroupName"}),
    "aws:ec2/route:Route": Operation("ec2", "CreateRoute"),
    "aws:ec2/routeTable:RouteTable": Operation("ec2", "CreateRouteTable"),
    "aws:ec2/routeTableAssociation:RouteTableAssociation": Operation("ec2", "AssociateRouteTable"),
    "aws:ec2/securityGroup:SecurityGroup": Operation("ec2", "CreateSecurityGroup", renamed={"name": "GroupName"}),
    "aws:ec2/subnet:Subnet": Operation("ec2", "CreateSubnet"),
    "aws:ec2/vpc:Vpc": Operation("ec2", "CreateVpc"),
    "aws:ec2/flowLog:FlowLog": Operation("ec2", "CreateFlowLogs"),
    "aws:ec2/vpcEndpoint:VpcEndpoint": Operation("ec2", "CreateVpcEndpoint"),
    "aws:ecr/lifecyclePolicy:LifecyclePolicy": Operation(
        "ecr", "PutLifecyclePolicy", renamed={"repository": "repositoryName", "policy": "lifecyclePolicyText"}
    ),
    "aws:ecr/repository:Repository": Operation(
        "ecr",
        "CreateRepository",
        renamed={"name": "repositoryName", "encryptionConfigurations": "encryptionConfiguration"},
    ),
    "aws:ecr/repositoryPolicy:RepositoryPolicy": Operation(
        "ecr", "SetRepositoryPolicy", renamed={"repository": "repositoryName", "policy": "policyText"}
    ),
    "aws:eks/accessEntry:AccessEntry": Operation("eks", "CreateAccessEntry", renamed={"userName": "username"}),
    "aws:eks/accessPolicyAssociation:AccessPolicyAssociation": Operation("eks", "AssociateAccessPolicy"),
    "aws:eks/addon:Addon": Operation(
        "eks",
        "CreateAddon",
        renamed={"resolveConflictsOnCreate": "resolveConflicts", "resolveConflictsOnUpdate": "resolveConflicts"},
    ),
    "aws:eks/cluster:Cluster": Operation(
        "eks",
        "CreateCluster",
        renamed={
            "enabledClusterLogTypes": "logging.clusterLogging.types",
            "vpcConfig": "resourcesVpcConfig",
        },
    ),
    "aws:eks/nodeGroup:NodeGroup": Operation(
        "eks",
        "CreateNodegroup",
        renamed={"nodeRoleArn": "nodeRole", "subnetIds": "subnets"},
    ),
    "aws:eks/podIdentityAssociation:PodIdentityAssociation": Operation("eks", "CreatePodIdentityAssociation"),
    "aws:fsx/lustreFileSystem:LustreFileSystem": Operation("fsx", "CreateFileSystem", inside=("LustreConfiguration",)),
    "aws:iam/openIdConnectProvider:OpenIdConnectProvider": Operation("iam", "CreateOpenIDConnectProvider"),
    "aws:iam/role:Role": Operation(
        "iam",
        "CreateRole",
        renamed={"name": "RoleName", "assumeRolePolicy": "AssumeRolePolicyDocument"},
    ),
    "aws:iam/rolePolicy:RolePolicy": Operation(
        "iam",
        "PutRolePolicy",
        renamed={"name": "PolicyName", "role": "RoleName", "policy": "PolicyDocument"},
    ),
    "aws:iam/rolePolicyAttachment:RolePolicyAttachment": Operation(
        "iam", "AttachRolePolicy", renamed={"role": "RoleName"}
    ),
    "aws:kms/alias:Alias": Operation("kms", "CreateAlias", renamed={"name": "AliasName"}),
    "aws:kms/key:Key": Operation("kms", "CreateKey", renamed={"customerMasterKeySpec": "KeySpec"}),
    "aws:s3/bucket:Bucket": Operation("s3", "CreateBucket"),
    "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration": Operation(
        "s3", "PutBucketLifecycleConfiguration", inside=("LifecycleConfiguration",)
    ),
    "aws:s3/bucketPolicy:BucketPolicy": Operation("s3", "PutBucketPolicy"),
    "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock": Operation(
        "s3", "PutPublicAccessBlock", inside=("PublicAccessBlockConfiguration",)
    ),
    "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration": Operation(
        "s3", "PutBucketEncryption", inside=("ServerSideEncryptionConfiguration",)
    ),
    "aws:s3/bucketVersioning:BucketVersioning": Operation(
        "s3",
        "PutBucketVersioning",
        left_out={"versioningConfiguration.status": "the provider also takes `Disabled` and then sends nothing"},
    ),
    "aws:sns/topic:Topic": Operation("sns", "CreateTopic"),
    "aws:sns/topicPolicy:TopicPolicy": Operation(
        "sns", "SetTopicAttributes", renamed={"arn": "TopicArn", "policy": "AttributeValue"}
    ),
    "aws:sns/topicSubscription:TopicSubscription": Operation("sns", "Subscribe", renamed={"topic": "TopicArn"}),
    "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule": Operation(
        "ec2", "AuthorizeSecurityGroupEgress", inside=("IpPermissions",)
    ),
    "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule": Operation(
        "ec2", "AuthorizeSecurityGroupIngress", inside=("IpPermissions",)
    ),
}
