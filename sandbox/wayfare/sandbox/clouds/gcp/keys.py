"""Keys of Cloud KMS: what they can be, and who may use them.

A service encrypts with a key of the same place, as its service agent, which must have the right to it
("Customer-managed encryption keys", each product's own page). How a missing right is said: public issues of the
provider.
"""

import re

from wayfare.sandbox.behaviour import UNKNOWN, Call, Made, Refused
from wayfare.sandbox.clouds.gcp.checks import Violations, labelled, matching
from wayfare.sandbox.clouds.gcp.names import CRYPTO_KEY, KEY_GRANT, KEY_RING, PROJECT_NUMBER, part, project

_NAME = re.compile(r"[a-zA-Z0-9_-]{1,63}")
_DURATION = re.compile(r"(\d+)(\.\d+)?s")
_DAY = 86_400
_ROLES = ("roles/cloudkms.cryptoKeyEncrypterDecrypter",)

#: The agent that encrypts for a service ("Service agents").
GKE, COMPUTE = "container-engine-robot.iam.gserviceaccount.com", "compute-system.iam.gserviceaccount.com"
STORAGE, ARTIFACTS = "gs-project-accounts.iam.gserviceaccount.com", "gcp-sa-artifactregistry.iam.gserviceaccount.com"
LUSTRE = "gcp-sa-lustre.iam.gserviceaccount.com"


def key_ring(call: Call) -> Violations:
    """Its name (cloudkms.v1 keyRings.create, keyRingId)."""
    return matching(call.inputs, _NAME)


def crypto_key(call: Call) -> Violations:
    """Its name, and a rotation of at least a day, which only symmetric keys have (cloudkms.v1 CryptoKey)."""
    inputs = call.inputs
    found = [*matching(inputs, _NAME), *labelled(inputs, "labels", "labels")]
    period = inputs.get("rotationPeriod")
    if period in (None, UNKNOWN):
        return found
    match = _DURATION.fullmatch(str(period))
    if match is None or int(match[1]) < _DAY:
        found.append(
            ("rotationPeriod", f"rotation period must be at least 24 hours, in seconds with an s, got {period}")
        )
    if inputs.get("purpose", "ENCRYPT_DECRYPT") != "ENCRYPT_DECRYPT":
        found.append(("rotationPeriod", "only keys with purpose ENCRYPT_DECRYPT rotate"))
    return found


def make_ring(call: Call) -> Made:
    """A key ring; it is there for good."""
    path = f"projects/{project(call)}/locations/{call.inputs['location']}/keyRings/{call.inputs['name']}"
    if call.store.row(KEY_RING, path) is not None:
        raise Refused(f"Error creating KeyRing: googleapi: Error 409: KeyRing {path} already exists.")
    return Made(path, {"project": project(call)})


def make_key(call: Call) -> Made:
    """A key with its first version."""
    ring = str(call.inputs["keyRing"])
    if call.store.row(KEY_RING, ring) is None:
        raise Refused(f"Error creating CryptoKey: googleapi: Error 404: KeyRing {ring} not found.")
    path = f"{ring}/cryptoKeys/{call.inputs['name']}"
    if call.store.row(CRYPTO_KEY, path) is not None:
        raise Refused(f"Error creating CryptoKey: googleapi: Error 409: CryptoKey {path} already exists.")
    labels = {**part(call.inputs, "labels"), "goog-pulumi-provisioned": "true"}
    return Made(
        path,
        {
            "purpose": call.inputs.get("purpose", "ENCRYPT_DECRYPT"),
            "destroyScheduledDuration": call.inputs.get("destroyScheduledDuration", "2592000s"),
            "importOnly": False,
            "primaries": [{"name": f"{path}/cryptoKeyVersions/1", "state": "ENABLED"}],
            "effectiveLabels": labels,
            "pulumiLabels": labels,
        },
    )


def grant(call: Call) -> Made:
    """A right to a key that is there."""
    key, role, member = (str(call.inputs[name]) for name in ("cryptoKeyId", "role", "member"))
    if call.store.row(CRYPTO_KEY, key) is None:
        raise Refused(f"Error retrieving IAM policy for KMS CryptoKey {key!r}: googleapi: Error 404: not found")
    return Made(f"{key}/{role}/{member}", {"etag": call.store.new_id(11)})


def place(path: str, key: object, location: object) -> Violations:
    """A key is in the place of what it encrypts."""
    text = str(key)
    if key in (None, UNKNOWN) or location in (None, UNKNOWN) or not text.startswith("projects/"):
        return []
    own = text.split("/")[3]
    if own.lower() == str(location).lower():
        return []
    return [
        (path, f"the key is in {own}, and must be in the same location as what it encrypts, {str(location).lower()}")
    ]


def require(call: Call, key: object, agent: str, prefix: str = "") -> None:
    """A key that is there, with the right for a service agent. Keys of other projects are not known here."""
    path = str(key or "")
    if not path.startswith(f"projects/{project(call)}/"):
        return
    member = f"serviceAccount:service-{PROJECT_NUMBER}@{agent}"
    if any(call.store.row(KEY_GRANT, f"{path}/{role}/{member}") is not None for role in _ROLES):
        return
    raise Refused(
        f"{prefix}googleapi: Error 400: Cloud KMS error when using key {path}: Permission "
        f"'cloudkms.cryptoKeyVersions.useToEncrypt' denied on resource '{path}' (or it may not exist)., "
        "kmsPermissionDenied"
    )
