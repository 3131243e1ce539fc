/**
 * Trusted roots that the product brings. Older ones stay, so that a policy that pins one still finds it.
 *
 * @module
 */
import { digestHex, digestOf } from '@squizzle/oci-spec';
import { invalidRoot, parseTrustedRoot } from './parse-trusted-root.ts';
import { SIGSTORE_PUBLIC_GOOD_2025_09 } from './sigstore-public-good.ts';
import type { TrustedRoot } from './trusted-root.ts';

/** By name, the newest first. */
const CONTENTS = {
  'sigstore-public-good': [SIGSTORE_PUBLIC_GOOD_2025_09],
} as const satisfies Readonly<Record<string, readonly string[]>>;

export type BuiltinRootName = keyof typeof CONTENTS;

/** SHA-256 as hex of each, the newest first: what a policy may pin. */
export const BUILTIN_ROOTS: Readonly<Record<BuiltinRootName, readonly string[]>> = {
  'sigstore-public-good': CONTENTS['sigstore-public-good'].map(sha256Of),
};

const parsed = new Map<string, TrustedRoot>();

/**
 * @param sha256 the one that was pinned, as hex; the newest unless told.
 * @throws {SquizzleError} `TRUST_ROOT_INVALID` for a pin that no root of this version of the product has.
 */
export function builtinTrustedRoot(name: BuiltinRootName, sha256: string = newestOf(name)): TrustedRoot {
  const origin = `builtin ${name}`;
  const content = CONTENTS[name].find((text) => sha256Of(text) === sha256);
  if (content === undefined) {
    const known = BUILTIN_ROOTS[name].join(', ');
    throw invalidRoot(
      origin,
      `${sha256} was pinned and this version of squizzle has ${known}: pin one of them, or keep the pinned root in a file`,
    );
  }
  const root = parsed.get(sha256) ?? parseTrustedRoot(Buffer.from(content), origin);
  parsed.set(sha256, root);
  return root;
}

function newestOf(name: BuiltinRootName): string {
  return sha256Of(CONTENTS[name][0]);
}

function sha256Of(text: string): string {
  return digestHex(digestOf(Buffer.from(text)));
}
