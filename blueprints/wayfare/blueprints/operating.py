"""How a cluster is run: its administrators and secrets, its Kubernetes version, what is watched, and exceptions."""

from typing import Annotated, Literal

from pydantic import Field, model_validator

from wayfare.blueprints import patterns
from wayfare.blueprints.base import ONCE_SCHEMA, Model, Once


class Admins(Model):
    """Who administers the cluster, besides whoever created it. Nobody gets a key or a password."""

    aws: Annotated[
        tuple[Annotated[str, Field(pattern=patterns.IAM_PRINCIPAL.regex)], ...],
        Field(json_schema_extra=ONCE_SCHEMA, max_length=50),
        Once,
    ] = ()
    """ARNs of IAM roles or users, which become access entries."""
    azure: Annotated[
        tuple[Annotated[str, Field(pattern=patterns.UUID.regex)], ...],
        Field(json_schema_extra=ONCE_SCHEMA, max_length=50),
        Once,
    ] = ()
    """Object ids of Entra groups."""
    gcp: Annotated[
        tuple[Annotated[str, Field(pattern=patterns.EMAIL.regex)], ...],
        Field(json_schema_extra=ONCE_SCHEMA, max_length=50),
        Once,
    ] = ()
    """Addresses of Google groups."""


class Secrets(Model):
    """Secrets that the workload may read, by reference. Their values are never read by Wayfare."""

    aws: Annotated[
        tuple[Annotated[str, Field(pattern=patterns.AWS_SECRET.regex)], ...],
        Field(json_schema_extra=ONCE_SCHEMA, max_length=50),
        Once,
    ] = ()
    """ARNs of secrets in Secrets Manager."""
    azure: Annotated[
        tuple[Annotated[str, Field(pattern=patterns.AZURE_SECRET.regex)], ...],
        Field(json_schema_extra=ONCE_SCHEMA, max_length=50),
        Once,
    ] = ()
    """Resource ids of secrets in key vaults, `…/vaults/VAULT/secrets/NAME`; the vaults take rights by role."""
    gcp: Annotated[
        tuple[Annotated[str, Field(pattern=patterns.GCP_SECRET.regex)], ...],
        Field(json_schema_extra=ONCE_SCHEMA, max_length=50),
        Once,
    ] = ()
    """Names of secrets in Secret Manager, `projects/PROJECT/secrets/NAME`."""


class Kubernetes(Model):
    """The control plane."""

    version: Annotated[str, Field(pattern=patterns.KUBERNETES_VERSION.regex, examples=["1.35"])] | None = None
    """Minor version of Kubernetes, such as "1.35" in quotes; unset takes the one that this version of Wayfare was
    written for. It only goes up."""


class Monitoring(Model):
    """What is watched. Audit logs of the control plane are always kept."""

    metrics: Literal["none", "managed"] = "none"
    """`managed`: the cloud's managed Prometheus, with the metrics of nodes and accelerators, and one set of alert rules
    on every cloud."""
    notify: Annotated[
        tuple[Annotated[str, Field(pattern=patterns.EMAIL.regex)], ...],
        Field(json_schema_extra=ONCE_SCHEMA, max_length=20),
        Once,
    ] = ()
    """Mail addresses that are told of alerts."""

    @model_validator(mode="after")
    def _notifies_of_something(self) -> "Monitoring":
        if self.notify and self.metrics == "none":
            raise ValueError("`notify` needs `metrics: managed`: without metrics there are no alerts")
        return self


class ControlException(Model):
    """A control of the policy pack that this cluster does not fulfil, on purpose."""

    control: Annotated[str, Field(pattern=patterns.CONTROL.regex)]
    """Name of the control, as `wayfare controls` lists it."""
    reason: Annotated[str, Field(min_length=10, max_length=300, pattern=patterns.SENTENCE.regex)]
    """Why; it is shown in every plan."""
