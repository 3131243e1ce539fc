import { sampleImage, sampleIndex, toTag } from '@squizzle/core/testing';
import { canonicalJsonBytes, describeContent, digestOf, MEDIA_TYPES } from '@squizzle/oci-spec';
import { describe, expect, it } from 'vitest';
import { createManifestServer, said as saying } from '../../../test/manifest-server.ts';
import { cutOff, scriptTransfer, type TransferAnswer } from '../../../test/scripted-transfer.ts';
import { getManifest } from './get-manifest.ts';
import { headManifest } from './head-manifest.ts';
import { putManifest } from './put-manifest.ts';

const tag = toTag('v1');
const image = sampleImage('a');
const { digest, size, mediaType } = image.descriptor;
const sha512 = digestOf(image.bytes, 'sha512');
const other = sampleImage('other').descriptor.digest;

function serve(answer: Partial<TransferAnswer> & { readonly get?: TransferAnswer } = {}) {
  const headers = { 'content-type': mediaType, 'content-length': `${size}`, 'docker-content-digest': digest };
  const whole = { status: 200, body: [image.bytes], ...answer, headers: answer.headers ?? headers };
  return scriptTransfer(({ method }) => (method === 'GET' ? (answer.get ?? whole) : whole));
}

describe('getManifest', () => {
  it('gives the bytes as they were pushed, what they say, and the entity tag', async () => {
    const server = createManifestServer();
    server.add({ mediaType, bytes: image.bytes }, 'v1');
    const { access, requests, openBodies } = scriptTransfer(server.script);
    const pulled = await getManifest(access, tag);
    expect(pulled).toMatchObject({ descriptor: image.descriptor, bytes: image.bytes, entityTag: `"${digest}"` });
    expect(pulled?.manifest.kind).toBe('image');
    expect(requests[0]).toMatchObject({ line: 'GET /v2/team/app/manifests/v1', action: 'pull' });
    expect(requests[0]?.headers?.['accept']?.split(', ')).toEqual([
      MEDIA_TYPES.ociManifest,
      MEDIA_TYPES.ociIndex,
      MEDIA_TYPES.dockerManifest,
      MEDIA_TYPES.dockerManifestList,
    ]);
    expect(openBodies()).toBe(0);
  });

  it.each([
    { headers: { 'content-type': mediaType }, found: digest, why: 'no digest said: the bytes decide' },
    { headers: { 'content-type': `${mediaType}; charset=utf-8` }, found: digest, why: 'parameters are ignored' },
    {
      headers: { 'content-type': mediaType, 'docker-content-digest': sha512 },
      found: sha512,
      why: 'SHA-512, verified',
    },
  ])('knows a tag’s manifest as $found: $why', async ({ headers, found }) => {
    expect((await getManifest(serve({ headers }).access, tag))?.descriptor.digest).toBe(found);
  });

  it('finds nothing where there is nothing', async () => {
    const { access, openBodies } = serve({ status: 404, headers: {} });
    expect(await getManifest(access, tag)).toBeUndefined();
    expect(openBodies()).toBe(0);
  });

  const wrong = image.bytes.map((byte, at) => (at === 20 ? byte ^ 1 : byte));
  const both = canonicalJsonBytes({ schemaVersion: 2, config: image.descriptor, layers: [], manifests: [] });
  const typed = { 'content-type': mediaType };
  it.each([
    { answer: { headers: { ...typed, 'docker-content-digest': other } }, code: 'DIGEST_MISMATCH', why: 'another name' },
    {
      answer: { headers: { ...typed, 'docker-content-digest': 'md5:00' } },
      code: 'RESPONSE_INVALID',
      why: 'no digest',
    },
    { answer: { body: [wrong], headers: typed }, reference: digest, code: 'DIGEST_MISMATCH', why: 'a wrong byte' },
    { answer: { headers: {} }, code: 'RESPONSE_INVALID', why: 'no media type' },
    { answer: { headers: { 'content-type': 'text/html' } }, code: 'RESPONSE_INVALID', why: 'a page' },
    {
      answer: { headers: { 'content-type': MEDIA_TYPES.dockerManifest } },
      code: 'RESPONSE_INVALID',
      why: 'another media type than it says itself',
    },
    { answer: { body: [both], headers: typed }, code: 'MANIFEST_INVALID', why: 'two manifests in one' },
    {
      answer: { body: [new Uint8Array(4 * 1024 * 1024 + 1)], headers: typed },
      code: 'TOO_LARGE',
      why: 'too many bytes',
    },
    { answer: { status: 500 }, code: 'REGISTRY_FAILED', why: 'a failure' },
  ])('is $code for $why', async ({ answer, reference = tag, code }) => {
    const { access, openBodies } = serve(answer);
    await expect(getManifest(access, reference)).rejects.toMatchObject({ code });
    expect(openBodies()).toBe(0);
  });

  it.each([
    { expected: { digest, size: size + 1 }, code: 'SIZE_MISMATCH' },
    { expected: { digest, size: size - 1 }, code: 'SIZE_MISMATCH' },
    { expected: { digest: other, size }, code: 'DIGEST_MISMATCH' },
  ])('is $code where $expected was expected', async ({ expected, code }) => {
    await expect(getManifest(serve().access, tag, { expected })).rejects.toMatchObject({ name: 'ContentError', code });
  });

  it('is RESPONSE_INVALID where another kind of manifest was expected', async () => {
    const get = async (expected: string) =>
      getManifest(serve().access, digest, { expected: { ...image.descriptor, mediaType: expected } });
    await expect(get(MEDIA_TYPES.ociIndex)).rejects.toMatchObject({ code: 'RESPONSE_INVALID' });
    await expect(get(mediaType)).resolves.toMatchObject({ descriptor: image.descriptor });
  });

  it('asks again for one that breaks off', async () => {
    const answers = [1, 2].map(() => ({ status: 200, headers: typed, body: cutOff(image.bytes.subarray(0, 50)) }));
    const whole = { status: 200, headers: typed, body: [image.bytes] };
    const { access, requests, openBodies } = scriptTransfer(() => answers.shift() ?? whole);
    expect((await getManifest(access, digest, { expected: image.descriptor }))?.bytes).toEqual(image.bytes);
    expect(requests).toHaveLength(3);
    expect(openBodies()).toBe(0);
  });

  it('gives up on one that breaks off each time, and at once when aborted', async () => {
    const { access, requests } = scriptTransfer(() => ({ status: 200, body: cutOff(image.bytes.subarray(0, 9)) }), {
      attempts: 3,
    });
    await expect(getManifest(access, tag)).rejects.toMatchObject({ code: 'UNREACHABLE' });
    expect(requests).toHaveLength(3);
    const controller = new AbortController();
    const reason = new RangeError('stopped by the test');
    const onEvent = (): void => controller.abort(reason);
    await expect(getManifest({ ...access, onEvent }, tag, controller)).rejects.toBe(reason);
    expect(requests).toHaveLength(4);
  });

  it.each([
    { headers: { 'content-type': '\u009b31mevil\u202e' }, why: 'a media type' },
    { headers: { ...typed, 'docker-content-digest': '\u009b31mevil\u202e' }, why: 'a digest' },
  ])('shows of $why nothing that a terminal obeys', async ({ headers }) => {
    const thrown: unknown = await getManifest(serve({ headers }).access, tag).catch((each: unknown) => each);
    expect(thrown).toMatchObject({ code: 'RESPONSE_INVALID' });
    expect((thrown as Error).message).toContain('" 31mevil');
    expect((thrown as Error).message).not.toMatch(/\p{C}/u);
  });
});

