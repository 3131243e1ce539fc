/**
 * The section `rules` of a policy: what each environment demands.
 *
 * @module
 */
import { impliedWhere } from './implied-where.ts';
import { adviseName } from './nearest-name.ts';
import type { Field, FieldReader } from './policy-fields.ts';
import { ENVIRONMENT_PATTERN, parseSpan, SPAN_EXPECTED } from './policy-values.ts';
import type {
  AntiRollback,
  AttestationRequirement,
  PolicyRule,
  RuleDemand,
  SignatureRequirement,
} from './trust-policy.ts';
import { hasUnknownVariable, WHERE_EXPECTED } from './where-value.ts';

interface Sources {
  readonly reader: FieldReader;
  /** Names that the policy gives to principals. */
  readonly principalNames: readonly string[];
}

/** Far beyond what anybody reads; each costs a comparison with all before it. */
const MOST_RULES = 256;
const MOST_ENVIRONMENTS = 512;
/** Looking for the name that was meant costs more than anything else here. */
const MOST_ADVISED = 100;
const NO_ANTI_ROLLBACK: AntiRollback = { increasing: false, chain: false };

export function readRules(field: Field, sources: Sources): readonly PolicyRule[] {
  const items = sources.reader.items(field);
  if (items.length === 0) sources.reader.error(field, 'expected at least one rule: without one, everything is denied');
  if (items.length > MOST_RULES) {
    sources.reader.error(field, `expected at most ${MOST_RULES} rules, found ${items.length}`);
    return [];
  }
  const rules = items.flatMap((item) => readRule(item, sources) ?? []);
  const count = rules.reduce((sum, { environments }) => sum + environments.length, 0);
  if (count > MOST_ENVIRONMENTS)
    sources.reader.error(field, `expected at most ${MOST_ENVIRONMENTS} environments in all rules, found ${count}`);
  return rules;
}

function readRule(field: Field, sources: Sources): PolicyRule | undefined {
  const { reader } = sources;
  const members = reader.members(field, ['environments', 'require', 'antiRollback', 'unsigned'], ['environments']);
  if (members === undefined) return undefined;
  const { require, antiRollback, unsigned } = members;
  const environments = members.environments === undefined ? [] : readEnvironments(members.environments, reader);
  if ((require === undefined) === (unsigned === undefined)) {
    reader.error(field, "expected exactly one of 'require' and 'unsigned'");
    return undefined;
  }
  if (unsigned !== undefined && antiRollback !== undefined) {
    reader.error(antiRollback, 'nothing protects an unsigned release from being replaced: require a signature');
  }
  const rollback = antiRollback === undefined ? NO_ANTI_ROLLBACK : readAntiRollback(antiRollback, reader);
  const demand = require === undefined ? readUnsigned(unsigned, reader) : readRequirements(require, rollback, sources);
  return demand === undefined ? undefined : { environments, demand };
}

function readEnvironments(field: Field, reader: FieldReader): readonly string[] {
  const items = reader.items(field);
  if (items.length === 0) reader.error(field, 'expected at least one environment');
  return items.flatMap((item) => {
    const name = reader.text(item);
    if (name === undefined) return [];
    if (!ENVIRONMENT_PATTERN.test(name)) {
      reader.error(item, `expected the name of an environment, '*' in it for any characters, found '${name}'`);
    }
    return [name];
  });
}

function readUnsigned(field: Field | undefined, reader: FieldReader): RuleDemand | undefined {
  if (field === undefined) return undefined;
  const members = reader.members(field, ['allowed', 'reason'], ['allowed', 'reason']);
  if (members?.allowed === undefined || members.reason === undefined) return undefined;
  if (reader.boolean(members.allowed) === false) {
    reader.error(members.allowed, "expected true: to deny, leave the rule out, or ask for a signature with 'require'");
  }
  const reason = reader.text(members.reason);
  return reason === undefined ? undefined : { kind: 'unsigned', reason: reason.trim() };
}

function readRequirements(field: Field, antiRollback: AntiRollback, sources: Sources): RuleDemand | undefined {
  const { reader } = sources;
  const members = reader.members(field, ['signature', 'attestations'], ['signature']);
  if (members?.signature === undefined) return undefined;
  const signature = readSignature(members.signature, sources);
  const attestations = members.attestations === undefined ? [] : reader.items(members.attestations);
  const read = attestations.flatMap((item) => readAttestation(item, sources) ?? []);
  return signature === undefined ? undefined : { kind: 'signed', signature, attestations: read, antiRollback };
}

