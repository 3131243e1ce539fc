/**
 * What the login that is used for a registry can do: found out by doing it.
 *
 * @module
 */
import { EXIT } from '@squizzle/core';
import type { RegistryHost } from '@squizzle/oci-spec';
import { diagnosisLines, diagnosisTable, hasFailed } from '../output/diagnosis-report.ts';
import { diagnose } from './diagnose.ts';
import type { Registries } from './registries.ts';
import type { Session } from './session.ts';

const OF_REGISTRY: readonly string[] = ['reach', 'login'];
const OF_REPOSITORY: readonly string[] = ['pull', 'push', 'delete'];

export async function checkLogin(
  { registry, repository }: { readonly registry: RegistryHost; readonly repository: string | null },
  registries: Registries,
  session: Session,
  exitWith: (code: number) => void,
): Promise<void> {
  const { results: all } = await diagnose({ registry, repository, readOnly: repository === null }, registries, session);
  const asked = repository === null ? OF_REGISTRY : [...OF_REGISTRY, ...OF_REPOSITORY];
  const results = all.filter(({ probe }) => asked.includes(probe));
  session.output.result({ registry, repository, results }, (paint) => [
    ...diagnosisTable(results, paint),
    ...diagnosisLines(results),
  ]);
  if (hasFailed(results.filter(({ probe }) => OF_REGISTRY.includes(probe)))) exitWith(EXIT.unreachable);
}
