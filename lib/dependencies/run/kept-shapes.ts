import { PlainScope } from "../../scope/scope.ts";
import { keepShape } from "../../scope/shapes.ts";
import { compile } from "../plan/compile.ts";
import { PlanNode } from "../plan/plan-node.ts";
import { ProviderRecord } from "../declare/provider.ts";
import { Setup } from "./setup.ts";
import { targetsOf } from "../declare/targets.ts";
import { RecordShape } from "../declare/values-record.ts";
import { Walk } from "./walk.ts";

let done = false;

/** Keeps an object of each shape that a resolution is made of, from the first one on. */
export function keepShapes(): void {
  if (done) return;
  done = true;
  for (const exemplar of objectOfEachShape()) keepShape(exemplar);
}

function objectOfEachShape(): readonly object[] {
  const walk = new Walk(compile(targetsOf([], [], false), []), {
    inputs: {},
    hosts: [],
    parent: new PlainScope(null, undefined, false),
    stores: new Map(),
    concurrency: Infinity,
    teardown: "sequential",
    pool: undefined,
  });
  const provider = new ProviderRecord({ kind: "inline", name: "" });
  const node = new PlanNode(provider, undefined, "", new RecordShape([]));
  return [walk, new Setup(walk, node)];
}
