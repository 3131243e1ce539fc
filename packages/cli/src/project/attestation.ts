/**
 * What an attestation says of a release, by its type: read from the release, the pipeline, the ledger or a file.
 *
 * @module
 */
import { resolve } from 'node:path';
import { SquizzleError, versionTag, type PulledArtifact } from '@squizzle/core';
import type { Predicate } from '@squizzle/security';
import type { SecurityTools } from '../adapters.ts';
import { readBoundedFile } from '../files/read-bounded-file.ts';
import { ownVersion } from '../own-version.ts';
import { receiptOf } from './apply-receipt.ts';
import { describeRun, type ProvenanceFlags } from './build-provenance.ts';
import type { OpenSigner } from './open-signer.ts';
import type { Project } from './project.ts';
import { reportOfFile } from './rehearsal-file.ts';

export const ATTESTATION_TYPES = ['provenance', 'sbom', 'release', 'test-result', 'rehearsal', 'apply'] as const;
export type AttestationType = (typeof ATTESTATION_TYPES)[number];

export interface AttestationRequest extends ProvenanceFlags {
  /** One of ours, or a URI. */
  readonly type: string;
  readonly predicate?: string;
}

export interface Attestation {
  readonly predicateType: string;
  readonly predicate: Predicate;
}

/** @throws {SquizzleError} `USAGE_INVALID` for an unknown type, and for a file that is missing or of no use. */
export async function composeAttestation(
  request: AttestationRequest,
  artifact: PulledArtifact,
  signer: OpenSigner,
  project: Project,
): Promise<Attestation> {
  const predicateType = typeOf(request.type, signer);
  try {
    const predicate = await compose(request, artifact, signer, project);
    requireFit(request.type, predicate);
    return { predicateType, predicate };
  } catch (cause) {
    // what the statement is made of is not fit for it, and came from the release or the arguments
    if (!(cause instanceof RangeError)) throw cause;
    throw refuse(request.type, `the attestation cannot be made: ${cause.message}`);
  }
}

async function compose(
  request: AttestationRequest,
  artifact: PulledArtifact,
  signer: OpenSigner,
  project: Project,
): Promise<Predicate> {
  const { type, predicate: file } = request;
  const { manifest, root } = artifact;
  if (isMade(type) && file !== undefined) throw refuse('--predicate', `${type} is made by squizzle, and takes no file`);
  if (type === 'provenance') return describeRun(request, artifact, signer, project);
  if (type === 'apply') return receiptOf(artifact, signer, project);
  if (type === 'sbom') {
    const generator = { name: 'squizzle', version: ownVersion() };
    return signer.tools.cyclonedxBom({ release: manifest, digest: root.digest, generator });
  }
  if (type === 'release') {
    const { version } = manifest;
    const repository = project.sharedRepository() ?? manifest.name;
    return signer.tools.releaseBinding({ digest: root.digest, version, tag: versionTag(version), repository });
  }
  if (file === undefined) throw refuse('--predicate', `${type} says what a file says: name it with --predicate`);
  const said = await readPredicate(file, project);
  return type === 'rehearsal' ? reportOfFile(said, file, artifact, signer) : said;
}

/** By squizzle itself: the others say what a file says. */
export function isMade(type: string): boolean {
  return type === 'provenance' || type === 'apply' || type === 'sbom' || type === 'release';
}

/** The predicate type of each, by the name that `--type` takes. */
export function attestationTypes({
  PREDICATE_TYPES,
}: Pick<SecurityTools, 'PREDICATE_TYPES'>): Readonly<Record<AttestationType, string>> {
  const { provenance, sbom, release, testResult, rehearsal, apply } = PREDICATE_TYPES;
  return { provenance, sbom, release, 'test-result': testResult, rehearsal, apply };
}

function typeOf(type: string, { tools }: OpenSigner): string {
  const found = Object.entries(attestationTypes(tools)).find(([name]) => name === type)?.[1];
  if (found !== undefined) return found;
  if (/^[a-z][a-z0-9+.-]*:\S+$/i.test(type) && URL.canParse(type)) return type;
  const message = `'${type}' is no type of attestation: take one of ${ATTESTATION_TYPES.join(', ')}, or a URI, as https://acme.test/attestations/review/v1`;
  throw refuse('--type', message);
}

/** @throws {SquizzleError} `USAGE_INVALID` for what would be signed, and then count for nothing. */
function requireFit(type: string, predicate: Predicate): void {
  const bytes = Buffer.byteLength(JSON.stringify(predicate));
  if (bytes <= PREDICATE_BYTES) return;
  const message = `the attestation has ${bytes} bytes, more than the ${PREDICATE_BYTES} that fit into a bundle that verifiers take`;
  throw refuse(type, message);
}

/** A bundle of more than 1 MiB counts for nothing; in it this is a third larger, beside certificate and log entry. */
const PREDICATE_BYTES = 716_800;

/** One JSON object. Its text is in no message: it may be a mistake, and secret. */
async function readPredicate(file: string, { cwd, signal }: Project): Promise<Predicate> {
  const label = `--predicate ${file}`;
  const bytes = await readBoundedFile(resolve(cwd, file), { label, limitBytes: PREDICATE_BYTES, signal });
  const value = parseJson(bytes);
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw refuse(label, `${label}: expected one JSON object in UTF-8`);
  }
  return value as Predicate;
}

function parseJson(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch {
    return undefined;
  }
}

function refuse(argument: string, message: string): SquizzleError<'USAGE_INVALID'> {
  return new SquizzleError('USAGE_INVALID', message, { argument });
}
