import { expect } from "vitest";

/** What a promise rejects with; a failed expectation if it resolves. */
export async function rejectionOf(promise: Promise<unknown>): Promise<unknown> {
  try {
    await promise;
  } catch (error) {
    return error;
  }
  return expect.unreachable("it should have rejected");
}
