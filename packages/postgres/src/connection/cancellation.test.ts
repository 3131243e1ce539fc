import { expect, it } from 'vitest';
import { cancelOnAbort, outlastAbort } from './cancellation.ts';
import type { ScriptResult, SqlConnection } from './sql-connection.ts';

/** A connection that is busy until its cancel request, which is held up, has come through. */
function heldUp() {
  const stop = new AbortController();
  let arrive: () => void = () => undefined;
  const request = new Promise<void>((done) => (arrive = done));
  let isBusy = true;
  const cancel = async (): Promise<void> => {
    await request;
    isBusy = false;
  };
  const watch = cancelOnAbort({ busy: () => isBusy, abandon: () => undefined, cancel }, stop.signal);
  return { stop, watch, arrive };
}

it('ends when no request to cancel is under way: it could hit another session', async () => {
  const { stop, watch, arrive } = heldUp();
  stop.abort();
  let isOver = false;
  const over = watch.end().then(() => (isOver = true));
  await new Promise(setImmediate);
  expect(isOver).toBe(false);
  arrive();
  expect(await over).toBe(true);
});

it('keeps the order of what is sent while a late request is waited for', async () => {
  const { stop, watch, arrive } = heldUp();
  const sent: string[] = [];
  const connection: SqlConnection = {
    query: async () => [],
    table: async () => ({ types: [], rows: [] }),
    send: async (text): Promise<ScriptResult> => {
      sent.push(text);
      return { completed: 0, tag: null, status: 'idle' };
    },
    close: async () => undefined,
  };
  const cleanup = outlastAbort(connection, watch, stop.signal);
  stop.abort();
  const both = Promise.all([cleanup.send('ROLLBACK'), cleanup.send('BEGIN')]);
  arrive();
  await both;
  expect(sent).toEqual(['', 'ROLLBACK', 'BEGIN']);
});
