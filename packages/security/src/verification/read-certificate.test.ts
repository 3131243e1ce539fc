import { X509Certificate } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { createCertificateAuthority } from '../../test/local-sigstore/certificate-authority.ts';
import {
  extension,
  forCertificates,
  forCodeSigning,
  forSignatures,
  forTimestamps,
  issueCertificate,
  NO_NAME,
  subjectAltName,
} from '../../test/local-sigstore/certificate.ts';
import { encode, explicit, implicit, oid, sequence, text } from '../../test/local-sigstore/der.ts';
import { createP256KeyPair } from '../../test/local-sigstore/key-pair.ts';
import { thrownBy } from '../../test/told-by.ts';
import { readCertificate, requireKnownChain } from './read-certificate.ts';

const FULCIO = '1.3.6.1.4.1.57264.1';
const ISSUER = 'https://issuer.example';
const start = new Date(Date.now() - 3_600_000);
const authority = createCertificateAuthority('test', start);
const authorities = authority.chain.map((der) => new X509Certificate(der));
const [intermediate = Buffer.of(), root = Buffer.of()] = authority.chain;
const keys = createP256KeyPair();

const issuer = extension(`${FULCIO}.8`, text(ISSUER));
const san = subjectAltName({ kind: 'uri', value: 'https://x.example/workflow@main' });
const usual = [forSignatures, forCodeSigning, san, issuer];
const names = (...items: readonly Buffer[]): Buffer => extension('2.5.29.17', sequence(...items), true);

function certify(extensions: readonly Buffer[], by = authority.issuer): Buffer {
  const notAfter = new Date(start.getTime() + 600_000);
  return issueCertificate({ subject: NO_NAME, publicKey: keys.publicKey, notBefore: start, notAfter, extensions }, by);
}
const without = (one: Buffer): readonly Buffer[] => usual.filter((each) => each !== one);
const read = (extensions: readonly Buffer[]) => readCertificate(certify(extensions), authorities).identity;

