import { sampleImage, sampleReferrer, toTag } from '@squizzle/core/testing';
import { parseManifest, referrersTag } from '@squizzle/oci-spec';
import { describe, expect, it } from 'vitest';
import { createManifestServer, type ManifestServerOptions } from '../../../test/manifest-server.ts';
import { scriptTransfer } from '../../../test/scripted-transfer.ts';
import { findProfile } from '../profiles.ts';
import { createReferrers } from '../referrers/create-referrers.ts';
import { deleteManifest } from './delete-manifest.ts';
import { untag } from './untag.ts';

const image = sampleImage('a');
const { digest } = image.descriptor;

function open(options: ManifestServerOptions, ...tags: readonly string[]) {
  const server = createManifestServer(options);
  server.add({ ...image.descriptor, bytes: image.bytes }, ...tags);
  const scripted = scriptTransfer(server.script);
  const referrers = createReferrers(scripted.access, async () => undefined);
  const left = (): unknown => ({ tags: [...server.tags.keys()], manifests: [...server.manifests.keys()] });
  return { server, ...scripted, referrers, left };
}

describe('untag', () => {
  it('deletes the tag alone where the registry can', async () => {
    const { access, requests, left } = open({}, 'v1', 'v2');
    await untag(access, toTag('v1'));
    expect(left()).toEqual({ tags: ['v2'], manifests: [digest] });
    expect(requests.map(({ line, action }) => `${action}: ${line}`)).toEqual([
      'delete: DELETE /v2/team/app/manifests/v1',
    ]);
  });

  it('deletes the manifest with its only tag where the registry knows no better', async () => {
    const { access, left } = open({ deletes: 'manifests' }, 'v1');
    await untag(access, toTag('v1'));
    expect(left()).toEqual({ tags: [], manifests: [] });
  });

  it('refuses to take another tag with the one, and says what can be done', async () => {
    const { access, left } = open({ deletes: 'manifests' }, 'v1', 'v2', 'v3');
    await expect(untag(access, toTag('v1'))).rejects.toMatchObject({
      code: 'UNSUPPORTED',
      message: expect.stringMatching(/has the tag v[23] too; .*--all-tags/) as string,
      details: { feature: 'delete a tag alone' },
    });
    expect(left()).toEqual({ tags: ['v1', 'v2', 'v3'], manifests: [digest] });
  });

  it('is UNSUPPORTED where nothing can be deleted, with what to switch on', async () => {
    const { access, left } = open({ deletes: 'nothing' }, 'v1');
    await expect(untag(access, toTag('v1'))).rejects.toMatchObject({
      code: 'UNSUPPORTED',
      details: { hint: expect.stringContaining('storage.delete.enabled') as string, status: 405 },
    });
    expect(left()).toEqual({ tags: ['v1'], manifests: [digest] });
  });

  it('does not ask where tags are known to stay', async () => {
    const { access, requests } = open({ deletes: 'nothing' }, 'v1');
    const profile = { ...findProfile(access.host), tagDeletion: 'never' as const };
    await expect(untag({ ...access, profile }, toTag('v1'))).rejects.toMatchObject({ code: 'UNSUPPORTED' });
    expect(requests.filter(({ line }) => line.endsWith('DELETE /v2/team/app/manifests/v1'))).toEqual([]);
  });

  it.each<{ deletes: NonNullable<ManifestServerOptions['deletes']> }>([{ deletes: 'all' }, { deletes: 'manifests' }])(
    'succeeds where there is no such tag, on a registry that deletes $deletes',
    async ({ deletes }) => {
      const { access, left } = open({ deletes }, 'v2');
      await untag(access, toTag('v1'));
      expect(left()).toEqual({ tags: ['v2'], manifests: [digest] });
    },
  );

  it('looks again after a 404 that means the request', async () => {
    const { access, left } = open(
      {
        deletes: 'manifests',
        before: ({ method, url }) =>
          method === 'DELETE' && url.pathname.endsWith('/v1') ? { status: 404 } : undefined,
      },
      'v1',
    );
    await untag(access, toTag('v1'));
    expect(left()).toEqual({ tags: [], manifests: [] });
  });

  it.each([
    { status: 403, code: 'FORBIDDEN' },
    { status: 401, code: 'AUTH_REQUIRED' },
    { status: 500, code: 'REGISTRY_FAILED' },
  ])('is $code for $status', async ({ status, code }) => {
    const { access } = open({ before: ({ method }) => (method === 'DELETE' ? { status } : undefined) }, 'v1');
    await expect(untag(access, toTag('v1'))).rejects.toMatchObject({ code });
  });
});

