"""Mistakes in what mounts a bucket, of which a pod would tell nobody: it would never start."""

from tests.contract.planted import Mistake, Right
from wayfare.blueprints import CloudName

_VOLUME = "PersistentVolume"

MISTAKES = (
    Mistake(
        "a bucket's volume without its driver's add-on",
        CloudName.AWS,
        "Addon",
        {"addonName": "aws-ebs-csi-driver"},
        "",
        "driver name s3.csi.aws.com not found in the list of registered CSI drivers",
        name="data-driver",
        refused="workload-checkpoints",
    ),
    Mistake(
        "a bucket's volume where AKS runs no driver for it",
        CloudName.AZURE,
        "ManagedCluster",
        {"storageProfile.blobCSIDriver.enabled": False},
        "",
        "driver name blob.csi.azure.com not found in the list of registered CSI drivers",
        refused="workload-checkpoints",
    ),
    Mistake(
        "a bucket's volume where GKE runs no driver for it",
        CloudName.GCP,
        "Cluster",
        {"addonsConfig.gcsFuseCsiDriverConfig.enabled": False},
        "",
        "driver name gcsfuse.csi.storage.gke.io not found in the list of registered CSI drivers",
        refused="workload-checkpoints",
        name="control-plane-cluster",
    ),
    Mistake(
        "another driver's option for Mountpoint",
        CloudName.AWS,
        _VOLUME,
        {"spec.mountOptions": ["allow-delete", "implicit-dirs"]},
        "",
        "s3.csi.aws.com: unexpected mount option 'implicit-dirs'",
    ),
    Mistake(
        "a misspelt option for BlobFuse",
        CloudName.AZURE,
        _VOLUME,
        {"spec.mountOptions": ["-o allow_other", "--block-cache-size=16"]},
        "",
        "blob.csi.azure.com: unexpected mount option '--block-cache-size=16'",
    ),
    Mistake(
        "an option of Cloud Storage FUSE given twice",
        CloudName.GCP,
        _VOLUME,
        {"spec.mountOptions": ["implicit-dirs", "file-mode=666", "file-mode=644"]},
        "",
        "gcsfuse.csi.storage.gke.io: the mount option 'file-mode' is given twice",
    ),
    Mistake(
        "what is mounted read-only and may be deleted",
        CloudName.AWS,
        _VOLUME,
        {"spec.mountOptions": ["read-only", "allow-delete"]},
        "",
        "what is mounted read-only takes neither allow-delete nor allow-overwrite",
    ),
    Mistake(
        "an access mode that S3's driver does not have",
        CloudName.AWS,
        _VOLUME,
        {"spec.accessModes": ["ReadWriteOnce"]},
        "",
        "s3.csi.aws.com does not support access mode ReadWriteOnce",
    ),
    Mistake(
        "a volume of no bucket",
        CloudName.AWS,
        _VOLUME,
        {"spec.csi.volumeAttributes.bucketName": ...},
        "",
        "s3.csi.aws.com requires the volume attribute bucketName",
    ),
)

RIGHTS = (
    Right(
        "a nested option of Cloud Storage FUSE",
        CloudName.GCP,
        {_VOLUME: {"spec.mountOptions": ["implicit-dirs", "metadata-cache:ttl-secs:0", "write:global-max-blocks:-1"]}},
    ),
    Right(
        "a bucket's volume to be read", CloudName.AWS, {_VOLUME: {"spec.mountOptions": ["read-only", "prefix a/b/"]}}
    ),
)
