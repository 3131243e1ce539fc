import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { checksumOf } from '../model/checksum.ts';
import type { ReleaseManifest, Step } from '../model/release-manifest.ts';
import { sampleBytes } from '../testing/content-samples.ts';
import { emptyRelease } from '../testing/release-builder.ts';
import { readLayer } from './layer-reader.ts';
import { writeLayer, type LayerFile } from './layer-writer.ts';
import { collisionKey, stepPathFault } from './step-path.ts';

interface Sample {
  readonly path: string;
  readonly bytes: Uint8Array;
}

const toLayerFile = ({ path, bytes }: Sample): LayerFile => ({
  path: `migrations/1.0.0/${path}`,
  read: async () => bytes,
});

function manifestOf(samples: readonly Sample[]): ReleaseManifest {
  const steps = samples.map(({ path, bytes }) => ({
    path,
    checksum: checksumOf(bytes),
    sizeBytes: bytes.byteLength,
    rollback: null,
  }));
  return emptyRelease({ steps: steps as unknown as readonly Step[] });
}

/** Letters of one, two, three and four bytes, in normal form C. */
const letter = fc.constantFrom('a', 'Z', '0', '9', '_', '-', '.', ' ', 'é', 'ß', '日', '本', '😀', "'", '"', '%');
const part = fc.string({ unit: letter, minLength: 1, maxLength: 60 });
const path = fc
  .array(part, { minLength: 1, maxLength: 5 })
  .map((parts) => parts.join('/'))
  .filter((text) => stepPathFault(text) === undefined);
const bytes = fc.oneof(
  fc.uint8Array({ maxLength: 2_000 }),
  fc.nat(5).map((size) => new Uint8Array(size * 512)),
);
const samples = fc
  .uniqueArray(fc.record({ path, bytes }), { maxLength: 12, selector: (sample) => collisionKey(sample.path) })
  // A file cannot be the folder of another.
  .filter((list) => list.every((one) => list.every((other) => !other.path.startsWith(`${one.path}/`))));

const summaryOf = (list: readonly Sample[]): readonly unknown[] =>
  // By checksum: comparing megabytes item by item takes seconds.
  list.map((each) => [each.path, each.bytes.byteLength, checksumOf(each.bytes)]).sort();

async function roundTrip(list: readonly Sample[]): Promise<readonly Sample[]> {
  const layer = await writeLayer(list.map(toLayerFile));
  const read = await readLayer(layer.bytes, manifestOf(list), layer.diffId);
  return [...read].map(([name, content]) => ({ path: name, bytes: content }));
}

describe('a layer, written and read', () => {
  it('holds the same files', async () => {
    const property = fc.asyncProperty(samples, async (list) => {
      expect(summaryOf(await roundTrip(list))).toEqual(summaryOf(list));
    });
    await fc.assert(property, { numRuns: 150 });
  });

  it.each([
    { path: 'migrations/0001.sql', size: 0, why: 'an empty file' },
    {
      path: `migrations/${'a'.repeat(80)}/${'b'.repeat(60)}.sql`,
      size: 10,
      why: 'a path above 100 bytes, in two halves',
    },
    { path: `migrations/${'c'.repeat(180)}.sql`, size: 10, why: 'a name above 100 bytes, which ustar cannot halve' },
    { path: `migrations/${'d/'.repeat(200)}e.sql`, size: 10, why: 'a path above 255 bytes of many folders' },
    { path: `migrations/${'é'.repeat(200)}.sql`, size: 10, why: 'a path above 255 bytes that has fewer letters' },
    { path: `migrations/${'x'.repeat(1_024 - 'migrations/'.length)}`, size: 1, why: 'the longest path there may be' },
    { path: 'migrations/😀 日本.sql', size: 511, why: 'letters beyond the basic plane' },
    { path: 'migrations/block.sql', size: 512, why: 'exactly one block of tar' },
    { path: 'migrations/big.sql', size: 3_145_728, why: '3 MiB, which compress in many cuts' },
  ])('keeps $why', async ({ path: name, size }) => {
    const list = [{ path: name, bytes: sampleBytes(size) }];
    expect(summaryOf(await roundTrip(list))).toEqual(summaryOf(list));
  });

  it('is the same bytes in whatever order the files come', async () => {
    const shuffled = samples.chain((list) =>
      fc.tuple(fc.constant(list), fc.shuffledSubarray([...list], { minLength: list.length })),
    );
    const property = fc.asyncProperty(shuffled, async ([list, other]) => {
      const [one, two] = [await writeLayer(list.map(toLayerFile)), await writeLayer(other.map(toLayerFile))];
      expect(two.descriptor).toEqual(one.descriptor);
      expect(two.diffId).toBe(one.diffId);
    });
    await fc.assert(property, { numRuns: 60 });
  });

  it('is refused, or means the same, when a byte of it is wrong: never other content', async () => {
    const list: Sample[] = [
      { path: 'migrations/0001_users.sql', bytes: Buffer.from('CREATE TABLE users (id int);\n') },
      { path: 'migrations/0002_orders.sql', bytes: Buffer.from('CREATE TABLE orders (id int);\n'.repeat(20)) },
    ];
    const [layer, manifest] = [await writeLayer(list.map(toLayerFile)), manifestOf(list)];
    const whole = await readLayer(layer.bytes, manifest, layer.diffId);
    let refused = 0;
    for (let at = 0; at < layer.bytes.byteLength; at++) {
      for (const flip of [0x01, 0x80, 0xff]) {
        const wrong = layer.bytes.map((byte, index) => (index === at ? byte ^ flip : byte));
        const outcome = await readLayer(wrong, manifest, layer.diffId).catch((cause: unknown) => cause);
        if (outcome instanceof Map) expect(outcome).toEqual(whole);
        else {
          expect(outcome, `byte ${at}`).toMatchObject({ code: 'ARTIFACT_INVALID' });
          refused++;
        }
      }
    }
    expect(refused, 'only bytes of the gzip header that say nothing may be wrong').toBeGreaterThan(
      3 * (layer.bytes.byteLength - 10),
    );
  });
});
