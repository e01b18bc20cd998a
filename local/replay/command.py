"""`conversations replay`: a recorded chat through the whole suite, and everything proven right at the end."""

import json
import signal
import sys
from pathlib import Path
from typing import Annotated, NoReturn

import grpc
import typer
import uvloop
from rich.console import Console

from local.errors import LocalError
from local.replay.churn import SEED
from local.replay.crowd import NotAttachedError
from local.replay.input import MOST_MEMBERS, InputError, read_plan
from local.replay.patience import PATIENCE_S
from local.replay.play import Options, play
from local.replay.report import Report
from local.replay.scale import MESSAGES, ScaleReport, scale
from local.replay.sizes import FEW, writers_only
from local.replay.stack import stack


def replay(
    file: Annotated[
        Path,
        typer.Argument(help="JSON lines with `room`, `sender` and `text`, in the order of writing; plain or gzip."),
    ],
    rooms: Annotated[int | None, typer.Option(min=1, help="Only the first so many rooms.")] = None,
    limit: Annotated[
        int | None, typer.Option(min=1, help="At most so many messages, the first of each room, shared out evenly.")
    ] = None,
    against: Annotated[
        Path | None,
        typer.Option(
            metavar="READY_FILE",
            help="Use the running suite that this ready file describes; without it one is started, and removed.",
        ),
    ] = None,
    rate: Annotated[float, typer.Option(min=0, help="At most so many messages a second; 0 is no limit.")] = 0,
    patience: Annotated[
        float,
        typer.Option(min=1, help="After so many seconds without any progress, what is still missing counts as wrong."),
    ] = PATIENCE_S,
    churn: Annotated[
        bool,
        typer.Option(
            "--churn",
            help="Mix edits, deletes, mentions, joins, leaves, mark-read, mark-unread and mutes into the messages.",
        ),
    ] = False,
    seed: Annotated[int, typer.Option(help="Which mixture --churn makes; the same one of the same chat.")] = SEED,
    scale_members: Annotated[
        int | None,
        typer.Option(
            min=FEW + 1,
            max=MOST_MEMBERS,
            metavar="N",
            help=f"Instead of all that: the send rate in rooms padded to N members against that with {FEW}, with "
            "messaging and unread only: nobody is attached and nothing is alerted. At most "
            f"{MESSAGES:,} messages to each size unless --limit says otherwise.",
        ),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object instead of the table.")] = False,
) -> None:
    """Send a recorded chat through the whole suite, and prove every badge, alert and delivery right.

    Makes a group of each room with everybody who wrote in it, in a new tenant, and sends every message as its sender.
    A tenth of the people watch badges and banners in a browser, some of them reading; another tenth has a device.
    At the end logs, badges, decisions and deliveries are compared with a recount: status 1 if anything differs.

    **Examples**

    * `conversations replay chat.jsonl.gz` starts everything, replays and removes everything
    * `conversations replay chat.jsonl.gz --rooms 3 --limit 300 --against .local/ready.json` beside a running `up`
    * `conversations replay chat.jsonl.gz --churn --seed 7` while people also edit, delete, come, go and mute
    * `conversations replay chat.jsonl.gz --scale-members 2000 --rooms 8` measures what large groups cost a send
    * `conversations replay chat.jsonl.gz --json > result.json` for machines
    """
    words = Console(stderr=True, highlight=False)
    signal.signal(signal.SIGTERM, _end)
    report: Report | ScaleReport
    try:
        if scale_members is None:
            report = _replay(file, rooms, limit, against, Options(rate, patience, seed if churn else None), words)
        elif against is None and not churn:
            report = _scale(file, rooms, limit, scale_members, patience, words)
        else:
            words.print(
                "--scale-members starts what it needs and only sends: it takes no --against, no --churn",
                style="red",
                soft_wrap=True,
            )
            raise typer.Exit(2)
    except (InputError, LocalError, NotAttachedError) as error:
        words.print(f"{error}", style="red", markup=False, soft_wrap=True)
        raise typer.Exit(2) from None
    except grpc.aio.AioRpcError as error:
        words.print(
            f"A service did not answer: {error.code().name}: {error.details()}",
            style="red",
            markup=False,
            soft_wrap=True,
        )
        raise typer.Exit(1) from None
    if as_json:
        sys.stdout.write(json.dumps(report.as_json(), indent=1) + "\n")
    else:
        report.print(Console(highlight=False))
    if not report.ok:
        raise typer.Exit(1)


def _replay(
    file: Path, rooms: int | None, limit: int | None, against: Path | None, options: Options, words: Console
) -> Report:
    plan = read_plan(file, rooms, limit)
    words.print(f"{plan.messages:,} messages of {len(plan.persons):,} people in {len(plan.rooms):,} rooms")
    if against is None:
        words.print("starting the services; nothing of it is kept")
    with stack(against) as ready:
        return uvloop.run(play(plan, ready, options, words))


def _scale(
    file: Path, rooms: int | None, limit: int | None, members: int, patience_s: float, words: Console
) -> ScaleReport:
    plan = writers_only(read_plan(file, rooms, limit or MESSAGES))
    words.print(f"{plan.messages:,} messages in {len(plan.rooms):,} rooms, to {FEW} members and to {members:,}")
    return uvloop.run(scale(plan, members, patience_s, words))


def _end(number: int, _: object) -> NoReturn:
    """Ends by way of every `finally`, as Ctrl-C does; without it a suite's folder would be left behind."""
    raise SystemExit(128 + number)
