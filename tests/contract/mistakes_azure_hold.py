"""Mistakes in the timer that ends a hold, which a definition of any JSON hides from every schema; and what is none."""

from collections.abc import Mapping
from typing import Any

from tests.contract.mistakes_azure_aks import ELSEWHERE, mistake
from tests.contract.planted import Mistake, Right
from tests.golden.cases import INFERENCE
from wayfare.blueprints import CloudName

_TIME = "definition.triggers.hold_ends.recurrence"
_ACTION = "definition.actions.give_back"
_STRANGER = "11111111-2222-4333-8444-555555555555"


def _timer(title: str, edits: Mapping[str, Any], path: str, said: str) -> Mistake:
    return mistake(title, "Workflow", edits, path, said, blueprint=INFERENCE)


MISTAKES = (
    _timer(
        "a timer that acts as an identity which it does not have",
        {"identity": ...},
        f"{_ACTION}.inputs.authentication.type",
        "needs the workflow's identity to be of type SystemAssigned, and it is None",
    ),
    _timer(
        "a timer whose identity was taken away",
        {"identity.type": "None"},
        f"{_ACTION}.inputs.authentication.type",
        "needs the workflow's identity to be of type SystemAssigned",
    ),
    _timer(
        "an action that names another identity than the workflow's own",
        {f"{_ACTION}.inputs.authentication.identity": f"{ELSEWHERE}/Microsoft.ManagedIdentity/none"},
        f"{_ACTION}.inputs.authentication.type",
        "to be of type UserAssigned, and it is SystemAssigned",
    ),
    _timer(
        "an authentication with a typing error",
        {f"{_ACTION}.inputs.authentication.type": "ManagedIdentity"},
        f"{_ACTION}.inputs.authentication.type",
        "is not one of ActiveDirectoryOAuth, Basic",
    ),
    _timer("both kinds of identity at once", {"identity.type": "SystemAssigned, UserAssigned"}, "identity.type", "not"),
    _timer("a state with a typing error", {"state": "Enable"}, "state", "did you mean 'Enabled'?"),
    _timer("a workflow's name with a blank", {"workflowName": "capacity hold"}, "workflowName", "does not match"),
    _timer("a workflow's name of 81 characters", {"workflowName": "a" * 81}, "workflowName", "does not match"),
    _timer(
        "a definition with a part that the language does not have",
        {"definition.trigger": {}},
        "definition.trigger",
        "Could not find member 'trigger' on object of type 'FlowTemplate'",
    ),
    _timer(
        "the schema of a template in place of a workflow's",
        {"definition.$schema": "https://schema.management.azure.com/schemas/2019-04-01/deploymentTemplate.json#"},
        "definition.$schema",
        "is no schema of the Workflow Definition Language",
    ),
    _timer(
        "a trigger without a type",
        {"definition.triggers.hold_ends.type": ...},
        "definition.triggers.hold_ends.type",
        "required property 'type' is missing",
    ),
    _timer("a recurrence once", {f"{_TIME}.frequency": "Once"}, f"{_TIME}.frequency", "is not one of Second, Minute"),
    _timer("a recurrence at half past", {f"{_TIME}.interval": 1.5}, f"{_TIME}.interval", "is not a whole number"),
    _timer("a recurrence without an interval", {f"{_TIME}.interval": ...}, f"{_TIME}.interval", "is required"),
    _timer(
        "a recurrence of more than 500 days",
        {f"{_TIME}.frequency": "Day", f"{_TIME}.interval": 501},
        f"{_TIME}.interval",
        "from 1 to 500 with frequency 'Day'",
    ),
    _timer(
        "a schedule of hours for an hourly run",
        {f"{_TIME}.schedule": {"hours": [1]}},
        f"{_TIME}.schedule",
        "applies to frequency Day or Week",
    ),
    _timer(
        "a start with a UTC offset",
        {f"{_TIME}.startTime": "2026-01-01T02:00:00+00:00"},
        f"{_TIME}.startTime",
        "takes no UTC offset",
    ),
    _timer(
        "a start of no time zone",
        {f"{_TIME}.startTime": "2026-01-01T02:00:00"},
        f"{_TIME}.startTime",
        "without a timeZone it must end with Z",
    ),
    _timer(
        "a start of two time zones",
        {f"{_TIME}.timeZone": "Pacific Standard Time"},
        f"{_TIME}.startTime",
        "with a timeZone it must not end with Z",
    ),
    _timer(
        "a start in the next century",
        {f"{_TIME}.startTime": "2126-01-01T02:00:00Z"},
        f"{_TIME}.startTime",
        "at most 49 years in the future",
    ),
    _timer(
        "an action after one that is not there",
        {f"{_ACTION}.runAfter": {"look_first": ["Succeeded"]}},
        f"{_ACTION}.runAfter.look_first",
        "'look_first' in 'runAfter' is not defined in the template",
    ),
    _timer("a request to nowhere", {f"{_ACTION}.inputs.uri": ...}, f"{_ACTION}.inputs.uri", "is required"),
    _timer(
        "a request with a method that HTTP does not have",
        {f"{_ACTION}.inputs.method": "UPDATE"},
        f"{_ACTION}.inputs.method",
        "'UPDATE' is not one of GET, PUT",
    ),
    _timer(
        "a workflow in a group that is not there", {"resourceGroupName": "wf-elsewhere"}, "", "ResourceGroupNotFound"
    ),
    mistake(
        "the timer's rights given as to a person",
        "RoleAssignment",
        {"principalType": "User"},
        "",
        "UnmatchedPrincipalType",
        name="timer-rights",
        blueprint=INFERENCE,
    ),
    mistake(
        "the timer's rights for nobody",
        "RoleAssignment",
        {"principalId": _STRANGER, "principalType": "User"},
        "",
        "PrincipalNotFound",
        name="timer-rights",
        blueprint=INFERENCE,
    ),
)


def _right(title: str, edits: Mapping[str, Any]) -> Right:
    return Right(title, CloudName.AZURE, {"Workflow": edits}, blueprint=INFERENCE)


RIGHTS = (
    _right(
        "a start in a time zone that is named",
        {f"{_TIME}.startTime": "2026-01-01T02:00:00", f"{_TIME}.timeZone": "UTC"},
    ),
    _right("a schedule of hours for a daily run", {f"{_TIME}.frequency": "Day", f"{_TIME}.schedule": {"hours": [1]}}),
    _right("a recurrence of 500 days", {f"{_TIME}.frequency": "Day", f"{_TIME}.interval": 500}),
    _right("an identity that no action uses", {f"{_ACTION}.inputs.authentication": ...}),
    _right(
        "the audience left to its default", {f"{_ACTION}.inputs.authentication": {"type": "ManagedServiceIdentity"}}
    ),
    _right("a workflow that does not run", {"state": "disabled"}),
)
