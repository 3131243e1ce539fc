/**
 * HTTP as this package needs it: one exchange, streaming both ways. Only `undici-send.ts` knows the library beneath.
 *
 * What is added to an exchange (retries, redirects, authorization) is a function from {@link Send} to {@link Send}.
 *
 * @module
 */
import type { Bytes } from '@squizzle/oci-spec';

export type HttpMethod = 'GET' | 'HEAD' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';

export interface HttpBody {
  readonly sizeBytes: number;
  /** The bytes from the start, exactly `sizeBytes` of them. Called once a try. */
  open(): Bytes;
  /** Whether `open` may be called again: without it a request is never sent twice. */
  readonly reopenable: boolean;
}

/** Which addresses a request may reach, checked where the connection is made, after the name was resolved. */
export type AddressRule =
  | 'any'
  /** This machine and any network, but nothing that is link-local (where clouds keep their metadata) or unspecified. */
  | 'ordinary'
  /** As `ordinary`, and not this machine. */
  | 'not-local'
  /** As `not-local`, and no private network. */
  | 'public';

export interface HttpRequest {
  readonly method: HttpMethod;
  readonly url: URL;
  /** Names in lower case. Never `authorization`: the layer that owns it adds it. */
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: HttpBody | undefined;
  readonly signal?: AbortSignal | undefined;
  /** What the request needs, as token services write it: `repository:myorg/app:pull,push`. */
  readonly scopes?: readonly string[];
  /** Without authorization wherever it goes: somebody else than the registry named the place. */
  readonly anonymous?: boolean | undefined;
  /** What was sent before, or is sent in the body, and must not be shown should the server say it. */
  readonly secrets?: readonly string[] | undefined;
  /** For messages and errors: whose request it is. */
  readonly place: RequestPlace;
  /** Default `any`. */
  readonly addresses?: AddressRule;
  /** Whether it may be sent again after a failure; default: yes, where it has no body or one that is reopenable. */
  readonly retry?: 'never' | undefined;
  /** Milliseconds that making a connection may take; the retry layer sets it. Default: that of the limits. */
  readonly connectMs?: number | undefined;
}

export interface RequestPlace {
  /** As references write it: `ghcr.io`. */
  readonly registry: string;
  readonly repository: string | null;
}

export interface HttpHeaders {
  /** The value; of several the first. Names in any case. */
  get(name: string): string | undefined;
  /** Every value, each header line apart. */
  all(name: string): readonly string[];
}

/** Its body must be read to the end, or discarded. */
export interface HttpResponse {
  readonly status: number;
  /** Of the last request, after redirects. */
  readonly url: URL;
  readonly headers: HttpHeaders;
  readonly body: AsyncIterable<Uint8Array>;
  /** Where the answer came from, as an IP address; `undefined` when a proxy stands between. */
  readonly address?: string | undefined;
  /** How often the request was sent until this answer came. Default: 1. */
  readonly attempts?: number | undefined;
  /** Blots out of a text of the server what it was sent and is secret, in any form. Whoever shows such a text calls it. */
  readonly redact?: ((text: string) => string) | undefined;
  /** Gives the connection back: reads a short rest, closes on a long one. Never throws. */
  discard(): Promise<void>;
}

/**
 * @throws {SquizzleError} `UNREACHABLE`, `TLS_UNTRUSTED`, `RESPONSE_INVALID` when what answers does not speak HTTP;
 *   `TRUNCATED`-like faults of the body as `UNREACHABLE` from the body's iterator. The signal's reason when aborted.
 * @throws {AddressRefusedError} when the request's `addresses` forbid where it leads.
 */
export type Send = (request: HttpRequest) => Promise<HttpResponse>;
