/**
 * Words that settings and options for signing share.
 *
 * @module
 */

/** `auto`: whichever of the pipelines has a token; the last two need somebody at the keyboard. */
export const IDENTITIES = ['auto', 'github', 'gitlab', 'buildkite', 'browser', 'device'] as const;
export type IdentityChoice = (typeof IDENTITIES)[number];

export const INTERACTIVE_FLOWS = ['browser', 'device'] as const;
export type InteractiveFlow = (typeof INTERACTIVE_FLOWS)[number];

/** Forms of signatures that are written beside the bundle; `sig` is the tag `sha256-<digest>.sig` of cosign 1 and 2. */
export const COMPAT_FORMS = ['sig'] as const;
export type CompatForm = (typeof COMPAT_FORMS)[number];
