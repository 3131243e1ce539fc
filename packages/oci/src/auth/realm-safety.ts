/**
 * Whether credentials may go where a registry says that tokens are had.
 *
 * https unless the registry itself is without it; never an address of this machine, its wire or a private network,
 * unless the registry is at such an address too. What was allowed here is enforced again where the connection is made,
 * so that a name cannot mean another address by then.
 *
 * @see https://nvd.nist.gov/vuln/detail/CVE-2026-48978
 * @module
 */
import { SquizzleError } from '@squizzle/core';
import type { AddressRule, RequestPlace } from '../http/http.ts';
import { classifyAddress, literalAddress, type AddressKind } from '../http/private-address.ts';
import { redactSecrets } from '../http/redact-secrets.ts';
import { redactUrl } from '../http/redact-url.ts';
import { unlessAborted } from './single-flight.ts';

export type LookUp = (hostname: string) => Promise<readonly string[]>;

export interface RealmRules {
  /** Of the registry's API. */
  readonly origin: URL;
  /** All addresses of a name. Default: those of the system. */
  readonly lookup?: LookUp | undefined;
  /** Whether a proxy makes the connection, and resolves the name: then only literal addresses can be checked. */
  readonly hasProxy?: ((url: URL) => boolean) | undefined;
  /** What the registry was sent before, and could name in the address. */
  readonly secrets?: readonly string[] | undefined;
  /** The address at which the registry answered; where it is not known, its name is resolved. */
  readonly reachedAt?: (() => string | undefined) | undefined;
}

export interface SafeRealm {
  readonly url: URL;
  /** Goes with every request there. */
  readonly addresses: AddressRule;
}

/**
 * `realm` is as the registry wrote it. On the registry's own origin it is as safe as the registry.
 *
 * @throws {SquizzleError} `INSECURE_REALM`: nothing was sent.
 */
export async function checkRealm(
  realm: string,
  place: RequestPlace,
  rules: RealmRules,
  signal?: AbortSignal,
): Promise<SafeRealm> {
  const { origin, lookup = lookUpAll, secrets } = rules;
  if (!URL.canParse(realm)) throw insecureRealm(realm, place, 'that is no URL');
  const url = new URL(realm);
  url.hash = '';
  const fault = faultOfUrl(url, origin);
  if (fault !== undefined) throw insecureRealm(url, place, fault, { secrets });
  if (url.origin === origin.origin) return { url, addresses: 'any' };
  const literal = literalKind(url.hostname);
  if (literal === undefined && rules.hasProxy?.(url) === true) return { url, addresses: 'public' };
  const kinds = literal === undefined ? await kindsOf(url.hostname, lookup, signal) : [literal];
  if (kinds.length > 0 && kinds.every(isPublic)) return { url, addresses: 'public' };
  const reached = rules.reachedAt?.();
  const allowed = allowedBeside(
    reached === undefined ? await kindsOf(origin.hostname, lookup, signal) : [kindOf(reached)],
  );
  const refused = kinds.find((kind) => !allowed.has(kind));
  if (refused !== undefined)
    throw insecureRealm(url, place, `that is at a ${refused} address and the registry is not`, { secrets });
  return { url, addresses: ruleFor(kinds.length > 0 ? kinds : [...allowed]) };
}

interface RealmFault {
  readonly cause?: unknown;
  readonly secrets?: readonly string[] | undefined;
}

/** For what the transport refuses at the last moment, too. */
export function insecureRealm(
  url: URL | string,
  place: RequestPlace,
  fault: string,
  { cause, secrets = [] }: RealmFault = {},
): SquizzleError<'INSECURE_REALM'> {
  const realm = redactSecrets(redactUrl(url), secrets);
  const hint = 'ask who runs the registry to name a token service that is reached by https, in no network but its own';
  const message = `${place.registry}: wants credentials sent to ${realm}, but ${fault}; nothing was sent; ${hint}`;
  return new SquizzleError(
    'INSECURE_REALM',
    message,
    { ...place, requestId: null, status: 401, hint, realm },
    { cause },
  );
}

function faultOfUrl({ protocol, username, password }: URL, origin: URL): string | undefined {
  if (protocol === 'http:' && origin.protocol !== 'http:') return 'http is no safe way while the registry speaks https';
  if (protocol !== 'https:' && protocol !== 'http:') return `${protocol.slice(0, 16)} is no way to send them`;
  return username === '' && password === '' ? undefined : 'that address names a user of its own';
}

/** Names that clouds give their metadata service, which a proxy in the cloud could resolve. */
const METADATA_NAMES = new Set(['metadata', 'metadata.google.internal', 'metadata.goog', 'instance-data.ec2.internal']);

/** `undefined`: the name has to be resolved first. */
function literalKind(hostname: string): AddressKind | undefined {
  const address = literalAddress(hostname);
  if (address !== undefined) return kindOf(address);
  return METADATA_NAMES.has(hostname.replace(/\.$/, '')) ? 'metadata' : undefined;
}

/** Empty: the name could not be resolved. The transport will say so. */
async function kindsOf(hostname: string, lookup: LookUp, signal: AbortSignal | undefined): Promise<AddressKind[]> {
  const literal = literalKind(hostname);
  if (literal !== undefined) return [literal];
  const addresses = lookup(hostname).catch(() => []);
  return (await unlessAborted<readonly string[]>(addresses, signal)).map(kindOf);
}

/** Who connects to the unspecified address reaches this machine. */
function kindOf(address: string): AddressKind {
  const kind = classifyAddress(address);
  return kind === 'unspecified' ? 'loopback' : kind;
}

/**
 * A registry with one public address, or none that is known, is public: else it could add a private one to be believed.
 * Link-local addresses are the registry's own at best: the machine's metadata is at such a one.
 */
function allowedBeside(registry: readonly AddressKind[]): ReadonlySet<AddressKind> {
  const isPrivate = registry.length > 0 && !registry.some(isPublic);
  if (!isPrivate) return new Set(['public']);
  return registry.includes('loopback') ? new Set(['public', 'private', 'loopback']) : new Set(['public', 'private']);
}

function isPublic(kind: AddressKind): boolean {
  return kind === 'public';
}

function ruleFor(kinds: readonly AddressKind[]): AddressRule {
  if (kinds.every(isPublic)) return 'public';
  return kinds.every((kind) => isPublic(kind) || kind === 'private') ? 'not-local' : 'ordinary';
}

async function lookUpAll(hostname: string): Promise<readonly string[]> {
  const { lookup } = await import('node:dns/promises');
  return (await lookup(hostname, { all: true })).map(({ address }) => address);
}
