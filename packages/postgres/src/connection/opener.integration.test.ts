import { expect, inject, it } from 'vitest';
import { parseConnectionTarget } from './connection-target.ts';
import { createOpener, watchAbort } from './opener.ts';

const url = inject('postgresServers').findLast((server) => server.url !== null)?.url ?? null;

it.skipIf(url === null)('cancels nobody else’s statement: a backend’s number may be another’s by now', async () => {
  const open = createOpener(parseConnectionTarget(url ?? ''), 4_000);
  const now = await open({});
  const before = { ...now, backendStart: () => Promise.resolve('20000101000000000000') };
  const stop = new AbortController();
  const running = now.send('SELECT pg_sleep(0.5)');
  const watch = watchAbort(open, before, stop.signal, () => Promise.resolve(true));
  stop.abort();
  await watch.end(); // the request has been answered
  expect(now.busy()).toBe(true);
  expect(await running).toMatchObject({ completed: 1 });
  await now.close();
});
