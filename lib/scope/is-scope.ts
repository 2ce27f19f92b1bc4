/** Whether it is a scope, a group, a task's own or a provider's: whatever has the methods of a `CancelScope`. */
export function isScope(value: object): boolean {
  return "throwIfCancelled" in value && "onCancel" in value;
}
