import { NotTransferableError } from "../index.ts";

/** The refusal of what takes more bytes than it may. */
export function tooLarge(path: string, bytes: number, most: number): NotTransferableError {
  const message =
    `\`${path}\` takes ${bytes} bytes, and at most ${most} can be sent to another machine. ` +
    `Send where it lies, in place of it`;
  return new NotTransferableError(message, [path]);
}