describe('headManifest', () => {
  it('knows the descriptor from the headers alone', async () => {
    const { access, requests } = serve();
    expect(await headManifest(access, tag)).toEqual(image.descriptor);
    expect(requests.map(({ method }) => method)).toEqual(['HEAD']);
  });

  const full = { 'content-type': mediaType, 'content-length': `${size}`, 'docker-content-digest': digest };
  it.each([
    { answer: { status: 405, headers: {} }, why: 'no HEAD' },
    { answer: { status: 400, headers: {} }, why: 'no HEAD, said otherwise' },
    { answer: { headers: { ...full, 'docker-content-digest': '' } }, why: 'no digest' },
    { answer: { headers: { ...full, 'content-length': '0' } }, why: 'no length' },
    { answer: { headers: { ...full, 'content-encoding': 'gzip' } }, why: 'the length of an encoded form' },
    { answer: { headers: { ...full, 'content-type': '' } }, why: 'no media type' },
    { answer: { headers: { ...full, 'docker-content-digest': sha512 } }, reference: digest, why: 'another algorithm' },
  ])('asks for the manifest where HEAD gives $why', async ({ answer, reference = tag }) => {
    const get = { status: 200, headers: { 'content-type': mediaType }, body: [image.bytes] };
    const { access, requests, openBodies } = serve({ ...answer, get });
    expect(await headManifest(access, reference)).toEqual(image.descriptor);
    expect(requests.map(({ method }) => method)).toEqual(['HEAD', 'GET']);
    expect(openBodies()).toBe(0);
  });

  it('believes a 404, unless told to ask again', async () => {
    const get = { status: 200, headers: { 'content-type': mediaType }, body: [image.bytes] };
    expect(await headManifest(serve({ status: 404, get }).access, tag)).toBeUndefined();
    expect(await headManifest(serve({ status: 404, get }).access, tag, { confirmAbsence: true })).toEqual(
      image.descriptor,
    );
    const gone = { status: 404 };
    expect(await headManifest(serve({ status: 404, get: gone }).access, tag, { confirmAbsence: true })).toBeUndefined();
  });

  it.each([
    { said: 'sha256:../../etc/passwd', code: 'RESPONSE_INVALID' },
    { said: 'md5:d41d8cd98f00b204e9800998ecf8427e', code: 'RESPONSE_INVALID' },
    { said: other, code: 'DIGEST_MISMATCH' },
  ])('is $code for a digest $said', async ({ said, code }) => {
    const { access, requests } = serve({ headers: { ...full, 'docker-content-digest': said } });
    await expect(headManifest(access, digest)).rejects.toMatchObject({ code });
    expect(requests).toHaveLength(1);
  });
});

