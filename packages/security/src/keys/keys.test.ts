import { createHash, createPrivateKey, createPublicKey, generateKeyPairSync, sign, verify } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { keyFormsOf } from '../../test/key-forms.ts';
import { rsaKeyPair } from '../../test/rsa-key-pair.ts';
import { expectSecretFree, thrownBy } from '../../test/told-by.ts';
import { generateKeyPair, type KeyPairFiles } from './generate-key-pair.ts';
import { keyFingerprint, keyHint } from './key-fingerprint.ts';
import { isEncryptedKey, readPrivateKey } from './read-private-key.ts';
import { readPublicKey } from './read-public-key.ts';

const PASSWORD = 'planted-password-4711';
const vectors = join(process.env['SQUIZZLE_FIXTURES'] ?? '/nowhere', 'cosign-vectors/key');
const vector = (name: string): string => readFileSync(join(vectors, name), 'utf8');

/** A pair of any kind, as PEM. */
function pairOf(kind: string): { readonly pkcs8: string; readonly spki: string } {
  const { privateKey, publicKey } =
    kind === 'ed25519'
      ? generateKeyPairSync('ed25519')
      : kind === 'x25519'
        ? generateKeyPairSync('x25519')
        : kind === 'rsa 1024'
          ? generateKeyPairSync('rsa', { modulusLength: 1024 })
          : generateKeyPairSync('ec', { namedCurve: kind });
  return {
    pkcs8: String(privateKey.export({ format: 'pem', type: 'pkcs8' })),
    spki: String(publicKey.export({ format: 'pem', type: 'spki' })),
  };
}

/** A PEM block with a text of ours in it, as cosign's files have. */
const block = (content: string, label = 'ENCRYPTED SIGSTORE PRIVATE KEY'): string =>
  `-----BEGIN ${label}-----\n${Buffer.from(content).toString('base64')}\n-----END ${label}-----\n`;
const contentOf = (pem: string): string => Buffer.from(pem.replace(/-----[^-]*-----|\s/g, ''), 'base64').toString();

// Making a key of a password takes long, so tests share one key file.
let sealed: KeyPairFiles;
beforeAll(async () => {
  sealed = await generateKeyPair(PASSWORD);
});

describe('generateKeyPair', () => {
  it('writes the file as go-securesystemslib and cosign write it', () => {
    const lines = sealed.privateKeyPem.split('\n');
    expect(lines[0]).toBe('-----BEGIN ENCRYPTED SIGSTORE PRIVATE KEY-----');
    expect(lines.slice(-2)).toEqual(['-----END ENCRYPTED SIGSTORE PRIVATE KEY-----', '']);
    const body = lines.slice(1, -2);
    expect(new Set(body.slice(0, -1).map((line) => line.length))).toEqual(new Set([64]));
    const base64 = '[A-Za-z0-9+/]+={0,2}';
    expect(contentOf(sealed.privateKeyPem)).toMatch(
      new RegExp(
        `^\\{"kdf":\\{"name":"scrypt","params":\\{"N":65536,"r":8,"p":1\\},"salt":"${base64}"\\},` +
          `"cipher":\\{"name":"nacl/secretbox","nonce":"${base64}"\\},"ciphertext":"${base64}"\\}$`,
      ),
    );
    const { kdf, cipher } = JSON.parse(contentOf(sealed.privateKeyPem)) as {
      kdf: { salt: string };
      cipher: { nonce: string };
    };
    expect(Buffer.from(kdf.salt, 'base64')).toHaveLength(32);
    expect(Buffer.from(cipher.nonce, 'base64')).toHaveLength(24);
  });

  it('makes a pair that fits, ECDSA over P-256', async () => {
    const key = await readPrivateKey(sealed.privateKeyPem, PASSWORD, 'ci.key');
    const publicKey = readPublicKey(sealed.publicKeyPem, 'ci.pub');
    expect(publicKey.asymmetricKeyDetails).toEqual({ namedCurve: 'prime256v1' });
    expect(verify('sha256', Buffer.from('x'), publicKey, sign('sha256', Buffer.from('x'), key))).toBe(true);
  });

  it('without a password writes PKCS#8', async () => {
    const { privateKeyPem, publicKeyPem } = await generateKeyPair(null);
    expect(privateKeyPem).toMatch(/^-----BEGIN PRIVATE KEY-----\n/);
    expect(keyHint(createPrivateKey(privateKeyPem))).toBe(keyHint(createPublicKey(publicKeyPem)));
  });

  it('refuses an empty password, which is a variable that was not set', async () => {
    await expect(generateKeyPair('')).rejects.toMatchObject({ code: 'KEY_UNUSABLE' });
  });
});

