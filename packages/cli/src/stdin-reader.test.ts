import { PassThrough } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { createStdinReader } from './stdin-reader.ts';

/** A terminal that notes, in order, what is asked of it and what is printed. */
function createTerminal(isTTY = true) {
  const log: string[] = [];
  const keys = Object.assign(new PassThrough(), {
    isTTY,
    setRawMode: (raw: boolean) => void log.push(raw ? 'unseen' : 'seen'),
  });
  const reader = createStdinReader(() => keys, { write: (text) => void log.push(String(text)) });
  const listening = () => ['data', 'end', 'error'].map((event) => keys.listenerCount(event));
  return { keys, reader, log, listening };
}

/** Each piece as one read from the terminal. */
async function type(keys: PassThrough, pieces: readonly (string | Uint8Array)[]): Promise<void> {
  for (const piece of pieces) {
    keys.write(piece);
    await new Promise(setImmediate);
  }
}

const [A, EURO] = [Buffer.from('pä€\r').subarray(0, 4), Buffer.from('pä€\r').subarray(4)];

describe('a line that nobody sees', () => {
  it.each([
    { pieces: ['hunter2\r'], line: 'hunter2', why: 'return ends it' },
    { pieces: ['hun', 'ter', '2\n'], line: 'hunter2', why: 'in pieces' },
    { pieces: ['hunterx\u007f2\r'], line: 'hunter2', why: 'a key was corrected' },
    { pieces: ['hunterx', '\b', '2\r'], line: 'hunter2', why: 'a key of the piece before was corrected' },
    { pieces: ['\u007f\u007fa\u0004'], line: 'a', why: 'nothing to correct; Ctrl-D ends it' },
    { pieces: ['\u0004'], line: '', why: 'Ctrl-D at once' },
    { pieces: [A, EURO], line: 'pä€', why: 'a letter of several bytes, in two pieces' },
  ])('is read: $why', async ({ pieces, line }) => {
    const { keys, reader, log } = createTerminal();
    const reading = reader.readHidden('Password: ');
    await type(keys, pieces);
    expect(await reading).toBe(line);
    expect(log, 'unseen before the prompt is printed').toEqual(['unseen', 'Password: ', 'seen', '\n']);
  });

  it.each([
    { pieces: ['one\r', 'two\r'], why: 'one after the other' },
    { pieces: ['one\rtwo\r'], why: 'pasted together' },
    { pieces: ['one\r\ntwo\r\n'], why: 'pasted with both ends of lines' },
    { pieces: ['one\r', '\ntw', 'o\r\n'], why: 'the second half of an end comes later' },
    { pieces: ['one\rt', 'wo\r'], why: 'the first piece has the beginning of the second' },
  ])('can be followed by another: $why', async ({ pieces }) => {
    const { keys, reader, log, listening } = createTerminal();
    const before = listening();
    const typing = type(keys, pieces);
    expect(await reader.readHidden('Password: ')).toBe('one');
    expect([keys.isPaused(), listening()]).toEqual([true, before]);
    expect(await reader.readHidden('Again: ')).toBe('two');
    await typing;
    expect([keys.isPaused(), keys.destroyed, listening()]).toEqual([true, false, before]);
    expect(log).toEqual(['unseen', 'Password: ', 'seen', '\n', 'unseen', 'Again: ', 'seen', '\n']);
  });

  it('of several pieces that wait takes the first, and loses none', async () => {
    const { keys, reader } = createTerminal();
    for (const piece of ['one\r', 'two\r', 'three\r']) keys.write(piece);
    const lines: string[] = [];
    for (const prompt of ['1', '2', '3']) lines.push(await reader.readHidden(prompt));
    expect(lines).toEqual(['one', 'two', 'three']);
  });

  it('ends with the input, at the second prompt too', async () => {
    const { keys, reader } = createTerminal();
    keys.end('abc');
    expect(await reader.readHidden('Password: ')).toBe('abc');
    expect(await reader.readHidden('Again: ')).toBe('');
  });

  it('stops on Ctrl-C, gives the terminal back and forgets what was typed', async () => {
    const { keys, reader, log } = createTerminal();
    keys.write('hunt\u0003er2\r');
    await expect(reader.readHidden('Password: ')).rejects.toMatchObject({ code: 'CANCELLED' });
    expect(log).toEqual(['unseen', 'Password: ', 'seen', '\n']);
    keys.write('new\r');
    expect(await reader.readHidden('Password: ')).toBe('new');
  });

  it('stops when the terminal goes away', async () => {
    const { keys, reader, log } = createTerminal();
    const reading = reader.readHidden('Password: ');
    keys.destroy(Object.assign(new Error('read EIO'), { code: 'EIO' }));
    await expect(reading).rejects.toMatchObject({ code: 'CANCELLED' });
    expect(log.at(-2)).toBe('seen');
  });
});

it('reads all of a pipe, up to a limit', async () => {
  const ofPipe = (pieces: readonly string[]) => {
    const { keys, reader } = createTerminal(false);
    for (const piece of pieces) keys.write(piece);
    keys.end();
    return reader;
  };
  expect(ofPipe([]).isTTY).toBe(false);
  expect(await ofPipe(['hun', 'ter2\n']).read(8)).toBe('hunter2\n');
  await expect(ofPipe(['hunter2\n\n']).read(8)).rejects.toMatchObject({ code: 'USAGE_INVALID' });
});
