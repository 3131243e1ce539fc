import { digestOf } from '@squizzle/oci-spec';
import { describe, expect, it } from 'vitest';
import { scriptTransfer } from '../../../test/scripted-transfer.ts';
import { hasBlob } from './has-blob.ts';

const digest = digestOf(Buffer.from('hello'));
const descriptor = { digest, size: 5 };
const other = digestOf(Buffer.from('other'));

describe('hasBlob', () => {
  it.each([
    { status: 200, headers: { 'content-length': '5' }, has: true, why: 'it is there' },
    { status: 200, headers: {}, has: true, why: 'a registry may keep its size to itself' },
    { status: 200, headers: { 'content-length': '4' }, has: false, why: 'another size is other content' },
    { status: 200, headers: { 'content-length': '0' }, has: false, why: 'no bytes are other content, too' },
    {
      status: 200,
      headers: { 'content-length': '4', 'content-encoding': 'gzip' },
      has: true,
      why: 'what is compressed on the way has another length',
    },
    { status: 200, headers: { 'docker-content-digest': digest }, has: true, why: 'the registry agrees' },
    {
      status: 200,
      headers: { 'docker-content-digest': digestOf(Buffer.from('hello'), 'sha512') },
      has: true,
      why: 'a digest by another algorithm cannot be compared',
    },
    { status: 404, headers: {}, has: false, why: 'it is not there' },
  ])('answers $has to $status $headers: $why', async ({ has, ...answer }) => {
    const { access, requests, openBodies } = scriptTransfer(() => answer);
    expect(await hasBlob(access, descriptor)).toBe(has);
    expect(requests.map(({ line, action }) => ({ line, action }))).toEqual([
      { line: `HEAD /v2/team/app/blobs/${digest}`, action: 'pull' },
    ]);
    expect(openBodies()).toBe(0);
  });

  it.each([
    { status: 500, headers: {}, code: 'REGISTRY_FAILED' },
    { status: 401, headers: {}, code: 'AUTH_REQUIRED' },
    { status: 206, headers: {}, code: 'RESPONSE_INVALID' },
    { status: 200, headers: { 'docker-content-digest': other }, code: 'DIGEST_MISMATCH' },
  ])('fails with $code on $status $headers', async ({ code, ...answer }) => {
    const { access, openBodies } = scriptTransfer(() => answer);
    await expect(hasBlob(access, descriptor)).rejects.toMatchObject({ code });
    expect(openBodies()).toBe(0);
  });

  it('asks for the right to push where a push follows', async () => {
    const { access, requests } = scriptTransfer(() => ({ status: 404 }));
    await hasBlob(access, descriptor, { action: 'push' });
    expect(requests[0]?.action).toBe('push');
  });
});
