"""Forms that a text in a blueprint must have, each with the sentence that explains it to a person.

The regular expressions stay within what Rust's `regex` (Pydantic) and ECMA-262 (JSON Schema, editors) both know.
"""

import re
from dataclasses import dataclass

_HOST = "[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?"
_PATH = "[a-z0-9]+(?:(?:[.]|_|__|-+)[a-z0-9]+)*"


@dataclass(frozen=True)
class Form:
    """A regular expression, and what it means in plain words."""

    regex: str
    says: str
    """Completes the sentence "the text …"."""

    def matches(self, text: str) -> bool:
        """Whether the whole text has this form."""
        # Rust's `$` is the text's end; Python's also matches before a last line break.
        return re.fullmatch(self.regex.removesuffix("$"), text) is not None


#: A DNS label, so that it fits into every derived name; 24 characters leave room for a suffix within the 30 of a
#: Google service account.
CLUSTER_NAME = Form(
    r"^[a-z]([a-z0-9-]{0,22}[a-z0-9])?$",
    "must be 1 to 24 lower-case letters, digits and hyphens, begin with a letter and not end with a hyphen",
)

#: AWS allows 128 characters for a tag key, Azure 512, Google 63: the shortest holds.
LABEL_KEY = Form(
    r"^[A-Za-z][A-Za-z0-9_-]{0,62}$",
    "must be at most 63 letters, digits, hyphens and underscores, and begin with a letter",
)

LABEL_VALUE = Form(r"^[A-Za-z0-9_-]{0,63}$", "must be at most 63 letters, digits, hyphens and underscores")

CLOUD_OR_REGION = Form(
    r"^(aws|azure|gcp)(/[a-z0-9-]+)?$", "must be a cloud or a cloud and a region, such as azure or aws/us-east-1"
)

CIDR = Form(r"^[0-9]{1,3}([.][0-9]{1,3}){3}(/[0-9]{1,2})?$", "must be an IPv4 network such as 203.0.113.0/24")

#: The grammar of the OCI distribution's references: [host[:port]/]path[:tag][@digest], the path in lower case.
IMAGE = Form(
    rf"^(?:(?:{_HOST}(?:[.]{_HOST})+(?::[0-9]+)?|{_HOST}:[0-9]+|localhost)/)?{_PATH}(?:/{_PATH})*"
    r"(?::[A-Za-z0-9_][A-Za-z0-9_.-]{0,127})?(?:@sha256:[0-9a-f]{64})?$",
    "must be a container image such as vllm/vllm-openai:v0.22.1, its path in lower case and without spaces",
)

#: An argument of a process ends at the first NUL.
ARGUMENT = Form(r"^[^\u0000]*$", "must not contain a NUL character")

TOPOLOGY = Form(r"^[1-9][0-9]{0,3}(x[1-9][0-9]{0,3}){1,2}$", "must be a grid of chips such as 16x16 or 4x4x8")

REGION = Form(r"^[a-z][a-z0-9-]{2,39}$", "must be a region such as us-east-1, eastus2 or europe-west4")

ZONE = Form(r"^([1-9]|[a-z][a-z0-9-]{2,39}[a-z])$", "must be a zone such as us-east-1a, us-east4-b or, on Azure, 1")

MOUNT = Form(
    r"^(/[a-z0-9][a-z0-9._-]*)+$", "must be an absolute path in lower case such as /data, without a slash at its end"
)

#: Directories and a file, none of which begins with a dot.
MARKER = Form(
    r"^[A-Za-z0-9_*=@+,~][A-Za-z0-9._*=@+,~-]*(/[A-Za-z0-9_*=@+,~][A-Za-z0-9._*=@+,~-]*)*$",
    "must be a file's path below `path`, such as step-*/DONE: no slash before it, and no name that begins with a dot",
)

