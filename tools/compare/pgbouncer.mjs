/**
 * PgBouncer in transaction mode, as Debian packs it. It refuses to run as root; root starts it in a user namespace.
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { getuid } from 'node:process';
import { start, until } from './processes.mjs';
import { connect } from './sql.mjs';

const NAMESPACE = ['unshare', '-U', '--map-user=65534', '--map-group=65534'];
export const hasPgBouncer = () => spawnSync('pgbouncer', ['--version']).status === 0;

/** @param {import('./world.mjs').World} world @returns {Promise<{ url: (direct: string) => string, close: () => Promise<void> }>} */
export async function openPgBouncer(world) {
  const target = world.port;
  const folder = mkdtempSync(path.join(tmpdir(), 'squizzle-pgbouncer-'));
  world.onClose(() => rmSync(folder, { recursive: true, force: true }));
  const port = await freePort();
  const file = path.join(folder, 'pgbouncer.ini');
  writeFileSync(file, configOf(target, port));
  const running = start([...(getuid() === 0 ? NAMESPACE : []), 'pgbouncer', file], { cwd: folder });
  const url = (direct) => direct.replace(`:${target}/`, `:${port}/`);
  const close = async () => {
    running.kill('SIGINT');
    await running.within(3000);
    rmSync(folder, { recursive: true, force: true });
  };
  try {
    await until('PgBouncer answers', () => answers(url(`postgres://postgres@127.0.0.1:${target}/postgres`)));
  } catch (error) {
    await close();
    throw error;
  }
  return { url, close };
}

async function answers(url) {
  try {
    const client = await connect(url);
    await client.end();
    return true;
  } catch {
    return false;
  }
}

const configOf = (target, port) => `[databases]
* = host=127.0.0.1 port=${target} user=postgres
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = ${port}
unix_socket_dir =
auth_type = any
pool_mode = transaction
default_pool_size = 8
ignore_startup_parameters = extra_float_digits,options
`;

function freePort() {
  return new Promise((done, fail) => {
    const server = createServer().once('error', fail);
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address();
      server.close(() => done(port));
    });
  });
}
