/**
 * The key `trust` of `squizzle.yaml`: where the trust policy is, and what it is pinned to.
 *
 * Everything is written out: no variable opens this door.
 *
 * @module
 */
import * as v from 'valibot';
import { MAPPING, path, sha256, text } from './plain-values.ts';

const ROOT_EXPECTED = "'builtin: sigstore-public-good', or 'file: …' with its 'sha256: …'";

/** A file that could be any other file is no root: it is pinned. */
export const trustedRoot = v.pipe(
  v.looseObject(
    {
      builtin: v.optional(v.literal('sigstore-public-good', "'sigstore-public-good'")),
      file: v.optional(path),
      sha256: v.optional(sha256),
    },
    MAPPING,
  ),
  v.check(({ builtin, file, sha256: pin }) => {
    return builtin === undefined ? file !== undefined && pin !== undefined : file === undefined;
  }, ROOT_EXPECTED),
);

export type TrustedRootConfig = v.InferOutput<typeof trustedRoot>;

const SIGNER_EXPECTED = "'key: …' alone, or 'issuer: …', 'san: …' and 'trustedRoot: …'";

/** Who must have signed the policy itself. */
const signedBy = v.pipe(
  v.looseObject(
    { key: v.optional(path), issuer: v.optional(text), san: v.optional(text), trustedRoot: v.optional(trustedRoot) },
    MAPPING,
  ),
  v.check(({ key, issuer, san, trustedRoot: root }) => {
    const parts = [issuer, san, root].filter((part) => part !== undefined).length;
    return key === undefined ? parts === 3 : parts === 0;
  }, SIGNER_EXPECTED),
);

export const trust = v.looseObject(
  { policy: v.optional(path), digest: v.optional(sha256), signedBy: v.optional(signedBy) },
  MAPPING,
);
