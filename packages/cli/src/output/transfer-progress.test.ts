import type { RegistryEvent } from '@squizzle/oci';
import type { Digest } from '@squizzle/oci-spec';
import { expect, it } from 'vitest';
import { createOutput } from './output.ts';
import { createTransferProgress } from './transfer-progress.ts';

const FIRST = `sha256:${'a'.repeat(64)}` as Digest;
const SECOND = `sha256:${'b'.repeat(64)}` as Digest;

interface World {
  readonly env?: Readonly<Record<string, string>>;
  readonly isTTY?: boolean;
  readonly flags?: { readonly quiet?: true; readonly json?: true };
}

function create({ env = {}, isTTY = true, flags = {} }: World = {}) {
  const written: string[] = [];
  let ms = 0;
  const writer = { isTTY, columns: 100, write: (text: string | Uint8Array) => void written.push(String(text)) };
  const environment = { stdout: writer, stderr: writer, env } as unknown as Parameters<typeof createOutput>[0];
  const output = createOutput(environment, { color: false, ...flags });
  const tell = createTransferProgress(output, () => ms);
  return { written, output, at: (now: number, event: RegistryEvent) => ((ms = now), tell(event)) };
}

const progress = (digest: Digest, doneBytes: number, direction: 'push' | 'pull' = 'push'): RegistryEvent => {
  return { type: 'blob-progress', direction, digest, doneBytes, totalBytes: 4_000_000 };
};
const finished = (digest: Digest): RegistryEvent => {
  return { type: 'blob-finished', direction: 'push', digest, totalBytes: 4_000_000, outcome: 'transferred' };
};

it('draws a row for each blob on the way, over the rows before, and takes away those that are done', () => {
  const { written, at } = create();
  at(0, progress(FIRST, 0));
  at(1_000, progress(SECOND, 1_000_000));
  at(2_000, progress(FIRST, 2_000_000));
  at(2_001, finished(FIRST));
  expect(written.map((text) => text.replaceAll('\u001b', '^'))).toEqual([
    'push sha256:aaaaaaaaaaaa [--------------------]   0%  0 B of 4.0 MB',
    '\r^[K',
    'push sha256:aaaaaaaaaaaa [--------------------]   0%  0 B of 4.0 MB  0 B/s\npush sha256:bbbbbbbbbbbb [#####---------------]  25%  1.0 MB of 4.0 MB',
    '\r^[1A^[J',
    'push sha256:aaaaaaaaaaaa [##########----------]  50%  2.0 MB of 4.0 MB  1.0 MB/s\npush sha256:bbbbbbbbbbbb [#####---------------]  25%  1.0 MB of 4.0 MB  1.0 MB/s',
    '\r^[1A^[J',
    'push sha256:bbbbbbbbbbbb [#####---------------]  25%  1.0 MB of 4.0 MB  999.0 kB/s',
  ]);
});

it('draws ten times a second at most', () => {
  const { written, at } = create();
  for (let ms = 0; ms < 1_000; ms++) at(ms, progress(FIRST, ms));
  expect(written.filter((text) => text.startsWith('push'))).toHaveLength(10);
});

it.each([
  { world: { isTTY: false }, why: 'standard error is no terminal' },
  { world: { env: { CI: 'true' } }, why: 'a CI log keeps every line' },
  { world: { flags: { quiet: true } }, why: '--quiet' },
  { world: { flags: { json: true } }, why: '--json' },
] as const)('draws nothing: $why', ({ world }) => {
  const { written, at } = create(world);
  at(0, progress(FIRST, 1));
  at(500, progress(FIRST, 2));
  at(600, finished(FIRST));
  expect(written).toEqual([]);
});

it('tells what the registry says, what is not safe, and what is tried again', () => {
  const { written, at } = create({ isTTY: false });
  const registry = 'ghcr.io';
  at(0, { type: 'warning', registry, text: 'going away' });
  at(0, { type: 'insecure', registry, reason: 'plain-http' });
  at(0, { type: 'retrying', registry, method: 'GET', attempt: 2, waitMs: 250, reason: '503' });
  at(0, { type: 'rate-limit', registry, limit: '100', remaining: '9' });
  expect(written).toEqual([
    'warning: ghcr.io says: going away\n',
    expect.stringMatching(/^warning: ghcr.io: spoken to without TLS/),
    'ghcr.io: GET: 503; try 2 in 250 ms\n',
  ]);
});

it('keeps a message above the rows', () => {
  const { written, output, at } = create();
  at(0, progress(FIRST, 0));
  output.warn('beware');
  at(200, progress(FIRST, 0));
  expect(written.join('').replaceAll('\u001b', '^')).toMatch(/^push.*\r\^\[Kwarning: beware\npush/);
});
