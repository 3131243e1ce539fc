/**
 * The key `signing` of `squizzle.yaml`: with what releases are signed, and which services witness it.
 *
 * No key is a secret: private keys lie in files, passwords and tokens in variables.
 *
 * @module
 */
import * as v from 'valibot';
import { MAPPING, path, serviceUrl, text } from './plain-values.ts';
import { setting } from './setting.ts';
import { COMPAT_FORMS, IDENTITIES } from './signing-choices.ts';
import { trustedRoot } from './trust-schema.ts';

const REKOR_EXPECTED = "'false', or 'url: …' with 'version: 1' or 'version: 2'";

const rekor = v.union(
  [
    v.literal(false),
    v.looseObject({ url: setting(serviceUrl), version: v.optional(v.picklist([1, 2], '1 or 2')) }, MAPPING),
  ],
  REKOR_EXPECTED,
);

export const signing = v.looseObject(
  {
    key: v.optional(setting(text)),
    identity: v.optional(setting(v.picklist(IDENTITIES, `one of ${IDENTITIES.join(', ')}`))),
    signingConfig: v.optional(setting(path)),
    fulcio: v.optional(setting(serviceUrl)),
    rekor: v.optional(rekor),
    tsa: v.optional(setting(serviceUrl)),
    oidcIssuer: v.optional(setting(serviceUrl)),
    oidcClientId: v.optional(setting(text)),
    trustedRoot: v.optional(trustedRoot),
    compat: v.optional(v.array(v.picklist(COMPAT_FORMS, "'sig'"), "a list, as '[sig]'")),
  },
  MAPPING,
);
