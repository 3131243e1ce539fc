import { describe, expect, it } from 'vitest';
import { contentOf, pushBlob } from '../../test/http/content.ts';
import { startTestServer } from '../../test/http/test-server.ts';
import type { Store } from '../storage/contracts.ts';
import { createMemoryStore } from '../storage/memory/memory-store.ts';

const AHEAD = 200;

/** A store that counts the blobs that are open. */
function countOpen(): { store: Store; open: () => number; most: () => number; opened: () => number } {
  const store = createMemoryStore();
  let [now, most, opened] = [0, 0, 0];
  const open: Store['blobs']['open'] = async (...args) => {
    const reader = await store.blobs.open(...args);
    if (reader === undefined) return undefined;
    opened += 1;
    most = Math.max(most, ++now);
    return {
      ...reader,
      async close() {
        now -= 1;
        await reader.close();
      },
    };
  };
  return {
    store: { ...store, blobs: { ...store.blobs, open } },
    open: () => now,
    most: () => most,
    opened: () => opened,
  };
}

describe('requests that a client sends ahead', () => {
  it('are served one after another, in their order, and hold one blob at a time', async () => {
    const counted = countOpen();
    await using server = await startTestServer({ store: counted.store });
    const blob = contentOf('x'.repeat(100_000));
    await pushBlob(server, 'a', blob);
    const client = await server.connect();
    const requests = Array.from(
      { length: AHEAD },
      (_, at) =>
        `GET /v2/a/blobs/${blob.digest} HTTP/1.1\r\nHost: a\r\nX-Request-Id: n${at}\r\nRange: bytes=0-70000\r\n\r\n`,
    );
    client.write(`${requests.join('')}GET /health HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n`);
    const answers = await client.closed();
    const ids = Array.from(answers.matchAll(/X-Request-Id: (n\d+)/g), ([, id]) => id);
    expect(ids).toEqual(Array.from({ length: AHEAD }, (_, at) => `n${at}`));
    expect(counted.most()).toBe(1);
  });

  it('are not served at all to a client that has gone', async () => {
    const counted = countOpen();
    await using server = await startTestServer({ store: counted.store });
    const blob = contentOf('x'.repeat(8_000_000));
    await pushBlob(server, 'a', blob);
    const client = await server.connect();
    client.socket.pause();
    client.write(`GET /v2/a/blobs/${blob.digest} HTTP/1.1\r\nHost: a\r\n\r\n`.repeat(AHEAD));
    await expect.poll(counted.opened).toBe(1);
    client.socket.destroy();
    await expect.poll(counted.open).toBe(0);
    expect((await server.send('GET', '/health')).status).toBe(200);
    expect(counted.opened()).toBe(1);
  });
});
