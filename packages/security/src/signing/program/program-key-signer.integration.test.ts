import { execFileSync, spawnSync } from 'node:child_process';
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { generateKeyPairSync, verify } from 'node:crypto';
import { afterAll, describe, expect, it } from 'vitest';
import { expectSecretFree, thrownBy } from '../../../test/told-by.ts';
import { createProgramKeySigner } from './program-key-signer.ts';

const TOKEN = 'planted4711tokenplanted4711';
const BYTES = Buffer.from('what is signed');
const folder = mkdtempSync(join(tmpdir(), 'squizzle-program-'));
afterAll(() => rmSync(folder, { recursive: true }));

const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
writeFileSync(join(folder, 'key.pem'), privateKey.export({ format: 'pem', type: 'pkcs8' }));
writeFileSync(join(folder, 'key.pub'), publicKey.export({ format: 'pem', type: 'spki' }));

/** A program of Node, whose body sees `verb`, `rest` (arguments before it) and `input`. */
function program(body: string): string {
  const path = join(folder, `hsm-${Math.random().toString(36).slice(2)}`);
  const prelude = `const fs = require('node:fs'); const crypto = require('node:crypto');
    const [verb, ...rest] = process.argv.slice(2).reverse(); const input = fs.readFileSync(0);
    const pub = fs.readFileSync('${folder}/key.pub', 'utf8'); const key = fs.readFileSync('${folder}/key.pem', 'utf8');`;
  writeFileSync(path, `#!${process.execPath}\n${prelude}\n${body}\n`);
  chmodSync(path, 0o755);
  return path;
}
const HONEST = `process.stdout.write(verb === 'public-key' ? pub : crypto.sign('sha256', input, key).toString('base64'));`;
const signer = (command: string, more: object = {}) =>
  createProgramKeySigner({ command, env: { PATH: process.env['PATH'], HOME: '/home/ann', ...more } });

/** As `ps` has it; empty: there is no such process. */
function statesOf(pid: string): string {
  return spawnSync('ps', ['-o', 'stat=', '-p', pid], { encoding: 'utf8' }).stdout.trim();
}

