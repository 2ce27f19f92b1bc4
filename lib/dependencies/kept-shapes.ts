import { Scope } from "../scope/scope.ts";
import { compile } from "./compile.ts";
import { PlanNode } from "./plan-node.ts";
import { ProviderRecord } from "./provider.ts";
import { Setup } from "./setup.ts";
import { targetsOf } from "./targets.ts";
import { RecordShape } from "./values-record.ts";
import { Walk } from "./walk.ts";

let kept: readonly object[] | undefined;

/**
 * Keeps an object of each shape that a resolution is made of. When a collection finds none, as it would between two
 * requests, the engine forgets the shape and throws away all code that it has compiled for it: the next thousand
 * resolutions would be ten times slower.
 */
export function keepShapes(): void {
  kept ??= objectOfEachShape();
}

function objectOfEachShape(): readonly object[] {
  const walk = new Walk(compile(targetsOf([], [], false), []), {
    inputs: {},
    parent: new Scope(null, undefined, false),
    stores: new Map(),
    concurrency: Infinity,
    teardown: "sequential",
    pool: undefined,
  });
  const provider = new ProviderRecord({ kind: "inline", name: "" });
  const node = new PlanNode(provider, undefined, "", new RecordShape([]));
  return [walk, new Setup(walk, node, walk.blueprint)];
}
