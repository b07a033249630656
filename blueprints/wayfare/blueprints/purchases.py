"""Capacity that an account has reserved beforehand, and that a cluster may use."""

from typing import Annotated

from pydantic import AwareDatetime, Field, model_validator

from wayfare.blueprints import patterns
from wayfare.blueprints.base import Model
from wayfare.blueprints.names import CloudName, Purchase

#: What each cloud calls a reservation; the form of its ids.
_FORMS = {
    CloudName.AWS: patterns.AWS_RESERVATION,
    CloudName.AZURE: patterns.AZURE_RESERVATION,
    CloudName.GCP: patterns.GCP_RESERVATION,
}


class Reservation(Model):
    """A reservation that exists already. It is bought by a person, once, and never by Wayfare."""

    cloud: CloudName
    """The cloud that it is on."""
    id: Annotated[str, Field(min_length=1, max_length=512, examples=["cr-0123456789abcdef0"])]
    """AWS: the id of an On-Demand Capacity Reservation or a Capacity Block, `cr-…`. Azure: the resource id of a
    capacity reservation group. Google: the name of a specific reservation, or `NAME/reservationBlocks/BLOCK`, with
    `projects/PROJECT/reservations/` before it where another project shares it."""
    region: Annotated[str, Field(pattern=patterns.REGION.regex)]
    """The region that it is in, such as us-east-1."""
    zone: Annotated[str, Field(pattern=patterns.ZONE.regex)]
    """The zone that it is in, as the account names it: us-east-1a, 1, us-east4-b."""
    start: AwareDatetime | None = None
    """When it begins, for a Capacity Block or a dated reservation: until then the pool has no nodes. With a time zone,
    such as 2026-12-01T11:30:00Z."""
    end: AwareDatetime | None = None
    """When it ends, for one that has a start. The cloud takes the nodes away shortly before."""

    @property
    def purchase(self) -> Purchase:
        """The way to pay that it serves: `block` with dates, else `reserved`."""
        return Purchase.RESERVED if self.start is None else Purchase.BLOCK

    @model_validator(mode="after")
    def _fits_its_cloud(self) -> "Reservation":
        form = _FORMS[self.cloud]
        if not form.matches(self.id):
            raise ValueError(f"`id` {form.says}")
        if (self.start is None) != (self.end is None):
            raise ValueError("`start` and `end` belong together; leave both out for a reservation without dates")
        if self.start is not None and self.end is not None and self.end <= self.start:
            raise ValueError("`end` must be later than `start`")
        if self.start is not None and self.cloud is CloudName.AZURE:
            raise ValueError("Azure's capacity reservation groups have no dates; leave `start` and `end` out")
        return self