describe('readCertificate', () => {
  it.each([
    {
      extensions: usual,
      expected: { issuer: ISSUER, san: 'https://x.example/workflow@main', claims: {} },
      why: 'a workflow',
    },
    {
      extensions: [...without(san), subjectAltName({ kind: 'email', value: 'anna@acme.test' })],
      expected: { san: 'anna@acme.test' },
      why: 'a mail address',
    },
    {
      extensions: [...without(san), names(explicit(0, oid(`${FULCIO}.7`), explicit(0, text('anna'))))],
      expected: { san: 'anna' },
      why: "a user's name, as Fulcio writes it",
    },
    {
      extensions: [...without(issuer), extension(`${FULCIO}.1`, Buffer.from(ISSUER))],
      expected: { issuer: ISSUER },
      why: 'the issuer as older certificates have it',
    },
    {
      extensions: [...usual, extension(`${FULCIO}.1`, Buffer.from(ISSUER)), extension(`${FULCIO}.15`, text('42'))],
      expected: { issuer: ISSUER, claims: { sourceRepositoryId: '42' } },
      why: 'a claim, decoded',
    },
    {
      extensions: [...usual, extension(`${FULCIO}.12`, text('x'.repeat(300)))],
      expected: { claims: { sourceRepositoryUri: 'x'.repeat(300) } },
      why: 'a claim whose length has more than one byte',
    },
  ])('reads $why', ({ extensions, expected }) => {
    expect(read(extensions)).toMatchObject(expected);
  });

  it.each([
    { extensions: without(san), why: 'no name' },
    { extensions: [...without(san), names()], why: 'an empty list of names' },
    {
      extensions: [
        ...without(san),
        names(implicit(6, Buffer.from('https://a')), implicit(6, Buffer.from('https://b'))),
      ],
      why: 'two names: which of them is trusted?',
    },
    { extensions: [...without(san), names(implicit(2, Buffer.from('host.example')))], why: 'a name of a host' },
    { extensions: [...without(san), names(implicit(6, Buffer.from('https://a\u0000b')))], why: 'a name with a zero' },
    { extensions: [...without(san), names(implicit(6, Buffer.from('https://a b')))], why: 'a name with a space' },
    { extensions: [...without(san), names(implicit(6, Buffer.alloc(0)))], why: 'an empty name' },
    { extensions: [...without(san), names(implicit(6, Buffer.alloc(5000, 97)))], why: 'a name without end' },
    {
      extensions: [...without(san), names(explicit(0, oid('1.2.3.4'), explicit(0, text('anna'))))],
      why: 'a name of a kind that Fulcio does not write',
    },
    { extensions: without(issuer), why: 'no issuer' },
    { extensions: [...usual, extension(`${FULCIO}.1`, Buffer.from('https://other'))], why: 'two issuers' },
    {
      extensions: [...without(issuer), extension(`${FULCIO}.8`, Buffer.from(ISSUER))],
      why: 'an issuer without DER around it',
    },
    {
      extensions: [...usual, extension(`${FULCIO}.15`, encode(0x16, Buffer.from('42')))],
      why: 'a claim of another type',
    },
    {
      extensions: [...usual, extension(`${FULCIO}.15`, Buffer.concat([text('4'), text('2')]))],
      why: 'a claim twice in one',
    },
    {
      extensions: [...usual, extension(`${FULCIO}.15`, text('1')), extension(`${FULCIO}.15`, text('2'))],
      why: 'a claim twice',
    },
    { extensions: without(forCodeSigning), why: 'a certificate for anything' },
    { extensions: [...without(forCodeSigning), forTimestamps], why: 'a certificate for timestamps' },
    { extensions: [forCodeSigning, san, issuer, ...forCertificates], why: 'the certificate of an authority' },
    {
      extensions: [...usual, extension('1.3.6.1.4.1.11129.2.4.3', Buffer.from('0500', 'hex'), true)],
      why: 'one that was never issued: its poison is critical',
    },
    {
      extensions: [...usual, extension('1.2.3.4', Buffer.from('0500', 'hex'), true)],
      why: 'a critical extension that nobody knows',
    },
  ])('refuses $why', async ({ extensions }) => {
    expect((await thrownBy(() => read(extensions))).code).toBe('CERTIFICATE_INVALID');
  });

  it('refuses one that another authority of the same name issued', async () => {
    const stranger = { ...authority.issuer, keys: createP256KeyPair() };
    const der = certify(usual, stranger);
    expect((await thrownBy(() => readCertificate(der, authorities))).code).toBe('CERTIFICATE_INVALID');
  });

  it.each([
    { change: (der: Buffer) => Buffer.concat([der, Buffer.of(0)]), why: 'something after it' },
    { change: (der: Buffer) => der.subarray(0, -1), why: 'an end that is missing' },
    { change: () => Buffer.of(), why: 'nothing' },
    { change: () => Buffer.from('3000', 'hex'), why: 'an empty sequence' },
  ])('refuses $why', async ({ change }) => {
    const der = change(certify(usual));
    expect((await thrownBy(() => readCertificate(der, authorities))).code).toBe('CERTIFICATE_INVALID');
  });

  it('gives the key that the certificate is for', () => {
    const { publicKey } = readCertificate(certify(usual), authorities);
    expect(publicKey.equals(keys.publicKey)).toBe(true);
  });
});

describe('requireKnownChain', () => {
  it.each([
    { others: [], allowed: true, why: 'the bundle need not bring any' },
    { others: [intermediate], allowed: true, why: 'the root has it' },
    { others: [intermediate, root], allowed: false, why: 'the root is not for the bundle to choose' },
    { others: [root], allowed: false, why: 'a root alone' },
    {
      others: [createCertificateAuthority('other', start).chain[0] ?? root],
      allowed: false,
      why: 'one that the root lacks',
    },
    { others: [Buffer.from('3000', 'hex')], allowed: false, why: 'no certificate' },
  ])('$allowed: $why', async ({ others, allowed }) => {
    const act = () => requireKnownChain(others, authorities);
    if (allowed) expect(act()).toBeUndefined();
    else expect((await thrownBy(act)).code).toBe('CERTIFICATE_INVALID');
  });
});
