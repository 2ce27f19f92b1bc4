"""What FastAPI's own solve_dependencies costs, beside the same graphs awaited by hand: the program of `fastapi.mjs`.

It reads {"graphs": {name: [[places of dependencies], ...]}, "rounds": n} as JSON from standard input and writes the CPU
time per provider, in nanoseconds, of each form, and the ratios to the form by hand, round by round.
"""

import asyncio
import contextlib
import gc
import inspect
import json
import sys
import time

import fastapi
from fastapi import Depends
from fastapi.dependencies.utils import get_dependant, solve_dependencies
from starlette.requests import Request

SAMPLE_SECONDS = 0.1
sys.setrecursionlimit(100_000)


def value_of(graph):
    values = []
    for deps in graph:
        values.append(1 + sum(values[dep] for dep in deps))
    return values[-1]


def by_hand(graph):
    """A coroutine function for each node, which keeps its value in a dict of the request."""
    lines = []
    for i, deps in enumerate(graph):
        lines.append(f"async def n{i}(memo):")
        for dep in deps:
            lines.append(f"    if {dep} not in memo: memo[{dep}] = await n{dep}(memo)")
        lines.append("    return " + " + ".join(["1", *(f"memo[{dep}]" for dep in deps)]))
    namespace = {}
    exec("\n".join(lines), namespace)
    target = namespace[f"n{len(graph) - 1}"]
    return lambda: target({})


def fastapi_form(graph, keyword):
    lines = []
    for i, deps in enumerate(graph):
        parameters = ", ".join(f"v{dep} = Depends(n{dep})" for dep in deps)
        lines.append(f"{keyword} n{i}({parameters}):")
        lines.append("    return " + " + ".join(["1", *(f"v{dep}" for dep in deps)]))
    lines.append(f"def endpoint(value = Depends(n{len(graph) - 1})): pass")
    namespace = {"Depends": Depends}
    exec("\n".join(lines), namespace)
    dependant = get_dependant(path="/", call=namespace["endpoint"])
    wanted = inspect.signature(solve_dependencies).parameters
    more = {"embed_body_fields": False} if "embed_body_fields" in wanted else {}

    async def solve():
        async with contextlib.AsyncExitStack() as stack:
            scope = {
                "type": "http",
                "method": "GET",
                "path": "/",
                "query_string": b"",
                "headers": [],
                "fastapi_astack": stack,
                "fastapi_inner_astack": stack,
                "fastapi_function_astack": stack,
            }
            if "async_exit_stack" in wanted:
                more["async_exit_stack"] = stack
            solved = await solve_dependencies(request=Request(scope), dependant=dependant, **more)
        values = solved[0] if isinstance(solved, tuple) else solved.values
        return values["value"]

    return solve


async def sample(form, expected, laps):
    gc.collect()
    start = time.process_time_ns()
    for _ in range(laps):
        value = await form()
        assert value == expected, f"The run did not do its work: got {value}, not {expected}"
    return (time.process_time_ns() - start) / laps


async def measure(graph, rounds):
    expected = value_of(graph)
    forms = {
        "floor": by_hand(graph),
        "async": fastapi_form(graph, "async def"),
        "sync": fastapi_form(graph, "def"),
    }
    laps = {}
    for name, form in forms.items():
        once = await sample(form, expected, 2)
        laps[name] = max(1, round(SAMPLE_SECONDS * 1e9 / once))
    result = {name: {"ns": [], "ratios": []} for name in forms}
    for _ in range(rounds):
        for name in ("async", "sync"):
            floor = await sample(forms["floor"], expected, laps["floor"])
            own = await sample(forms[name], expected, laps[name])
            result["floor"]["ns"].append(floor / len(graph))
            result[name]["ns"].append(own / len(graph))
            result[name]["ratios"].append(own / floor)
    return result


async def main():
    plan = json.load(sys.stdin)
    results = {}
    for name, graph in plan["graphs"].items():
        results[name] = await measure(graph, plan["rounds"])
    versions = {"fastapi": fastapi.__version__, "python": sys.version.split()[0]}
    json.dump({"versions": versions, "results": results}, sys.stdout)


asyncio.run(main())
