/**
 * What a registry client tells while it works: data, which the caller shows or not.
 *
 * @module
 */
import type { Digest } from '@squizzle/oci-spec';

export type TransferDirection = 'push' | 'pull';

export type RegistryEvent =
  /** The registry's own words (`Warning: 299`), each once. */
  | { readonly type: 'warning'; readonly registry: string; readonly text: string }
  /** Certificates of this registry are not verified, or another machine is spoken to without TLS. Told once. */
  | { readonly type: 'insecure'; readonly registry: string; readonly reason: 'plain-http' | 'unverified-tls' }
  | {
      readonly type: 'retrying';
      readonly registry: string;
      readonly method: string;
      /** The try that follows: 2 and up. */
      readonly attempt: number;
      readonly waitMs: number;
      readonly reason: string;
    }
  /** `doneBytes` never passes `totalBytes`; it goes back where a transfer begins anew. */
  | {
      readonly type: 'blob-progress';
      readonly direction: TransferDirection;
      readonly digest: Digest;
      readonly doneBytes: number;
      readonly totalBytes: number;
    }
  | {
      readonly type: 'blob-finished';
      readonly direction: TransferDirection;
      readonly digest: Digest;
      readonly totalBytes: number;
      readonly outcome: 'transferred' | 'present' | 'mounted';
    }
  /** From `ratelimit-*` headers: how many requests are left. */
  | { readonly type: 'rate-limit'; readonly registry: string; readonly limit: string; readonly remaining: string };

export type OnRegistryEvent = (event: RegistryEvent) => void;
