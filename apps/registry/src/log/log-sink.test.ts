import { describe, expect, it } from 'vitest';
import { createLogSink } from './log-sink.ts';

/** A writer and a clock that move when the test says so. */
function createFixture() {
  const written: string[] = [];
  const pending: ((failure?: Error) => void)[] = [];
  let timers: { work: () => void; at: number }[] = [];
  let now = 0;
  const sink = createLogSink({
    write: (text, done) => {
      written.push(text);
      pending.push(done);
    },
    describeLoss: (lines) => `lost ${lines}\n`,
    schedule: (work, delayMs) => {
      const timer = { work, at: now + delayMs };
      timers.push(timer);
      return () => void (timers = timers.filter((each) => each !== timer));
    },
  });
  return {
    sink,
    written,
    /** The write that is under way ends. */
    finish: (failure?: Error) => pending.shift()?.(failure),
    pass: (ms: number) => {
      now += ms;
      for (const timer of timers.filter(({ at }) => at <= now)) {
        timers = timers.filter((each) => each !== timer);
        timer.work();
      }
    },
    isWriting: () => pending.length > 0,
  };
}

const LINE = `${'x'.repeat(1_023)}\n`;

describe('log sink', () => {
  it('writes the first line at once', () => {
    const { sink, written } = createFixture();
    sink.write('a\n');
    expect(written).toEqual(['a\n']);
  });

  it('gathers lines while a write is under way and for 20 ms after', () => {
    const { sink, written, finish, pass } = createFixture();
    sink.write('a\n');
    sink.write('b\n');
    finish();
    sink.write('c\n');
    pass(19);
    expect(written).toEqual(['a\n']);
    pass(1);
    expect(written).toEqual(['a\n', 'b\nc\n']);
  });

  it('writes at once again after a quiet time', () => {
    const { sink, written, finish, pass } = createFixture();
    sink.write('a\n');
    finish();
    pass(20);
    sink.write('b\n');
    expect(written).toEqual(['a\n', 'b\n']);
  });

  it('does not wait with 64 KiB', () => {
    const { sink, written, finish } = createFixture();
    sink.write('a\n');
    finish();
    for (let count = 0; count < 63; count += 1) sink.write(LINE);
    expect(written).toHaveLength(1);
    sink.write(LINE);
    expect(written[1]).toBe(LINE.repeat(64));
  });

  it('keeps one write under way, whatever comes', () => {
    const { sink, written, pass } = createFixture();
    for (let count = 0; count < 200; count += 1) sink.write(LINE);
    pass(10_000);
    expect(written).toEqual([LINE]);
  });

  it('holds a megabyte for a reader that is stuck, drops what comes then, and says how much', () => {
    const { sink, written, finish, pass } = createFixture();
    for (let count = 0; count < 1_024 + 7; count += 1) sink.write(LINE);
    finish();
    pass(20);
    expect(written).toEqual([LINE, `${LINE.repeat(1_023)}lost 7\n`]);
    finish();
    sink.write('after\n');
    pass(20);
    expect(written.at(-1)).toBe('after\n');
  });

  it('counts the lines of a write that failed, and tries again after a second', () => {
    const { sink, written, finish, pass } = createFixture();
    sink.write('a\n');
    sink.write('b\n');
    finish(new Error('ENOSPC'));
    sink.write('c\n');
    pass(999);
    expect(written).toEqual(['a\n']);
    pass(1);
    expect(written.at(-1)).toBe('b\nc\nlost 1\n');
    finish(new Error('ENOSPC'));
    pass(1_000);
    expect(written.at(-1)).toBe('lost 3\n');
  });

  it('ends when all is written', async () => {
    const { sink, written, finish } = createFixture();
    sink.write('a\n');
    sink.write('b\n');
    const ended = sink.end(1_000);
    finish();
    finish();
    await ended;
    expect(written).toEqual(['a\n', 'b\n']);
  });

  it('ends at once when nothing is left', async () => {
    const { sink, finish, isWriting } = createFixture();
    await sink.end(1_000);
    sink.write('a\n');
    finish();
    await sink.end(1_000);
    expect(isWriting()).toBe(false);
  });

  it.each([
    { failure: undefined, why: 'a reader that is stuck' },
    { failure: new Error('EPIPE'), why: 'a reader that has left' },
  ])('ends in time with $why', async ({ failure }) => {
    const { sink, finish, pass } = createFixture();
    sink.write('a\n');
    let hasEnded = false;
    const ended = sink.end(500).then(() => (hasEnded = true));
    if (failure !== undefined) finish(failure);
    pass(499);
    await Promise.resolve();
    expect(hasEnded).toBe(false);
    pass(1);
    await ended;
  });

  it('writes in order through a real timer', async () => {
    let text = '';
    const sink = createLogSink({
      write: (piece, done) => {
        text += piece;
        queueMicrotask(done);
      },
      describeLoss: String,
    });
    for (let count = 0; count < 10; count += 1) sink.write(`${count}\n`);
    await sink.end(1_000);
    expect(text).toBe('0\n1\n2\n3\n4\n5\n6\n7\n8\n9\n');
  });
});
