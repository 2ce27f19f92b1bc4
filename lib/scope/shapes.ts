const kept: object[] = [];

/**
 * Keeps one object of a class for good. When a collection finds no object of a class alive, V8 forgets what its objects
 * look like and throws away all code that was compiled for them: after each quiet moment a process would start cold
 * again, at a third of the speed.
 *
 * @param exemplar - with fields of the kinds that they have in use; nothing else is done with it
 */
export function keepShape(exemplar: object): void {
  kept.push(exemplar);
}
