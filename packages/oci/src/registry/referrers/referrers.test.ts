import { sampleImage, sampleIndex, sampleReferrer } from '@squizzle/core/testing';
import {
  canonicalJsonBytes,
  MEDIA_TYPES,
  parseImageIndex,
  parseManifest,
  referrersTag,
  type Descriptor,
} from '@squizzle/oci-spec';
import { describe, expect, it } from 'vitest';
import {
  createManifestServer,
  slowPushes,
  turns,
  type ManifestServer,
  type ManifestServerOptions,
} from '../../../test/manifest-server.ts';
import { scriptTransfer } from '../../../test/scripted-transfer.ts';
import type { Wait } from '../claim/settle.ts';
import { findProfile } from '../profiles.ts';
import { putManifest } from '../manifests/put-manifest.ts';
import { createReferrers, type Referrers } from './create-referrers.ts';

const image = sampleImage('a').descriptor;
const subject = image.digest;
const listTag = referrersTag(subject);
const signature = (label: string, artifactType = 'application/vnd.test.signature') =>
  sampleReferrer(image, { artifactType, annotations: { label } });

/** Longer than the slowest push takes. */
const settle: Wait = () => turns(200);

/** Of those who read one list the last to write comes long after the first has looked again. */
function slowIndexes(): NonNullable<ManifestServerOptions['before']> {
  const slow = slowPushes();
  return (request) => (request.url.pathname.endsWith(listTag) ? slow(request) : undefined);
}

function open(server: ManifestServer) {
  const scripted = scriptTransfer(server.script);
  const waits: number[] = [];
  const wait: Wait = async (waitMs, signal) => {
    await settle(waitMs, signal);
    signal?.throwIfAborted();
    waits.push(waitMs);
  };
  const referrers = createReferrers(scripted.access, wait);
  const push = async (
    { descriptor, bytes }: ReturnType<typeof signature>,
    of: Referrers = referrers,
    signal?: AbortSignal,
  ): Promise<void> => {
    const answer = await putManifest(scripted.access, descriptor.digest, { descriptor, bytes });
    await of.attach(descriptor, parseManifest(bytes, descriptor.mediaType), answer?.subject, { signal });
  };
  const lines = (): readonly string[] =>
    scripted.requests.map(({ method, url }) => `${method} ${url.pathname.split('/')[4]}`);
  return { ...scripted, server, referrers, push, lines, waits };
}

function listed(server: ManifestServer): readonly Descriptor[] {
  const bytes = server.manifests.get(server.tags.get(listTag) ?? '')?.bytes;
  return bytes === undefined ? [] : parseImageIndex(bytes).manifests;
}

describe('where the registry has the API', () => {
  it('leaves the list to it', async () => {
    const { push, referrers, server } = open(createManifestServer({ referrersApi: true }));
    const one = signature('one');
    await push(one);
    expect((await referrers.list(subject)).map(({ digest }) => digest)).toEqual([one.descriptor.digest]);
    expect(server.tags.size).toBe(0);
  });

  it('asks once whether there is one', async () => {
    const { push, lines } = open(createManifestServer({ referrersApi: true }));
    await push(signature('one'));
    await push(signature('two'));
    expect(lines().filter((line) => line === 'GET referrers')).toHaveLength(1);
  });

  it('filters also what the registry did not', async () => {
    const entry = (digest: string, artifactType: string) => ({ ...image, digest, artifactType });
    const manifests = [
      entry(`sha256:${'b'.repeat(64)}`, 'a/x'),
      entry(`sha256:${'a'.repeat(64)}`, 'a/x'),
      entry(subject, 'a/y'),
    ];
    const body = [
      canonicalJsonBytes({
        schemaVersion: 2,
        mediaType: MEDIA_TYPES.ociIndex,
        manifests: [...manifests, manifests[0]],
      }),
    ];
    const { access, requests } = scriptTransfer(() => ({
      status: 200,
      headers: { 'content-type': MEDIA_TYPES.ociIndex },
      body,
    }));
    const found = await createReferrers(access).list(subject, { artifactType: 'a/x' });
    expect(found).toEqual([manifests[1], manifests[0]]);
    expect(requests[0]?.line).toBe(`GET /v2/team/app/referrers/${subject}?artifactType=a%2Fx`);
  });

  it('reads every page', async () => {
    const page = (digit: string, link?: string) => ({
      status: 200,
      headers: { 'content-type': MEDIA_TYPES.ociIndex, ...(link !== undefined && { link }) },
      body: [
        canonicalJsonBytes({
          schemaVersion: 2,
          mediaType: MEDIA_TYPES.ociIndex,
          manifests: [{ ...image, digest: `sha256:${digit.repeat(64)}` }],
        }),
      ],
    });
    const { access } = scriptTransfer(({ url }) =>
      url.search === '' ? page('b', '<?last=b>; rel="next"') : page('a'),
    );
    expect((await createReferrers(access).list(subject)).map(({ digest }) => digest)).toEqual([
      `sha256:${'a'.repeat(64)}`,
      `sha256:${'b'.repeat(64)}`,
    ]);
  });

  it.each([
    { answer: { status: 500 }, code: 'REGISTRY_FAILED', why: 'a failure is no absence' },
    { answer: { status: 403 }, code: 'FORBIDDEN', why: 'a refusal is no absence' },
    { answer: { status: 200, headers: { 'content-type': 'text/html' } }, code: 'RESPONSE_INVALID', why: 'a page' },
  ])('is $code for $answer: $why', async ({ answer, code }) => {
    await expect(createReferrers(scriptTransfer(() => answer).access).list(subject)).rejects.toMatchObject({ code });
  });
});

