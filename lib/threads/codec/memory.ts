import * as types from "./introspection.ts";
import { getterOf } from "./intrinsics.ts";

type View = NodeJS.ArrayBufferView;

const typedArray = Object.getPrototypeOf(Uint8Array.prototype) as object;

const nameOfTyped = getterOf(typedArray, Symbol.toStringTag);
const lengthOfTyped = getterOf(typedArray, "length");
const ofTyped = {
  buffer: getterOf(typedArray, "buffer"),
  byteLength: getterOf(typedArray, "byteLength"),
  byteOffset: getterOf(typedArray, "byteOffset"),
};
const ofDataView = {
  buffer: getterOf(DataView.prototype, "buffer"),
  byteLength: getterOf(DataView.prototype, "byteLength"),
  byteOffset: getterOf(DataView.prototype, "byteOffset"),
};
const sizeOfBuffer = getterOf(ArrayBuffer.prototype, "byteLength");
const sizeOfShared =
  types.sharedMemoryPrototype && getterOf(types.sharedMemoryPrototype, "byteLength");

/** `"Uint8Array"` also for a Buffer. */
export function typedArrayName(view: object): string {
  return nameOfTyped.call(view);
}

export function typedArrayLength(view: object): number {
  return lengthOfTyped.call(view);
}

export function memoryOf(view: View): ArrayBufferLike {
  return (types.isDataView(view) ? ofDataView : ofTyped).buffer.call(view);
}

export function sizeOf(memory: ArrayBufferLike): number {
  return (types.isSharedArrayBuffer(memory) ? sizeOfShared! : sizeOfBuffer).call(memory);
}

/** Claim: the memory has moved to another thread, or elsewhere. */
export function isDetached(memory: ArrayBufferLike): boolean {
  if (types.isSharedArrayBuffer(memory) || sizeOf(memory) > 0) return false;
  try {
    new Uint8Array(memory);
    return false;
  } catch {
    return true;
  }
}

export function isWhole(view: View, memory: ArrayBufferLike): boolean {
  const { byteLength } = types.isDataView(view) ? ofDataView : ofTyped;
  return (byteLength.call(view) as number) === sizeOf(memory);
}

/** Bytes of a memory that views see, from `start` to before `end`. */
interface Range {
  readonly start: number;
  end: number;
  readonly views: View[];
}

/**
 * Views of a part of some memory, each made again over memory of its own, so that nothing else of the memory travels
 * with it. Those that overlap or touch go on sharing. Where they see all of the memory between them, they are left as
 * they are.
 */
export function viewsApart(views: Iterable<View>): Map<View, View> {
  const apart = new Map<View, View>();
  for (const [memory, ranges] of rangesOf(views)) {
    const [first] = ranges;
    if (ranges.length === 1 && first!.start === 0 && first!.end === sizeOf(memory)) continue;
    for (const range of ranges) cutOut(memory, range, apart);
  }
  return apart;
}

function rangesOf(views: Iterable<View>): Map<ArrayBufferLike, Range[]> {
  const all = new Map<ArrayBufferLike, Range[]>();
  for (const view of views) {
    const { byteOffset, byteLength } = types.isDataView(view) ? ofDataView : ofTyped;
    const start: number = byteOffset.call(view);
    const range = { start, end: start + (byteLength.call(view) as number), views: [view] };
    const memory = memoryOf(view);
    const ranges = all.get(memory);
    if (ranges === undefined) all.set(memory, [range]);
    else ranges.push(range);
  }
  for (const [memory, ranges] of all) all.set(memory, merged(ranges));
  return all;
}

function merged(ranges: readonly Range[]): Range[] {
  const apart: Range[] = [];
  for (const range of ranges.toSorted((a, b) => a.start - b.start)) {
    const last = apart.at(-1);
    if (last === undefined || range.start > last.end) {
      apart.push(range);
    } else {
      last.end = Math.max(last.end, range.end);
      last.views.push(range.views[0]!);
    }
  }
  return apart;
}

function cutOut(
  memory: ArrayBufferLike,
  { start, end, views }: Range,
  apart: Map<View, View>,
): void {
  // Numbers of 8 bytes can only be at every eighth.
  const lead = start % views.reduce((most, view) => Math.max(most, elementSize(view)), 1);
  const own = new ArrayBuffer(lead + end - start);
  new Uint8Array(own).set(new Uint8Array(memory, start, end - start), lead);
  for (const view of views) apart.set(view, again(view, own, start - lead));
}

function elementSize(view: View): number {
  return types.isDataView(view) ? 1 : classOf(view).BYTES_PER_ELEMENT;
}

function classOf(view: object): Uint8ArrayConstructor {
  return (globalThis as unknown as Record<string, Uint8ArrayConstructor>)[typedArrayName(view)]!;
}

function again(view: View, memory: ArrayBuffer, shift: number): View {
  if (types.isDataView(view)) {
    const offset: number = ofDataView.byteOffset.call(view);
    return new DataView(memory, offset - shift, ofDataView.byteLength.call(view));
  }
  const offset: number = ofTyped.byteOffset.call(view);
  return new (classOf(view))(memory, offset - shift, typedArrayLength(view));
}
