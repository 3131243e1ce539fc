import { describeContent, digestOf, MEDIA_TYPES } from '@squizzle/oci-spec';
import { describe, expect, it } from 'vitest';
import type { StatementSigner } from '../signing/statement-signer.ts';
import { PREDICATE_TYPES, STATEMENT_TYPE, type Statement } from '../statements/statement.ts';
import { createSigner } from './create-signer.ts';
import { toAttachment } from './to-attachment.ts';

const subject = describeContent(MEDIA_TYPES.ociManifest, Uint8Array.of(1));
const statementAbout = (sha256: string): Statement => ({
  _type: STATEMENT_TYPE,
  subject: [{ digest: { sha256 } }],
  predicateType: PREDICATE_TYPES.signature,
  predicate: {},
});

describe('toAttachment', () => {
  it('is what cosign 3 looks for: type of manifest and layer, and the three annotations', () => {
    const created = new Date('2026-01-02T03:04:05.678Z');
    const { content, ...rest } = toAttachment({ json: '{"a":"ü"}', predicateType: PREDICATE_TYPES.approval, created });
    expect(rest).toEqual({
      artifactType: 'application/vnd.dev.sigstore.bundle.v0.3+json',
      mediaType: 'application/vnd.dev.sigstore.bundle.v0.3+json',
      annotations: {
        'dev.sigstore.bundle.content': 'dsse-envelope',
        'dev.sigstore.bundle.predicateType': PREDICATE_TYPES.approval,
        'org.opencontainers.image.created': '2026-01-02T03:04:05Z',
      },
    });
    expect(Buffer.from(content).toString()).toBe('{"a":"ü"}');
  });
});

describe('createSigner', () => {
  const signed: Statement[] = [];
  const signals: unknown[] = [];
  const signer: StatementSigner = {
    description: 'signer of the test',
    sign: async (statement, options) => {
      signed.push(statement);
      signals.push(options?.signal);
      return { json: '{}', predicateType: statement.predicateType, created: new Date(0) };
    },
  };

  it('signs what is stated of the manifest, with the signal that it was given', async () => {
    const { signal } = new AbortController();
    const made = createSigner(signer, async ({ digest }) => statementAbout(digest.replace('sha256:', '')));
    const { annotations } = await made.sign(subject, { signal });
    expect(annotations['dev.sigstore.bundle.predicateType']).toBe(PREDICATE_TYPES.signature);
    expect(signed).toEqual([statementAbout(subject.digest.replace('sha256:', ''))]);
    expect(signals).toEqual([signal]);
  });

  it('does not sign for a digest by which nobody verifies, and says what to do', async () => {
    signed.length = 0;
    const bytes = Uint8Array.of(1);
    const other = { ...subject, digest: digestOf(bytes, 'sha512') };
    const sha512 = other.digest.replace('sha512:', '');
    const made = createSigner(signer, () => ({ ...statementAbout(''), subject: [{ digest: { sha512 } }] }));
    await expect(made.sign(other)).rejects.toMatchObject({
      code: 'STATEMENT_INVALID',
      message: expect.stringContaining('sha256 digest and sign again') as string,
    });
    expect(signed).toEqual([]);
  });

  it('does not sign what is about another manifest', async () => {
    signed.length = 0;
    const made = createSigner(signer, () => statementAbout('0'.repeat(64)));
    await expect(made.sign(subject)).rejects.toThrow(RangeError);
    expect(signed).toEqual([]);
  });
});