_TIMES = r"(?:[*+?]|\{[0-9]{1,2}(?:,[0-9]{0,2})?\})?"
_CLASS = r"\[\^?(?:[A-Za-z0-9](?:-[A-Za-z0-9])?|[_.=@:/+])+-?\]"
_CHARACTERS = rf"(?:(?:[A-Za-z0-9_=@:/,~-]|\\[.+*?(){{}}|^$/\\\[\]-]|\\d|[.]|{_CLASS}){_TIMES})*"

#: Characters, classes of them and how often, around one group: what JavaScript, Go, Python and Rust read alike.
STEP = Form(
    rf"^\^?{_CHARACTERS}\((?:\\d|\[0-9\])(?:\+|\{{[0-9]{{1,2}}(?:,[0-9]{{0,2}})?\}})?\){_CHARACTERS}\$?$",
    r"must be a plain regular expression with one group of digits, such as step-(\d+): characters, [classes], + * ? "
    "{2,3}, ^ and $, and no other groups",
)

#: Names of buckets: Amazon S3 "General purpose bucket naming rules", Azure "Naming rules" (Microsoft.Storage), Cloud
#: Storage "About bucket names".
BUCKET_URL = Form(
    r"^(s3://[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]|gs://[a-z0-9][a-z0-9._-]{1,220}[a-z0-9]"
    r"|https://[a-z0-9]{3,24}[.]blob[.]core[.]windows[.]net/[a-z0-9$][a-z0-9-]{2,62})(/[A-Za-z0-9!_.*'()=-]+)*/?$",
    "must be s3://BUCKET/PREFIX, gs://BUCKET/PREFIX or https://ACCOUNT.blob.core.windows.net/CONTAINER/PREFIX",
)

HOST_AND_PORT = Form(
    r"^[A-Za-z0-9]([A-Za-z0-9.-]{0,251}[A-Za-z0-9])?:[1-9][0-9]{0,4}$",
    "must be a host and a port such as 10.20.0.2:443",
)

_AZURE_GROUP = "/subscriptions/[0-9a-fA-F-]{36}/resourceGroups/[A-Za-z0-9._()-]{1,90}"

AWS_RESERVATION = Form(r"^cr-[0-9a-f]{8,17}$", "must be the id of a capacity reservation such as cr-0123456789abcdef0")
AZURE_RESERVATION = Form(
    rf"^{_AZURE_GROUP}/providers/Microsoft[.]Compute/capacityReservationGroups/[A-Za-z0-9._-]{{1,80}}$",
    "must be the resource id of a capacity reservation group, /subscriptions/…/capacityReservationGroups/NAME",
)
GCP_RESERVATION = Form(
    r"^(projects/[a-z][a-z0-9:.-]{4,62}/reservations/)?[a-z]([a-z0-9-]{0,61}[a-z0-9])?"
    r"(/reservationBlocks/[a-z]([a-z0-9-]{0,61}[a-z0-9])?)?$",
    "must be the name of a reservation, NAME or NAME/reservationBlocks/BLOCK, with projects/PROJECT/reservations/ "
    "before it where another project shares it",
)

AWS_VPC = Form(r"^vpc-[0-9a-f]{8,17}$", "must be the id of a VPC such as vpc-0123456789abcdef0")
AWS_SUBNET = Form(r"^subnet-[0-9a-f]{8,17}$", "must be the id of a subnet such as subnet-0123456789abcdef0")
AZURE_SUBNET = Form(
    rf"^{_AZURE_GROUP}/providers/Microsoft[.]Network/virtualNetworks/[A-Za-z0-9._-]{{2,64}}/subnets/[A-Za-z0-9._-]{{1,80}}$",
    "must be the resource id of a subnet, /subscriptions/…/virtualNetworks/NETWORK/subnets/NAME",
)
_GCP_PROJECT = "projects/[a-z][a-z0-9:.-]{4,62}"
GCP_NETWORK = Form(
    rf"^{_GCP_PROJECT}/global/networks/[a-z]([a-z0-9-]{{0,61}}[a-z0-9])?$",
    "must be a network such as projects/PROJECT/global/networks/NAME",
)
GCP_SUBNETWORK = Form(
    rf"^{_GCP_PROJECT}/regions/[a-z0-9-]+/subnetworks/[a-z]([a-z0-9-]{{0,61}}[a-z0-9])?$",
    "must be a subnetwork such as projects/PROJECT/regions/us-east4/subnetworks/NAME",
)
RANGE_NAME = Form(
    r"^[a-z]([a-z0-9-]{0,61}[a-z0-9])?$",
    "must be the name of a secondary range: lower-case letters, digits and hyphens",
)

