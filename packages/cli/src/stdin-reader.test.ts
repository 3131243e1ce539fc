import { expect, it } from 'vitest';
import { createStdinReader, type InputStream } from './stdin-reader.ts';

function createStream(chunks: readonly string[], isTTY = true) {
  const modes: boolean[] = [];
  const stream: InputStream = {
    isTTY,
    setRawMode: (raw) => void modes.push(raw),
    pause: () => undefined,
    async *[Symbol.asyncIterator]() {
      for (const chunk of chunks) yield new TextEncoder().encode(chunk);
    },
  };
  const written: string[] = [];
  const reader = createStdinReader(() => stream, { write: (text) => void written.push(String(text)) });
  return { reader, modes, written };
}

it.each([
  { chunks: ['hunter2\r'], line: 'hunter2', why: 'return ends it' },
  { chunks: ['hun', 'ter', '2\n', 'more'], line: 'hunter2', why: 'in pieces; the rest is not read' },
  { chunks: ['hunterx\u007f2\r'], line: 'hunter2', why: 'a key was corrected' },
  { chunks: ['\u007f\u007fa\u0004'], line: 'a', why: 'nothing to correct; Ctrl-D ends it' },
  { chunks: ['pä€\r'], line: 'pä€', why: 'other letters' },
  { chunks: ['abc'], line: 'abc', why: 'input ended' },
])('reads a line that nobody sees: $why', async ({ chunks, line }) => {
  const { reader, modes, written } = createStream(chunks);
  expect(await reader.readHidden('Password: ')).toBe(line);
  expect(modes).toEqual([true, false]);
  expect(written).toEqual(['Password: ', '\n']);
});

it('stops on Ctrl-C and gives the terminal back', async () => {
  const { reader, modes } = createStream(['hunt\u0003er2\r']);
  await expect(reader.readHidden('Password: ')).rejects.toMatchObject({ code: 'CANCELLED' });
  expect(modes).toEqual([true, false]);
});

it('reads all of a pipe, up to a limit', async () => {
  expect(createStream([], false).reader.isTTY).toBe(false);
  expect(await createStream(['hun', 'ter2\n'], false).reader.read(8)).toBe('hunter2\n');
  await expect(createStream(['hunter2\n\n'], false).reader.read(8)).rejects.toMatchObject({ code: 'USAGE_INVALID' });
});
