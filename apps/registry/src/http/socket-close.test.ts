import { Socket } from 'node:net';
import { expect, it } from 'vitest';
import { onSocketClose } from './socket-close.ts';

it('tells everyone who waits, once, through one listener of the socket', () => {
  const socket = new Socket();
  const calls: string[] = [];
  for (const name of ['a', 'b', 'c']) onSocketClose(socket, () => calls.push(name));
  expect(socket.listenerCount('close')).toBe(1);
  socket.emit('close');
  socket.emit('close');
  expect(calls).toEqual(['a', 'b', 'c']);
});

it('does not tell who waits no more', () => {
  const socket = new Socket();
  const calls: string[] = [];
  const stop = onSocketClose(socket, () => calls.push('gone'));
  onSocketClose(socket, () => calls.push('there'));
  stop();
  socket.emit('close');
  expect(calls).toEqual(['there']);
});

it('tells at once of a socket that is closed already', () => {
  const calls: string[] = [];
  const stop = onSocketClose(new Socket().destroy(), () => calls.push('told'));
  stop();
  expect(calls).toEqual(['told']);
});
