"""One contender of `npm run bench -- languages` in Python: asyncio.gather, asyncio.TaskGroup, trio or anyio.

The arguments are the contender and the workload. For each line `size laps` on standard input it answers with a line of JSON:
the CPU and wall time of the laps, in nanoseconds. Every lap checks that it did the work.
"""

import asyncio
import gc
import json
import sys
import time

HOUR = 3600
CAPACITY = 64


def same(actual, expected):
    assert actual == expected, f"The run did not do its work: got {actual}, not {expected}"


def all_in_order(results, size):
    same(len(results), size)
    same(results[0], 0)
    same(results[-1], size - 1)
    same(sum(results), size * (size - 1) // 2)


class Stopwatch:
    def __init__(self):
        self.cpu = self.wall = 0

    def start(self):
        self._wall = time.perf_counter_ns()
        self._cpu = time.process_time_ns()

    def stop(self):
        self.cpu += time.process_time_ns() - self._cpu
        self.wall += time.perf_counter_ns() - self._wall


class Sink:
    def __init__(self):
        self.count = self.sum = 0

    def take(self, value):
        self.count += 1
        self.sum += value

    def check(self, size):
        same(self.count, size)
        same(self.sum, size * (size - 1) // 2)


class Sleepers:
    """What the tasks of W3 do, and waiting until all of them sleep."""

    def __init__(self, sleep):
        self.sleep = sleep
        self.begun = self.ended = 0

    async def task(self):
        try:
            self.begun += 1
            await self.sleep(HOUR)
        finally:
            self.ended += 1

    async def asleep(self, size):
        while self.begun < size:
            await self.sleep(0)
        await self.sleep(0)
        same(self.ended, 0)
        gc.collect()


async def returns(value):
    return value


async def leaf():
    return 1


class Gather:
    """The floor: asyncio without groups, and an async generator where there is a channel."""

    async def w1a(self, size, watch):
        watch.start()
        all_in_order(await asyncio.gather(*(returns(i) for i in range(size))), size)
        watch.stop()

    async def w2(self, size, watch):
        async def tree(depth):
            if depth == 0:
                return await leaf()
            left, right = await asyncio.gather(tree(depth - 1), tree(depth - 1))
            return left + right

        watch.start()
        same(await tree(size), 2**size)
        watch.stop()

    async def w3(self, size, watch):
        sleepers = Sleepers(asyncio.sleep)
        tasks = [asyncio.create_task(sleepers.task()) for _ in range(size)]
        await sleepers.asleep(size)
        watch.start()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        watch.stop()
        same(sleepers.ended, size)

    async def w5(self, size, watch):
        async def produce():
            for i in range(size):
                yield i

        sink = Sink()
        watch.start()
        async for value in produce():
            sink.take(value)
        watch.stop()
        sink.check(size)


class TaskGroup:
    async def w1a(self, size, watch):
        watch.start()
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(returns(i)) for i in range(size)]
        all_in_order([task.result() for task in tasks], size)
        watch.stop()

    async def w2(self, size, watch):
        async def tree(depth):
            if depth == 0:
                return await leaf()
            async with asyncio.TaskGroup() as group:
                left = group.create_task(tree(depth - 1))
                right = group.create_task(tree(depth - 1))
            return left.result() + right.result()

        watch.start()
        same(await tree(size), 2**size)
        watch.stop()

    async def w3(self, size, watch):
        sleepers = Sleepers(asyncio.sleep)

        async def host():
            async with asyncio.TaskGroup() as group:
                for _ in range(size):
                    group.create_task(sleepers.task())

        ending = asyncio.create_task(host())
        await sleepers.asleep(size)
        watch.start()
        ending.cancel()
        await asyncio.wait([ending])
        watch.stop()
        same(ending.cancelled(), True)
        same(sleepers.ended, size)

    async def w5(self, size, watch):
        queue = asyncio.Queue(CAPACITY)
        sink = Sink()

        async def produce():
            for i in range(size):
                await queue.put(i)

        watch.start()
        async with asyncio.TaskGroup() as group:
            group.create_task(produce())
            for _ in range(size):
                sink.take(await queue.get())
        watch.stop()
        sink.check(size)


class Nurseries:
    """trio and anyio, whose groups and channels are used in the same way; tasks leave their results in a list."""

    def __init__(self, open_group, sleep, open_channel):
        self.open_group = open_group
        self.sleep = sleep
        self.open_channel = open_channel

    async def w1a(self, size, watch):
        results = [None] * size

        async def task(i):
            results[i] = i

        watch.start()
        async with self.open_group() as group:
            for i in range(size):
                group.start_soon(task, i)
        all_in_order(results, size)
        watch.stop()

    async def w2(self, size, watch):
        async def tree(depth, results, place):
            if depth == 0:
                results[place] = await leaf()
                return
            below = [0, 0]
            async with self.open_group() as group:
                group.start_soon(tree, depth - 1, below, 0)
                group.start_soon(tree, depth - 1, below, 1)
            results[place] = below[0] + below[1]

        results = [0]
        watch.start()
        await tree(size, results, 0)
        watch.stop()
        same(results[0], 2**size)

    async def w3(self, size, watch):
        sleepers = Sleepers(self.sleep)
        async with self.open_group() as group:
            for _ in range(size):
                group.start_soon(sleepers.task)
            await sleepers.asleep(size)
            watch.start()
            group.cancel_scope.cancel()
        watch.stop()
        same(sleepers.ended, size)

    async def w5(self, size, watch):
        send, receive = self.open_channel(CAPACITY)
        sink = Sink()

        async def produce():
            async with send:
                for i in range(size):
                    await send.send(i)

        watch.start()
        async with self.open_group() as group:
            group.start_soon(produce)
            async for value in receive:
                sink.take(value)
        watch.stop()
        sink.check(size)
        await receive.aclose()


async def serve(contender, workload):
    run = getattr(contender, workload)
    for line in sys.stdin:
        size, laps = map(int, line.split())
        gc.collect()
        watch = Stopwatch()
        for _ in range(laps):
            await run(size, watch)
        print(json.dumps({"cpu": watch.cpu, "wall": watch.wall}), flush=True)


def main(name, workload):
    if name == "trio":
        import trio

        contender = Nurseries(trio.open_nursery, trio.sleep, trio.open_memory_channel)
        trio.run(serve, contender, workload)
    elif name == "anyio":
        import anyio

        contender = Nurseries(
            anyio.create_task_group, anyio.sleep, anyio.create_memory_object_stream
        )
        anyio.run(serve, contender, workload, backend="asyncio")
    else:
        contender = {"gather": Gather, "TaskGroup": TaskGroup}[name]()
        asyncio.run(serve(contender, workload))


main(*sys.argv[1:])
