import { digestOf } from '@squizzle/oci-spec';
import { describe, expect, it } from 'vitest';
import { createSignatureStatement, createStatement } from './create-statement.ts';

const digest = digestOf(Buffer.from('a'));
const sha256 = digest.slice(7);

describe('createStatement', () => {
  it.each([
    { subject: { digest }, expected: [{ digest: { sha256 } }], why: 'a descriptor' },
    { subject: { digest, name: 'db' }, expected: [{ name: 'db', digest: { sha256 } }], why: 'with a name' },
    { subject: { digest: { sha256 } }, expected: [{ digest: { sha256 } }], why: 'a subject of in-toto' },
    {
      subject: [{ digest }, { digest: { sha256 } }],
      expected: [{ digest: { sha256 } }, { digest: { sha256 } }],
      why: 'several',
    },
    {
      subject: { digest: digestOf(Buffer.from('a'), 'sha512') },
      expected: [{ digest: { sha512: digestOf(Buffer.from('a'), 'sha512').slice(7) } }],
      why: 'another algorithm',
    },
  ])('is about $why', ({ subject, expected }) => {
    expect(createStatement(subject, 't', { a: 1 })).toEqual({
      _type: 'https://in-toto.io/Statement/v1',
      subject: expected,
      predicateType: 't',
      predicate: { a: 1 },
    });
  });

  it('takes nothing else of a descriptor', () => {
    const descriptor = { mediaType: 'm', digest, size: 1 };
    expect(createSignatureStatement(descriptor).subject).toEqual([{ digest: { sha256 } }]);
  });

  it.each([
    { subject: [], type: 't', why: 'no subject' },
    { subject: { digest }, type: ' ', why: 'no type' },
    { subject: { digest, name: '' }, type: 't', why: 'an empty name' },
  ])('refuses $why', ({ subject, type }) => {
    expect(() => createStatement(subject, type, {})).toThrow(RangeError);
  });
});

describe('createSignatureStatement', () => {
  it('is what cosign writes', () => {
    expect(createSignatureStatement({ digest })).toMatchObject({
      predicateType: 'https://sigstore.dev/cosign/sign/v1',
      predicate: {},
    });
  });
});