describe.skipIf(!existsSync(vectors))("cosign's own key (fixtures)", () => {
  it('is read with its password, and is the key of its public file', async () => {
    const key = await readPrivateKey(vector('sk.private'), vector('password.txt').trim(), 'sk.private');
    expect(keyFingerprint(key)).toBe(keyFingerprint(readPublicKey(vector('sk.pub'), 'sk.pub')));
  });
});

describe('readPrivateKey', () => {
  const ec = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const rsa = rsaKeyPair();
  const encryption = { cipher: 'aes-256-cbc', passphrase: PASSWORD };
  const pem = (type: 'pkcs8' | 'sec1', extra: object = {}): string =>
    String(ec.privateKey.export({ format: 'pem', type, ...extra } as never));

  it.each([
    { form: 'PKCS#8', text: pem('pkcs8'), encrypted: false },
    { form: 'encrypted PKCS#8', text: pem('pkcs8', encryption), encrypted: true },
    { form: 'SEC1', text: pem('sec1'), encrypted: false },
    { form: "OpenSSL's older encryption", text: pem('sec1', encryption), encrypted: true },
    {
      form: 'what openssl ecparam writes, parameters before the key',
      text: `-----BEGIN EC PARAMETERS-----\nBggqhkjOPQMBBw==\n-----END EC PARAMETERS-----\n${pem('sec1')}`,
      encrypted: false,
    },
    {
      form: 'Windows line ends and words around it',
      text: `ci key\r\n${pem('pkcs8').replaceAll('\n', '\r\n')}bye`,
      encrypted: false,
    },
    { form: 'PKCS#1', text: String(rsa.privateKey.export({ format: 'pem', type: 'pkcs1' })), encrypted: false },
  ])('reads $form', async ({ text, encrypted, form }) => {
    expect(isEncryptedKey(text, 'a.key')).toBe(encrypted);
    const key = await readPrivateKey(text, encrypted ? PASSWORD : null, 'a.key');
    expect(keyHint(key)).toBe(keyHint(form === 'PKCS#1' ? rsa.publicKey : ec.publicKey));
  });

  const edited = (edit: (box: Record<string, never>) => unknown): string => {
    const box = JSON.parse(contentOf(sealed.privateKeyPem)) as Record<string, never>;
    edit(box);
    return block(JSON.stringify(box));
  };
  const set = (path: string, value: unknown) => () =>
    edited((box) => {
      const keys = path.split('.');
      const last = keys.pop() ?? '';
      const owner = keys.reduce<Record<string, unknown>>((at, key) => at[key] as Record<string, unknown>, box);
      owner[last] = value;
    });
  it.each([
    { fault: 'no password', text: () => sealed.privateKeyPem, password: null, tells: 'SQUIZZLE_KEY_PASSWORD' },
    {
      fault: 'a wrong password, or a box that was changed (at the lowest costs, to be quick)',
      text: set('kdf.params.N', 32_768),
      password: 'wrong-password',
      tells: 'see that it is the right one',
    },
    {
      fault: 'a wrong password for PKCS#8',
      text: () => pem('pkcs8', encryption),
      password: 'wrong-password',
      tells: 'see that it is the right one',
    },
    { fault: 'no password for PKCS#8', text: () => pem('pkcs8', encryption), password: null, tells: 'is encrypted' },
    { fault: 'an empty file', text: () => ' \n', password: null, tells: 'is empty' },
    {
      fault: 'a file that is no key file',
      text: () => 'a'.repeat(64 * 1024 + 1),
      password: null,
      tells: 'over 64 KiB',
    },
    { fault: 'another text', text: () => 'hello', password: null, tells: 'no whole private key' },
    {
      fault: 'a file that was cut off',
      text: () => sealed.privateKeyPem.slice(0, 300),
      password: PASSWORD,
      tells: 'no whole private key',
    },
    {
      fault: 'the public key in its place',
      text: () => sealed.publicKeyPem,
      password: null,
      tells: 'signing takes the private one',
    },
    { fault: 'two keys', text: () => pem('pkcs8') + pem('pkcs8'), password: null, tells: 'several private keys' },
    {
      fault: 'an SSH key, a label that is not ours',
      text: () => block('x', 'OPENSSH PRIVATE KEY'),
      password: null,
      tells: 'a kind of key that cannot be read',
    },
    { fault: 'a damaged PKCS#8', text: () => block('x', 'PRIVATE KEY'), password: null, tells: 'is damaged' },
    { fault: 'a box that is no JSON', text: () => block('x'), password: PASSWORD, tells: 'is damaged' },
    { fault: 'another key derivation', text: set('kdf.name', 'pbkdf2'), password: PASSWORD, tells: 'is damaged' },
    {
      fault: 'costs that would take all memory',
      text: set('kdf.params.N', 2 ** 30),
      password: PASSWORD,
      tells: 'is damaged',
    },
    { fault: 'costs that protect nothing', text: set('kdf.params.N', 2), password: PASSWORD, tells: 'is damaged' },
    { fault: 'other blocks', text: set('kdf.params.r', 1024), password: PASSWORD, tells: 'is damaged' },
    { fault: 'other parallelism', text: set('kdf.params.p', 64), password: PASSWORD, tells: 'is damaged' },
    { fault: 'another cipher', text: set('cipher.name', 'none'), password: PASSWORD, tells: 'is damaged' },
    { fault: 'a nonce of another length', text: set('cipher.nonce', 'AAAA'), password: PASSWORD, tells: 'is damaged' },
    { fault: 'a salt of another length', text: set('kdf.salt', 'AAAA'), password: PASSWORD, tells: 'is damaged' },
    {
      fault: 'a sealed text that was cut off',
      text: set('ciphertext', 'AAAA'),
      password: PASSWORD,
      tells: 'is damaged',
    },
    {
      fault: 'Ed25519, which does not sign a SHA-256',
      text: () => pairOf('ed25519').pkcs8,
      password: null,
      tells: 'ed25519',
    },
    { fault: 'another curve', text: () => pairOf('P-384').pkcs8, password: null, tells: 'ec secp384r1' },
    { fault: 'a weak RSA key', text: () => pairOf('rsa 1024').pkcs8, password: null, tells: 'rsa 1024' },
  ])('refuses $fault and says what to do', async ({ text, password, tells }) => {
    const error = await thrownBy(() => readPrivateKey(text(), password, 'trust/ci.key'));
    expect(error).toMatchObject({ code: 'KEY_UNUSABLE', details: { key: 'trust/ci.key' } });
    expect(error.message).toMatch(/^trust\/ci\.key: /);
    expect(error.message).toContain(tells);
    expect(error.cause).toBeUndefined();
    const key = ec.privateKey.export({ format: 'der', type: 'pkcs8' }).toString('base64');
    expectSecretFree(error, [
      PASSWORD,
      'wrong-password',
      contentOf(sealed.privateKeyPem).slice(-60),
      key.slice(30, 60),
    ]);
  });

  it('finds no key in a hostile text without taking long', () => {
    const hostile = '-----BEGIN PRIVATE KEY-----'.repeat(2400);
    const begun = performance.now();
    expect(() => isEncryptedKey(hostile, 'a.key')).toThrow('no whole private key');
    expect(performance.now() - begun).toBeLessThan(2000);
  });
});

