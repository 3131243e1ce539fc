/**
 * Sigstore's `signing_config.json`, version 0.2: of each kind the service to use now.
 *
 * The highest version of those that are supported wins, of these the one that began last. A log or authority is used
 * alone: a file that asks for several is refused instead of being followed by half.
 *
 * @see https://github.com/sigstore/protobuf-specs/blob/main/protos/sigstore_trustroot.proto
 * @module
 */
import * as v from 'valibot';
import { parseJson } from '../http/read-json.ts';
import { checkInstance, signingConfigInvalid } from './check-instance.ts';
import type { SigstoreInstance } from './sigstore-instance.ts';

const MEDIA_TYPE = 'application/vnd.dev.sigstore.signingconfig.v0.2+json';
const MAX_BYTES = 64 * 1024;

const time = v.pipe(
  v.string(),
  v.isoTimestamp(),
  v.transform((text) => new Date(text)),
);
const SERVICE = v.object({
  url: v.string(),
  majorApiVersion: v.pipe(v.number(), v.safeInteger()),
  validFor: v.object({ start: time, end: v.optional(time) }),
});
type Service = v.InferOutput<typeof SERVICE>;
const SELECTION = v.optional(
  v.object({ selector: v.picklist(['ANY', 'ALL', 'EXACT']), count: v.optional(v.number(), 1) }),
);
const services = v.optional(v.pipe(v.array(SERVICE), v.maxLength(64)), []);
const CONFIG = v.object({
  mediaType: v.literal(MEDIA_TYPE),
  caUrls: services,
  oidcUrls: services,
  rekorTlogUrls: services,
  rekorTlogConfig: SELECTION,
  tsaUrls: services,
  tsaConfig: SELECTION,
});

/**
 * @param json the file's bytes.
 * @throws {SquizzleError} `SIGNING_CONFIG_INVALID` for another file, or one without a certificate authority that is
 *   valid now, or whose services together can make no signature that lasts.
 */
export function parseSigningConfig(json: Uint8Array, now: Date): SigstoreInstance {
  if (json.byteLength > MAX_BYTES)
    throw signingConfigInvalid(null, `the file is over ${MAX_BYTES} bytes: see which it is`);
  const result = v.safeParse(CONFIG, parseJson(json));
  if (!result.success) {
    const reason = `the file is no signing configuration of the kind ${MEDIA_TYPE}: get it where the instance publishes it`;
    throw signingConfigInvalid(v.getDotPath(result.issues[0]), reason);
  }
  const instance = toInstance(result.output, now);
  checkInstance(instance);
  return instance;
}

function toInstance(config: v.InferOutput<typeof CONFIG>, now: Date): SigstoreInstance {
  const { caUrls, oidcUrls, rekorTlogUrls, rekorTlogConfig, tsaUrls, tsaConfig } = config;
  const fulcio = choose(caUrls, [1], now);
  if (fulcio === undefined) {
    throw signingConfigInvalid(
      'caUrls',
      'has no certificate authority of version 1 that is valid now: get the file anew',
    );
  }
  const rekor = chooseAlone('rekorTlogUrls', rekorTlogUrls, [2, 1], rekorTlogConfig, now);
  const tsa = chooseAlone('tsaUrls', tsaUrls, [1], tsaConfig, now);
  const oidc = choose(oidcUrls, [1], now);
  return {
    fulcioUrl: fulcio.url,
    rekor: rekor && { url: rekor.url, majorVersion: rekor.majorApiVersion === 2 ? 2 : 1 },
    tsaUrl: tsa?.url ?? null,
    ...(oidc === undefined ? {} : { oidcIssuerUrl: oidc.url }),
  };
}

/** `null` where the file does not ask for any. */
function chooseAlone(
  key: string,
  candidates: readonly Service[],
  versions: readonly number[],
  selection: v.InferOutput<typeof SELECTION>,
  now: Date,
): Service | null {
  if (candidates.length === 0) return null;
  const several = selection?.selector === 'ALL' ? candidates.length > 1 : (selection?.count ?? 1) > 1;
  if (several)
    throw signingConfigInvalid(key, 'asks for several services at once, and one is used: name the services instead');
  const chosen = choose(candidates, versions, now);
  if (chosen === undefined) {
    throw signingConfigInvalid(
      key,
      `has no service of version ${versions.join(' or ')} that is valid now: get the file anew`,
    );
  }
  return chosen;
}

/** @param versions that are supported, the preferred first. */
function choose(candidates: readonly Service[], versions: readonly number[], now: Date): Service | undefined {
  const rank = ({ majorApiVersion }: Service): number => versions.indexOf(majorApiVersion);
  const usable = candidates.filter((each) => rank(each) >= 0 && isValid(each, now));
  return usable.sort((a, b) => rank(a) - rank(b) || b.validFor.start.getTime() - a.validFor.start.getTime())[0];
}

function isValid({ validFor: { start, end } }: Service, now: Date): boolean {
  return start <= now && (end === undefined || end >= now);
}