describe('createProgramKeySigner', () => {
  it('signs with the program, and shows none of its arguments', async () => {
    const key = signer(`${program(HONEST)}  --slot 3`);
    expect(verify('sha256', BYTES, publicKey, await key.sign(BYTES))).toBe(true);
    expect(key.description).toMatch(/^exec:hsm-\w+$/);
  });

  it('works with a script of one line of OpenSSL', async () => {
    const path = join(folder, 'with-openssl');
    const script = `#!/bin/sh\ncase "$1" in public-key) cat ${folder}/key.pub ;; sign) openssl dgst -sha256 -sign ${folder}/key.pem | base64 ;; esac\n`;
    writeFileSync(path, script, { mode: 0o755 });
    execFileSync('openssl', ['version']);
    expect(verify('sha256', BYTES, publicKey, await signer(path).sign(BYTES))).toBe(true);
  });

  it('gives arguments as they are, without a shell, and an environment without passwords', async () => {
    const note = join(folder, 'note.json');
    const body = `fs.writeFileSync('${note}', JSON.stringify({ rest, env: process.env })); ${HONEST}`;
    const secrets = {
      SQUIZZLE_KEY_PASSWORD: TOKEN,
      COSIGN_PASSWORD: TOKEN,
      PGPASSWORD: TOKEN,
      VAULT_ADDR: 'https://v',
    };
    await signer(`${program(body)} $(id) "a;b" *`, secrets).publicKey();
    const { rest, env } = JSON.parse(readFileSync(note, 'utf8')) as { rest: string[]; env: object };
    expect(rest.toReversed()).toEqual(['$(id)', '"a;b"', '*']);
    expect(Object.keys(env)).toEqual(expect.arrayContaining(['PATH', 'HOME', 'VAULT_ADDR']));
    expect(JSON.stringify(env)).not.toContain(TOKEN);
  });

  it.each([
    { fault: 'a key that is none', body: `console.log('hello')`, tells: 'has no public key' },
    {
      fault: 'a signature of another key',
      body: `process.stdout.write(verb === 'public-key' ? pub : crypto.sign('sha256', input, crypto.generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey).toString('base64'))`,
      tells: 'does not fit its public key',
    },
    {
      fault: 'a signature that is no base64',
      body: `process.stdout.write(verb === 'public-key' ? pub : 'signed!')`,
      tells: 'printed no base64',
    },
    {
      fault: 'white space without end, and no signature',
      body: `process.stdout.write(verb === 'public-key' ? pub : ' '.repeat(60000) + '!')`,
      tells: 'printed no base64',
    },
    {
      fault: 'base64 that is far too long for a signature',
      body: `process.stdout.write(verb === 'public-key' ? pub : 'A'.repeat(60000))`,
      tells: 'printed no base64',
    },
    {
      fault: 'no signature',
      body: `process.stdout.write(verb === 'public-key' ? pub : '')`,
      tells: 'printed no base64',
    },
    {
      fault: 'a failure, with the first line of what it says',
      body: `console.error('\\nno device\\u001b[31m\\nkey ${TOKEN}'); process.exitCode = 3`,
      tells: "'public-key' ended with 3 and said: no device",
    },
    {
      fault: 'a failure that prints a token',
      body: `console.error('bad token ${TOKEN}'); process.exitCode = 1`,
      tells: 'and said: bad token ***',
    },
    {
      fault: 'a crash',
      body: `process.kill(process.pid, 'SIGKILL'); setTimeout(() => {}, 1000)`,
      tells: 'was ended by a signal',
    },
    {
      fault: 'an answer without end',
      body: `process.stdout.write('x'.repeat(70000)); setTimeout(() => {}, 60000)`,
      tells: 'said more than 65536 bytes',
    },
    {
      fault: 'no answer in time',
      body: `setTimeout(() => {}, 60000)`,
      tells: 'did not end within 700 ms',
      timeoutMs: 700,
    },
  ])('tells $fault with KEY_UNUSABLE', async ({ body, tells, timeoutMs }) => {
    const command = `${program(body)} --pin planted-argument`;
    const key = createProgramKeySigner({ command, env: { PATH: process.env['PATH'] }, timeoutMs });
    const begun = performance.now();
    const error = await thrownBy(() => key.sign(BYTES));
    expect(performance.now() - begun, 'looking through what it printed takes no time').toBeLessThan(2500);
    expect(error.code).toBe('KEY_UNUSABLE');
    expect(error.message).toContain(tells);
    expectSecretFree(error, [TOKEN, 'planted-argument']);
  });

  it('takes the signature of one that ends without reading', async () => {
    const path = join(folder, 'deaf');
    writeFileSync(path, `#!/bin/sh\nexec 0<&-\ncat ${folder}/key.pub\n`, { mode: 0o755 });
    expect((await signer(path).publicKey()).equals(publicKey)).toBe(true);
  });

  it('tells of a file that is no program', async () => {
    const error = await thrownBy(() => signer(join(folder, 'key.pem')).publicKey());
    expect(error).toMatchObject({ code: 'KEY_UNUSABLE', message: expect.stringContaining('(EACCES)') as string });
  });

  it.each([
    { how: 'when the time is over', body: 'sleep 60', timeoutMs: 700, stopAfterMs: null, fails: 'did not end within' },
    {
      how: 'when it floods',
      body: 'sleep 60 & cat /dev/zero',
      timeoutMs: 5000,
      stopAfterMs: null,
      fails: 'said more than',
    },
    { how: 'when it is told to', body: 'sleep 60', timeoutMs: 5000, stopAfterMs: 300, fails: 'enough' },
    {
      how: 'also when the program itself ended before',
      body: 'sleep 60 & exit 0',
      timeoutMs: 700,
      stopAfterMs: null,
      fails: 'did not end within',
    },
  ])('stops what the program started, $how', async ({ body, timeoutMs, stopAfterMs, fails }) => {
    const [path, note] = [join(folder, `starts-${String(stopAfterMs)}`), join(folder, 'started')];
    rmSync(note, { force: true });
    writeFileSync(path, `#!/bin/sh\nsleep 60 &\necho $$ $! > ${note}\n${body}\n`, { mode: 0o755 });
    const stop = new AbortController();
    if (stopAfterMs !== null) setTimeout(() => stop.abort(new Error('enough')), stopAfterMs);
    const key = createProgramKeySigner({ command: path, env: { PATH: process.env['PATH'] }, timeoutMs });
    await expect(key.publicKey({ signal: stop.signal })).rejects.toThrow(fails);
    const [leader = '', started = ''] = readFileSync(note, 'utf8').trim().split(' ');
    // The program is waited for here, and is not even a zombie. What it started belongs to the system's first process.
    await expect.poll(() => statesOf(leader)).toBe('');
    await expect.poll(() => statesOf(started)).toMatch(/^(?:Z.*)?$/);
  });

  it('stops the program when it is told to', async () => {
    const stop = new AbortController();
    setTimeout(() => stop.abort(new Error('enough')), 50);
    const begun = performance.now();
    await expect(signer(program('setTimeout(() => {}, 60000)')).publicKey({ signal: stop.signal })).rejects.toThrow(
      'enough',
    );
    expect(performance.now() - begun).toBeLessThan(5000);
  });
});