describe('readPublicKey', () => {
  it.each([
    { kind: 'P-256', text: pairOf('P-256').spki },
    { kind: 'P-384, as others sign', text: pairOf('P-384').spki },
    { kind: 'P-521', text: pairOf('P-521').spki },
    { kind: 'Ed25519', text: pairOf('ed25519').spki },
    { kind: 'RSA', text: String(rsaKeyPair().publicKey.export({ format: 'pem', type: 'spki' })) },
  ])('reads $kind', ({ text }) => {
    expect(readPublicKey(text, 'a.pub').type).toBe('public');
  });

  it.each([
    { fault: 'the private key, which nobody may see', text: () => sealed.privateKeyPem, tells: 'has a private key' },
    { fault: 'an empty file', text: () => '', tells: 'has no public key' },
    { fault: 'a large file', text: () => 'a'.repeat(70_000), tells: 'over 64 KiB' },
    { fault: 'two keys', text: () => sealed.publicKeyPem.repeat(2), tells: 'several public keys' },
    { fault: 'a damaged key', text: () => block('x', 'PUBLIC KEY'), tells: 'is damaged' },
    { fault: 'a curve of coins', text: () => pairOf('secp256k1').spki, tells: 'secp256k1' },
    { fault: 'a weak RSA key', text: () => pairOf('rsa 1024').spki, tells: 'rsa 1024' },
    { fault: 'a key that does not sign', text: () => pairOf('x25519').spki, tells: 'x25519' },
    {
      fault: 'an RSA key that says it signs with PSS: another name for what may be trusted as RSA already',
      text: () => spkiPem(rsaDer().replace(RSA_ENCRYPTION, RSA_PSS)),
      tells: 'rsa-pss',
    },
  ])('refuses $fault', async ({ text, tells }) => {
    const error = await thrownBy(() => readPublicKey(text(), 'ci.pub'));
    expect(error).toMatchObject({ code: 'KEY_UNUSABLE', details: { key: 'ci.pub' } });
    expect(error.message).toContain(tells);
  });
});

