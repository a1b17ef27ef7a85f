"""The investor's own policy beside the rules: it may ask for more than the law, never for what the law forbids."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

from screener.rules.days import in_words
from screener.rules.investors import Policy
from screener.rules.model import ACTIONS
from screener.rules.ruling import NO_SALE, Ruling
from screener.rules.timeline import Status


def under_policy(ruling: Ruling, policy: Policy, now: Status, as_of: date) -> Ruling:
    """``ruling`` with what ``policy`` adds to it: a bar on sale in a binding rule always wins, and both are said."""
    wish = f"Own policy ({policy.basis}) asks for {policy.action}"
    if ruling.binding and ruling.action in NO_SALE:
        return ruling.told(f"{wish}; the binding rule prevails")
    if ruling.binding and ruling.action == "REVIEW":
        return ruling.told(f"{wish}; whether the binding rule allows it must be decided first")
    if _graver(ruling.action, policy.action):
        return ruling.told(f"{wish}; the rule goes further")
    adopted = replace(
        ruling,
        action=policy.action,
        mandatory="",
        until="",
        effective="",
        by_policy=True,
        status=f"own policy, {ruling.status}",
        basis=f"Own policy, not law: {policy.basis}. Beside it: {ruling.basis}",
    )
    # What the law would still allow is no advice any more where the policy itself forbids a sale.
    adopted = replace(adopted, advice="") if policy.action in NO_SALE else adopted
    adopted = adopted.told(wish)
    return _with_deadline(adopted, policy, _deadline(ruling, policy, now), as_of)


def _graver(one: str, other: str) -> bool:
    return ACTIONS.index(one) < ACTIONS.index(other)


def _deadline(ruling: Ruling, policy: Policy, now: Status) -> tuple[date | None, str]:
    """The last day for a sale and its arithmetic: policy's own, but never later than a binding rule allows."""
    start = max(now.effective or now.since or date.min, policy.since)
    own = start + timedelta(days=policy.grace_days) if policy.grace_days and start > date.min else None
    words = f"{in_words(start)} + {policy.grace_days} days = {in_words(own)}" if own else ""
    lawful = now.until if ruling.binding else None
    if lawful and (own is None or lawful < own):
        return lawful, f"the binding rule allows a sale to {in_words(lawful)}"
    return own, words


def _with_deadline(ruling: Ruling, policy: Policy, deadline: tuple[date | None, str], as_of: date) -> Ruling:
    if policy.action != "DIVEST":
        return ruling
    last, words = deadline
    if last is None:
        return replace(ruling, mandatory=policy.mandatory)
    if last < as_of:
        # The law closes no window here, so the duty stands; the day that has passed is said and not offered again.
        overdue = ruling.told(f"The policy's deadline has passed ({words}): overdue")
        return replace(overdue, mandatory=policy.mandatory, status=f"{ruling.status}, overdue")
    dated = ruling.told(f"Deadline of the policy: {words}")
    return replace(dated, mandatory=policy.mandatory, until=last.isoformat())
