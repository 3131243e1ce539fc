/**
 * Preloaded into a program that must not use the network: whoever tries ends it with a code that nothing else has, and
 * is named.
 *
 * @module
 */

export const POISONED = 97;

const SCRIPT = `
import childProcess from 'node:child_process';
import dgram from 'node:dgram';
import dns from 'node:dns';
import { syncBuiltinESMExports } from 'node:module';
import net from 'node:net';
import { writeSync } from 'node:fs';
const poison = (owner, names) => {
  for (const name of names) {
    const end = () => { writeSync(2, 'POISONED: ' + name + '\\n'); process.exit(${POISONED}); };
    Object.defineProperty(owner, name, { value: end });
  }
};
const resolves = ['resolve', 'resolve4', 'resolve6'];
poison(net.Socket.prototype, ['connect']);
poison(dns, ['lookup', ...resolves]);
poison(dns.promises, ['lookup', ...resolves]);
poison(dns.Resolver.prototype, resolves);
poison(dgram, ['createSocket']);
poison(childProcess, ['spawn', 'execFile', 'exec', 'fork']);
syncBuiltinESMExports();
`;

/** For the environment of a program. */
export const POISON = { NODE_OPTIONS: `--import data:text/javascript,${encodeURIComponent(SCRIPT)}` };
