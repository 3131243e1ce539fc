import { digestOf } from '@squizzle/oci-spec';
import { describe, expect, it } from 'vitest';
import { formatSimpleSigning, parseSimpleSigning } from './simple-signing.ts';

const digest = digestOf(Uint8Array.of(1));
const sha256 = digest.replace('sha256:', '');
const TYPE = 'cosign container image signature';
const bytesOf = (value: unknown): Uint8Array =>
  new TextEncoder().encode(typeof value === 'string' ? value : JSON.stringify(value));
const critical = (overrides: object = {}): object => ({
  identity: { 'docker-reference': 'registry.test/db' },
  image: { 'docker-manifest-digest': digest },
  type: TYPE,
  ...overrides,
});

describe('formatSimpleSigning', () => {
  it('writes the bytes that cosign writes, because others compare them', () => {
    expect(Buffer.from(formatSimpleSigning(digest, 'registry.test/db')).toString()).toBe(
      `{"critical":{"identity":{"docker-reference":"registry.test/db"},"image":{"docker-manifest-digest":"${digest}"},"type":"cosign container image signature"},"optional":null}`,
    );
  });

  it('can be read again', () => {
    expect(parseSimpleSigning(formatSimpleSigning(digest, 'a/b:v1'), sha256)).toEqual({ dockerReference: 'a/b:v1' });
  });
});

describe('parseSimpleSigning', () => {
  it.each([
    { payload: { critical: critical(), optional: { creator: 'skopeo', timestamp: 1 } }, reference: 'registry.test/db' },
    { payload: { critical: critical({ identity: {} }) }, reference: null },
    { payload: { critical: critical({ identity: { 'docker-reference': '' } }) }, reference: null },
  ])('takes what others write: $reference', ({ payload, reference }) => {
    expect(parseSimpleSigning(bytesOf(payload), sha256)).toEqual({ dockerReference: reference });
  });

  it.each([
    { payload: '{', code: 'BUNDLE_INVALID', why: 'no JSON' },
    { payload: [], code: 'BUNDLE_INVALID', why: 'no object' },
    { payload: {}, code: 'BUNDLE_INVALID', why: 'nothing in it' },
    {
      payload: { critical: critical({ type: 'atomic container signature' }) },
      code: 'BUNDLE_INVALID',
      why: 'another type',
    },
    { payload: { critical: critical({ image: null }) }, code: 'BUNDLE_INVALID', why: 'no image' },
    { payload: { critical: critical({ identity: 'x' }) }, code: 'BUNDLE_INVALID', why: 'no identity' },
    { payload: { critical: critical({ image: {} }) }, code: 'ARTIFACT_MISMATCH', why: 'no digest' },
    {
      payload: { critical: critical({ image: { 'docker-manifest-digest': `sha256:${'0'.repeat(64)}` } }) },
      code: 'ARTIFACT_MISMATCH',
      why: 'another image',
    },
    {
      payload: { critical: critical({ image: { 'docker-manifest-digest': sha256 } }) },
      code: 'ARTIFACT_MISMATCH',
      why: 'a digest without its algorithm',
    },
    {
      payload: `{"critical":${JSON.stringify(critical({ image: { 'docker-manifest-digest': 'sha256:x' } }))},"critical":${JSON.stringify(critical())}}`,
      code: 'BUNDLE_INVALID',
      why: 'two readers would read two images',
    },
  ])('refuses with $code: $why', ({ payload, code }) => {
    expect(() => parseSimpleSigning(bytesOf(payload), sha256)).toThrow(expect.objectContaining({ code }));
  });
});
