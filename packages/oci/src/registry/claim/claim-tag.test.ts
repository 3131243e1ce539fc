import { sampleImage, toTag, type Sample } from '@squizzle/core/testing';
import { digestOf, type Descriptor } from '@squizzle/oci-spec';
import { describe, expect, it } from 'vitest';
import {
  createManifestServer,
  said,
  slowPushes,
  turns,
  type ManifestServerOptions,
} from '../../../test/manifest-server.ts';
import { connectionLost, scriptTransfer, type TransferAnswer } from '../../../test/scripted-transfer.ts';
import { findProfile } from '../profiles.ts';
import { createClaimTag, type ClaimTag } from './claim-tag.ts';
import { settleTime, type Wait } from './settle.ts';

const tag = toTag('v1.0.0');
const [mine, other] = [sampleImage('mine'), sampleImage('other')];

/** Longer than the slowest push takes. */
const settle: Wait = async (_waitMs, signal) => {
  await turns(200);
  signal?.throwIfAborted();
};

function open(options: ManifestServerOptions = {}) {
  const server = createManifestServer(options);
  const scripted = scriptTransfer(server.script);
  const waits: number[] = [];
  const wait: Wait = async (waitMs, signal) => {
    await settle(waitMs, signal);
    waits.push(waitMs);
  };
  const methods = (): readonly string[] => scripted.requests.map(({ method }) => method);
  return { server, ...scripted, claim: createClaimTag(scripted.access, { wait }), waits, methods };
}

const claimWith = (claim: ClaimTag, { descriptor, bytes }: Sample, signal?: AbortSignal): Promise<void> =>
  claim(descriptor, tag, { read: async () => ({ descriptor, bytes }), signal });

/** Answers the second PUT of the tag. */
function refusingAgain(answer: TransferAnswer): NonNullable<ManifestServerOptions['before']> {
  let puts = 0;
  return ({ method, url }) =>
    method === 'PUT' && url.pathname.endsWith(tag) && (puts += 1) === 2 ? answer : undefined;
}

const GUARDS: readonly { readonly guard: string; readonly options: ManifestServerOptions; readonly waits: number }[] = [
  { guard: 'nothing', options: {}, waits: 1 },
  { guard: 'If-None-Match', options: { conditions: true }, waits: 0 },
  { guard: 'immutable tags', options: { immutable: true }, waits: 0 },
];

describe.each(GUARDS)('a tag guarded by $guard', ({ options, waits }) => {
  it('is claimed when it is free, without waiting where that is of no use', async () => {
    const { server, claim, waits: waited } = open(options);
    await claimWith(claim, mine);
    expect(server.tags.get(tag)).toBe(mine.descriptor.digest);
    expect(waited).toHaveLength(waits);
  });

  it('is claimed again with one question', async () => {
    const { server, claim, methods } = open(options);
    server.add({ ...mine.descriptor, bytes: mine.bytes }, tag);
    await claimWith(claim, mine);
    expect(methods()).toEqual(['HEAD']);
  });

  it('is not given away: TAG_IMMUTABLE names both', async () => {
    const { server, claim, methods } = open(options);
    const existing = server.add({ ...other.descriptor, bytes: other.bytes }, tag);
    const details = { tag, existing, refused: mine.descriptor.digest };
    await expect(claimWith(claim, mine)).rejects.toMatchObject({ code: 'TAG_IMMUTABLE', details });
    expect(server.tags.get(tag)).toBe(existing);
    expect(methods()).not.toContain('PUT');
  });

  it('goes to one of 20 who come at once, each with its own connection', async () => {
    const server = createManifestServer({ ...options, before: slowPushes() });
    const images = Array.from({ length: 20 }, (_, at) => sampleImage(`image ${at}`));
    const outcomes = await Promise.allSettled(
      images.map((image) => claimWith(createClaimTag(scriptTransfer(server.script).access, { wait: settle }), image)),
    );
    const winner = images.find(({ descriptor }) => descriptor.digest === server.tags.get(tag));
    for (const [at, outcome] of outcomes.entries()) {
      if (images[at] === winner) expect(outcome.status).toBe('fulfilled');
      else
        expect(outcome).toMatchObject({
          reason: { code: 'TAG_IMMUTABLE', details: { existing: winner?.descriptor.digest } },
        });
    }
  });

  it('is ours when only the answer was lost', async () => {
    const server = createManifestServer(options);
    let lost = 0;
    const { access } = scriptTransfer(async (request) => {
      const answer = await server.script(request);
      if (request.method === 'PUT' && (lost += 1) === 1) throw connectionLost();
      return answer;
    });
    await claimWith(createClaimTag(access, { wait: settle }), mine);
    expect(server.tags.get(tag)).toBe(mine.descriptor.digest);
  });
});