describe('where a manifest goes with its last tag', () => {
  it('what lists its referrers goes too', async () => {
    const { access, server, referrers } = open({ deletes: 'manifests' }, 'v1');
    const { descriptor, bytes } = sampleReferrer(image.descriptor, {});
    server.add({ ...descriptor, bytes });
    await referrers.attach(descriptor, parseManifest(bytes, descriptor.mediaType), undefined);
    await untag(access, toTag('v1'));
    expect(await referrers.list(digest)).toEqual([]);
    expect([...server.tags.keys()]).toEqual([]);
  });

  it('a referrer leaves the list of its subject', async () => {
    const { access, server, referrers } = open({ deletes: 'manifests' }, 'v1');
    const { descriptor, bytes } = sampleReferrer(image.descriptor, {});
    server.add({ ...descriptor, bytes }, 'signature');
    await referrers.attach(descriptor, parseManifest(bytes, descriptor.mediaType), undefined);
    await untag(access, toTag('signature'), { referrers });
    expect(await referrers.list(digest)).toEqual([]);
    expect(server.manifests.has(digest)).toBe(true);
  });

  it('a list that another tag names stays', async () => {
    const { access, server, referrers } = open({ deletes: 'manifests' }, 'v1');
    const { descriptor, bytes } = sampleReferrer(image.descriptor, {});
    await referrers.attach(descriptor, parseManifest(bytes, descriptor.mediaType), undefined);
    const list = server.tags.get(referrersTag(digest));
    if (list !== undefined) server.tags.set('backup', list);
    await untag(access, toTag('v1'), { referrers });
    expect(server.tags.get('backup')).toBe(list);
    expect(server.manifests.has(digest)).toBe(false);
  });
});

describe('deleteManifest', () => {
  it('deletes a manifest with its tags, and again', async () => {
    const { access, referrers, left } = open({ referrersApi: true }, 'v1', 'v2');
    await deleteManifest(access, digest, referrers);
    await deleteManifest(access, digest, referrers);
    expect(left()).toEqual({ tags: [], manifests: [] });
  });

  it('deletes the tags first where the registry asks for that', async () => {
    const { access, referrers, left } = open({ referrersApi: true, deletes: 'untagged' }, 'v1', 'v2');
    await deleteManifest(access, digest, referrers);
    expect(left()).toEqual({ tags: [], manifests: [] });
  });

  it.each([400, 405, 409, 501])('is UNSUPPORTED for %i, with what to switch on', async (status) => {
    const { access, referrers } = open({ before: ({ method }) => (method === 'DELETE' ? { status } : undefined) });
    await expect(deleteManifest(access, digest, referrers)).rejects.toMatchObject({
      code: 'UNSUPPORTED',
      details: { hint: expect.stringContaining('storage.delete.enabled') as string, status },
    });
  });

  it('is DIGEST_MISMATCH where the registry says that it deleted something else', async () => {
    const headers = { 'docker-content-digest': sampleImage('other').descriptor.digest };
    const { access, referrers } = open({
      referrersApi: true,
      before: ({ method }) => (method === 'DELETE' ? { status: 202, headers } : undefined),
    });
    await expect(deleteManifest(access, digest, referrers)).rejects.toMatchObject({ code: 'DIGEST_MISMATCH' });
  });

  it.each<{ deletes: NonNullable<ManifestServerOptions['deletes']> }>([{ deletes: 'all' }, { deletes: 'manifests' }])(
    'takes a referrer off the list, and the list away with its subject, on a registry that deletes $deletes',
    async ({ deletes }) => {
      const { access, server, referrers } = open({ deletes }, 'v1');
      const attached = ['one', 'two'].map((label) => sampleReferrer(image.descriptor, { annotations: { label } }));
      for (const { descriptor, bytes } of attached) {
        server.add({ ...descriptor, bytes });
        await referrers.attach(descriptor, parseManifest(bytes, descriptor.mediaType), undefined);
      }
      const [one, two] = attached;
      await deleteManifest(access, one?.descriptor.digest ?? digest, referrers);
      expect((await referrers.list(digest)).map((each) => each.digest)).toEqual([two?.descriptor.digest]);
      await deleteManifest(access, digest, referrers);
      expect(await referrers.list(digest)).toEqual([]);
      expect([...server.tags.keys()]).toEqual([]);
    },
  );

  it('leaves what is no list under the tag of one', async () => {
    const { access, server, referrers } = open({}, 'v1');
    const other = sampleImage('somebody’s');
    server.add({ ...other.descriptor, bytes: other.bytes }, referrersTag(digest));
    await deleteManifest(access, digest, referrers);
    expect([...server.tags.keys()]).toEqual([referrersTag(digest)]);
  });

  it('deletes what cannot be read', async () => {
    const { access, server, referrers } = open({});
    const bad = server.add({ ...image.descriptor, bytes: new TextEncoder().encode('{}') });
    await deleteManifest(access, bad, referrers);
    expect(server.manifests.has(bad)).toBe(false);
  });
});
