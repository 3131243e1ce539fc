/**
 * A trust policy as commands show it.
 *
 * @module
 */
import type { KeyObject } from 'node:crypto';
import type { AttestationRequirement, PolicyRule, Principal, TrustPolicyDocument } from '@squizzle/security';
import type { PolicyGuards } from '../project/policy-guards.ts';
import type { Paint } from './paint.ts';

export interface PolicyJson {
  readonly file: string;
  readonly digest: string;
  readonly expires: string | null;
  readonly roots: readonly {
    readonly name: string;
    readonly digest: string | null;
    readonly origin: string | null;
    readonly require: TrustPolicyDocument['roots'] extends ReadonlyMap<string, { readonly thresholds: infer T }>
      ? T
      : never;
  }[];
  readonly principals: readonly PrincipalJson[];
  readonly rules: readonly RuleJson[];
  readonly limits: TrustPolicyDocument['limits'];
}

export interface PrincipalJson {
  readonly name: string;
  readonly kind: 'keyless' | 'key';
  readonly root: string;
  /** Of a key: SHA-256 of its DER. */
  readonly fingerprint: string | null;
  readonly from: string | null;
  readonly until: string | null;
  readonly issuer: string | null;
  /** `*` and `**` stand for others where it is a glob. */
  readonly san: string | null;
  readonly sanIsGlob: boolean;
  readonly claims: Readonly<Record<string, string>>;
}

export interface RuleJson {
  readonly environments: readonly string[];
  /** The reason why releases may do without signature; `null`: they may not. */
  readonly unsigned: string | null;
  readonly signature: { readonly anyOf: readonly string[]; readonly min: number } | null;
  readonly attestations: readonly AttestationRequirement[];
  readonly antiRollback: { readonly increasing: boolean; readonly chain: boolean } | null;
}

export function toPolicyJson(policy: TrustPolicyDocument, fingerprintOf: (key: KeyObject) => string): PolicyJson {
  const { file, digest, expires, roots, principals, rules, limits } = policy;
  return {
    file,
    digest,
    expires: expires?.toISOString() ?? null,
    roots: [...roots.values()].map(({ name, trustedRoot, thresholds }) => ({
      name,
      digest: trustedRoot?.digest ?? null,
      origin: trustedRoot?.origin ?? null,
      require: thresholds,
    })),
    principals: [...principals.values()].map((principal) => toPrincipalJson(principal, fingerprintOf)),
    rules: rules.map(toRuleJson),
    limits,
  };
}

function toPrincipalJson({ name, root, signer }: Principal, fingerprintOf: (key: KeyObject) => string): PrincipalJson {
  const nothing = { fingerprint: null, from: null, until: null, issuer: null, san: null, sanIsGlob: false, claims: {} };
  const common = { ...nothing, name, kind: signer.kind, root: root.name };
  if (signer.kind === 'key') {
    const { publicKey, from, until } = signer;
    const span = { from: from?.toISOString() ?? null, until: until?.toISOString() ?? null };
    return { ...common, ...span, fingerprint: fingerprintOf(publicKey) };
  }
  const { issuer, san, claims = {} } = signer;
  const isGlob = 'glob' in san;
  return { ...common, issuer, san: isGlob ? san.glob : san.exact, sanIsGlob: isGlob, claims };
}

function toRuleJson({ environments, demand }: PolicyRule): RuleJson {
  if (demand.kind === 'unsigned') {
    return { environments, unsigned: demand.reason, signature: null, attestations: [], antiRollback: null };
  }
  const { signature, attestations, antiRollback } = demand;
  return { environments, unsigned: null, signature, attestations, antiRollback };
}

/** None where nothing guards the policy. */
export function guardLines({ pins, signature }: PolicyGuards, paint: Paint): readonly string[] {
  return [
    ...pins.map(({ by, digest, met }) =>
      met ? `pin: met (${by})` : `pin: ${paint.red('NOT met')} (${by} pins ${digest})`,
    ),
    ...(signature === null ? [] : [`signature: ${describeSignature(signature, paint)}`]),
  ];
}

function describeSignature({ by, reason }: NonNullable<PolicyGuards['signature']>, paint: Paint): string {
  return by === null ? `${paint.red('not valid')}: ${reason ?? ''}` : `by ${by}`;
}

export function policyLines(
  { file, digest, expires, roots, principals, rules, pins, signature }: PolicyJson & PolicyGuards,
  paint: Paint,
): readonly string[] {
  return [
    `${paint.bold(file)}: ${digest}`,
    ...guardLines({ pins, signature }, paint),
    expires === null ? 'does not expire' : `expires ${expires}`,
    '',
    'roots:',
    ...roots.map(
      ({ name, digest: pinned, origin }) =>
        `  ${name}: ${pinned === null ? 'keys alone' : `${origin ?? ''} ${pinned}`}`,
    ),
    'principals:',
    ...principals.map((principal) => `  ${paint.bold(principal.name)}: ${describePrincipal(principal)}`),
    'rules, the first that fits counts:',
    ...rules.flatMap((rule) => ruleLines(rule, paint)),
  ];
}

function describePrincipal({ kind, root, fingerprint, from, until, issuer, san, claims }: PrincipalJson): string {
  if (kind === 'key') {
    const span = [from === null ? '' : ` from ${from}`, until === null ? '' : ` until ${until}`].join('');
    return `key ${fingerprint ?? ''}${span} (root ${root})`;
  }
  const asked = Object.entries(claims).map(([name, value]) => `${name} ${value}`);
  return [`${san ?? ''} of ${issuer ?? ''}`, ...asked, `(root ${root})`].join(', ');
}

function ruleLines(
  { environments, unsigned, signature, attestations, antiRollback }: RuleJson,
  paint: Paint,
): readonly string[] {
  const head = `  ${paint.bold(environments.join(', '))}:`;
  if (signature === null) return [`${head} unsigned releases are allowed: ${unsigned ?? ''}`];
  return [
    head,
    `    signature of ${partiesOf(signature.anyOf, signature.min)}`,
    ...attestations.map((each) => `    ${each.type} of ${partiesOf(each.by, each.min)}${conditionsOf(each)}`),
    ...(antiRollback?.increasing === true ? ['    no version below that of the database'] : []),
    ...(antiRollback?.chain === true ? ["    the database's releases in its chain"] : []),
  ];
}

function partiesOf(names: readonly string[], min: number): string {
  return names.length === 1 && min === 1 ? names.join('') : `${min} of ${names.join(', ')}`;
}

function conditionsOf({ distinctFromSignature, where, notExpired, maxAgeMs }: AttestationRequirement): string {
  const said = [
    ...(distinctFromSignature ? ['not who signed'] : []),
    ...where.map(({ path, equals }) => `${path} = ${String(equals)}`),
    ...(notExpired ? ['not expired'] : []),
    ...(maxAgeMs === null ? [] : [`no older than ${maxAgeMs / 3_600_000} h`]),
  ];
  return said.length === 0 ? '' : `: ${said.join('; ')}`;
}
