import { generateKeyPairSync, verify } from 'node:crypto';
import { describe, expect, it, vi } from 'vitest';
import { expectSecretFree, thrownBy } from '../../test/told-by.ts';
import { checkSignature } from './check-signature.ts';
import { createFileKeySigner } from './file-key-signer.ts';
import { openKeySigner, type OpenKeyOptions } from './open-key-signer.ts';

const PASSWORD = 'planted-password-4711';
const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const plain = String(privateKey.export({ format: 'pem', type: 'pkcs8' }));
// Quicker to open than cosign's, and as encrypted.
const encrypted = String(
  privateKey.export({ format: 'pem', type: 'pkcs8', cipher: 'aes-256-cbc', passphrase: PASSWORD }),
);
const BYTES = Buffer.from('what is signed');

const files: Readonly<Record<string, string | Error>> = {
  'plain.key': plain,
  'sealed.key': encrypted,
  'empty.key': '',
  'large.key': 'x'.repeat(70_000),
  'locked.key': Object.assign(new Error(`quotes ${PASSWORD}`), { code: 'EACCES' }),
  'strange.key': new Error(`quotes ${PASSWORD}`),
};
const options = (more: Partial<OpenKeyOptions> = {}): OpenKeyOptions => ({
  env: {},
  password: () => Promise.resolve(PASSWORD),
  readFile: (path) => {
    const file = files[path] ?? Object.assign(new Error('ENOENT'), { code: 'ENOENT' });
    return typeof file === 'string' ? Promise.resolve(Buffer.from(file)) : Promise.reject(file);
  },
  ...more,
});

describe('openKeySigner with a file', () => {
  it.each(['plain.key', 'sealed.key'])('signs with %s', async (path) => {
    const signer = await openKeySigner(path, options());
    expect(verify('sha256', BYTES, publicKey, await signer.sign(BYTES))).toBe(true);
    expect(signer.description).toBe(`key file ${path}`);
  });

  it('asks for a password only when the key has one', async () => {
    const password = vi.fn<() => Promise<string>>(() => Promise.resolve(PASSWORD));
    await openKeySigner('plain.key', options({ password }));
    expect(password).not.toHaveBeenCalled();
    await openKeySigner('sealed.key', options({ password }));
    expect(password).toHaveBeenCalledOnce();
  });

  it.each([
    {
      fault: 'a wrong password',
      path: 'sealed.key',
      password: 'another-secret',
      tells: 'see that it is the right one',
    },
    { fault: 'nobody to ask for the password', path: 'sealed.key', password: null, tells: 'SQUIZZLE_KEY_PASSWORD' },
    { fault: 'an empty file', path: 'empty.key', password: null, tells: 'is empty' },
    { fault: 'a large file', path: 'large.key', password: null, tells: 'over 64 KiB' },
    { fault: 'no file', path: 'missing.key', password: null, tells: 'squizzle key generate' },
    { fault: 'a file of somebody else', path: 'locked.key', password: null, tells: 'cannot be read (EACCES)' },
    { fault: 'another fault of the disk', path: 'strange.key', password: null, tells: 'cannot be read:' },
    { fault: 'no path', path: '', password: null, tells: 'give the path of a key file' },
    { fault: "Amazon's keys", path: 'awskms:///alias/x', password: null, tells: "write 'exec:'" },
    { fault: "Google's keys", path: 'gcpkms://projects/p', password: null, tells: "write 'exec:'" },
    { fault: "Azure's keys", path: 'azurekms://vault/key', password: null, tells: "write 'exec:'" },
    {
      fault: 'the key itself in the place of its path',
      path: plain,
      password: null,
      tells: 'give the path of the file',
    },
    {
      fault: 'half a key in one line',
      path: `-----BEGIN ${plain.slice(40, 80)}`,
      password: null,
      tells: 'give the path of the file',
    },
    { fault: 'a program without a name', path: 'exec: ', password: null, tells: 'names no program' },
    {
      fault: 'a program that is not there',
      path: 'exec:./nowhere/program x',
      password: null,
      tells: 'exec:./nowhere/program: is no file that is there',
    },
    {
      fault: 'a program that is not in PATH',
      path: 'exec:squizzle-no-such-program x',
      password: null,
      tells: 'exec:squizzle-no-such-program: is not installed',
    },
  ])('tells of $fault at once', async ({ path, password, tells }) => {
    const error = await thrownBy(() => openKeySigner(path, options({ password: () => Promise.resolve(password) })));
    expect(error.code).toBe('KEY_UNUSABLE');
    expect(error.message).toContain(tells);
    expectSecretFree(error, [PASSWORD, 'another-secret', plain.slice(40, 80)]);
  });

  it('keeps what the password prompt throws, and the reason of the signal', async () => {
    const gone = new Error('terminal gone');
    await expect(openKeySigner('sealed.key', options({ password: () => Promise.reject(gone) }))).rejects.toBe(gone);
    await expect(openKeySigner('plain.key', options({ signal: AbortSignal.abort(gone) }))).rejects.toBe(gone);
  });
});

describe('createFileKeySigner', () => {
  it('tells of a bad key when it is used, every time', async () => {
    const signer = createFileKeySigner({ pem: 'no key', password: null, origin: 'ci.key' });
    for (const use of [() => signer.publicKey(), () => signer.sign(BYTES), () => signer.publicKey()]) {
      expect((await thrownBy(use)).code).toBe('KEY_UNUSABLE');
    }
  });
});

it.each([
  {
    fault: 'of other bytes',
    signature: () => createFileKeySigner({ pem: plain, password: null, origin: 'x' }).sign(Buffer.from('other')),
  },
  { fault: 'that is none', signature: () => Promise.resolve(Buffer.from('x')) },
  { fault: 'that is empty', signature: () => Promise.resolve(Buffer.alloc(0)) },
])('a signature $fault does not leave its signer', async ({ signature }) => {
  const found = await signature();
  expect(() => checkSignature(publicKey, BYTES, found, 'ci.key')).toThrow('does not fit its public key');
});
