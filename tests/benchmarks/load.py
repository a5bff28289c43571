"""A load generator: clients that each send one request after another over a connection of its own.

Run as a process (`python -m tests.benchmarks.load`), with bare sockets: it shares the machine's
cores with the server, and a full HTTP client would cost as much as an answer.
"""

import argparse
import asyncio
import json
import sys
import time
from collections.abc import Iterator
from pathlib import Path


async def main() -> None:
    """Prints one JSON object: the seconds it took, each request's milliseconds, and the errors."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.load", description=__doc__)
    parser.add_argument("port", type=int)
    parser.add_argument("path")
    parser.add_argument("bodies", type=Path, help="JSON Lines, one request's body each")
    parser.add_argument("--clients", type=int, default=16)
    arguments = parser.parse_args()
    bodies = iter(arguments.bodies.read_bytes().splitlines())
    taken_ms: list[float] = []
    statuses: list[int] = []
    started = time.perf_counter()
    await asyncio.gather(
        *(
            _client(arguments.port, arguments.path, bodies, taken_ms, statuses)
            for _ in range(arguments.clients)
        )
    )
    elapsed_s = time.perf_counter() - started
    errors = sum(status != 200 for status in statuses)
    json.dump({"elapsed_s": elapsed_s, "taken_ms": taken_ms, "errors": errors}, sys.stdout)


async def _client(
    port: int, path: str, bodies: Iterator[bytes], taken_ms: list[float], statuses: list[int]
) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    head = f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"
    for body in bodies:
        started = time.perf_counter()
        writer.write(f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body)
        response = await reader.readuntil(b"\r\n\r\n")
        length = next(
            int(line.partition(b":")[2])
            for line in response.lower().split(b"\r\n")
            if line.startswith(b"content-length:")
        )
        await reader.readexactly(length)
        taken_ms.append((time.perf_counter() - started) * 1000)
        statuses.append(int(response.split(b" ", 2)[1]))
    writer.close()


if __name__ == "__main__":
    asyncio.run(main())