describe('claimTag', () => {
  it('finds out once whether the registry guards tags', async () => {
    const { claim, methods } = open({ conditions: true });
    await claimWith(claim, mine);
    expect(methods()).toEqual(['HEAD', 'PUT', 'PUT', 'HEAD']);
    await claim(mine.descriptor, toTag('v2'), { read: async () => mine });
    expect(methods().slice(4)).toEqual(['HEAD', 'PUT', 'HEAD']);
  });

  it('finds out once for all who use the repository over one connection', async () => {
    const { claim, access, methods } = open({ conditions: true });
    await claimWith(claim, mine);
    await createClaimTag(access, { wait: settle })(mine.descriptor, toTag('v2'), { read: async () => mine });
    expect(methods().slice(4)).toEqual(['HEAD', 'PUT', 'HEAD']);
  });

  it('asks for each tag whether it is immutable: rules name some', async () => {
    const { claim, methods, waits } = open({ before: refusingAgain({ status: 400, body: said('TAG_INVALID') }) });
    await claimWith(claim, mine);
    expect(waits).toHaveLength(0);
    await claim(mine.descriptor, toTag('v2'), { read: async () => mine });
    expect(methods().slice(4)).toEqual(['HEAD', 'PUT', 'PUT', 'HEAD']);
    expect(waits).toHaveLength(1);
  });

  it('throws what was refused while the tag stays free', async () => {
    const { claim, server } = open({
      before: ({ method }) => (method === 'PUT' ? { status: 403 } : undefined),
    });
    await expect(claimWith(claim, mine)).rejects.toMatchObject({ code: 'FORBIDDEN' });
    expect(server.tags.size).toBe(0);
  });

  it('does not write over a tag that somebody else got while ours was refused', async () => {
    let refused = false;
    const { claim, server, methods } = open({
      before: ({ method }) => {
        if (method !== 'PUT' || refused) return undefined;
        refused = true;
        server.add({ ...other.descriptor, bytes: other.bytes }, tag);
        return { status: 500 };
      },
    });
    await expect(claimWith(claim, mine)).rejects.toMatchObject({ code: 'TAG_IMMUTABLE' });
    expect(methods().filter((method) => method === 'PUT')).toHaveLength(1);
    expect(server.tags.get(tag)).toBe(other.descriptor.digest);
  });

  it('knows its manifest by another algorithm', async () => {
    const descriptor: Descriptor = { ...mine.descriptor, digest: digestOf(mine.bytes, 'sha512') };
    const { claim, server } = open();
    server.add({ ...mine.descriptor, bytes: mine.bytes }, tag);
    await claimWith(claim, { descriptor, bytes: mine.bytes });
    await expect(
      claimWith(claim, { ...other, descriptor: { ...descriptor, digest: digestOf(other.bytes, 'sha512') } }),
    ).rejects.toMatchObject({
      code: 'TAG_IMMUTABLE',
    });
  });

  it('is RESPONSE_INVALID where the registry took the tag and has none', async () => {
    const { claim } = open({ before: ({ method }) => (method === 'PUT' ? { status: 201 } : { status: 404 }) });
    await expect(claimWith(claim, mine)).rejects.toMatchObject({ code: 'RESPONSE_INVALID' });
  });

  it('ends when aborted, also while it waits', async () => {
    const reason = new RangeError('stopped by the test');
    const controller = new AbortController();
    const { access } = scriptTransfer(createManifestServer().script);
    const wait: Wait = async (_waitMs, signal) => {
      controller.abort(reason);
      signal?.throwIfAborted();
    };
    const claim = createClaimTag(access, { wait });
    await expect(claimWith(claim, mine, controller.signal)).rejects.toBe(reason);
  });
});

