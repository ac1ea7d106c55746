"""Promise 2: a report is on the disk before its answer leaves, as the kernel sees it."""

from __future__ import annotations

import asyncio
import re
import shutil
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from tests.e2e.slack_stage import backline
from tests.faults.slack_side import FULL, sending, settle_in
from tests.standins.slack.client import spawned

STRACE = shutil.which("strace")
REPORTS, AT_A_TIME = (1_000, 8) if FULL else (80, 4)
CALLS = "pwrite64,fdatasync,fsync,write,writev,sendto,sendmsg"
RECORD, ANSWER = re.compile(r'\\"receipt\\":(\d+)'), re.compile(r"R-(\d+)")
SYNCED = re.compile(r"^(\d+) +(?:fdatasync|fsync)\(\d+<[^>]*-wal>\) += 0")
SYNC_BEGUN = re.compile(r"^(\d+) +(?:fdatasync|fsync)\(\d+<[^>]*-wal> <unfinished")
SYNC_ENDED = re.compile(r"^(\d+) +<\.\.\. (?:fdatasync|fsync) resumed>\) += 0")
LOGGED = re.compile(r"^\d+ +pwrite64\(\d+<[^>]*-wal>")
SENT = re.compile(r"^\d+ +(?:write|writev|sendto|sendmsg)\(\d+<(?:socket|TCP)[^>]*>.*HTTP/1\.1 200")


@asynccontextmanager
async def traced(pid: int, into: Path) -> AsyncIterator[None]:
    """All of the process's threads write down what they hand to disk and network, in the kernel's order."""
    how = ("-f", "-y", "-s", "16384", "-e", f"trace={CALLS}", "-o", str(into), "-p", str(pid))
    tracer = await asyncio.create_subprocess_exec(str(STRACE), *how, stderr=asyncio.subprocess.PIPE)
    assert tracer.stderr
    first = (await tracer.stderr.readline()).decode()
    if "attached" not in first:
        await tracer.wait()
        pytest.skip(f"strace may not look at another process here: {first.strip()}")
    drain = asyncio.create_task(tracer.stderr.read())
    try:
        yield
    finally:
        tracer.terminate()
        await tracer.wait()
        await drain


def too_early(lines: Iterable[str]) -> tuple[set[int], set[int]]:
    """Receipts whose answer left, and those of them that were not yet on the disk.

    A receipt is on the disk when a sync of the log has ended that began after the record was written to it.
    """
    written, syncing, durable = set[int](), dict[str, set[int]](), set[int]()
    answered, early = set[int](), set[int]()
    for line in lines:
        if LOGGED.match(line):
            written |= {int(number) for number in RECORD.findall(line)}
        elif begun := SYNC_BEGUN.match(line):
            syncing[begun[1]] = set(written)
        elif ended := SYNC_ENDED.match(line):
            durable |= syncing.pop(ended[1], set())
        elif SYNCED.match(line):
            durable |= written
        elif SENT.match(line):
            said = {int(number) for number in ANSWER.findall(line)}
            answered |= said
            early |= said - durable
    return answered, early


@pytest.mark.skipif(STRACE is None, reason="strace is not installed: nobody can look at the order of system calls")
async def test_an_answer_leaves_after_its_report_is_on_the_disk(tmp_path: Path) -> None:
    """Each receipt number: written to the log, synced, and only then sent."""
    trace = tmp_path / "trace"
    async with spawned() as slack:
        await slack.settings(rates=False)
        await settle_in(slack, tmp_path, REPORTS, 10)
        async with (
            backline(slack, tmp_path) as running,
            sending(running.url) as sender,
            traced(running.process.pid, trace),
        ):
            for first in range(0, REPORTS, AT_A_TIME):
                some = range(first, first + AT_A_TIME)
                answers = await asyncio.gather(*(sender.report(f"a{one}", f"1.{one}.x") for one in some))
                assert [answer for answer in answers if not answer.recorded] == []
    answered, early = too_early(trace.read_text(encoding="ascii").splitlines())
    print(f"\n{len(answered)} answers in the trace, {len(early)} of them before their report was on the disk")
    assert len(answered) == REPORTS
    assert early == set()


def test_the_trace_is_read_as_it_is_meant() -> None:
    """An answer that leaves before the sync has ended, or after one that began before the record was there, is seen."""
    record = r'7 pwrite64(12</x/b.db-wal>, "\"receipt\":5,", 4096, 0) = 4096'
    answer = r'6 sendto(9<socket:[1]>, "HTTP/1.1 200 OK\r\nR-0005", 22, 0, NULL, 0) = 22'
    begun, ended = "7 fdatasync(12</x/b.db-wal> <unfinished ...>", "7 <... fdatasync resumed>) = 0"
    assert too_early([record, begun, ended, answer]) == ({5}, set())
    assert too_early([record, "7 fdatasync(12</x/b.db-wal>) = 0", answer]) == ({5}, set())
    for wrong in ([record, answer, begun, ended], [record, begun, answer, ended], [begun, record, ended, answer]):
        assert too_early(wrong) == ({5}, {5})
