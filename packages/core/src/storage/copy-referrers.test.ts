import type { Descriptor } from '@squizzle/oci-spec';
import { beforeEach, describe, expect, it } from 'vitest';
import type { ReferrerStore } from '../contracts/content-store.ts';
import { fetchAll, pushImage, sampleBlob, sampleImage, sampleIndex } from '../testing/content-samples.ts';
import { createMemoryContentStore, type MemoryContentStore } from '../testing/memory-content-store.ts';
import { attach, referrersOf } from '../testing/referrer-samples.ts';
import { copyContent } from './copy-content.ts';
import { copyReferrers, findReferrers } from './copy-referrers.ts';

const SIGNATURE = 'application/vnd.test.signature';
const REPORT = 'application/vnd.test.report';
const digestsOf = (descriptors: readonly Descriptor[]): readonly string[] =>
  descriptors.map(({ digest }) => digest).toSorted();

describe('copyReferrers', () => {
  let from: MemoryContentStore;
  let to: MemoryContentStore;
  let image: Descriptor;
  beforeEach(async () => {
    [from, to] = [createMemoryContentStore('from'), createMemoryContentStore('to')];
    image = await pushImage(from, 'a');
    await copyContent(image, from, to);
  });

  it('copies every referrer with what it names, so that the target trusts what the source trusts', async () => {
    const layer = sampleBlob(1000);
    await from.push(layer.descriptor, [layer.bytes]);
    const attached = [
      await attach(from, image, { artifactType: SIGNATURE, layers: [layer.descriptor] }),
      await attach(from, image, { artifactType: REPORT }),
    ];
    const copied = await copyReferrers(image, from, to);
    expect(digestsOf(copied)).toEqual(digestsOf(attached));
    expect(await referrersOf(to, image)).toEqual(await referrersOf(from, image));
    expect(await fetchAll(to, layer.descriptor)).toEqual(layer.bytes);
  });

  it('attaches what is there and attached to nothing, as a push leaves it that was cut off', async () => {
    const report = await attach(from, image, { artifactType: REPORT });
    let isListed = false;
    const halfway: MemoryContentStore = {
      ...to,
      wholeManifests: true,
      has: async () => true,
      push: async (descriptor) => {
        isListed ||= descriptor.digest === report.digest;
      },
      async *referrers() {
        if (isListed) yield report;
      },
    };
    await copyReferrers(image, from, halfway);
    expect(isListed).toBe(true);
  });

  it('attaches eight at once, each after what it is about', async () => {
    const reports = await Promise.all(
      Array.from({ length: 12 }, async (_, at) =>
        attach(from, image, { artifactType: REPORT, annotations: { at: `${at}` } }),
      ),
    );
    const signatures = await Promise.all(reports.map(async (report) => attach(from, report)));
    const done: string[] = [];
    let [running, highest] = [0, 0];
    const slow: MemoryContentStore = {
      ...to,
      async push(descriptor, content, options) {
        highest = Math.max(highest, (running += 1));
        await new Promise((resolve) => setImmediate(resolve));
        await to.push(descriptor, content, options);
        running -= 1;
        done.push(descriptor.digest);
      },
    };
    const copied = await copyReferrers(image, from, slow);
    expect(digestsOf(copied)).toEqual(digestsOf([...reports, ...signatures]));
    expect(highest).toBe(8);
    const last = Math.max(...reports.map(({ digest }) => done.indexOf(digest)));
    const first = Math.min(...signatures.map(({ digest }) => done.indexOf(digest)));
    expect(first).toBeGreaterThan(last);
  });

  it('asks once what is attached when all is there', async () => {
    for (const at of ['1', '2', '3']) await attach(from, image, { annotations: { at } });
    await copyReferrers(image, from, to);
    let asked = 0;
    const watched: MemoryContentStore = {
      ...to,
      referrers: (subject, options) => {
        asked += 1;
        return to.referrers(subject, options);
      },
    };
    await copyReferrers(image, from, watched);
    expect(asked).toBe(1);
  });

  it('copies referrers of referrers', async () => {
    const report = await attach(from, image, { artifactType: REPORT });
    const signature = await attach(from, report, { artifactType: SIGNATURE });
    expect((await copyReferrers(image, from, to)).map(({ digest }) => digest)).toEqual([
      report.digest,
      signature.digest,
    ]);
    expect(await referrersOf(to, report)).toMatchObject([{ digest: signature.digest }]);
  });

  it('copies those of the manifests in an index, because each platform’s image is signed', async () => {
    const index = sampleIndex([image]);
    await from.push(index.descriptor, [index.bytes]);
    const [ofIndex, ofImage] = [await attach(from, index.descriptor), await attach(from, image)];
    expect(digestsOf(await copyReferrers(index.descriptor, from, to))).toEqual(digestsOf([ofIndex, ofImage]));
  });

  it('copies those of one type with all that is attached to them', async () => {
    const report = await attach(from, image, { artifactType: REPORT });
    await attach(from, image, { artifactType: 'application/vnd.test.other' });
    const signature = await attach(from, report, { artifactType: SIGNATURE });
    const copied = await copyReferrers(image, from, to, { artifactType: REPORT });
    expect(digestsOf(copied)).toEqual(digestsOf([report, signature]));
  });

  it('tells of each blob, as copying content does', async () => {
    const referrer = await attach(from, image);
    const told: string[] = [];
    await copyReferrers(image, from, to, { onBlob: ({ digest }, outcome) => told.push(`${outcome} ${digest}`) });
    expect(told).toContain(`copied ${referrer.digest}`);
  });

  it.each<{ where: string; drop: () => [MemoryContentStore, MemoryContentStore] }>([
    { where: 'the source', drop: () => [{ ...from, referrers: undefined } as never, to] },
    { where: 'the target', drop: () => [from, { ...to, referrers: undefined } as never] },
  ])('copies nothing where $where keeps no referrers, and says so', async ({ drop }) => {
    const referrer = await attach(from, image);
    expect(await copyReferrers(image, ...drop())).toEqual([]);
    expect(await to.has(referrer)).toBe(false);
  });

  it('throws what copying throws: a signature that lost its document is a fault', async () => {
    await attach(from, image, { layers: [sampleBlob(10).descriptor] });
    await expect(copyReferrers(image, from, to)).rejects.toMatchObject({ code: 'CONTENT_NOT_FOUND' });
  });

  it('stops with the reason of the signal', async () => {
    const reason = new RangeError('stopped by the test');
    const controller = new AbortController();
    const referrer = await attach(from, image);
    const options = { signal: controller.signal, onBlob: () => controller.abort(reason) };
    await expect(copyReferrers(image, from, to, options)).rejects.toBe(reason);
    expect(await to.has(referrer)).toBe(false);
  });

  it.each<{ what: string; referrers: ReferrerStore['referrers'] }>([
    {
      what: 'referrers without end',
      async *referrers() {
        for (let at = 0; ; at += 1) yield sampleImage(`${at}`).descriptor;
      },
    },
    {
      what: 'a referrer of each referrer',
      async *referrers(subject) {
        yield sampleImage(subject.digest).descriptor;
      },
    },
  ])('ends for a source with $what, with ARTIFACT_TOO_LARGE', async ({ referrers }) => {
    const findAll = async (): Promise<void> => {
      for await (const { digest } of findReferrers(image, { ...from, referrers })) expect(digest).not.toBe('');
    };
    await expect(findAll()).rejects.toMatchObject({ code: 'ARTIFACT_TOO_LARGE' });
  });
});
