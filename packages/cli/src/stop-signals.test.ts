import { EventEmitter } from 'node:events';
import { isSquizzleError } from '@squizzle/core';
import { expect, it } from 'vitest';
import { listenForSignals } from './stop-signals.ts';

function createSource() {
  const exits: number[] = [];
  const source = Object.assign(new EventEmitter(), { exit: (code: number) => void exits.push(code) });
  return { source, exits };
}

it.each(['SIGINT', 'SIGTERM'] as const)('%s aborts once', (name) => {
  const { source, exits } = createSource();
  const { signal, stoppedBy } = listenForSignals(source);
  expect(stoppedBy()).toBeNull();
  source.emit(name);
  expect(stoppedBy()).toBe(name);
  expect(isSquizzleError(signal.reason, 'CANCELLED')).toBe(true);
  expect(exits).toEqual([]);
});

it.each([
  ['SIGINT', 130],
  ['SIGTERM', 143],
] as const)('a second signal, %s, ends the process with %i', (name, code) => {
  const { source, exits } = createSource();
  const { stoppedBy } = listenForSignals(source);
  source.emit('SIGTERM');
  source.emit(name);
  expect(exits).toEqual([code]);
  expect(stoppedBy()).toBe('SIGTERM');
});
