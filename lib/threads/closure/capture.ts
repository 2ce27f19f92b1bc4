import * as types from "node:util/types";
import { functionName } from "../codec/own-data.ts";
import type { Captured } from "./captured.ts";
import { draftOf } from "./draft.ts";
import { elsewhereSlot } from "./elsewhere.ts";
import { foreignError } from "./foreign-error.ts";
import { ownState } from "./function-state.ts";
import {
  findImport,
  findImportOfCall,
  findSafeImport,
  namespaceOfNode,
  type Site,
} from "./import-finder.ts";
import { inspectFunction, type Inspection } from "./inspect.ts";
import { holdsOnlyFunctions, isNamespace, memberOf, ownMembers } from "./members.ts";
import type { PartUse, Use } from "./name-uses.ts";
import { isForeign, type SourcePlace, placeOf } from "./place.ts";
import { ProgramDraft } from "./program-draft.ts";
import {
  assignmentError,
  type CapturePath,
  obstacleError,
  refuseUncallable,
  textlessError,
} from "./refusals.ts";
import type { ImportSource, Slot } from "./shipped-code.ts";
import { type FunctionSource, sourceOf } from "./source.ts";
import {
  comesFromPackage,
  importsOfMember,
  importsOfName,
  membersOf,
  originOf,
} from "./user-imports.ts";
import { builtinObjectPath, type Captures, findVariable } from "./variables.ts";

/**
 * Collects a function with everything that it uses: the values of its variables, and the functions and classes
 * among them, with what those use.
 *
 * @throws ShipError naming the first thing that a worker could not have.
 */
export function capture(
  fn: (...args: never[]) => unknown,
  captures: Captures | undefined,
): Captured {
  return new Capturer(captures).run(fn);
}

/** Where functions are that no scope has a variable for: there is nothing more to ask the inspector. */
const settledPlaces = new WeakMap<object, SourcePlace>();

const NO_VARIABLES: Inspection = { location: undefined, scopes: [] };
const NOWHERE: Site = { address: undefined, scopes: [] };

/** Who has a value, and what is known of where it is from. */
interface Finding {
  readonly site: Site;
  readonly origin: readonly ImportSource[];
}

class Capturer {
  readonly #captures: Captures | undefined;
  readonly #program = new ProgramDraft();

  constructor(captures: Captures | undefined) {
    this.#captures = captures;
  }

  run(fn: (...args: never[]) => unknown): Captured {
    const path = [functionName(fn) || "(anonymous function)"];
    const slot = this.#slotOfFunction(fn, path, { site: NOWHERE, origin: [] });
    if (slot.kind === "imported") return slot;
    const { values, functions, globals, isUnseen, slots } = this.#program;
    const slotOf = (special: object): Slot | undefined => slots.get(special);
    return {
      kind: "program",
      key: this.#program.key(),
      functions: functions.map(({ shipped }) => shipped),
      imports: this.#program.imports(),
      values: values.encode(slotOf),
      encodeWith: (args, hooks) => values.encodeWith(args, hooks, slotOf),
      globals,
      isUnseen,
    };
  }