function readSignature(field: Field, sources: Sources): SignatureRequirement | undefined {
  const members = sources.reader.members(field, ['anyOf', 'min'], ['anyOf']);
  if (members?.anyOf === undefined) return undefined;
  const anyOf = readPrincipalNames(members.anyOf, sources);
  return { anyOf, min: readMin(members.min, anyOf, sources.reader) };
}

function readPrincipalNames(field: Field, { reader, principalNames }: Sources): readonly string[] {
  const items = reader.items(field);
  if (items.length === 0) reader.error(field, 'expected at least one principal');
  const names = new Set<string>();
  for (const item of items) {
    const name = reader.text(item);
    if (name === undefined) continue;
    if (!principalNames.includes(name)) {
      const advice = reader.faults.length < MOST_ADVISED ? `; ${adviseName(name, principalNames)}` : '';
      reader.error(item, `there is no principal '${name}'${advice}`);
    }
    if (names.has(name)) reader.error(item, `'${name}' is named twice: each principal counts once`);
    names.add(name);
  }
  return [...names];
}

function readMin(field: Field | undefined, names: readonly string[], reader: FieldReader): number {
  const min = field === undefined ? 1 : reader.integer(field, 1, 100);
  if (field !== undefined && min !== undefined && names.length > 0 && min > names.length) {
    reader.error(field, `${min} distinct principals are asked for, and ${names.length} named: this can never be met`);
  }
  return min ?? 1;
}

function readAttestation(field: Field, sources: Sources): AttestationRequirement | undefined {
  const { reader } = sources;
  const known = ['type', 'by', 'min', 'distinctFrom', 'where', 'notExpired', 'maxAge'] as const;
  const members = reader.members(field, known, ['type', 'by']);
  if (members?.type === undefined || members.by === undefined) return undefined;
  const type = reader.text(members.type);
  const by = readPrincipalNames(members.by, sources);
  const min = readMin(members.min, by, reader);
  const written = members.where === undefined ? [] : readWhere(members.where, reader);
  const notExpired = members.notExpired === undefined ? false : reader.boolean(members.notExpired);
  const maxAgeMs = members.maxAge === undefined ? null : readSpan(members.maxAge, reader);
  const distinctFromSignature = members.distinctFrom !== undefined;
  if (members.distinctFrom !== undefined) readDistinctFrom(members.distinctFrom, reader);
  if (type === undefined) return undefined;
  const where = [...written, ...impliedWhere(type, written)];
  return { type, by, min, distinctFromSignature, where, notExpired: notExpired ?? true, maxAgeMs };
}

function readDistinctFrom(field: Field, reader: FieldReader): void {
  const value = reader.text(field);
  if (value !== undefined && value !== 'signature') reader.error(field, `expected 'signature', found '${value}'`);
}

function readWhere(field: Field, reader: FieldReader): AttestationRequirement['where'] {
  return [...reader.entries(field)].flatMap(([path, each]) => {
    if (path.split('.').some((name) => name === '')) {
      reader.error(each, "expected names with '.' between them, as buildDefinition.buildType");
    }
    const equals = reader.scalar(each);
    if (equals === undefined) return [];
    if (hasUnknownVariable(equals)) reader.error(each, `expected ${WHERE_EXPECTED}`);
    return [{ path, equals }];
  });
}

function readSpan(field: Field, reader: FieldReader): number | null {
  const text = reader.text(field);
  const span = text === undefined ? undefined : parseSpan(text);
  if (text !== undefined && span === undefined) reader.error(field, `expected ${SPAN_EXPECTED}, found '${text}'`);
  return span ?? null;
}

function readAntiRollback(field: Field, reader: FieldReader): AntiRollback {
  const members = reader.members(field, ['versions', 'chain']) ?? {};
  const read = (member: Field | undefined, word: string): boolean => {
    const text = member === undefined ? undefined : reader.text(member);
    if (member !== undefined && text !== undefined && text !== word) {
      reader.error(member, `expected '${word}', found '${text}'; leave it out where it is not asked for`);
    }
    return text === word;
  };
  return { increasing: read(members.versions, 'increasing'), chain: read(members.chain, 'required') };
}