describe('putManifest', () => {
  it('sends the bytes with their media type, and can send them again', async () => {
    const server = createManifestServer();
    const { access, requests } = scriptTransfer(server.script);
    expect(await putManifest(access, digest, image)).toEqual({ subject: undefined });
    const [request] = requests;
    expect(request).toMatchObject({ line: `PUT /v2/team/app/manifests/${digest}`, action: 'push' });
    expect(request?.headers).toEqual({ 'content-type': mediaType });
    expect(request?.body).toMatchObject({ sizeBytes: size, reopenable: true });
    expect([...server.manifests.keys()]).toEqual([digest]);
  });

  it.each([
    { condition: 'absent' as const, headers: { 'if-none-match': '*' } },
    { condition: { entityTag: '"x"' }, headers: { 'if-match': '"x"' } },
  ])('sends the condition $condition, and says that it did not hold', async ({ condition, headers }) => {
    const { access, requests } = scriptTransfer(() => ({ status: 412 }));
    expect(await putManifest(access, tag, image, { condition })).toBeUndefined();
    expect(requests[0]?.headers).toMatchObject(headers);
  });

  it.each([
    { times: 3, sends: 4, outcome: 'fulfilled', why: 'it lost sight of the blob for a moment' },
    { times: 9, sends: 4, outcome: 'rejected', why: 'it lacks the blob' },
  ])('is $outcome after $sends tries where the registry says $times times that it has no blob: $why', async (row) => {
    const unknown = { status: 400, body: saying('DIGEST_INVALID', 'MANIFEST_BLOB_UNKNOWN') };
    const { access, requests, openBodies } = scriptTransfer(() =>
      requests.length <= row.times ? unknown : { status: 201 },
    );
    const [settled] = await Promise.allSettled([putManifest(access, tag, image)]);
    expect(settled.status).toBe(row.outcome);
    if (settled.status === 'rejected') expect(settled.reason).toMatchObject({ code: 'NOT_FOUND' });
    expect(requests).toHaveLength(row.sends);
    expect(openBodies()).toBe(0);
  });

  it('tells the subject that the registry took note of', async () => {
    const { access } = scriptTransfer(() => ({ status: 201, headers: { 'oci-subject': other } }));
    expect(await putManifest(access, digest, image)).toEqual({ subject: other });
  });

  it.each([
    { headers: { 'docker-content-digest': digest }, why: 'the same' },
    { headers: { 'docker-content-digest': sha512 }, why: 'the same by another algorithm' },
    { headers: {}, why: 'none' },
  ])('takes $why as the digest of what was pushed', async ({ headers }) => {
    await expect(
      putManifest(scriptTransfer(() => ({ status: 201, headers })).access, tag, image),
    ).resolves.toBeDefined();
  });

  it.each([
    { answer: { status: 201, headers: { 'docker-content-digest': other } }, code: 'DIGEST_MISMATCH' },
    { answer: { status: 201, headers: { 'docker-content-digest': 'x' } }, code: 'RESPONSE_INVALID' },
    { answer: { status: 412 }, code: 'RESPONSE_INVALID' },
    { answer: { status: 202 }, code: 'RESPONSE_INVALID' },
    { answer: { status: 413 }, code: 'TOO_LARGE' },
  ])('is $code for $answer', async ({ answer, code }) => {
    const { access, openBodies } = scriptTransfer(() => answer);
    await expect(putManifest(access, tag, image)).rejects.toMatchObject({ code });
    expect(openBodies()).toBe(0);
  });
});

it('takes an index for what it is', async () => {
  const index = sampleIndex([image.descriptor]);
  const server = createManifestServer();
  server.add({ mediaType: MEDIA_TYPES.ociIndex, bytes: index.bytes }, 'v1');
  const { access } = scriptTransfer(server.script);
  expect((await getManifest(access, tag))?.manifest.kind).toBe('index');
  expect(await headManifest(access, tag)).toEqual(describeContent(MEDIA_TYPES.ociIndex, index.bytes));
});