  #slotOfFunction(fn: object, path: CapturePath, { site, origin }: Finding): Slot {
    const known = this.#program.slots.get(fn) ?? this.#program.remember(fn, elsewhereSlot(fn));
    if (known !== undefined) return known;
    const label = path.at(-1) ?? "";
    if (comesFromPackage(origin, fn)) {
      const value = findImport(fn, label, site, origin, undefined);
      if (value !== undefined) return this.#program.remember(fn, { kind: "imported", value });
    }
    const source = types.isProxy(fn) ? undefined : sourceOf(fn);
    const settled = settledPlaces.get(fn);
    const inspection =
      source === undefined || settled !== undefined ? undefined : inspectFunction(fn);
    const place = settled ?? (source && placeOf(fn, source, inspection));
    const isOwn = place?.address !== undefined && !isForeign(place);
    if (!isOwn) {
      const value =
        path.length === 1
          ? findImportOfCall(fn, label, place)
          : findImport(fn, label, site, origin, place);
      if (value !== undefined) return this.#program.remember(fn, { kind: "imported", value });
    }
    if (source === undefined || place === undefined) throw textlessError(path, fn);
    if (isForeign(place)) throw foreignError(path, place.address ?? "");
    if (!source.isClass) return this.#slotOfSource(fn, source, place, inspection, path);
    return this.#orByImport(fn, label, { site, origin }, () =>
      this.#slotOfSource(fn, source, place, inspection, path),
    );
  }

  #slotOfSource(
    fn: object,
    source: FunctionSource,
    place: SourcePlace,
    inspection: Inspection | undefined,
    path: CapturePath,
  ): Slot {
    if (path.length === 1) refuseUncallable(source, path);
    if (source.free.obstacle !== undefined) throw obstacleError(path, source.free.obstacle);
    const shipped = draftOf(fn, source, place);
    // Before its variables, so that functions which use each other find it.
    const slot = this.#program.begin(fn, source, shipped, path);
    const site = { address: place.address, scopes: inspection?.scopes ?? [] };
    // What has no variables may still use other globals than before.
    const seen = settledPlaces.has(fn) ? NO_VARIABLES : inspection;
    shipped.variables = [
      ...(source.counter === undefined ? [] : [[source.counter, slot] as const]),
      ...this.#heritageOf(fn, source, path, site),
      ...this.#variablesOf(source, seen, path, site),
    ];
    shipped.properties = ownState(fn, source, path).map(([name, value]) => {
      const finding = { site, origin: [] };
      return [name, this.#slotOf(value, name, undefined, path, finding)] as const;
    });
    if (inspection !== undefined && shipped.variables.length === 0) settledPlaces.set(fn, place);
    return slot;
  }

  /** A base class is known by the class itself; the variable that had it may be gone. */
  #heritageOf(
    fn: object,
    { heritage, baseName }: FunctionSource,
    path: CapturePath,
    site: Site,
  ): (readonly [string, Slot])[] {
    if (heritage === undefined) return [];
    const base = Object.getPrototypeOf(fn) as unknown;
    const name = baseName ?? heritage;
    const origin = importsOfName(site.address, name);
    return [[heritage, this.#slotOf(base, name, undefined, path, { site, origin })]];
  }

  #variablesOf(
    source: FunctionSource,
    inspection: Inspection | undefined,
    path: CapturePath,
    site: Site,
  ): (readonly [string, Slot])[] {
    const variables: (readonly [string, Slot])[] = [];
    // What was given by name belongs to the function of the call, which is the first.
    const captures = path.length === 1 ? this.#captures : undefined;
    for (const [name, use] of source.free.uses) {
      if (name === source.counter || name === source.heritage) continue;
      if (use.isAssigned) throw assignmentError(path, name);
      const slot = this.#slotOfName(name, use, captures, inspection, path, site);
      if (slot === undefined) continue;
      if (slot.kind === "function" && use.isWhole) this.#program.isUnseen = false;
      variables.push([name, slot]);
    }
    return variables;
  }

  #slotOfName(
    name: string,
    use: Use,
    captures: Captures | undefined,
    inspection: Inspection | undefined,
    path: CapturePath,
    site: Site,
  ): Slot | undefined {
    const found = findVariable(name, use, captures, inspection, path, site.address);
    switch (found.kind) {
      case "global":
        this.#program.globals.set(name, globalValue(name));
        return undefined;
      case "importer":
        return { kind: "importer", home: found.home };
      case "imported":
        return { kind: "imported", value: found.value };
      case "variable": {
        const { value, where } = found;
        const origin = where === "given" ? [] : originOf(site.address, name, value, where);
        return this.#slotOf(value, name, use, path, { site, origin });
      }
    }
  }

  #slotOf(
    value: unknown,
    name: string,
    use: (PartUse & Partial<Use>) | undefined,
    path: CapturePath,
    finding: Finding,
  ): Slot {
    if (typeof value === "function") return this.#slotOfFunction(value, [...path, name], finding);
    if (typeof value === "object" && value !== null) {
      return this.#slotOfObject(value, name, use, path, finding);
    }
    return this.#importedFromPackage(value, name, finding) ?? this.#add(value, name, path, finding);
  }

  #slotOfObject(
    value: object,
    name: string,
    use: (PartUse & Partial<Use>) | undefined,
    path: CapturePath,
    finding: Finding,
  ): Slot {
    const isNamed = use !== undefined && !use.isWhole && !use.members.has("default");
    const builtin = builtinObjectPath(value, isNamed);
    if (builtin !== undefined) return { kind: "builtin", path: builtin };
    const imported = this.#importedFromPackage(value, name, finding);
    if (imported !== undefined) return imported;
    const known = this.#program.slots.get(value);
    if (known !== undefined && known.kind !== "members") return known;
    if (this.#program.values.has(value)) return this.#add(value, name, path, finding);
    const parts = use === undefined || use.isWhole ? undefined : use.members;
    if (isNamespace(value) && use?.isWritten !== true) {
      return this.#membersSlot(value, parts ?? wholeMembers(value), name, path, finding);
    }
    if (parts === undefined) return this.#wholeSlot(value, name, path, finding);
    return this.#wholeOrMembers(value, parts, name, path, finding);
  }

  #importedFromPackage(value: unknown, name: string, { site, origin }: Finding): Slot | undefined {
    const found = comesFromPackage(origin, value)
      ? findImport(value, name, site, origin, undefined)
      : namespaceOfNode(value, name, site);
    return found && { kind: "imported", value: found };
  }

  /**
   * An object of which only functions are called serves as a namespace. Otherwise it travels as a whole, so that all
   * who have it see the same one; something in it that cannot travel is no obstacle when only other members are read.
   */
  #wholeOrMembers(
    value: object,
    parts: Parts,
    name: string,
    path: CapturePath,
    finding: Finding,
  ): Slot {
    const members = ownMembers(value, parts.keys());
    if (members !== undefined && holdsOnlyFunctions(value, members)) {
      return this.#membersSlot(value, parts, name, path, finding);
    }
    const isPart = members !== undefined && members.length < Object.keys(value).length;
    if (!isPart) return this.#wholeSlot(value, name, path, finding);
    return this.#program.tryOr(
      () => this.#wholeSlot(value, name, path, finding),
      () => this.#membersSlot(value, parts, name, path, finding),
    );
  }

  /** An object as a whole: also for those who had only a part of it before. */
  #wholeSlot(value: object, name: string, path: CapturePath, finding: Finding): Slot {
    const slot = this.#add(value, name, path, finding);
    const part = this.#program.slots.get(value);
    if (part?.kind !== "members") return slot;
    Object.assign(part, { members: undefined, ...slot });
    return part;
  }

  #membersSlot(
    value: object,
    parts: Parts,
    name: string,
    path: CapturePath,
    { site, origin }: Finding,
  ): Slot {
    const known = this.#program.slots.get(value);
    if (known !== undefined && known.kind !== "members") return known;
    const slot = known ?? this.#program.remember(value, { kind: "members" as const, members: [] });
    for (const [member, use] of parts) {
      if (slot.members.some(([one]) => one === member)) continue;
      const from =
        origin.length > 0 ? membersOf(origin, member) : importsOfMember(site.address, member);
      const finding = { site, origin: origin.length > 0 || isNamespace(value) ? from : [] };
      const held = memberOf(value, member);
      const one = this.#slotOf(held, `${name}.${member}`, use, path, finding);
      if (one.kind === "function" && use.isWhole) this.#program.isUnseen = false;
      // Something in it may have asked for the whole.
      if (!isMembers(slot)) return slot;
      (slot.members as [string, Slot][]).push([member, one]);
    }
    return slot;
  }

  #add(value: unknown, name: string, path: CapturePath, finding: Finding): Slot {
    return this.#program.values.add(value, name, path, (special) => {
      if (typeof special === "function") {
        this.#program.isUnseen = false;
        return this.#slotOfFunction(special, [...path, name], { ...finding, origin: [] });
      }
      const known = this.#program.slots.get(special);
      if (known?.kind === "imported") return known;
      const origin = special === value ? finding.origin : [];
      const found = findSafeImport(special, name, finding.site, origin);
      return found && this.#program.remember(special, { kind: "imported", value: found });
    });
  }

  /** What has to be refused otherwise may stand exported in a module that a worker can import. */
  #orByImport(value: object, name: string, { site, origin }: Finding, run: () => Slot): Slot {
    return this.#program.tryOr(run, (refusal) => {
      const found = findSafeImport(value, name, site, origin);
      if (found === undefined) throw refusal;
      return this.#program.remember(value, { kind: "imported", value: found });
    });
  }
}

type Parts = ReadonlyMap<string, PartUse>;

function isMembers(slot: Slot): boolean {
  return slot.kind === "members";
}

function wholeMembers(value: object): Parts {
  return new Map(Object.keys(value).map((name) => [name, { isWhole: true, members: new Map() }]));
}

function globalValue(name: string): unknown {
  return (globalThis as Record<string, unknown>)[name];
}
