/**
 * The services of one Sigstore: the public good instance, or one's own.
 *
 * @module
 */

export interface SigstoreInstance {
  readonly fulcioUrl: string;
  /** `null`: signatures go into no transparency log; then there must be a timestamp authority. */
  readonly rekor: { readonly url: string; readonly majorVersion: 1 | 2 } | null;
  /** Timestamp authorities (RFC 3161). A Rekor of version 2 promises no time, so it needs one. */
  readonly tsaUrl: string | null;
  /** Where people sign in. Left out: the instance names none. */
  readonly oidcIssuerUrl?: string;
}

/** How a bundle is witnessed, whoever signs it. */
export type Witnesses = Pick<SigstoreInstance, 'rekor' | 'tsaUrl'>;

/** What the Sigstore project runs for everybody. Its log is public: what is signed with it can be read by all. */
export const PUBLIC_GOOD_INSTANCE: SigstoreInstance = {
  fulcioUrl: 'https://fulcio.sigstore.dev',
  rekor: { url: 'https://rekor.sigstore.dev', majorVersion: 1 },
  tsaUrl: 'https://timestamp.sigstore.dev/api/v1/timestamp',
  oidcIssuerUrl: 'https://oauth2.sigstore.dev/auth',
};
