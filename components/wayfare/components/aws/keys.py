"""The account's own key, which `wayfare bootstrap` made and clusters find by its alias."""

import pulumi
import pulumi_aws as aws


def found(alias: str | None, opts: pulumi.ResourceOptions) -> pulumi.Output[str] | None:
    """ARN of the key behind an alias in the cluster's region; None without an alias: AWS's own keys are used then.

    The key itself is named and not its alias: most services answer with the key, which would look like a change.
    """
    if alias is None:
        return None
    return aws.kms.get_alias_output(name=alias, opts=pulumi.InvokeOutputOptions(parent=opts.parent)).target_key_arn
