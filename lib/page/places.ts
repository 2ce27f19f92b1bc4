/** Where something was made, short enough for a table: `server.mjs:12`. */
export function shortPlace(site: string | undefined, id: number): string {
  const place = /([^/\\():\s]+:\d+):\d+\)?$/.exec(site ?? "")?.[1];
  return place ?? `number ${id}`;
}

/** The same, with all that is known when somebody points at it. */
export function titled(site: string | undefined): Record<string, string> {
  return site === undefined ? {} : { title: site };
}
