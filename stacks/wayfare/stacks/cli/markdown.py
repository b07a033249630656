"""A review and a drift as Markdown that fits into one comment. Pure; what a cloud said is cleared of credentials."""

from collections.abc import Iterable, Iterator, Mapping, Sequence

from wayfare.stacks.changes import Difference
from wayfare.stacks.cli.changes import drift_lines, outlook_lines
from wayfare.stacks.cli.parity import markdown as parity_table
from wayfare.stacks.cli.render import cautions, money, shown_price
from wayfare.stacks.gitops.reviewing import Review
from wayfare.stacks.placement import Candidate
from wayfare.stacks.project import StackName
from wayfare.stacks.redaction import redacted

#: Characters of a comment: GitHub takes 65,536, and a line says what was left out.
LONGEST = 60_000

#: Placements of a cluster that are shown.
_SHOWN = 12


def reviews(found: Sequence[Review]) -> str:
    """All clusters of a repository."""
    parts = ["# What a merge would do\n", *("\n".join(_review(each)) + "\n" for each in found)]
    return bounded("\n".join(parts))


def drifts(found: Mapping[StackName, Sequence[Difference]]) -> str:
    """What has changed in the clouds."""
    lines = ["# What the clouds hold", ""]
    if not found:
        lines.append("No cluster stands.")
    for stack, differences in found.items():
        lines += [f"## {stack}", "", *_quoted(drift_lines(stack, differences)), ""]
    return bounded("\n".join(lines))


def bounded(text: str) -> str:
    """No longer than a comment may be, and without credentials."""
    text = redacted(text)
    if len(text) <= LONGEST:
        return text
    cut = text[:LONGEST].rpartition("\n")[0]
    # What was open would take the last line along.
    fence = "\n```" if sum(line.startswith("```") for line in cut.splitlines()) % 2 else ""
    folded = "\n\n</details>" * (cut.count("<details>") - cut.count("</details>"))
    return (
        f"{cut}{fence}{folded}\n\n**{len(text) - len(cut)} more characters do not fit here: the job's log has them.**\n"
    )


def _review(found: Review) -> Iterator[str]:
    yield f"## {found.loaded.blueprint.metadata.name}"
    yield ""
    yield _headline(found)
    yield ""
    yield from _placements(found)
    for line in cautions(found.loaded.blueprint, found.prospect.candidates):
        yield f"- note: {_cell(line)}"
    for name, reason in found.prospect.silent.items():
        yield f"- **{name} did not answer**, its zones are unknown: {_cell(reason)}"
    yield ""
    yield "### Controls"
    yield ""
    yield from _controls(found)
    yield ""
    yield "### The engine's preview"
    yield ""
    yield from _foreseen(found)
    yield ""
    yield "<details><summary>What each cloud gives</summary>"
    yield ""
    yield from parity_table(found.parity)
    yield ""
    yield "</details>"


def _headline(found: Review) -> str:
    after, before = found.after, found.before
    if after is None:
        return f"**Nothing fulfils the blueprint** at {found.place}." if found.place else "**Nothing fulfils it.**"
    where = f"**Wanted:** {found.place or after}, {shown_price(after)} USD/h"
    if before is None:
        return f"{where}; new here."
    one, other = before.ceiling_per_hour, after.ceiling_per_hour
    change = money(None if one is None or other is None else round(other - one, 2), "+")
    return f"{where}; before: {shown_price(before)} USD/h, **{change} USD/h**."


def _placements(found: Review) -> Iterator[str]:
    standing, rows = found.prospect.standing, found.prospect.candidates
    first = standing or found.prospect.first
    open_rows = [each for each in rows if each.rejected is None]
    others = [each for each in rows if each.rejected is not None and each.rejected.startswith("not wanted:")]
    groups: dict[object, list[Candidate]] = {}
    for each in (*open_rows, *others):
        groups.setdefault((each.wish, each.cloud, each.region, each.machine and each.machine.name), []).append(each)
    shown = list(groups.values())[:_SHOWN]
    yield "| | cloud | region | zone | machine type | nodes | purchase | USD/h |"
    yield "|---|---|---|---|---|---|---|---|"
    for group in shown:
        yield _row(group, "stands" if standing in group else "next" if first in group else "")
    out = len(rows) - len(open_rows) - len(others)
    more = len(groups) - len(shown)
    yield ""
    yield f"{more} more places could be proposed; {out} are out of the question, and `wayfare plan` says why."


def _row(group: Sequence[Candidate], mark: str) -> str:
    """Placements that differ by their zone alone."""
    each = group[0]
    machine = each.machine.name if each.machine else "-"
    zones = ", ".join(one.zone or "?" for one in group)
    parts = (mark, each.cloud, each.region or "-", zones, machine, each.accelerator.nodes, each.purchase)
    return f"| {' | '.join(_cell(str(part)) for part in parts)} | {shown_price(each)} |"


def _controls(found: Review) -> Iterator[str]:
    if found.foreseen.problem is None:
        yield (
            "All mandatory controls are fulfilled, but for these exceptions:"
            if found.exceptions
            else ("All mandatory controls are fulfilled.")
        )
    for each in found.exceptions:
        idle = f" (excepts nothing: {each.idle})" if each.idle else ""
        yield f"- `{each.control.name}`: {_cell(each.reason)}{_cell(idle)}"
    if found.foreseen.problem is not None:
        yield "Not judged: see below."


def _foreseen(found: Review) -> Iterator[str]:
    seen = found.foreseen
    if seen.problem is not None:
        yield from _quoted(seen.problem.splitlines())
    elif seen.outlook is not None:
        yield from _quoted(outlook_lines(seen.outlook))
        if losses := sorted({each.loss.name for each in seen.outlook.differences if each.loss is not None}):
            asked = " ".join(f"--replace {name}" for name in losses)
            yield ""
            yield f"**This loses {' and '.join(losses)}: a merge refuses it.** `wayfare up` does it with `{asked}`."
    elif seen.created is not None:
        yield f"<details><summary>{sum(seen.created.values())} resources would be made</summary>"
        yield ""
        yield from (f"- {count} x `{type}`" for type, count in sorted(seen.created.items()))
        yield ""
        yield "</details>"


def _quoted(lines: Iterable[str]) -> Iterator[str]:
    """Words of others, which are no Markdown."""
    yield "```text"
    yield from (line.replace("```", "'''") for line in lines)
    yield "```"


def _cell(text: str) -> str:
    """Text that breaks no table, and mentions nobody."""
    return text.replace("|", "\\|").replace("\n", " ").replace("<", "&lt;").replace("@", "&#64;")