/** SPKI of an RSA key, its algorithm with parameters and without, and as RSASSA-PSS; the lengths around it are fixed. */
const rsaDer = (): string => rsaKeyPair().publicKey.export({ format: 'der', type: 'spki' }).toString('hex').slice(8);
const RSA_ENCRYPTION = '300d06092a864886f70d0101010500';
const RSA_WITHOUT_PARAMETERS = '300b06092a864886f70d010101';
const RSA_PSS = '300b06092a864886f70d01010a';
const spkiPem = (hex: string): string => {
  const der = Buffer.from(`3082${(hex.length / 2).toString(16).padStart(4, '0')}${hex}`, 'hex');
  return `-----BEGIN PUBLIC KEY-----\n${der.toString('base64')}\n-----END PUBLIC KEY-----\n`;
};

describe('one key, however it is written', () => {
  it.each(['prime256v1', 'secp384r1', 'secp521r1'] as const)('is one on %s', (curve) => {
    const { privateKey, named, compressed, hybrid, explicit } = keyFormsOf(curve);
    const expected = createHash('sha256').update(createPublicKey(named).export({ format: 'der', type: 'spki' }));
    const fingerprint = expected.digest('hex');
    for (const pem of [named, compressed, hybrid, explicit]) {
      const key = createPublicKey(pem);
      expect(keyFingerprint(key)).toBe(fingerprint);
      expect(keyHint(key)).toBe(Buffer.from(fingerprint, 'hex').toString('base64'));
      expect(readPublicKey(pem, 'a.pub').export({ format: 'pem', type: 'spki' })).toBe(named);
    }
    expect(keyFingerprint(privateKey)).toBe(fingerprint);
  });

  it('is one for RSA, with parameters, without, and as PKCS#1', () => {
    const pkcs1 = String(rsaKeyPair().publicKey.export({ format: 'pem', type: 'pkcs1' }));
    const bare = spkiPem(rsaDer().replace(RSA_ENCRYPTION, RSA_WITHOUT_PARAMETERS));
    const fingerprints = [spkiPem(rsaDer()), bare, pkcs1].map((pem) => keyFingerprint(readPublicKey(pem, 'a.pub')));
    expect(new Set(fingerprints)).toEqual(new Set([keyFingerprint(rsaKeyPair().publicKey)]));
  });

  it('is one for Ed25519, also with a length in the longer form', () => {
    const { publicKey } = generateKeyPairSync('ed25519');
    const der = publicKey.export({ format: 'der', type: 'spki' });
    const longer = Buffer.concat([Buffer.of(0x30, 0x81), der.subarray(1)]).toString('base64');
    const pem = `-----BEGIN PUBLIC KEY-----\n${longer}\n-----END PUBLIC KEY-----\n`;
    expect(keyFingerprint(readPublicKey(pem, 'a.pub'))).toBe(keyFingerprint(publicKey));
  });
});

it('names a key as OpenSSL and cosign do, and a private key as its public half', () => {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const der = publicKey.export({ format: 'der', type: 'spki' });
  expect(keyFingerprint(privateKey)).toBe(createHash('sha256').update(der).digest('hex'));
  expect(keyHint(publicKey)).toBe(createHash('sha256').update(der).digest('base64'));
});
