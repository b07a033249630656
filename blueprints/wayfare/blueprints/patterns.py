"""Forms that a text in a blueprint must have, each with the sentence that explains it to a person.

The regular expressions stay within what Rust's `regex` (Pydantic) and ECMA-262 (JSON Schema, editors) both know.
"""

from dataclasses import dataclass

_HOST = "[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?"
_PATH = "[a-z0-9]+(?:(?:[.]|_|__|-+)[a-z0-9]+)*"


@dataclass(frozen=True)
class Form:
    """A regular expression, and what it means in plain words."""

    regex: str
    says: str
    """Completes the sentence "the text …"."""


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

FORMS = (CLUSTER_NAME, LABEL_KEY, LABEL_VALUE, CLOUD_OR_REGION, CIDR, IMAGE, ARGUMENT)
