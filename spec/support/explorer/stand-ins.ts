/** Errors that cross the border without stacks, which would tell apart what is the same. */
export const codecErrors = {
  encodeThrown(thrown: unknown): { thrown: unknown } {
    const { name, message, mark } = thrown as Error & { mark?: string };
    return { thrown: { name, message, mark } };
  },
  decodeThrown(encoded: { thrown: { name: string; message: string; mark?: string } }): Error {
    const { name, message, mark } = encoded.thrown;
    return Object.assign(new Error(message), { name, mark });
  },
};
