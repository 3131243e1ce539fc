import { Writable } from 'node:stream';
import { expect, it } from 'vitest';
import { createStreamWriter } from './stream-writer.ts';

it('writes until all is out', async () => {
  const chunks: string[] = [];
  const slow = new Writable({
    write: (chunk: Buffer, _encoding, done) => {
      chunks.push(chunk.toString());
      setTimeout(done, 1);
    },
  });
  const writer = createStreamWriter(slow);
  writer.write('a');
  writer.write(new Uint8Array([98]));
  await writer.drain();
  expect(chunks.join('')).toBe('ab');
  expect(writer).toMatchObject({ isTTY: false, columns: 80 });
});

it.each([
  { columns: 120, expected: 120, why: 'a terminal' },
  { columns: 0, expected: 80, why: 'a terminal that does not know its width' },
])('is $expected columns wide: $why', ({ columns, expected }) => {
  const stream = Object.assign(new Writable(), { isTTY: true, columns });
  expect(createStreamWriter(stream)).toMatchObject({ isTTY: true, columns: expected });
});

it('is silent once its reader has left', async () => {
  let writes = 0;
  const closed = new Writable({
    write: (_chunk, _encoding, done) => {
      writes += 1;
      done(Object.assign(new Error('EPIPE'), { code: 'EPIPE' }));
    },
  });
  const writer = createStreamWriter(closed);
  writer.write('a');
  await writer.drain();
  writer.write('b');
  await writer.drain();
  expect(writes).toBe(1);
  expect(writer.fault()).toBeUndefined();
});

it('remembers any other fault', async () => {
  const full = new Writable({
    write: (_chunk, _encoding, done) => done(Object.assign(new Error('full'), { code: 'ENOSPC' })),
  });
  const writer = createStreamWriter(full);
  writer.write('a');
  await writer.drain();
  expect(writer.fault()).toMatchObject({ code: 'ENOSPC' });
});