IAM_PRINCIPAL = Form(
    r"^arn:aws[a-z-]*:iam::[0-9]{12}:(role|user)/[A-Za-z0-9+=,.@_/-]+$",
    "must be the ARN of an IAM role or user such as arn:aws:iam::123456789012:role/platform",
)
UUID = Form(
    r"^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$",
    "must be an object id such as 00000000-0000-0000-0000-000000000000",
)
EMAIL = Form(r"^[A-Za-z0-9][A-Za-z0-9._%+-]*@[A-Za-z0-9-]+([.][A-Za-z0-9-]+)+$", "must be a mail address")
AWS_SECRET = Form(
    r"^arn:aws[a-z-]*:secretsmanager:[a-z0-9-]+:[0-9]{12}:secret:[A-Za-z0-9/_+=.@-]+$",
    "must be the ARN of a secret, arn:aws:secretsmanager:REGION:ACCOUNT:secret:NAME-abcdef",
)
AZURE_SECRET = Form(
    rf"^{_AZURE_GROUP}/providers/Microsoft[.]KeyVault/vaults/[A-Za-z0-9-]{{3,24}}/secrets/[A-Za-z0-9-]{{1,127}}$",
    "must be the resource id of a secret, /subscriptions/…/vaults/VAULT/secrets/NAME",
)
GCP_SECRET = Form(
    rf"^{_GCP_PROJECT}/secrets/[A-Za-z0-9_-]{{1,255}}$", "must be the name of a secret, projects/PROJECT/secrets/NAME"
)

KUBERNETES_VERSION = Form(r"^1[.][1-9][0-9]$", 'must be a minor version of Kubernetes such as "1.35"')
CONTROL = Form(r"^[a-z][a-z0-9-]{2,60}$", "must be the name of a control, lower-case letters, digits and hyphens")
#: An organization and a model as model hubs write them, or a path to the weights.
MODEL_NAME = Form(
    r"^[A-Za-z0-9/][A-Za-z0-9._/:@-]*$",
    "must be a model's name such as meta-llama/Llama-3.1-70B-Instruct, without spaces",
)
HOST_NAME = Form(
    r"^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?([.][a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?)+$",
    "must be a host's name in lower case such as llm.example.com",
)
KUBERNETES_NAME = Form(
    r"^[a-z0-9]([a-z0-9.-]*[a-z0-9])?$",
    "must be the name of an object in Kubernetes: lower-case letters, digits, . and -",
)
SENTENCE = Form(r"^[^\u0000-\u001f]*[^\u0000-\u0020]$", "must be one line of text")

FORMS = (
    CLUSTER_NAME,
    LABEL_KEY,
    LABEL_VALUE,
    CLOUD_OR_REGION,
    CIDR,
    IMAGE,
    ARGUMENT,
    TOPOLOGY,
    REGION,
    ZONE,
    MOUNT,
    MARKER,
    STEP,
    BUCKET_URL,
    HOST_AND_PORT,
    AWS_VPC,
    AWS_SUBNET,
    AZURE_SUBNET,
    GCP_NETWORK,
    GCP_SUBNETWORK,
    RANGE_NAME,
    IAM_PRINCIPAL,
    UUID,
    EMAIL,
    AWS_SECRET,
    AZURE_SECRET,
    GCP_SECRET,
    KUBERNETES_VERSION,
    CONTROL,
    MODEL_NAME,
    HOST_NAME,
    KUBERNETES_NAME,
    SENTENCE,
)
