/**
 * One server for one sample: started on an empty folder, ended by its process id, its folder removed, whatever happens.
 *
 * Ready is what answers `/v2/` with 200, for every contender alike.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, mkdirSync, openSync, readFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import http from 'node:http';
import { createServer } from 'node:net';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

/**
 * @typedef {object} Server
 * @property {number} pid
 * @property {string} url without a slash at the end
 * @property {number} startMs from the spawn to the first answer
 */

const READY_WITHIN_MS = 15_000;
const POLL_MS = 5;
const STOP_WITHIN_MS = 10_000;
const ENDED_WITHIN_MS = 300;
const LOG_TAIL = 2_000;

/** What has to end with this process, even when it is ended by an error. */
const running = new Set();
process.on('exit', () => running.forEach((child) => child.kill('SIGKILL')));

/**
 * @template T
 * @param {import('./contenders.mjs').Contender} contender
 * @param {{ folder: string, signal: AbortSignal, nodeFlags?: readonly string[] }} options
 * @param {(server: Server) => Promise<T>} work
 * @returns {Promise<T>}
 * @throws {Error} of `work`, or the end of the server's log when the server ended by itself
 */
export async function withServer(contender, { folder, signal, nodeFlags = [] }, work) {
  signal.throwIfAborted();
  const own = path.join(folder, 'server');
  mkdirSync(own);
  const log = path.join(own, 'access.log');
  const port = await findPort();
  const [program, ...args] = contender.command({ benchFolder: folder, folder: own, port, nodeFlags });
  const start = performance.now();
  const child = spawnLogged(program, args, log);
  const url = `http://127.0.0.1:${port}`;
  try {
    await untilReady(child, url, start, signal);
    return await work({ pid: child.pid, url, startMs: performance.now() - start });
  } catch (error) {
    signal.throwIfAborted();
    if (!(await hasJustEnded(child))) throw error;
    const tail = readFileSync(log, 'utf8').slice(-LOG_TAIL);
    throw new Error(`${contender.name} ended with ${child.exitCode ?? child.signalCode ?? 'no process'}: ${tail}`, {
      cause: error,
    });
  } finally {
    await stop(child);
    await rm(own, { recursive: true, force: true, maxRetries: 5 });
  }
}

/** In a group of its own, so that Ctrl-C reaches it through us alone. */
function spawnLogged(program, args, log) {
  const file = openSync(log, 'a');
  const child = spawn(program, args, { stdio: ['ignore', file, file], detached: true, env: neutralEnvironment() });
  closeSync(file);
  running.add(child);
  child.once('exit', () => running.delete(child));
  child.once('error', () => running.delete(child));
  return child;
}

async function untilReady(child, url, start, signal) {
  while (performance.now() - start < READY_WITHIN_MS) {
    signal.throwIfAborted();
    if (hasEnded(child)) throw new Error('it ended before it was ready');
    const attempt = performance.now();
    if ((await statusOf(`${url}/v2/`)) === 200) return;
    await delay(Math.max(0, POLL_MS - (performance.now() - attempt)));
  }
  throw new Error(`no 200 from ${url}/v2/ in ${READY_WITHIN_MS / 1000} s`);
}

/** On a connection of its own. @returns {Promise<number | undefined>} */
function statusOf(url) {
  return new Promise((resolve) => {
    const outgoing = http.get(url, { agent: false, timeout: READY_WITHIN_MS }, (incoming) => {
      incoming.resume();
      incoming.once('close', () => resolve(incoming.statusCode));
    });
    outgoing.once('timeout', () => outgoing.destroy());
    outgoing.once('error', () => resolve(undefined));
  });
}

async function stop(child) {
  if (child.pid === undefined || hasEnded(child)) return;
  const ended = once(child, 'exit');
  child.kill('SIGTERM');
  const timer = setTimeout(() => {
    console.error(`process ${child.pid} did not end ${STOP_WITHIN_MS / 1000} s after SIGTERM and is killed`);
    child.kill('SIGKILL');
  }, STOP_WITHIN_MS);
  await ended;
  clearTimeout(timer);
}

const hasEnded = ({ pid, exitCode, signalCode }) => pid === undefined || exitCode !== null || signalCode !== null;

/** A connection breaks before its server is known to have ended. */
async function hasJustEnded(child) {
  if (!hasEnded(child)) await Promise.race([once(child, 'exit'), delay(ENDED_WITHIN_MS)]);
  return hasEnded(child);
}

/** Free a moment ago. Whoever takes it in between makes the server end, which is an error and no wrong figure. */
async function findPort() {
  const listener = createServer().listen(0, '127.0.0.1');
  await once(listener, 'listening');
  const { port } = listener.address();
  listener.close();
  await once(listener, 'close');
  return port;
}

/** Ours, without what would configure a server behind the benchmark's back. */
function neutralEnvironment() {
  const disturbing = /^(REGISTRY_|OTEL_|UV_|NODE_OPTIONS$|NODE_ENV$|GOMAXPROCS$|GOGC$|npm_)/;
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !disturbing.test(name)));
}
