/**
 * Waiting for a condition instead of for time.
 *
 * @module
 */
const POLL_MS = 10;

/** @throws {RangeError} saying what did not come about. */
export async function until(what: string, holds: () => boolean | Promise<boolean>, withinMs = 20_000): Promise<void> {
  const deadline = performance.now() + withinMs;
  while (!(await holds())) {
    if (performance.now() > deadline) throw new RangeError(`not within ${withinMs} ms: ${what}`);
    await new Promise((done) => setTimeout(done, POLL_MS));
  }
}
