/**
 * Who a registry takes us for with the login that is used for it, and what it lets us do: nothing is left behind.
 *
 * @module
 */
import type { RegistryHost } from '@squizzle/oci-spec';
import type { RegistryIdentity, Right } from '@squizzle/oci';
import type { Paint } from '../output/paint.ts';
import { formatTable } from '../output/table.ts';
import type { Registries } from './registries.ts';
import type { Session } from './session.ts';

export interface CheckedPlace {
  readonly registry: RegistryHost;
  /** `null`: none is known; then only who one is can be told. */
  readonly repository: string | null;
}

/** @throws {SquizzleError} `AUTH_REQUIRED` when the registry refuses the login, or wants one and there is none. */
export async function checkLogin(
  { registry, repository }: CheckedPlace,
  registries: Registries,
  { environment, output, signal }: Session,
): Promise<void> {
  const { createRegistryClient } = await environment.adapters.loadOciTools();
  const { registry: url, ...address } = registries.addressOf(registry);
  const client = createRegistryClient({ ...address, url });
  try {
    const identity = await client.identify(repository, { signal });
    output.result({ registry, repository, ...identity }, (paint) => [
      describeIdentity(registry, identity),
      ...describeRights(repository, identity, paint),
    ]);
  } finally {
    await client.close();
  }
}

function describeIdentity(registry: string, { scheme, identity, credentials }: RegistryIdentity): string {
  if (scheme === 'none') return `${registry} lets everybody in: no login is used`;
  const who = identity ?? 'somebody whose name it does not tell';
  return credentials === null
    ? `${registry} lets everybody in, with a token of its own`
    : `${registry} takes you for ${who} (login of ${credentials})`;
}

function describeRights(repository: string | null, { rights }: RegistryIdentity, paint: Paint): readonly string[] {
  if (rights === null) return ['name a repository to see what may be done with it'];
  const rows = (['pull', 'push', 'delete'] as const).map((name) => ({ name, right: rights[name] }));
  const columns = [
    { title: repository ?? '', cell: ({ name }: { readonly name: string }) => name },
    { title: 'ALLOWED', cell: ({ right }: { readonly right: Right }) => answerOf(right) },
    { title: 'KNOWN FROM', cell: ({ right }: { readonly right: Right }) => EVIDENCE[right.evidence] },
  ] as const;
  return ['', ...formatTable([...columns], rows, paint.dim)];
}

function answerOf({ granted }: Right): string {
  if (granted === null) return 'unknown';
  return granted ? 'yes' : 'no';
}

const EVIDENCE: Readonly<Record<Right['evidence'], string>> = {
  token: 'what the token says',
  'token-service': 'the token service refuses it',
  answer: 'what the registry answered',
  none: "nothing; 'squizzle doctor registry' tries it",
};
