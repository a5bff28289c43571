"""`quoth doctor`: whether files, store, vectors and words agree, and what to do about it."""

import sys
from contextlib import nullcontext
from typing import TYPE_CHECKING, Annotated

import typer

from api.commands.common import JsonOption, prepare, print_json
from api.errors import EXIT_DONE, EXIT_FAILED

if TYPE_CHECKING:
    from rag.doctor.base import Check, DoctorReport, Repair


def doctor(
    ctx: typer.Context,
    deep: Annotated[
        bool,
        typer.Option("--deep", help="Read every file again and split every document again."),
    ] = False,
    repair: Annotated[
        bool, typer.Option("--repair", help="Mend what is wrong, from the store or the files.")
    ] = False,
    as_json: JsonOption = False,
) -> int:
    """Prove that files, store, vectors and words agree; exit 1 where they do not."""
    from api.progress import shown_progress

    engine, settings = prepare(ctx)
    examiner = engine.open_doctor(settings, None)

    def show(line: str) -> None:
        if not as_json:
            sys.stdout.write(line)

    with nullcontext() if as_json else shown_progress() as on_progress:
        if repair:
            report = examiner.repair(
                deep=deep,
                on_check=lambda check: show(check_lines(check)),
                on_repair=lambda done: show(repair_line(done)),
                on_progress=on_progress,
            )
        else:
            report = examiner.examine(
                deep=deep,
                on_check=lambda check: show(check_lines(check)),
                on_progress=on_progress,
            )
    if as_json:
        print_json(doctor_json(report))
    else:
        sys.stdout.write(f"{_verdict(report, repaired=repair)}\n")
    return EXIT_DONE if report.ok else EXIT_FAILED


def check_lines(check: "Check") -> str:
    """One line of what was found, and one of what to do where something is wrong."""
    from api.terminal import harmless

    line = f"{'ok   ' if check.ok else 'WRONG'}  {check.name}: {harmless(check.detail)}\n"
    return f"{line}       {harmless(check.hint)}\n" if check.hint else line


def repair_line(repair: "Repair") -> str:
    """One line of what was mended, or not."""
    from api.terminal import harmless

    return (
        f"{'mended' if repair.done else 'NOT mended'}  {repair.name}: {harmless(repair.detail)}\n"
    )


def doctor_json(report: "DoctorReport") -> dict[str, object]:
    """The whole report for programs."""
    return {
        "ok": report.ok,
        "checks": [
            {
                "name": check.name,
                "ok": check.ok,
                "detail": check.detail,
                "hint": check.hint,
                "repairable": check.repairable,
            }
            for check in report.checks
        ],
        "repairs": [
            {"name": repair.name, "done": repair.done, "detail": repair.detail}
            for repair in report.repairs
        ],
    }


def _verdict(report: "DoctorReport", *, repaired: bool) -> str:
    wrong = [check for check in report.checks if not check.ok]
    if not wrong:
        return "Nothing is wrong."
    names = ", ".join(check.name for check in wrong)
    mendable = any(check.repairable for check in wrong) and not repaired
    advice = " `quoth doctor --repair` can mend some of it." if mendable else ""
    return f"{len(wrong)} of {len(report.checks)} checks found something wrong: {names}.{advice}"
