import { expect, it } from 'vitest';
import { createMemoryStore } from '../../storage/memory/memory-store.ts';
import { startTestServer } from '../../../test/http/test-server.ts';

it('/health answers while the process does, without asking the storage or for a name', async () => {
  const access = { identify: () => Promise.reject(new Error('asked')), allows: () => false };
  const store = { ...createMemoryStore(), probe: () => Promise.reject(new Error('asked')) };
  await using server = await startTestServer({ access, store });
  expect(await server.send('GET', '/health')).toMatchObject({ status: 200, text: '{"status":"ok"}' });
});

it('/health/ready says why not, and nothing more', async () => {
  const store = { ...createMemoryStore(), probe: () => Promise.reject(new Error('EROFS: /var/lib/registry')) };
  await using server = await startTestServer({ store });
  const answer = await server.send('GET', '/health/ready');
  expect(answer.status).toBe(503);
  expect(answer.json()).toEqual({ status: 'unavailable', reason: 'storage cannot be written' });
  expect(server.log).toContainEqual({
    level: 'error',
    message: 'storage cannot be written',
    fields: { error: 'EROFS: /var/lib/registry' },
  });
});

it('/health/ready probes once a second, however many ask', async () => {
  let probes = 0;
  let now = 5_000;
  const store = {
    ...createMemoryStore(),
    async probe() {
      probes += 1;
      await Promise.resolve();
    },
  };
  await using server = await startTestServer({ store, now: () => now });
  const ask = (): Promise<unknown> =>
    Promise.all(Array.from({ length: 10 }, () => server.send('GET', '/health/ready')));
  await ask();
  now += 999;
  await ask();
  expect(probes).toBe(1);
  now += 1;
  await ask();
  expect(probes).toBe(2);
});

it('/health/ready waits for one slow probe instead of making more', async () => {
  let probes = 0;
  let now = 0;
  let finish: () => void = () => undefined;
  const store = {
    ...createMemoryStore(),
    probe: () => {
      probes += 1;
      return new Promise<void>((resolve) => {
        finish = resolve;
      });
    },
  };
  await using server = await startTestServer({ store, now: () => now });
  const first = server.send('GET', '/health/ready');
  await expect.poll(() => probes).toBe(1);
  now += 60_000;
  const second = server.send('GET', '/health/ready');
  await server.send('GET', '/health');
  finish();
  expect([(await first).status, (await second).status, probes]).toEqual([200, 200, 1]);
});
