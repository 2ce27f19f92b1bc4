"""FastAPI's thread pool, for `npm run bench -- W10`: plain functions in the threads of anyio, 40 by default.

For each line of JSON on standard input it answers with one. `{"ask": "beside", ...}` measures a short call alone and beside
connections whose calls take long, `{"ask": "blocking", ...}` how long a number of blocking calls takes.
"""

import asyncio
import json
import subprocess
import sys
import time

try:
    from fastapi.concurrency import run_in_threadpool
except ImportError:
    # What it is made of.
    from anyio.to_thread import run_sync as run_in_threadpool


def same(value):
    return value


def block_for(ms):
    time.sleep(ms / 1000)
    return ms


def block_on_process(ms):
    subprocess.run(["sleep", str(ms / 1000)], check=True)
    return ms


def primes_below(limit):
    primes = 0
    for n in range(2, limit):
        divisor = 2
        while divisor * divisor <= n and n % divisor != 0:
            divisor += 1
        primes += divisor * divisor > n
    return primes


TASKS = {
    "same": same,
    "blockFor": block_for,
    "blockOnProcess": block_on_process,
    "primesBelow": primes_below,
}


def run(name, value):
    return run_in_threadpool(TASKS[name], value)


async def latencies(calls, pause_ms, limit_ms):
    found = []
    end = time.perf_counter() + limit_ms / 1000
    while len(found) < calls and (time.perf_counter() < end or not found):
        await asyncio.sleep(pause_ms / 1000)
        start = time.perf_counter()
        assert await run("same", 7) == 7
        found.append((time.perf_counter() - start) * 1000)
    return found


async def beside(ask):
    measured = ask["calls"], ask["pauseMs"], ask["limitMs"]
    await latencies(*measured)
    idle = await latencies(*measured)
    going = True
    completed = 0

    async def connection():
        nonlocal completed
        while going:
            await run(ask["name"], ask["value"])
            completed += 1

    connections = [asyncio.create_task(connection()) for _ in range(ask["connections"])]
    await asyncio.sleep(ask["settleMs"] / 1000)
    start, before = time.perf_counter(), completed
    found = await latencies(*measured)
    long_per_second = (completed - before) / (time.perf_counter() - start)
    going = False
    await asyncio.gather(*connections)
    return {"idle": idle, "beside": found, "longPerSecond": long_per_second}


async def blocking(ask):
    left = ask["calls"]

    async def connection():
        nonlocal left
        while left > 0:
            left -= 1
            await run(ask["name"], ask["value"])

    start, cpu = time.perf_counter(), time.process_time()
    await asyncio.gather(*(connection() for _ in range(ask["connections"])))
    return {
        "wallMs": (time.perf_counter() - start) * 1000,
        "cpuMs": (time.process_time() - cpu) * 1000,
    }


async def main():
    answers = {"beside": beside, "blocking": blocking}
    for line in sys.stdin:
        ask = json.loads(line)
        print(json.dumps(await answers[ask["ask"]](ask)), flush=True)


asyncio.run(main())