describe('whether a registry keeps a tag is known by its answer when the tag is set again', () => {
  it.each([
    { status: 412, says: 'DENIED', waits: 0, why: 'the condition does not hold' },
    { status: 412, says: 'PRECONDITION', waits: 0, why: 'a rule of Harbor makes it immutable' },
    { status: 400, says: 'TAG_INVALID', waits: 0, why: 'Amazon keeps it' },
    { status: 400, says: 'ImageTagAlreadyExistsException', waits: 0, why: 'Amazon keeps it' },
    { status: 409, says: 'TAG_IMMUTABLE', waits: 0, why: 'it says so' },
    { status: 403, says: 'TAG_ALREADY_EXISTS', waits: 0, why: 'it says so' },
    { status: 403, says: 'DENIED', waits: 1, why: 'it may be a right, a quota, a firewall' },
    { status: 400, says: 'MANIFEST_INVALID', waits: 1, why: 'it may be a fault' },
    { status: 409, says: 'CONFLICT', waits: 1, why: 'it may be a lock of the moment' },
    { status: 500, says: 'TAG_INVALID', waits: 1, why: 'it failed' },
    { status: 201, says: 'TAG_INVALID', waits: 1, why: 'it set it' },
  ])('$status $says, so $waits waits: $why', async ({ status, says, waits }) => {
    const { claim, waits: waited, server } = open({ before: refusingAgain({ status, body: said(says) }) });
    await claimWith(claim, mine);
    expect(waited).toHaveLength(waits);
    expect(server.tags.get(tag)).toBe(mine.descriptor.digest);
  });

  it('is not asked again when the answer is lost: it must not be set long after others have looked', async () => {
    let puts = 0;
    const { claim, requests, waits } = open({
      before: ({ method }) => {
        if (method === 'PUT' && (puts += 1) === 2) throw connectionLost();
        return undefined;
      },
    });
    await claimWith(claim, mine);
    expect(waits).toHaveLength(1);
    expect(requests.filter(({ method }) => method === 'PUT').map(({ retry }) => retry)).toEqual([undefined, 'never']);
  });

  it('is not asked of a registry that is known to move tags', async () => {
    const { access, methods } = open();
    const profile = { ...findProfile(access.host), guardsTags: 'never' as const };
    await claimWith(createClaimTag({ ...access, profile }, { wait: settle }), mine);
    expect(methods()).toEqual(['HEAD', 'PUT', 'HEAD']);
  });
});

describe('a claimant', () => {
  it('waits as long as the others may need, whatever asking takes', async () => {
    const started: number[] = [];
    const slow = createManifestServer({
      before: async ({ method }) => {
        if (method === 'PUT' && started.length > 0) await turns(50);
        return undefined;
      },
    });
    const { access, requests } = scriptTransfer(slow.script);
    const wait: Wait = async (waitMs) => {
      started.push(requests.length);
      expect(waitMs).toBe(500);
    };
    await claimWith(createClaimTag(access, { wait }), mine);
    expect(started).toEqual([2]); // the look and the push: asking goes on meanwhile
  });

  it('that is the only one waits for nobody, and asks nothing twice', async () => {
    const { access, methods, server } = open();
    const wait: Wait = async () => expect.unreachable('it waited');
    await claimWith(createClaimTag(access, { soleWriter: true, wait }), mine);
    expect(methods()).toEqual(['HEAD', 'PUT', 'HEAD']);
    expect(server.tags.get(tag)).toBe(mine.descriptor.digest);
    await expect(claimWith(createClaimTag(access, { soleWriter: true, wait }), other)).rejects.toMatchObject({
      code: 'TAG_IMMUTABLE',
    });
  });
});

describe('settleTime', () => {
  it.each([
    { tookMs: 0, waitMs: 500, why: 'others may be on slower lines' },
    { tookMs: 1000, waitMs: 4000, why: 'others may be as slow as we were, and slower' },
    { tookMs: 60_000, waitMs: 10_000, why: 'nobody waits for ever' },
  ])('waits $waitMs ms after $tookMs: $why', ({ tookMs, waitMs }) => {
    expect(settleTime(tookMs)).toBe(waitMs);
  });
});
