/** Whatever is changed in a bundle: it is refused with one of our codes, or says the same as before. */
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { verdictOf } from '../../test/bundle-verdict.ts';
import { leavesOf, valueAt, withValueAt, type JsonPath } from '../../test/json-leaves.ts';
import { signedBundles, type BundleName } from '../../test/signed-bundles.ts';
import { BUNDLE_FAULTS } from '../bundle/bundle-fault.ts';

const NAMES: readonly BundleName[] = ['keyless-rekor1', 'keyless-rekor2', 'key-witnessed', 'key-alone', 'message'];
const made = await signedBundles();
const bundles = new Map<BundleName, unknown>(NAMES.map((name) => [name, JSON.parse(made.json[name])]));

type Change = (value: unknown, path: JsonPath, other: unknown) => unknown;

const strangeValues = fc.oneof(
  fc.constantFrom<unknown>(null, true, {}, [], '', '0', 0, -1, 1e300, '\u0000', 'AAAA', '__proto__', [[]]),
  fc.string({ maxLength: 12 }),
  fc.integer(),
  fc.jsonValue({ maxDepth: 2 }),
);

const changes: fc.Arbitrary<Change> = fc.oneof(
  strangeValues.map(
    (value): Change =>
      () =>
        value,
  ),
  fc.constant<Change>(() => undefined),
  fc.constant<Change>((value) => [value, value]),
  fc.constant<Change>((value) => String(value) + String(value)),
  fc.constant<Change>((value) => Number(value)),
  fc.constant<Change>((_value, path, other) => tryValueAt(other, path)),
  fc
    .record({ at: fc.nat(5000), to: fc.constantFrom('A', 'z', '0', '9', '+', '/', '=', '-', '.', ' ', '\n') })
    .map(({ at, to }): Change => (value) => {
      const text = String(value);
      const place = text === '' ? 0 : at % text.length;
      return text.slice(0, place) + to + text.slice(place + 1);
    }),
);

function tryValueAt(value: unknown, path: JsonPath): unknown {
  try {
    return valueAt(value, path);
  } catch {
    return null;
  }
}

/** The leaf, or something that it is in. */
function placeOf(bundle: unknown, pick: number, up: number): JsonPath {
  const leaves = leavesOf(bundle);
  const leaf = leaves[pick % leaves.length] ?? [];
  return leaf.slice(0, Math.max(1, leaf.length - up));
}

it('a changed bundle is refused, or says what it said before', () => {
  const names = fc.constantFrom(...NAMES);
  fc.assert(
    fc.property(
      names,
      names,
      fc.nat(1000),
      fc.constantFrom(0, 0, 0, 1, 2),
      changes,
      (name, otherName, pick, up, change) => {
        const bundle = bundles.get(name);
        const path = placeOf(bundle, pick, up);
        const changed = withValueAt(bundle, path, change(valueAt(bundle, path), path, bundles.get(otherName)));
        expect([...BUNDLE_FAULTS, 'same']).toContain(verdictOf(made, name, changed));
      },
    ),
    { numRuns: 100 },
  );
});

it('a bundle for another signer is never made into one for this, by parts of it', () => {
  fc.assert(
    fc.property(fc.nat(1000), fc.constantFrom(0, 1, 2, 3), (pick, up) => {
      const [mine, theirs] = [bundles.get('key-alone'), bundles.get('keyless-rekor1')];
      const path = placeOf(theirs, pick, up);
      const changed = withValueAt(theirs, path, tryValueAt(mine, path));
      expect(BUNDLE_FAULTS).toContain(verdictOf(made, 'key-alone', changed));
    }),
    { numRuns: 40 },
  );
});
