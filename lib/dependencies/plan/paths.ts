import type { PlanNode } from "./plan-node.ts";
import type { ProviderRecord } from "../declare/provider.ts";

interface Step {
  readonly label: string | undefined;
  readonly from: PlanNode | undefined;
}

/** The shortest ways from the targets to each node, in the words of the keys. Worked out when first asked for. */
export class Paths {
  readonly #steps = new Map<PlanNode, Step>();

  constructor(targets: readonly PlanNode[], labels: readonly string[]) {
    const steps = this.#steps;
    targets.forEach((target, i) => {
      if (!steps.has(target)) steps.set(target, { label: labels[i], from: undefined });
    });
    for (const [node] of steps) {
      const { keys } = node.provider;
      const step = (to: PlanNode, label: string | undefined): void => {
        if (!steps.has(to)) steps.set(to, { label, from: node });
      };
      node.deps.forEach((dependency, i) => step(dependency, keys[i]));
      node.after.forEach((before, i) => step(before, labelOfAfter(node.provider, i)));
      // A `lazy` or an `outcome` goes by the key of what it is about.
      if (node.inner !== undefined) step(node.inner, undefined);
    }
  }

  to(node: PlanNode): string[] {
    const path: string[] = [];
    for (let at: PlanNode | undefined = node; at !== undefined;) {
      const step: Step | undefined = this.#steps.get(at);
      if (step?.label !== undefined) path.push(step.label);
      at = step?.from;
    }
    return path.reverse();
  }
}

/** What leads to a provider that another one comes after: no key, so its name. */
export function labelOfAfter({ after }: ProviderRecord, place: number): string {
  return after[place]!.name || `after[${place}]`;
}
