import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { collectLines, type LoggedLine } from '../test/http/test-server.ts';
import { createRegistry, ListenError, startRegistry } from './index.ts';

const START = '/v2/team/app/blobs/uploads/';

afterEach(() => {
  vi.useRealTimers();
});

describe('startRegistry', () => {
  it('is a registry on a free port for as long as its scope', async () => {
    let url: string;
    {
      await using registry = await startRegistry();
      ({ url } = registry);
      expect(url).toBe(`http://127.0.0.1:${registry.port}`);
      const answer = await fetch(`${url}/v2/`);
      expect(answer.headers.get('docker-distribution-api-version')).toBe('registry/2.0');
      // Another one beside it is another registry.
      await using other = await startRegistry();
      await fetch(`${url}${START}`, { method: 'POST' });
      expect(other.port).not.toBe(registry.port);
    }
    await expect(fetch(`${url}/v2/`)).rejects.toThrow('fetch failed');
  });

  it('does what its options say', async () => {
    await using registry = await startRegistry({ readOnly: true });
    expect((await fetch(`${registry.url}${START}`, { method: 'POST' })).status).toBe(405);
  });

  it('keeps content in a folder when it is given one', async () => {
    const root = await mkdtemp(join(tmpdir(), 'squizzle-registry-'));
    try {
      const digest = 'sha256:2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824';
      {
        await using registry = await startRegistry({ storage: { root } });
        const pushed = await fetch(`${registry.url}${START}?digest=${digest}`, { method: 'POST', body: 'hello' });
        expect(pushed.status).toBe(201);
      }
      await using again = await startRegistry({ storage: { root } });
      expect(await (await fetch(`${again.url}/v2/team/app/blobs/${digest}`)).text()).toBe('hello');
    } finally {
      await rm(root, { recursive: true });
    }
  });

  it('drops uploads that have expired, again and again, until it stops', async () => {
    vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
    const lines: LoggedLine[] = [];
    const registry = await startRegistry({ uploadExpiryMs: 0, sweepIntervalMs: 1_000, logger: collectLines(lines) });
    const swept = (): LoggedLine[] => lines.filter(({ message }) => message === 'expired uploads removed');
    for (const round of [1, 2]) {
      await fetch(`${registry.url}${START}`, { method: 'POST' });
      vi.advanceTimersByTime(1_000);
      await expect.poll(swept).toHaveLength(round);
    }
    expect(swept()[0]).toMatchObject({ level: 'info', fields: { count: 1 } });
    await registry.stop(0);
    expect(vi.getTimerCount()).toBe(0);
  });

  it('logs a sweep that fails and goes on', async () => {
    vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
    const lines: LoggedLine[] = [];
    await using registry = await startRegistry({ sweepIntervalMs: 1_000, logger: collectLines(lines) });
    Object.assign(registry.store.uploads, { removeExpired: () => Promise.reject(new Error('EIO')) });
    vi.advanceTimersByTime(2_000);
    const failed = { level: 'error', message: 'expired uploads cannot be removed', fields: { error: 'EIO' } };
    await expect.poll(() => lines).toEqual([failed, failed]);
  });

  it('closes its storage when the port is taken', async () => {
    await using first = await startRegistry();
    await expect(startRegistry({ port: first.port })).rejects.toThrow(ListenError);
  });

  it('can be stopped twice', async () => {
    const registry = await startRegistry();
    await registry.stop();
    await registry.stop();
    await expect(registry[Symbol.asyncDispose]()).resolves.toBeUndefined();
  });
});

describe('createRegistry', () => {
  it('serves inside a server that somebody else has', async () => {
    const registry = await createRegistry();
    const server = createServer(registry.listener).listen(0, '127.0.0.1');
    await new Promise((resolve) => server.once('listening', resolve));
    const { port } = server.address() as { port: number };
    const begun = await fetch(`http://127.0.0.1:${port}${START}`, { method: 'POST' });
    expect(begun.status).toBe(202);
    const id = begun.headers.get('docker-upload-uuid') ?? '';
    expect(await registry.store.uploads.status('team/app' as never, id)).toEqual({ id, sizeBytes: 0 });
    server.close();
    server.closeAllConnections();
    await registry.close();
  });
});
