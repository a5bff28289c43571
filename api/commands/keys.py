"""`quoth keys`: who may use the API."""

import sys
from typing import TYPE_CHECKING, Annotated

import typer

from api.commands.common import JsonOption, prepare, print_json
from api.errors import EXIT_DONE
from rag.store.keys_base import SCOPES

if TYPE_CHECKING:
    from rag.store.keys_base import Key, Scope

keys = typer.Typer(
    help="Say who may use the API. As soon as there is a key, every request needs one.",
    rich_markup_mode=None,
)


@keys.command()
def add(
    ctx: typer.Context,
    name: Annotated[str, typer.Argument(help="What you call it, as the program that uses it.")],
    scopes: Annotated[
        list[str],
        typer.Option(
            "--scope",
            metavar="|".join(SCOPES),
            help="What it is good for; repeatable. admin includes the others.",
        ),
    ] = ["ask"],  # noqa: B006 - typer copies it
    per_minute: Annotated[
        int, typer.Option(min=0, help="Most requests a minute; 0 means no limit.")
    ] = 0,
    as_json: JsonOption = False,
) -> int:
    """Make a key, and print it once: only its hash is kept."""
    engine, settings = prepare(ctx)
    with engine.open_keys(settings) as kept:
        key, token = kept.add(name, _checked(scopes), per_minute)
    if as_json:
        print_json({**_key_json(key), "key": token})
        return EXIT_DONE
    sys.stdout.write(f"{token}\n")
    sys.stderr.write(
        f"This is the only time that the key is shown. It is good for {', '.join(key.scopes)}; "
        f"send it as `Authorization: Bearer KEY`, and take it back with "
        f"`quoth keys revoke {key.id}`.\n"
    )
    return EXIT_DONE


@keys.command("list")
def list_keys(ctx: typer.Context, as_json: JsonOption = False) -> int:
    """Show the keys, the newest first, without their secrets."""
    engine, settings = prepare(ctx)
    with engine.open_keys(settings) as kept:
        found = kept.list()
    if as_json:
        print_json({"keys": [_key_json(key) for key in found]})
    elif found:
        sys.stdout.writelines(f"{_line(key)}\n" for key in found)
    else:
        sys.stdout.write("There is no key. Make one: `quoth keys add NAME`.\n")
    return EXIT_DONE


@keys.command()
def revoke(
    ctx: typer.Context,
    key_id: Annotated[str, typer.Argument(metavar="ID", help="As `quoth keys list` shows it.")],
    as_json: JsonOption = False,
) -> int:
    """Make a key good for nothing, from its next request on."""
    engine, settings = prepare(ctx)
    with engine.open_keys(settings) as kept:
        revoked = kept.revoke(key_id)
        is_last = not kept.required()
    if as_json:
        print_json(_key_json(revoked))
        return EXIT_DONE
    sys.stdout.write(f"Revoked {_line(revoked)}\n")
    if is_last:
        sys.stderr.write(
            "It was the last good one. A server that is running lets nobody in now; one that is "
            "started without a key asks for none, and listens on this machine alone.\n"
        )
    return EXIT_DONE


def _checked(scopes: list[str]) -> "list[Scope]":
    chosen: list[Scope] = [scope for scope in SCOPES if scope in scopes]
    if unknown := sorted(set(scopes) - set(SCOPES)):
        raise typer.BadParameter(f"{unknown[0]!r} is none of {', '.join(SCOPES)}.")
    return chosen


def _key_json(key: "Key") -> dict[str, object]:
    return {
        "id": key.id,
        "name": key.name,
        "scopes": list(key.scopes),
        "per_minute": key.per_minute,
        "created_at": key.created_at,
        "last_used_at": key.last_used_at,
        "revoked_at": key.revoked_at,
    }


def _line(key: "Key") -> str:
    from api.terminal import harmless

    limit = f"{key.per_minute} a minute" if key.per_minute else "no limit"
    used = f"last used {_minute(key.last_used_at)}" if key.last_used_at else "never used"
    state = f"revoked {_minute(key.revoked_at)}" if key.revoked_at else used
    return f"{key.id}  {harmless(key.name)}  {', '.join(key.scopes)}  {limit}  {state}"


def _minute(moment: str) -> str:
    return f"{moment[:10]} {moment[11:16]} UTC"