describe('where clients keep the list', () => {
  it.each<{ options: ManifestServerOptions; why: string }>([
    { options: {}, why: 'the registry has no API' },
    { options: { acknowledges: true }, why: 'it says that it has one, and has not' },
    { options: { conditions: true }, why: 'it heeds conditions' },
  ])('lists what is attached under the tag of its subject, as $why', async ({ options }) => {
    const { push, referrers, server, requests } = open(createManifestServer(options));
    const [one, two] = [signature('one'), signature('two', 'a/report')];
    await push(one);
    const entityTag = `"${server.tags.get(listTag)}"`;
    await push(two);
    await push(one);
    const writes = requests.filter(({ method, url }) => method === 'PUT' && url.pathname.endsWith(listTag));
    expect(writes.map(({ headers }) => headers)).toMatchObject([{ 'if-none-match': '*' }, { 'if-match': entityTag }]);
    expect(listed(server)).toEqual([
      { ...one.descriptor, artifactType: 'application/vnd.test.signature', annotations: { label: 'one' } },
      { ...two.descriptor, artifactType: 'a/report', annotations: { label: 'two' } },
    ]);
    expect(await referrers.list(subject, { artifactType: 'a/report' })).toMatchObject([two.descriptor]);
  });

  it('does not ask a registry that is known to have no API', async () => {
    const scripted = scriptTransfer(createManifestServer({ referrersApi: true }).script);
    const profile = { ...findProfile(scripted.access.host), referrersApi: 'absent' as const };
    expect(await createReferrers({ ...scripted.access, profile }).list(subject)).toEqual([]);
    expect(scripted.requests.map(({ line }) => line)).toEqual([`GET /v2/team/app/manifests/${listTag}`]);
  });

  it('asks again for the API when the repository did not exist the first time', async () => {
    let exists = false;
    const server = createManifestServer({
      referrersApi: true,
      before: () =>
        exists ? undefined : { status: 404, body: [new TextEncoder().encode('{"errors":[{"code":"NAME_UNKNOWN"}]}')] },
    });
    const { push, referrers } = open(server);
    expect(await referrers.list(subject)).toEqual([]);
    exists = true;
    await push(signature('one'));
    expect(await referrers.list(subject)).toHaveLength(1);
    expect(server.tags.size).toBe(0);
  });

  it.each<{ options: ManifestServerOptions; guard: string }>([
    { options: {}, guard: 'nothing' },
    { options: { conditions: true }, guard: 'If-Match' },
  ])('lists all of 8 that were attached at once by 8 clients, guarded by $guard', async ({ options }) => {
    const server = createManifestServer({ ...options, before: slowIndexes() });
    const samples = Array.from({ length: 8 }, (_, at) => signature(`${at}`));
    await Promise.all(samples.map((sample) => open(server).push(sample)));
    const digests = samples.map(({ descriptor }) => descriptor.digest).sort();
    expect((await open(server).referrers.list(subject)).map(({ digest }) => digest)).toEqual(digests);
  });

  it('lists what is attached at once together: nine cost the waiting of one', async () => {
    const { push, server, lines, waits } = open(createManifestServer());
    const samples = Array.from({ length: 9 }, (_, at) => signature(`${at}`));
    await Promise.all(samples.map(async (sample) => push(sample)));
    expect(listed(server)).toHaveLength(9);
    expect(lines().filter((line) => line === `PUT ${listTag}`).length).toBeLessThanOrEqual(2);
    expect(waits.length).toBeLessThanOrEqual(2);
  });

  it('lists one that comes while others wait without waiting for them first', async () => {
    const server = createManifestServer();
    const { access } = scriptTransfer(server.script);
    const waiting: (() => void)[] = [];
    const referrers = createReferrers(access, async () => new Promise<void>((resolve) => waiting.push(resolve)));
    const samples = [signature('one'), signature('two')];
    const attaching: Promise<void>[] = [];
    for (const { descriptor, bytes } of samples) {
      attaching.push(referrers.attach(descriptor, parseManifest(bytes, descriptor.mediaType), undefined));
      await turns(50);
    }
    expect(listed(server)).toHaveLength(2);
    for (const resolve of waiting) resolve();
    await Promise.all(attaching);
  });

  it('waits for nobody where the registry is known to heed conditions', async () => {
    const { push, access, server, waits } = open(createManifestServer({ conditions: true }));
    access.memory.conditions = 'heeded';
    for (const label of ['one', 'two']) await push(signature(label));
    expect(listed(server)).toHaveLength(2);
    expect(waits).toEqual([]);
  });

  it('keeps what others attach when one gives up, and stops when all do', async () => {
    const reason = new RangeError('stopped by the test');
    const [first, second] = [new AbortController(), new AbortController()];
    const { push, server, waits } = open(createManifestServer());
    const kept = push(signature('kept'));
    const left = push(signature('left'), undefined, first.signal);
    first.abort(reason);
    await expect(left).rejects.toBe(reason);
    await kept;
    expect(listed(server)).toMatchObject([{ annotations: { label: 'kept' } }]);
    const waited = waits.length;
    const alone = push(signature('alone'), undefined, second.signal);
    await turns(50);
    second.abort(reason);
    await expect(alone).rejects.toBe(reason);
    await turns(300);
    expect(waits).toHaveLength(waited);
  });

  it('keeps what other tools wrote into the list', async () => {
    const server = createManifestServer();
    const entry = { ...image, 'com.example.unknown': 7 };
    const annotations = { 'com.example.kept': 'yes' };
    const bytes = canonicalJsonBytes({
      schemaVersion: 2,
      mediaType: MEDIA_TYPES.ociIndex,
      manifests: [entry],
      annotations,
    });
    server.add({ mediaType: MEDIA_TYPES.ociIndex, bytes }, listTag);
    await open(server).push(signature('one'));
    const written = JSON.parse(
      new TextDecoder().decode(server.manifests.get(server.tags.get(listTag) ?? '')?.bytes),
    ) as object;
    expect(written).toMatchObject({ annotations, manifests: [entry, { annotations: { label: 'one' } }] });
  });

  it('never writes over what is no list', async () => {
    const server = createManifestServer();
    const { bytes, descriptor } = sampleImage('somebody’s');
    server.add({ mediaType: descriptor.mediaType, bytes }, listTag);
    const { push, referrers } = open(server);
    expect(await referrers.list(subject)).toEqual([]);
    await expect(push(signature('one'))).rejects.toMatchObject({ code: 'RESPONSE_INVALID' });
    expect(server.tags.get(listTag)).toBe(descriptor.digest);
  });

  it('gives up when others win for ever', async () => {
    const server = createManifestServer({
      before: ({ method, url }) => (method === 'PUT' && url.pathname.endsWith(listTag) ? { status: 201 } : undefined),
    });
    const { push, requests } = open(server);
    await expect(push(signature('one'))).rejects.toMatchObject({ code: 'REGISTRY_FAILED' });
    expect(requests.filter(({ method }) => method === 'PUT').length).toBeLessThanOrEqual(25);
  });

  it('takes a referrer off the list, and leaves the others', async () => {
    const { push, referrers, server } = open(createManifestServer());
    const [one, two] = [signature('one'), signature('two')];
    for (const each of [one, two]) await push(each);
    await referrers.detach(one.descriptor, parseManifest(one.bytes, one.descriptor.mediaType));
    expect(listed(server).map(({ digest }) => digest)).toEqual([two.descriptor.digest]);
  });

  it('does nothing for a manifest that is about no other', async () => {
    const { referrers, requests } = open(createManifestServer());
    const { descriptor, bytes } = sampleIndex([image]);
    const manifest = parseManifest(bytes, descriptor.mediaType);
    await referrers.attach(descriptor, manifest, undefined);
    await referrers.detach(descriptor, manifest);
    expect(requests).toEqual([]);
  });
});
